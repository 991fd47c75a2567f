#include "api/dialects/core/host.h"

#include "api/dialects/core/pod_host.h"
#include "api/dialects/hami/json_reader.h"

namespace tangram::api::core {

using hami::ForEachField;
using hami::JsonPath;
using Value = simdjson::ondemand::value;

absl::StatusOr<NodeHost> ReadNodeHost(std::string_view json) {
  NodeHost host;
  HostAmounts allocatable;
  HostAmounts capacity;
  bool told = false;
  const auto status = [&](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
    if (key == "capacity") return ReadHostAmounts(field, at, capacity);
    if (key != "allocatable") return absl::OkStatus();
    bool is_null = false;
    TANGRAM_JSON_RETURN_IF_ERROR(hami::ReadNull(field, at, is_null));
    told = !is_null;
    return is_null ? absl::OkStatus() : ReadHostAmounts(field, at, allocatable);
  };
  const auto spec = [&](std::string_view key, Value field, const JsonPath& at) {
    return key == "unschedulable" ? hami::ReadBool(field, at, host.unschedulable)
                                  : absl::OkStatus();
  };
  const auto visit = [&](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
    if (key == "status") return ForEachField(field, at, status);
    if (key == "spec") return ForEachField(field, at, spec);
    return absl::OkStatus();
  };
  TANGRAM_JSON_RETURN_IF_ERROR(hami::WalkObject(json, JsonPath("Node"), visit));
  // As the API server fills it.
  if (!told) allocatable = capacity;
  if (allocatable.cpu_milli.has_value() || allocatable.bytes.has_value()) {
    host.allocatable = {allocatable.cpu_milli.value_or(model::kHostMost),
                        allocatable.bytes.value_or(kMostBytes) / kBytesPerMebibyte};
  }
  return host;
}

}  // namespace tangram::api::core
