#include "api/manifests/documents.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "api/manifests/json_scan.h"
#include "api/manifests/utf8.h"
#include "api/manifests/yaml_text.h"
#include "model/shown.h"
#include "model/string_map.h"
#include "nlohmann/json.hpp"

namespace tangram::api::manifests {
namespace {

using model::ToAbsl;

// Up to here a value is parsed to tell whether it is JSON; what is longer was printed by a program.
constexpr size_t kParsedMax = size_t{1} << 20;

constexpr std::string_view kBlanks = " \t\r\n";

bool IsOneOf(char byte, std::string_view bytes) {
  return bytes.find(byte) != std::string_view::npos;
}

std::string_view LineOf(std::string_view text) { return text.substr(0, text.find('\n')); }

bool IsSeparator(std::string_view line) {
  return (line.starts_with("---") || line.starts_with("...")) &&
         (line.size() == 3 || IsOneOf(line[3], kBlanks));
}

bool IsJson(std::string_view value) {
  if (value.size() <= kParsedMax) return nlohmann::json::accept(value.begin(), value.end());
  const size_t inside = value.find_first_not_of(kBlanks, 1);
  return inside != std::string_view::npos && IsOneOf(value[inside], "\"{[]}");
}

// Whether a text that is no JSON was meant to be.
bool LooksLikeJson(std::string_view text) {
  const size_t inside = text.find_first_not_of(kBlanks, 1);
  if (inside == std::string_view::npos) return true;
  const char next = text[inside];
  return next == '"' || (text.front() == '[' && (next == '{' || next == '['));
}

// "E1130 15:04:05.123456 ...": how kubectl and the libraries below it log.
bool IsLogLine(std::string_view line) {
  constexpr std::string_view kForm = "L0000 ";
  if (line.size() < kForm.size() || !IsOneOf(line.front(), "IWEF")) return false;
  for (size_t i = 1; i + 1 < kForm.size(); ++i) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(line[i]))) return false;
  }
  return line[kForm.size() - 1] == ' ';
}

class Walk {
 public:
  Walk(std::string_view text, size_t room, std::string_view path, const DocumentOptions& options,
       const std::function<absl::Status(const Document&)>& visit)
      : text_(text), room_(room), path_(path), options_(options), visit_(visit) {}

  absl::Status Run();

 private:
  std::string_view rest() const { return text_.substr(at_); }
  size_t LineHere() {
    line_ += LineAt(text_.substr(counted_, at_ - counted_), at_ - counted_) - 1;
    counted_ = at_;
    return line_;
  }
  absl::Status Wrong(size_t line, const std::string& what) const {
    return absl::InvalidArgumentError(absl::StrCat(ToAbsl(path_), ":", line, ": ", what));
  }
  void Advance(size_t bytes) {
    at_ += bytes;
    if (options_.on_way) options_.on_way(bytes);
  }

  // Goes on to the next document; false at the end of the text.
  bool SkipBetween();
  absl::Status TakeJson(const JsonScan& scan);
  absl::Status TakeYaml();
  absl::Status TakeBracket();
  absl::Status SkipLogs();
  // The text up to the next separator, from the line in which the document begins.
  std::string_view Chunk() const;
  absl::Status ExplainYaml(std::string_view chunk, absl::Status error);

  const std::string_view text_;
  const size_t room_;
  const std::string_view path_;
  const DocumentOptions& options_;
  const std::function<absl::Status(const Document&)>& visit_;
  size_t at_ = 0;
  size_t begin_ = 0;   // behind the last separator
  bool fresh_ = true;  // nothing came since the last separator
  size_t line_ = 1;    // at counted_
  size_t counted_ = 0;
  size_t logs_ = 0;
};

bool Walk::SkipBetween() {
  while (true) {
    const size_t next = text_.find_first_not_of(kBlanks, at_);
    if (next == std::string_view::npos) return false;
    const bool line_begins = next == 0 || text_[next - 1] == '\n';
    at_ = next;
    const std::string_view line = LineOf(rest());
    if (line_begins && IsSeparator(line)) {
      at_ += 3;
      begin_ = at_;
      fresh_ = true;
    } else if (line.front() == '#' || (line_begins && fresh_ && line.front() == '%')) {
      at_ += line.size();
    } else {
      return true;
    }
  }
}

absl::Status Walk::TakeJson(const JsonScan& scan) {
  Document document;
  document.json = rest().substr(0, scan.length);
  document.room = room_ + text_.size() - at_ - scan.length;
  document.line = LineHere();
  document.closed = document.item_closed = true;
  const absl::Status status = visit_(document);
  fresh_ = false;
  Advance(scan.length);
  return status;
}

absl::Status Walk::TakeBracket() {
  const JsonScan scan = ScanJson(rest());
  if (!scan.mistake.has_value() && IsJson(rest().substr(0, scan.length))) return TakeJson(scan);
  // Flow style begins like JSON.
  if (fresh_) {
    absl::Status status = TakeYaml();
    if (status.ok() || !fresh_ || !LooksLikeJson(rest())) return status;
  }
  const size_t line = LineHere();
  if (!scan.mistake.has_value()) {
    return JsonError(path_, rest().substr(0, scan.length), line, "no JSON value");
  }
  const TextMistake& mistake = *scan.mistake;
  std::string what = mistake.what;
  if (mistake.began.has_value()) {
    absl::StrAppend(&what, " that begins in line ", line + LineAt(rest(), *mistake.began) - 1,
                    "; the file is cut, or a bracket or quote is missing");
  }
  return Wrong(line + LineAt(rest(), mistake.offset) - 1, what);
}

std::string_view Walk::Chunk() const {
  size_t end = at_;
  while ((end = text_.find('\n', end)) != std::string_view::npos) {
    ++end;
    if (IsSeparator(LineOf(text_.substr(end)))) break;
  }
  return text_.substr(begin_, end == std::string_view::npos ? end : end - begin_);
}

absl::Status Walk::TakeYaml() {
  const std::string_view chunk = Chunk();
  const size_t end = begin_ + chunk.size();
  const size_t line = LineHere();
  YamlPlace place;
  place.path = path_;
  place.lines_before = line - LineAt(chunk, at_ - begin_);
  place.on_way = options_.on_way;
  auto documents = YamlToJson(chunk, place);
  if (!documents.ok()) return ExplainYaml(chunk, documents.status());
  fresh_ = false;
  at_ = end;
  for (YamlDocument& made : *documents) {
    Document document;
    if (made.json == "null") continue;
    document.json = made.json;
    document.room = made.json.capacity() - made.json.size();
    document.line = made.line;
    document.from_yaml = true;
    document.item_lines = std::move(made.item_lines);
    document.closed = made.closed;
    document.item_closed = made.item_closed;
    document.last = text_.find_first_not_of(kBlanks, end) == std::string_view::npos;
    document.torn = document.last && !text_.ends_with('\n');
    if (absl::Status status = visit_(document); !status.ok()) return status;
    std::string().swap(made.json);
  }
  return absl::OkStatus();
}

absl::Status Walk::ExplainYaml(std::string_view chunk, absl::Status error) {
  const size_t line = LineHere();
  const size_t first = at_ - begin_;
  size_t number = line;
  for (size_t at = first; at < chunk.size(); ++number) {
    const std::string_view here = LineOf(chunk.substr(at));
    if (IsLogLine(here)) {
      return Wrong(number, absl::StrCat(model::Shown(here),
                                        " is neither JSON nor YAML: a message "
                                        "of kubectl came into the file"));
    }
    if (at > first && !here.empty() && IsOneOf(here.front(), "{[") &&
        !IsOneOf(chunk[first], "{[")) {
      return Wrong(line, absl::StrCat(model::Shown(LineOf(chunk.substr(first))),
                                      " is neither JSON nor YAML; a message came into the file? "
                                      "JSON begins in line ",
                                      number));
    }
    at += here.size() + 1;
  }
  return error;
}

absl::Status Walk::SkipLogs() {
  constexpr std::string_view kEnd = "\n==== END logs";
  const size_t end = rest().find(kEnd);
  if (end == std::string_view::npos) {
    return Wrong(LineHere(), "the text ends early, in the middle of the logs that begin here");
  }
  ++logs_;
  Advance(end + 1 + LineOf(rest().substr(end + 1)).size());
  return absl::OkStatus();
}

absl::Status Walk::Run() {
  constexpr std::string_view kLogs = "==== START logs";
  constexpr std::string_view kDumped = "Cluster info dumped to ";
  while (SkipBetween()) {
    absl::Status status;
    if (rest().front() == '{' || rest().front() == '[') {
      status = TakeBracket();
    } else if (rest().starts_with(kLogs)) {
      status = SkipLogs();
    } else if (!fresh_ && rest().starts_with(kDumped)) {
      Advance(LineOf(rest()).size());
    } else if (fresh_) {
      status = TakeYaml();
    } else {
      status = Wrong(LineHere(), absl::StrCat("text follows where a document is over: ",
                                              model::Shown(LineOf(rest()))));
    }
    if (!status.ok()) return status;
  }
  if (logs_ > 0 && options_.warnings != nullptr) {
    options_.warnings->push_back(absl::StrCat("logs of ", logs_, " containers are passed over"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status JsonError(std::string_view path, std::string_view json, size_t line,
                       std::string_view otherwise) {
  const std::optional<TextMistake> mistake = FindJsonMistake(json);
  const size_t offset = mistake.has_value() ? mistake->offset : 0;
  return absl::InvalidArgumentError(
      absl::StrCat(ToAbsl(path), ":", line + LineAt(json, offset) - 1, ": ",
                   mistake.has_value() ? mistake->what : std::string(otherwise)));
}

absl::Status ForEachDocument(const std::string& text, std::string_view path,
                             const DocumentOptions& options,
                             const std::function<absl::Status(const Document&)>& visit) {
  if (IsPlainUtf8(text)) {
    return Walk(text, text.capacity() - text.size(), path, options, visit).Run();
  }
  std::string repaired = text;
  const size_t line = MakeUtf8(repaired);
  if (line > 0 && options.warnings != nullptr) {
    options.warnings->push_back(absl::StrCat(
        ToAbsl(path), ":", line, ": bytes that are no UTF-8 are read as \"\xef\xbf\xbd\""));
  }
  return Walk(repaired, repaired.capacity() - repaired.size(), path, options, visit).Run();
}

}  // namespace tangram::api::manifests
