#include "api/manifests/yaml_text.h"

#include <yaml.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "api/manifests/json_scan.h"
#include "api/manifests/json_writer.h"
#include "model/shown.h"
#include "model/string_map.h"
#include "simdjson.h"

namespace tangram::api::manifests {
namespace {

// What aliases may add to a text, in bytes; more where the text has more.
constexpr size_t kUnfoldedMax = size_t{1} << 20;
// Of what is read between two calls of on_way.
constexpr size_t kStep = size_t{1} << 20;

// libyaml's parser and event, which end with their scope.
struct Parser {
  Parser() { ready = ::yaml_parser_initialize(&parser) == 1; }
  ~Parser() {
    if (ready) ::yaml_parser_delete(&parser);
  }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  yaml_parser_t parser{};
  bool ready = false;
};

struct Event {
  Event() = default;
  ~Event() { ::yaml_event_delete(&event); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  yaml_event_t event{};
};

std::string_view View(const yaml_char_t* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

// A value that is being written.
struct Level {
  bool is_map = false;
  bool wants_key = false;
  bool is_items = false;  // the list of `items` of the document
  size_t values = 0;
  size_t height = 0;  // of what is in it so far
  size_t begin = 0;   // in the JSON
  std::string anchor;
  // Hashes of the keys: most mappings are small, and a look at each of a few is the fastest.
  std::vector<uint64_t> keys;
  absl::flat_hash_set<uint64_t> more_keys;
};

// What an anchor stands for.
struct Anchored {
  std::string json;
  size_t height = 0;
};

// Takes the events of one text.
class Writer {
 public:
  Writer(size_t text_size, const YamlPlace& place)
      : place_(place), unfolded_left_(std::max(kUnfoldedMax, text_size)) {}

  absl::Status Take(const yaml_event_t& event);
  std::vector<YamlDocument> TakeDocuments() { return std::move(documents_); }

 private:
  absl::Status Wrong(const yaml_event_t& event, std::string_view what) const {
    return absl::InvalidArgumentError(absl::StrCat(model::ToAbsl(place_.path), ":",
                                                   place_.lines_before + event.start_mark.line + 1,
                                                   ": ", model::ToAbsl(what)));
  }
  YamlDocument& document() { return documents_.back(); }
  Level* top() { return depth_ == 0 ? nullptr : &levels_[depth_ - 1]; }

  // What stands before a value: a comma, and what is remembered of it.
  absl::Status BeginValue(const yaml_event_t& event, bool closed);
  void EndValue(size_t height);
  absl::Status Open(const yaml_event_t& event, bool is_map, bool flow, std::string_view anchor);
  void Close();
  absl::Status TakeScalar(const yaml_event_t& event);
  absl::Status TakeKey(const yaml_event_t& event, std::string_view key, bool plain);
  absl::Status TakeAlias(const yaml_event_t& event);
  void NoteRootKey(std::string_view key);
  static bool AddKey(std::string_view key, Level& level);

  const YamlPlace& place_;
  size_t unfolded_left_;
  std::vector<YamlDocument> documents_;
  std::vector<Level> levels_;  // the first depth_ are open; the others keep their memory
  size_t depth_ = 0;
  std::map<std::string, Anchored, std::less<>> anchors_;
  bool root_has_items_ = false;
  std::string root_key_;
};

absl::Status Writer::Take(const yaml_event_t& event) {
  switch (event.type) {
    case YAML_DOCUMENT_START_EVENT:
      documents_.emplace_back();
      document().line = place_.lines_before + event.start_mark.line + 1;
      anchors_.clear();
      root_has_items_ = false;
      root_key_.clear();
      return absl::OkStatus();
    case YAML_ALIAS_EVENT:
      return TakeAlias(event);
    case YAML_SCALAR_EVENT:
      return TakeScalar(event);
    case YAML_SEQUENCE_START_EVENT:
      return Open(event, false, event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE,
                  View(event.data.sequence_start.anchor));
    case YAML_MAPPING_START_EVENT:
      return Open(event, true, event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE,
                  View(event.data.mapping_start.anchor));
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
      Close();
      return absl::OkStatus();
    case YAML_DOCUMENT_END_EVENT:
      // Who reads it may look a little beyond its end.
      document().json.reserve(document().json.size() + simdjson::SIMDJSON_PADDING);
      return absl::OkStatus();
    default:
      return absl::OkStatus();
  }
}

absl::Status Writer::BeginValue(const yaml_event_t& event, bool closed) {
  Level* const level = top();
  if (level == nullptr) {
    document().line = place_.lines_before + event.start_mark.line + 1;
    document().closed = closed;
    return absl::OkStatus();
  }
  if (level->is_map && level->wants_key) return Wrong(event, "a key must be a text");
  if (level->is_items) {
    document().item_lines.push_back(place_.lines_before + event.start_mark.line + 1);
    document().item_closed = closed;
  }
  if (!level->is_map && level->values > 0) document().json.push_back(',');
  ++level->values;
  return absl::OkStatus();
}

void Writer::EndValue(size_t height) {
  Level* const level = top();
  if (level == nullptr) return;
  level->height = std::max(level->height, height);
  level->wants_key = level->is_map;
}

absl::Status Writer::Open(const yaml_event_t& event, bool is_map, bool flow,
                          std::string_view anchor) {
  if (absl::Status status = BeginValue(event, flow); !status.ok()) return status;
  if (depth_ == kNestingMax) {
    return Wrong(event, absl::StrCat("more than ", kNestingMax, " values in one another"));
  }
  const bool is_items = depth_ == 1 && !is_map && root_key_ == "items";
  if (levels_.size() == depth_) levels_.emplace_back();
  Level& level = levels_[depth_++];
  level.is_map = level.wants_key = is_map;
  level.is_items = is_items;
  level.values = level.height = 0;
  level.begin = document().json.size();
  level.anchor = anchor;
  level.keys.clear();
  level.more_keys.clear();
  document().json.push_back(is_map ? '{' : '[');
  return absl::OkStatus();
}

void Writer::Close() {
  const Level& level = levels_[--depth_];
  std::string& out = document().json;
  out.push_back(level.is_map ? '}' : ']');
  const size_t height = level.height + 1;
  if (!level.anchor.empty()) anchors_[level.anchor] = {out.substr(level.begin), height};
  EndValue(height);
}

absl::Status Writer::TakeScalar(const yaml_event_t& event) {
  const auto& scalar = event.data.scalar;
  const std::string_view text(reinterpret_cast<const char*>(scalar.value), scalar.length);
  const bool plain = scalar.style == YAML_PLAIN_SCALAR_STYLE && scalar.tag == nullptr;
  if (top() != nullptr && top()->is_map && top()->wants_key) return TakeKey(event, text, plain);
  if (absl::Status status = BeginValue(event, false); !status.ok()) return status;
  std::string& out = document().json;
  const size_t begin = out.size();
  if (plain) {
    AppendPlainScalar(text, out);
  } else {
    AppendJsonText(text, out);
  }
  if (scalar.anchor != nullptr) {
    anchors_[std::string(View(scalar.anchor))] = {out.substr(begin), 0};
  }
  EndValue(0);
  return absl::OkStatus();
}

bool Writer::AddKey(std::string_view key, Level& level) {
  constexpr size_t kFew = 64;
  const uint64_t hash = absl::HashOf(model::ToAbsl(key));
  if (std::find(level.keys.begin(), level.keys.end(), hash) != level.keys.end()) return false;
  if (level.keys.size() == kFew) return level.more_keys.insert(hash).second;
  level.keys.push_back(hash);
  return true;
}

absl::Status Writer::TakeKey(const yaml_event_t& event, std::string_view key, bool plain) {
  Level& level = *top();
  if (plain && key == "<<") return Wrong(event, "merge keys (<<) are not supported");
  if (!AddKey(key, level)) {
    const std::string again = absl::StrCat("key ", model::Shown(key), " again");
    constexpr std::array<std::string_view, 4> kOfEveryList = {"apiVersion", "items", "kind",
                                                              "metadata"};
    const bool other_object = depth_ == 1 && std::find(kOfEveryList.begin(), kOfEveryList.end(),
                                                       key) != kOfEveryList.end();
    if (!other_object) return Wrong(event, again);
    return Wrong(event, absl::StrCat(again,
                                     ": a second list or object begins here, and the line "
                                     "\"---\" is missing before it"));
  }
  std::string& out = document().json;
  if (level.values > 0) out.push_back(',');
  AppendJsonText(key, out);
  out.push_back(':');
  level.wants_key = false;
  if (depth_ == 1) NoteRootKey(key);
  return absl::OkStatus();
}

void Writer::NoteRootKey(std::string_view key) {
  root_key_ = key;
  root_has_items_ = root_has_items_ || key == "items";
  if (key == "kind" && root_has_items_) document().closed = true;
}

absl::Status Writer::TakeAlias(const yaml_event_t& event) {
  if (absl::Status status = BeginValue(event, false); !status.ok()) return status;
  const std::string_view name = View(event.data.alias.anchor);
  const auto found = anchors_.find(name);
  if (found == anchors_.end()) {
    return Wrong(event, absl::StrCat("alias ", model::Shown(name), " of nothing that came before"));
  }
  const Anchored& anchored = found->second;
  if (anchored.json.size() > unfolded_left_) {
    return Wrong(event, "aliases unfold into too many values");
  }
  unfolded_left_ -= anchored.json.size();
  if (depth_ + anchored.height > kNestingMax) {
    return Wrong(event, absl::StrCat("more than ", kNestingMax, " values in one another"));
  }
  document().json += anchored.json;
  EndValue(anchored.height);
  return absl::OkStatus();
}

// What the parser found wrong.
absl::Status ParserError(const yaml_parser_t& parser, std::string_view text,
                         const YamlPlace& place) {
  const auto wrong = [&place](size_t line, const auto&... what) {
    return absl::InvalidArgumentError(
        absl::StrCat(model::ToAbsl(place.path), ":", place.lines_before + line, ": ", what...));
  };
  if (parser.error == YAML_MEMORY_ERROR) {
    return absl::ResourceExhaustedError(
        absl::StrCat(model::ToAbsl(place.path), ": no memory to read it with"));
  }
  const char* const problem = parser.problem == nullptr ? "broken YAML" : parser.problem;
  if (parser.error == YAML_READER_ERROR) {
    return wrong(LineAt(text, parser.problem_offset), problem,
                 absl::StrFormat(" (0x%02X)", static_cast<unsigned>(parser.problem_value)));
  }
  std::string what = problem;
  if (parser.context != nullptr) {
    absl::StrAppend(&what, ", ", parser.context, " in line ",
                    place.lines_before + parser.context_mark.line + 1);
  }
  return wrong(parser.problem_mark.line + 1, what);
}

}  // namespace

absl::StatusOr<std::vector<YamlDocument>> YamlToJson(std::string_view text,
                                                     const YamlPlace& place) {
  Parser own;
  if (!own.ready) return absl::ResourceExhaustedError("no memory to read YAML with");
  ::yaml_parser_set_encoding(&own.parser, YAML_UTF8_ENCODING);
  ::yaml_parser_set_input_string(&own.parser, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
  Writer writer(text.size(), place);
  size_t told = 0;
  while (true) {
    Event next;
    if (::yaml_parser_parse(&own.parser, &next.event) == 0) {
      return ParserError(own.parser, text, place);
    }
    if (next.event.type == YAML_STREAM_END_EVENT) break;
    if (absl::Status status = writer.Take(next.event); !status.ok()) return status;
    if (place.on_way && own.parser.offset >= told + kStep) {
      place.on_way(own.parser.offset - told);
      told = own.parser.offset;
    }
  }
  if (place.on_way) place.on_way(text.size() - std::min(told, text.size()));
  return writer.TakeDocuments();
}

}  // namespace tangram::api::manifests
