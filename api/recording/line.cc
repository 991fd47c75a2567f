#include "api/recording/line.h"

#include <array>
#include <charconv>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "api/manifests/json_scan.h"
#include "api/recording/fields.h"
#include "api/recording/json_reader.h"
#include "api/recording/json_writer.h"
#include "model/shown.h"
#include "model/string_map.h"

namespace tangram::api::recording {
namespace {

using scheduler::recording::EventApplied;

// The word of each kind, by its place in the variants.
constexpr std::array<std::string_view, std::variant_size_v<model::Event>> kEventWords = {
    "node", "node-gone", "book", "close", "release", "by-dra"};
constexpr std::array<std::string_view, std::variant_size_v<decltype(Line::content)>> kWords = {
    "",       "hold",       "unhold",     "seen", "gone",    "learn",
    "policy", "mig-learn",  "mig-policy", "look", "dropped", "cards",
    "filter", "prioritize", "names",      "list", "end"};

std::string Dump(const JsonWriter::Json& object) {
  return object.dump(-1, ' ', false, JsonWriter::Json::error_handler_t::replace);
}

// Makes the variant hold the alternative of that word and calls `read` with it; false when there is
// none.
template <size_t kIndex = 0, typename Variant, typename Words, typename ReadInto>
bool Choose(std::string_view word, const Words& words, Variant& variant, ReadInto read) {
  if constexpr (kIndex < std::variant_size_v<Variant>) {
    if (!word.empty() && word == words[kIndex]) {
      read(variant.template emplace<kIndex>());
      return true;
    }
    return Choose<kIndex + 1>(word, words, variant, read);
  } else {
    return false;
  }
}

absl::Status NoObject() { return absl::InvalidArgumentError("not a JSON object"); }

}  // namespace

std::string Encode(const Header& header) {
  JsonWriter::Json object = {{"schema", kSchema}};
  JsonWriter writer(object);
  Fields(writer, header);
  return Dump(object);
}

std::string Encode(const Line& line) {
  JsonWriter::Json object = JsonWriter::Json::object();
  JsonWriter writer(object);
  std::visit(
      [&](const auto& content) {
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(content)>, EventApplied>) {
          object["e"] = kEventWords[content.event.index()];
          object["at_ms"] = line.at_ms;
          std::visit([&writer](const auto& event) { Fields(writer, event); }, content.event);
          object["books"] = content.version;
        } else {
          object["e"] = kWords[line.content.index()];
          object["at_ms"] = line.at_ms;
          Fields(writer, content);
        }
      },
      line.content);
  return Dump(object);
}

absl::StatusOr<Header> DecodeHeader(std::string_view text) {
  if (!manifests::IsBoundedJson(text)) return NoObject();
  const nlohmann::json object = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return NoObject();
  Header header;
  absl::Status status;
  JsonReader reader(object, "", status);
  std::string schema;
  reader("schema", schema);
  if (schema != kSchema) {
    return absl::InvalidArgumentError(
        absl::StrCat("schema: ", model::Shown(schema), " is not allowed; must be ", kSchema));
  }
  Fields(reader, header);
  reader.Finish();
  if (!status.ok()) return status;
  return header;
}

absl::StatusOr<Line> DecodeLine(std::string_view text) {
  if (!manifests::IsBoundedJson(text)) return NoObject();
  const nlohmann::json object = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return NoObject();
  Line line;
  absl::Status status;
  JsonReader reader(object, "", status);
  std::string word;
  reader("e", word);
  reader.Bounded("at_ms", line.at_ms, 0, int64_t{1} << 52);
  const auto read = [&reader](auto& content) { Fields(reader, content); };
  EventApplied applied;
  if (Choose(word, kEventWords, applied.event, read)) {
    reader("books", applied.version);
    line.content = std::move(applied);
  } else if (!Choose(word, kWords, line.content, [&read](auto& content) {
               if constexpr (!std::is_same_v<std::remove_cvref_t<decltype(content)>,
                                             EventApplied>) {
                 read(content);
               }
             })) {
    return absl::InvalidArgumentError(
        absl::StrCat("e: ", model::Shown(word), " is not a kind of line that this version knows"));
  }
  reader.Finish();
  if (!status.ok()) return status;
  return line;
}

std::string Runs(const std::vector<uint32_t>& numbers) {
  std::string text;
  for (size_t i = 0; i < numbers.size();) {
    size_t last = i;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
    if (i > 0) text += ',';
    absl::StrAppend(&text, numbers[i]);
    if (last > i) absl::StrAppend(&text, "-", numbers[last]);
    i = last + 1;
  }
  return text;
}

absl::StatusOr<std::vector<uint32_t>> ParseRuns(std::string_view text, size_t end) {
  std::vector<uint32_t> numbers;
  const char* at = text.data();
  const char* const stop = at + text.size();
  const auto wrong = [&] {
    return absl::InvalidArgumentError(absl::StrCat(
        model::Shown(text), " is not allowed; must be numbers and runs of numbers below ", end,
        ", as in 0-63,70, each of them once"));
  };
  const auto read = [&](uint32_t& number) {
    const auto [next, error] = std::from_chars(at, stop, number);
    at = next;
    return error == std::errc() && number < end;
  };
  while (at != stop) {
    uint32_t first = 0;
    if (!read(first)) return wrong();
    uint32_t last = first;
    if (at != stop && *at == '-') {
      ++at;
      if (!read(last) || last < first) return wrong();
    }
    if (numbers.size() + (last - first) >= end) return wrong();
    for (uint32_t number = first; number <= last; ++number) numbers.push_back(number);
    if (at == stop) break;
    if (*at != ',' || ++at == stop) return wrong();
  }
  return numbers;
}

}  // namespace tangram::api::recording
