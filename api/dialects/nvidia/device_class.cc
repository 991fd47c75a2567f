#include "api/dialects/nvidia/device_class.h"

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

absl::StatusOr<Fields> Read(std::string_view json) {
  const JsonPath root("DeviceClass");
  simdjson::padded_string padded(json);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  if (const auto error = parser.iterate(padded).get(document)) return hami::Malformed(root, error);
  simdjson::ondemand::object object;
  if (const auto error = document.get_object().get(object)) {
    return hami::WrongType(root, "an object", error);
  }
  std::string_view name;
  std::string_view resource;
  const auto metadata = [&](std::string_view key, Value field, const JsonPath& at) {
    return key == "name" ? hami::ReadString(field, at, name) : absl::OkStatus();
  };
  const auto spec = [&](std::string_view key, Value field, const JsonPath& at) {
    return key == "extendedResourceName" ? hami::ReadString(field, at, resource) : absl::OkStatus();
  };
  const auto visit = [&](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
    if (key == "metadata") return ForEachField(field, at, metadata);
    if (key == "spec") return ForEachField(field, at, spec);
    return absl::OkStatus();
  };
  TANGRAM_JSON_RETURN_IF_ERROR(ForEachField(object, root, visit));
  TANGRAM_JSON_RETURN_IF_ERROR(hami::ExpectEnd(document, root));
  if (name.empty()) {
    return hami::WrongValue(JsonPath(root, "metadata"), "an object with a name", "without one");
  }
  return Fields{std::string(name), std::string(resource)};
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ResourcesOfDeviceClass(std::string_view json) {
  auto fields = Read(json);
  if (!fields.ok()) return fields.status();
  std::vector<std::string> resources;
  if (!fields->resource.empty()) resources.push_back(fields->resource);
  std::string implicit = std::string(kDeviceClassPrefix) + fields->name;
  if (IsCounted(implicit)) resources.push_back(std::move(implicit));
  return resources;
}

absl::StatusOr<std::string> NameOfDeviceClass(std::string_view json) {
  auto fields = Read(json);
  if (!fields.ok()) return fields.status();
  return fields->name;
}

}  // namespace tangram::api::nvidia
