#include "api/dialects/hami/pod_status.h"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace tangram::api::hami {
namespace {

using Value = simdjson::ondemand::value;

constexpr std::string_view kInfeasible = "Infeasible";

// Sets `exit_code` when the container's state is "terminated".
absl::Status ReadState(Value value, const JsonPath& path, std::optional<int64_t>& exit_code) {
  const auto terminated = [&](std::string_view key, Value field, const JsonPath& at) {
    if (key != "exitCode") return absl::OkStatus();
    return ReadInteger(field, at, INT32_MIN, INT32_MAX, exit_code.emplace());
  };
  return ForEachField(value, path, [&](std::string_view key, Value field, const JsonPath& at) {
    return key == "terminated" ? ForEachField(field, at, terminated) : absl::OkStatus();
  });
}

absl::Status ReadContainerStatus(Value value, const JsonPath& path, bool init,
                                 PodStatusFields& fields) {
  core::HeldHost held;
  std::optional<int64_t> exit_code;
  const auto visit = [&](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
    if (key == "name") return ReadString(field, at, held.name);
    if (key == "state") return init ? ReadState(field, at, exit_code) : absl::OkStatus();
    absl::Status status;
    core::ReadHeldHost(key, field, at, held, status);
    return status;
  };
  TANGRAM_JSON_RETURN_IF_ERROR(ForEachField(value, path, visit));
  if (exit_code == 0) fields.init_succeeded.push_back(held.name);
  if (held.told) fields.host.containers.push_back(held);
  return absl::OkStatus();
}

// The first condition of type PodResizePending decides (k8s.io/component-helpers
// IsPodResizeInfeasible).
absl::Status ReadConditions(Value value, const JsonPath& path, PodStatusFields& fields) {
  bool decided = false;
  return ForEachElement(value, path, [&](Value element, const JsonPath& where) -> absl::Status {
    std::string_view type, reason;
    const auto visit = [&](std::string_view key, Value field, const JsonPath& at) {
      if (key == "type") return ReadString(field, at, type);
      if (key == "reason") return ReadString(field, at, reason);
      return absl::OkStatus();
    };
    TANGRAM_JSON_RETURN_IF_ERROR(ForEachField(element, where, visit));
    if (decided || type != "PodResizePending") return absl::OkStatus();
    decided = true;
    fields.host.resize_infeasible |= reason == kInfeasible;
    return absl::OkStatus();
  });
}

}  // namespace

absl::Status ReadPodStatus(Value value, const JsonPath& path, PodStatusFields& fields) {
  const auto statuses = [&fields](Value list, const JsonPath& at, bool init) {
    return ForEachElement(list, at, [&fields, init](Value element, const JsonPath& where) {
      return ReadContainerStatus(element, where, init, fields);
    });
  };
  const auto visit = [&](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
    if (key == "phase") return ReadString(field, at, fields.phase);
    if (key == "conditions") return ReadConditions(field, at, fields);
    if (key == "containerStatuses") return statuses(field, at, false);
    if (key == "initContainerStatuses") return statuses(field, at, true);
    if (key == "resize") {  // Kubernetes before 1.33
      std::string_view resize;
      TANGRAM_JSON_RETURN_IF_ERROR(ReadString(field, at, resize));
      fields.host.resize_infeasible |= resize == kInfeasible;
      return absl::OkStatus();
    }
    absl::Status status;
    core::ReadHeldHost(key, field, at, fields.host.whole, status);
    return status;
  };
  TANGRAM_JSON_RETURN_IF_ERROR(ForEachField(value, path, visit));
  std::sort(fields.init_succeeded.begin(), fields.init_succeeded.end());
  return absl::OkStatus();
}

}  // namespace tangram::api::hami
