#include "api/recording/reader.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "api/recording/line_source.h"
#include "model/shown.h"

namespace tangram::api::recording {
namespace {

using scheduler::recording::FilterAnswered;
using scheduler::recording::OfferedNodes;
using scheduler::recording::PrioritizeAnswered;
using scheduler::recording::Record;

absl::Status Wrong(std::string_view field, std::string_view value, std::string_view allowed) {
  return absl::InvalidArgumentError(absl::StrCat(model::ToAbsl(field), ": ", model::ToAbsl(value),
                                                 " is not allowed; must be ",
                                                 model::ToAbsl(allowed)));
}

absl::StatusOr<uint64_t> ParseDigest(const std::string& text) {
  uint64_t digest = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, digest, 16);
  if (error != std::errc() || at != end) {
    return Wrong("reasons_digest", model::Shown(text), "16 hexadecimal digits");
  }
  return digest;
}

absl::Status InField(const char* field, const absl::Status& why) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", why.message()));
}

}  // namespace

bool Reader::Recognizes(const std::string& path) {
  const auto source = LineSource::Open(path);
  if (!source.ok()) return false;
  std::string line;
  const auto outcome = (*source)->Next(&line);
  return outcome.ok() && *outcome == LineSource::Outcome::kLine &&
         line.find("\"tangram.dev/recording/") != std::string::npos;
}

absl::StatusOr<std::unique_ptr<Reader>> Reader::Open(const std::string& path) {
  std::unique_ptr<Reader> reader(new Reader(path));
  auto source = LineSource::Open(path);
  if (!source.ok()) return source.status();
  reader->source_ = *std::move(source);
  std::string text;
  const absl::StatusOr<bool> there = reader->NextLine(&text);
  if (!there.ok()) return there.status();
  if (!*there) return reader->AtLine(absl::InvalidArgumentError("no recording: it has no line"));
  auto header = DecodeHeader(text);
  if (!header.ok()) {
    return reader->AtLine(absl::InvalidArgumentError(
        absl::StrCat("no recording of tangram serve --record: ", header.status().message())));
  }
  reader->header_ = *std::move(header);
  return reader;
}

Reader::Reader(std::string path) : path_(std::move(path)) {}

Reader::~Reader() = default;

absl::Status Reader::AtLine(const absl::Status& why) const {
  return absl::InvalidArgumentError(absl::StrCat(path_, ":", line_, ": ", why.message()));
}

absl::StatusOr<bool> Reader::NextLine(std::string* text) {
  ++line_;
  const auto outcome = source_->Next(text);
  if (!outcome.ok()) return AtLine(outcome.status());
  if (*outcome == LineSource::Outcome::kLine) return true;
  warning_ = absl::StrCat(path_, ":", line_,
                          *outcome == LineSource::Outcome::kTorn
                              ? ": the last line is cut short and left out"
                              : ": the recording has no end",
                          "; the server was killed, or is still recording");
  return false;
}

absl::StatusOr<bool> Reader::Next(Record* record) {
  std::string text;
  while (!ended_) {
    const absl::StatusOr<bool> there = NextLine(&text);
    if (!there.ok()) return there;
    if (!*there) break;
    auto line = DecodeLine(text);
    if (!line.ok()) return AtLine(line.status());
    const absl::StatusOr<bool> entry = Take(*std::move(line), record);
    if (!entry.ok()) return AtLine(entry.status());
    if (*entry) return true;
  }
  ended_ = true;
  return false;
}

absl::StatusOr<bool> Reader::Take(Line&& line, Record* record) {
  record->at = std::chrono::milliseconds(line.at_ms);
  if (auto* filter = std::get_if<FilterLine>(&line.content)) return TakeFilter(*filter, record);
  if (auto* names = std::get_if<NamesLine>(&line.content)) return TakeNames(std::move(*names));
  if (auto* list = std::get_if<ListLine>(&line.content)) return TakeList(*list);
  if (auto* scores = std::get_if<PrioritizeLine>(&line.content)) {
    return TakePrioritize(*scores, record);
  }
  if (auto* end = std::get_if<EndLine>(&line.content)) {
    ended_ = true;
    if (!end->why.empty()) {
      warning_ = absl::StrCat(path_, ":", line_,
                              ": the recording ended before the server did: ", end->why);
    }
    return false;
  }
  std::visit(
      [record](auto& content) {
        if constexpr (requires { scheduler::recording::Entry(std::move(content)); }) {
          record->entry = std::move(content);
        }
      },
      line.content);
  return true;
}

absl::StatusOr<bool> Reader::TakeNames(NamesLine&& line) {
  if (line.from != names_.size()) {
    return Wrong("from", absl::StrCat(line.from), absl::StrCat(names_.size(), ", the next number"));
  }
  names_.insert(names_.end(), std::make_move_iterator(line.names.begin()),
                std::make_move_iterator(line.names.end()));
  return false;
}

absl::StatusOr<bool> Reader::TakeList(const ListLine& line) {
  if (line.list >= kLists) {
    return Wrong("list", absl::StrCat(line.list), absl::StrCat("below ", kLists));
  }
  const auto numbers = ParseRuns(line.nodes, names_.size());
  if (!numbers.ok()) return InField("nodes", numbers.status());
  std::vector<std::string> names;
  names.reserve(numbers->size());
  for (const uint32_t number : *numbers) names.push_back(names_[number]);
  lists_[line.list] = std::make_shared<const std::vector<std::string>>(std::move(names));
  return false;
}

absl::StatusOr<OfferedNodes> Reader::ListOf(uint64_t list) const {
  if (list >= kLists || lists_[list] == nullptr) {
    return Wrong("list", absl::StrCat(list), "a list that was written before");
  }
  OfferedNodes offered;
  offered.indices.assign(lists_[list]->size(), model::kNoNode);
  offered.strangers = lists_[list];
  return offered;
}

absl::StatusOr<bool> Reader::TakeFilter(const FilterLine& line, Record* record) {
  FilterAnswered answer;
  answer.call = line.call;
  auto offered = ListOf(line.list);
  if (!offered.ok()) return offered.status();
  answer.offered = *std::move(offered);
  auto fitting = ParseRuns(line.fits, answer.offered.indices.size());
  if (!fitting.ok()) return InField("fits", fitting.status());
  answer.fitting = *std::move(fitting);
  const auto digest = ParseDigest(line.reasons_digest);
  if (!digest.ok()) return digest.status();
  answer.refusals_digest = *digest;
  answer.fitting_total = line.fits_in_all;
  answer.refused = line.refused;
  answer.best_cards = line.best_cards;
  answer.held_up = line.held_up;
  record->entry = std::move(answer);
  return true;
}

absl::StatusOr<bool> Reader::TakePrioritize(const PrioritizeLine& line, Record* record) {
  PrioritizeAnswered answer;
  answer.call = line.call;
  auto offered = ListOf(line.list);
  if (!offered.ok()) return offered.status();
  answer.offered = *std::move(offered);
  const bool known = std::all_of(line.scores.begin(), line.scores.end(),
                                 [](char c) { return (c >= '0' && c <= '9') || c == 'a'; });
  if (!known || line.scores.size() != answer.offered.indices.size()) {
    return Wrong("scores", model::Shown(line.scores),
                 absl::StrCat(answer.offered.indices.size(), " of 0 to 9 and a"));
  }
  for (const char c : line.scores) answer.scores.push_back(c == 'a' ? 10 : c - '0');
  record->entry = std::move(answer);
  return true;
}

}  // namespace tangram::api::recording
