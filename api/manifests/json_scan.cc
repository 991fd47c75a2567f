#include "api/manifests/json_scan.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

namespace tangram::api::manifests {
namespace {

using nlohmann::json;

// The bytes at which a scan has to stop: one table for what is outside of texts, one for inside.
using Stops = std::array<bool, 256>;

constexpr Stops StopsAt(std::string_view bytes, bool controls) {
  Stops stops{};
  for (const char byte : bytes) stops[static_cast<unsigned char>(byte)] = true;
  for (size_t i = 0; controls && i < 0x20; ++i) stops[i] = true;
  return stops;
}

constexpr Stops kOutside = StopsAt("{}[]\"", false);
constexpr Stops kInside = StopsAt("\"\\", true);

size_t NextStop(std::string_view text, size_t at, const Stops& stops) {
  while (at < text.size() && !stops[static_cast<unsigned char>(text[at])]) ++at;
  return at;
}

struct Opened {
  char closes;
  size_t offset;
};

std::string NameOf(const Opened& opened) { return opened.closes == '}' ? "object" : "array"; }

// Notes what is wrong. Without a tree of the value its parser reads on, and stops at the first.
class MistakeFinder final : public nlohmann::json_sax<json> {
 public:
  std::optional<TextMistake> Take() { return std::move(mistake_); }

  bool null() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number_integer(number_integer_t /*value*/) override { return true; }
  bool number_unsigned(number_unsigned_t /*value*/) override { return true; }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return true; }
  bool string(string_t& /*value*/) override { return true; }
  bool binary(binary_t& /*value*/) override { return true; }
  bool start_object(size_t /*elements*/) override { return true; }
  bool key(string_t& /*value*/) override { return true; }
  bool end_object() override { return true; }
  bool start_array(size_t /*elements*/) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(size_t position, const std::string& /*last_token*/,
                   const json::exception& error) override {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: what is wrong".
    std::string what = error.what();
    if (const size_t colon = what.find(": "); colon != std::string::npos) what.erase(0, colon + 2);
    mistake_ = TextMistake{position == 0 ? 0 : position - 1, std::move(what)};
    return false;
  }

 private:
  std::optional<TextMistake> mistake_;
};

}  // namespace

JsonScan ScanJson(std::string_view text) {
  const auto wrong = [](size_t at, std::string what) {
    return JsonScan{0, TextMistake{at, std::move(what)}};
  };
  std::vector<Opened> open;
  size_t at = 0;
  while ((at = NextStop(text, at, kOutside)) < text.size()) {
    const char byte = text[at];
    if (byte == '"') {
      const size_t quote = at++;
      while ((at = NextStop(text, at, kInside)) < text.size() && text[at] == '\\') at += 2;
      if (at >= text.size()) {
        return JsonScan{
            0, TextMistake{text.size(), "the text ends early, in the middle of a string", quote}};
      }
      if (text[at] != '"') {
        return wrong(quote,
                     "a string that begins in this line does not end in it, or has a control "
                     "character");
      }
    } else if (byte == '{' || byte == '[') {
      if (open.size() == kNestingMax) {
        return wrong(at, absl::StrCat("more than ", kNestingMax, " values in one another"));
      }
      open.push_back({byte == '{' ? '}' : ']', at});
    } else if (open.empty() || open.back().closes != byte) {
      return wrong(at, absl::StrCat("\"", std::string(1, byte), "\" closes nothing that is open"));
    } else {
      open.pop_back();
      if (open.empty()) return {at + 1, std::nullopt};
    }
    ++at;
  }
  if (open.empty()) return wrong(0, "no JSON object or array");
  const std::string what =
      absl::StrCat("the text ends early, in the middle of an ", NameOf(open.back()));
  return JsonScan{0, TextMistake{text.size(), what, open.back().offset}};
}

bool IsBoundedJson(std::string_view text) {
  const size_t begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  return !ScanJson(text.substr(begin)).mistake.has_value();
}

std::optional<TextMistake> FindJsonMistake(std::string_view text) {
  MistakeFinder finder;
  json::sax_parse(text.begin(), text.end(), &finder);
  return finder.Take();
}

size_t LineAt(std::string_view text, size_t offset) {
  const size_t end = std::min(offset, text.size());
  return 1 +
         static_cast<size_t>(std::count(text.begin(), text.begin() + static_cast<long>(end), '\n'));
}

}  // namespace tangram::api::manifests
