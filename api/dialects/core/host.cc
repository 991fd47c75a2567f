#include "api/dialects/core/host.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "api/dialects/hami/json_reader.h"
#include "model/quantity.h"
#include "model/string_map.h"

namespace tangram::api::core {
namespace {

using hami::ForEachElement;
using hami::ForEachField;
using hami::JsonPath;
using hami::ReadQuantityText;
using Value = simdjson::ondemand::value;

constexpr int64_t kBytesPerMebibyte = int64_t{1} << 20;
constexpr int64_t kMostBytes = model::kHostMost * kBytesPerMebibyte;

// What limits, requests or the like say; nullopt where they say nothing.
struct Amounts {
  std::optional<int64_t> cpu_milli;
  std::optional<int64_t> bytes;
};

// What is asked for; sums stop at the most there can be.
struct Sum {
  int64_t cpu_milli = 0;
  int64_t bytes = 0;

  void Add(const Sum& other) {
    cpu_milli = std::min(cpu_milli + other.cpu_milli, model::kHostMost);
    bytes = std::min(bytes + other.bytes, kMostBytes);
  }
  void Raise(const Sum& other) {
    cpu_milli = std::max(cpu_milli, other.cpu_milli);
    bytes = std::max(bytes, other.bytes);
  }
};

struct Container {
  bool restarts_always = false;
  Amounts limits, requests;

  Sum Asked() const {
    return {requests.cpu_milli.value_or(limits.cpu_milli.value_or(0)),
            requests.bytes.value_or(limits.bytes.value_or(0))};
  }
};

// A quantity of at least 0, cut to `most`; `parse` is text -> StatusOr<int64_t>.
template <typename Parse>
absl::Status ReadAmount(Value value, const JsonPath& path, int64_t most, Parse parse,
                        std::optional<int64_t>& amount) {
  std::string_view text;
  TANGRAM_JSON_RETURN_IF_ERROR(ReadQuantityText(value, path, text));
  const absl::StatusOr<int64_t> parsed = parse(model::ToAbsl(text));
  if (absl::IsOutOfRange(parsed.status())) {
    amount = most;
    return absl::OkStatus();
  }
  if (!parsed.ok() || *parsed < 0) {
    return hami::WrongValue(path, "a quantity of at least 0 such as 4, \"500m\" or \"16Gi\"", text);
  }
  amount = std::min(*parsed, most);
  return absl::OkStatus();
}

absl::Status ReadAmounts(Value value, const JsonPath& path, Amounts& amounts) {
  const auto bytes_of = [](absl::string_view text) -> absl::StatusOr<int64_t> {
    const auto quantity = model::ParseQuantity(text);
    if (!quantity.ok()) return quantity.status();
    return quantity->value;
  };
  const auto visit = [&](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
    if (key == "cpu") {
      return ReadAmount(field, at, model::kHostMost, model::ParseMilliQuantity, amounts.cpu_milli);
    }
    if (key == "memory") return ReadAmount(field, at, kMostBytes, bytes_of, amounts.bytes);
    return absl::OkStatus();
  };
  return ForEachField(value, path, visit);
}

absl::Status ReadResources(Value value, const JsonPath& path, Amounts& requests, Amounts& limits) {
  const auto visit = [&](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
    if (key == "requests") return ReadAmounts(field, at, requests);
    if (key == "limits") return ReadAmounts(field, at, limits);
    return absl::OkStatus();
  };
  return ForEachField(value, path, visit);
}

absl::Status ReadContainers(Value value, const JsonPath& path, std::vector<Container>& containers) {
  containers.clear();
  const auto element = [&containers](Value one, const JsonPath& where) {
    Container& container = containers.emplace_back();
    const auto visit = [&](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
      if (key == "resources") {
        return ReadResources(field, at, container.requests, container.limits);
      }
      if (key != "restartPolicy") return absl::OkStatus();
      std::string_view policy;
      TANGRAM_JSON_RETURN_IF_ERROR(hami::ReadString(field, at, policy));
      container.restarts_always = policy == "Always";
      return absl::OkStatus();
    };
    return ForEachField(one, where, visit);
  };
  return ForEachElement(value, path, element);
}

struct PodFields {
  std::vector<Container> init_containers, containers;
  Amounts requests, limits;  // of the pod as a whole
  Amounts overhead;
};

absl::Status ReadSpec(Value value, const JsonPath& path, PodFields& fields) {
  const auto visit = [&](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
    if (key == "containers") return ReadContainers(field, at, fields.containers);
    if (key == "initContainers") return ReadContainers(field, at, fields.init_containers);
    if (key == "resources") return ReadResources(field, at, fields.requests, fields.limits);
    if (key == "overhead") return ReadAmounts(field, at, fields.overhead);
    return absl::OkStatus();
  };
  return ForEachField(value, path, visit);
}

Sum PodSum(const PodFields& fields) {
  Sum running, sidecars, init_peak;
  for (const Container& container : fields.containers) running.Add(container.Asked());
  for (const Container& container : fields.init_containers) {
    Sum together = sidecars;
    together.Add(container.Asked());
    if (container.restarts_always) {
      sidecars = together;
      running.Add(container.Asked());
    }
    init_peak.Raise(together);
  }
  running.Raise(init_peak);
  // Limits of the pod as a whole stand in for its requests as those of a container do.
  const auto whole = [](const std::optional<int64_t>& request, const std::optional<int64_t>& limit,
                        int64_t sum) { return request.value_or(limit.value_or(sum)); };
  running.cpu_milli = whole(fields.requests.cpu_milli, fields.limits.cpu_milli, running.cpu_milli);
  running.bytes = whole(fields.requests.bytes, fields.limits.bytes, running.bytes);
  running.Add({fields.overhead.cpu_milli.value_or(0), fields.overhead.bytes.value_or(0)});
  return running;
}

}  // namespace

absl::StatusOr<NodeHost> ReadNodeHost(std::string_view json) {
  NodeHost host;
  Amounts allocatable;
  const auto status = [&](std::string_view key, Value field, const JsonPath& at) {
    return key == "allocatable" ? ReadAmounts(field, at, allocatable) : absl::OkStatus();
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
  if (allocatable.cpu_milli.has_value() || allocatable.bytes.has_value()) {
    host.allocatable = {allocatable.cpu_milli.value_or(model::kHostMost),
                        allocatable.bytes.value_or(kMostBytes) / kBytesPerMebibyte};
  }
  return host;
}

absl::StatusOr<model::HostResources> ReadPodHost(std::string_view json) {
  PodFields fields;
  const auto visit = [&](std::string_view key, Value field, const JsonPath& at) {
    return key == "spec" ? ReadSpec(field, at, fields) : absl::OkStatus();
  };
  TANGRAM_JSON_RETURN_IF_ERROR(hami::WalkObject(json, JsonPath("Pod"), visit));
  const Sum sum = PodSum(fields);
  return model::HostResources{sum.cpu_milli,
                              (sum.bytes + kBytesPerMebibyte - 1) / kBytesPerMebibyte};
}

}  // namespace tangram::api::core
