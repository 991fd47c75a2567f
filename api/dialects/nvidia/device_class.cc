#include "api/dialects/nvidia/device_class.h"

#include <utility>

#include "api/dialects/hami/json_reader.h"
#include "api/dialects/nvidia/keys.h"

namespace tangram::api::nvidia {
namespace {

using hami::ForEachField;
using hami::JsonPath;
using Value = simdjson::ondemand::value;

struct Fields {
  std::string name;
  std::string resource;
};

absl::Status ReadText(Value value, const JsonPath& path, std::string& out) {
  std::string_view text;
  TANGRAM_JSON_RETURN_IF_ERROR(hami::ReadString(value, path, text));
  out = std::string(text);
  return absl::OkStatus();
}

absl::StatusOr<Fields> Read(std::string_view json) {
  const JsonPath root("DeviceClass");
  Fields fields;
  const auto metadata = [&](std::string_view key, Value field, const JsonPath& at) {
    return key == "name" ? ReadText(field, at, fields.name) : absl::OkStatus();
  };
  const auto spec = [&](std::string_view key, Value field, const JsonPath& at) {
    return key == "extendedResourceName" ? ReadText(field, at, fields.resource) : absl::OkStatus();
  };
  const auto visit = [&](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
    if (key == "metadata") return ForEachField(field, at, metadata);
    if (key == "spec") return ForEachField(field, at, spec);
    return absl::OkStatus();
  };
  TANGRAM_JSON_RETURN_IF_ERROR(hami::WalkObject(json, root, visit));
  if (fields.name.empty()) {
    return hami::WrongValue(JsonPath(root, "metadata"), "an object with a name", "without one");
  }
  return fields;
}

}  // namespace

absl::StatusOr<DeviceClass> ReadDeviceClass(std::string_view json) {
  auto fields = Read(json);
  if (!fields.ok()) return fields.status();
  DeviceClass read{.name = std::move(fields->name), .resources = {}};
  if (!fields->resource.empty()) read.resources.push_back(std::move(fields->resource));
  std::string implicit = std::string(kDeviceClassPrefix) + read.name;
  if (IsCounted(implicit)) read.resources.push_back(std::move(implicit));
  return read;
}

}  // namespace tangram::api::nvidia
