// What of the JSON walk needs no template: error texts and scalar values.
#include "api/dialects/hami/json_reader.h"

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "model/string_map.h"

namespace tangram::api::hami {
namespace {

using model::ToAbsl;

std::string_view TrimRight(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n' || text.back() == '\r' ||
                           text.back() == '\t')) {
    text.remove_suffix(1);
  }
  return text;
}

bool IsIdentifier(std::string_view key) {
  for (const char c : key) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !(c >= '0' && c <= '9') && c != '_' && c != '-') return false;
  }
  return !key.empty();
}

}  // namespace

std::string JsonPath::ToString() const {
  std::string text = parent_ == nullptr ? std::string() : parent_->ToString();
  if (index_ >= 0) {
    absl::StrAppend(&text, "[", index_, "]");
  } else if (parent_ == nullptr) {
    text = std::string(key_);
  } else if (IsIdentifier(key_)) {
    absl::StrAppend(&text, text.empty() ? "" : ".", ToAbsl(key_));
  } else {
    absl::StrAppend(&text, "[", Shorten(key_), "]");
  }
  return text;
}

std::string Shorten(std::string_view value) {
  constexpr size_t kMax = 80;
  std::string text;
  for (const char c : value.substr(0, kMax)) {
    const auto byte = static_cast<unsigned char>(c);
    // '%' is left out of every message: kube-scheduler up to 1.31 formats extender errors.
    text += byte < 0x20 || byte >= 0x7f || c == '%' ? '?' : c;
  }
  if (value.size() > kMax) text += "...";
  return text;
}

absl::Status WrongValue(const JsonPath& path, std::string_view allowed, std::string_view value) {
  return absl::InvalidArgumentError(
      absl::StrCat(path.ToString(), ": must be ", ToAbsl(allowed), ", is ", Shorten(value)));
}

absl::Status Malformed(const JsonPath& path, simdjson::error_code error) {
  return absl::InvalidArgumentError(
      absl::StrCat(path.ToString(), ": malformed JSON (", simdjson::error_message(error), ")"));
}

absl::Status WrongType(const JsonPath& path, std::string_view allowed, simdjson::error_code error) {
  if (error != simdjson::INCORRECT_TYPE && error != simdjson::NUMBER_ERROR) {
    return Malformed(path, error);
  }
  return absl::InvalidArgumentError(
      absl::StrCat(path.ToString(), ": must be ", ToAbsl(allowed), ", is of another type"));
}

absl::Status ReadNull(simdjson::ondemand::value value, const JsonPath& path, bool& is_null) {
  if (const auto error = value.is_null().get(is_null)) return Malformed(path, error);
  return absl::OkStatus();
}

absl::Status ReadString(simdjson::ondemand::value value, const JsonPath& path,
                        std::string_view& text) {
  bool is_null = false;
  TANGRAM_JSON_RETURN_IF_ERROR(ReadNull(value, path, is_null));
  text = {};
  if (is_null) return absl::OkStatus();
  if (const auto error = value.get_string().get(text)) return WrongType(path, "a string", error);
  return absl::OkStatus();
}

absl::Status ReadBool(simdjson::ondemand::value value, const JsonPath& path, bool& flag) {
  bool is_null = false;
  TANGRAM_JSON_RETURN_IF_ERROR(ReadNull(value, path, is_null));
  flag = false;
  if (is_null) return absl::OkStatus();
  if (const auto error = value.get_bool().get(flag)) {
    return WrongType(path, "true or false", error);
  }
  return absl::OkStatus();
}

absl::Status ReadInteger(simdjson::ondemand::value value, const JsonPath& path, int64_t min,
                         int64_t max, int64_t& number) {
  bool is_null = false;
  TANGRAM_JSON_RETURN_IF_ERROR(ReadNull(value, path, is_null));
  number = 0;
  if (is_null) return absl::OkStatus();
  const std::string_view token = TrimRight(value.raw_json_token());
  const auto error = value.get_int64().get(number);
  if (error || number < min || number > max) {
    return WrongValue(path, absl::StrCat("an integer from ", min, " to ", max), token);
  }
  return absl::OkStatus();
}

absl::Status ReadQuantityText(simdjson::ondemand::value value, const JsonPath& path,
                              std::string_view& text) {
  simdjson::ondemand::json_type type = simdjson::ondemand::json_type::null;
  if (const auto error = value.type().get(type)) return Malformed(path, error);
  if (type == simdjson::ondemand::json_type::string) {
    if (const auto error = value.get_string().get(text)) return Malformed(path, error);
    return absl::OkStatus();
  }
  text = TrimRight(value.raw_json_token());
  if (type == simdjson::ondemand::json_type::number) return absl::OkStatus();
  return WrongValue(path, "a quantity such as 3000, \"3k\" or \"1.5\"", text);
}

absl::Status ExpectEnd(simdjson::ondemand::document& document, const JsonPath& path) {
  const char* location = nullptr;
  const auto error = document.current_location().get(location);
  if (error == simdjson::OUT_OF_BOUNDS) return absl::OkStatus();
  if (error) return Malformed(path, error);
  return absl::InvalidArgumentError(
      absl::StrCat(path.ToString(), ": something follows the end of the JSON value"));
}

}  // namespace tangram::api::hami
