#include "api/manifests/json_writer.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

namespace tangram::api::manifests {
namespace {

template <typename T>
bool ReadAll(std::string_view text, T& value) {
  // from_chars takes no plus sign, YAML does.
  if (text.size() > 1 && text.front() == '+' && text[1] != '-') text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

bool LooksNumeric(std::string_view text) {
  if (text.find_first_not_of("+-.0123456789eE") != std::string_view::npos) return false;
  return text.find_first_of("0123456789") != std::string_view::npos;
}

// Whether it begins with a zero that more digits follow.
bool HasLeadingZero(std::string_view text) {
  const size_t digits = text.find_first_not_of("+-");
  return digits != std::string_view::npos && text.size() > digits + 1 && text[digits] == '0' &&
         text[digits + 1] >= '0' && text[digits + 1] <= '9';
}

// Appends the number and says so; false where it is none.
bool AppendNumber(std::string_view text, std::string& out) {
  if (!LooksNumeric(text) || HasLeadingZero(text)) return false;
  int64_t integer = 0;
  uint64_t natural = 0;
  double number = 0;
  if (ReadAll(text, integer)) {
    absl::StrAppend(&out, integer);
  } else if (ReadAll(text, natural)) {
    absl::StrAppend(&out, natural);
  } else if (ReadAll(text, number) && std::isfinite(number)) {
    out += nlohmann::json(number).dump();
  } else {
    return false;
  }
  return true;
}

}  // namespace

void AppendJsonText(std::string_view text, std::string& json) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  json.push_back('"');
  size_t begin = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
    json.append(text, begin, i - begin);
    begin = i + 1;
    json.push_back('\\');
    if (byte >= 0x20) {
      json.push_back(text[i]);
    } else if (byte == '\n') {
      json.push_back('n');
    } else {
      json += "u00";
      json.push_back(kDigits[byte >> 4]);
      json.push_back(kDigits[byte & 0xF]);
    }
  }
  json.append(text, begin);
  json.push_back('"');
}

void AppendPlainScalar(std::string_view text, std::string& json) {
  static constexpr std::array<std::string_view, 5> kNull = {"", "~", "null", "Null", "NULL"};
  for (const std::string_view word : kNull) {
    if (text == word) {
      json += "null";
      return;
    }
  }
  if (text == "true" || text == "True" || text == "TRUE") {
    json += "true";
  } else if (text == "false" || text == "False" || text == "FALSE") {
    json += "false";
  } else if (!AppendNumber(text, json)) {
    AppendJsonText(text, json);
  }
}

}  // namespace tangram::api::manifests
