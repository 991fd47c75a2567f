#include "api/dialects/core/labels.h"

#include "api/dialects/hami/json_reader.h"

namespace tangram::api::core {

using hami::ForEachField;
using hami::JsonPath;
using Value = simdjson::ondemand::value;

absl::StatusOr<std::map<std::string, std::string>> ReadLabels(std::string_view json) {
  std::map<std::string, std::string> labels;
  const auto label = [&labels](std::string_view key, Value field,
                               const JsonPath& at) -> absl::Status {
    std::string_view text;
    TANGRAM_JSON_RETURN_IF_ERROR(hami::ReadString(field, at, text));
    labels[std::string(key)] = std::string(text);
    return absl::OkStatus();
  };
  const auto metadata = [&label](std::string_view key, Value field, const JsonPath& at) {
    return key == "labels" ? ForEachField(field, at, label) : absl::OkStatus();
  };
  const auto visit = [&metadata](std::string_view key, Value field, const JsonPath& at) {
    return key == "metadata" ? ForEachField(field, at, metadata) : absl::OkStatus();
  };
  TANGRAM_JSON_RETURN_IF_ERROR(hami::WalkObject(json, JsonPath("Object"), visit));
  return labels;
}

}  // namespace tangram::api::core
