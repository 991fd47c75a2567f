// See container.h.
#include "api/dialects/hami/container.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "api/dialects/intel/dialect.h"
#include "api/dialects/nvidia/keys.h"
#include "model/string_map.h"

namespace tangram::api::hami {
namespace {

using model::Quantity;
using Value = simdjson::ondemand::value;

constexpr int64_t kInt32Max = std::numeric_limits<int32_t>::max();

absl::Status ReadQuantity(Value value, const JsonPath& path, std::optional<Quantity>& quantity) {
  std::string_view text;
  TANGRAM_JSON_RETURN_IF_ERROR(ReadQuantityText(value, path, text));
  const auto parsed = model::ParseQuantity(model::ToAbsl(text));
  if (parsed.ok()) {
    quantity = *parsed;
  } else if (absl::IsOutOfRange(parsed.status())) {
    // Kubernetes knows larger numbers than int64; none of them is a usable integer.
    quantity = Quantity{.value = std::numeric_limits<int64_t>::max(), .exact = false};
  } else {
    return WrongValue(path, "a quantity such as 3000, \"3k\" or \"1.5\"", text);
  }
  return absl::OkStatus();
}

// `others`, when not null, gets what is said about other vendors' resources.
absl::Status ReadAmounts(Value value, const JsonPath& path, const ResourceNames& names,
                         ResourceAmounts& amounts, core::HostAmounts& host,
                         ByOtherVendor<ResourceAmounts>* others) {
  const auto visit = [&](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
    absl::Status status;
    if (core::ReadHostAmount(key, field, at, host, status)) return status;
    if (key == names.count) return ReadQuantity(field, at, amounts.count);
    if (key == names.memory) return ReadQuantity(field, at, amounts.memory);
    if (key == names.memory_percentage) return ReadQuantity(field, at, amounts.memory_percentage);
    if (key == names.cores) return ReadQuantity(field, at, amounts.cores);
    if (nvidia::IsCounted(key) || intel::IsCounted(key)) {
      std::optional<Quantity> quantity;
      TANGRAM_JSON_RETURN_IF_ERROR(ReadQuantity(field, at, quantity));
      amounts.counted.emplace_back(key, *quantity);
      return absl::OkStatus();
    }
    if (others == nullptr) return absl::OkStatus();
    for (size_t i = 0; i < kOtherVendors.size(); ++i) {
      ResourceAmounts& other = (*others)[i];
      if (key == kOtherVendors[i].count) return ReadQuantity(field, at, other.count);
      if (key == kOtherVendors[i].memory) return ReadQuantity(field, at, other.memory);
      if (key == kOtherVendors[i].cores) return ReadQuantity(field, at, other.cores);
    }
    return absl::OkStatus();
  };
  return ForEachField(value, path, visit);
}

// Limits first, then requests.
const std::optional<Quantity>& Lookup(const ContainerFields& container,
                                      std::optional<Quantity> ResourceAmounts::*amount) {
  const std::optional<Quantity>& limit = container.limits.*amount;
  return limit.has_value() ? limit : container.requests.*amount;
}

std::optional<int64_t> Integer(const std::optional<Quantity>& quantity) {
  if (!quantity.has_value() || !quantity->exact) return std::nullopt;
  return quantity->value;
}

}  // namespace

absl::Status ReadContainer(Value value, const JsonPath& path, const ResourceNames& names,
                           ContainerFields& container) {
  const auto resources = [&](std::string_view key, Value field, const JsonPath& at) {
    if (key == "limits") {
      return ReadAmounts(field, at, names, container.limits, container.host.limits,
                         &container.other_limits);
    }
    if (key == "requests") {
      return ReadAmounts(field, at, names, container.requests, container.host.requests, nullptr);
    }
    return absl::OkStatus();
  };
  return ForEachField(value, path,
                      [&](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
                        if (key == "name") return ReadString(field, at, container.name);
                        if (key == "resources") return ForEachField(field, at, resources);
                        if (key == "restartPolicy") {
                          std::string_view policy;
                          TANGRAM_JSON_RETURN_IF_ERROR(ReadString(field, at, policy));
                          container.restarts_always = policy == "Always";
                        }
                        return absl::OkStatus();
                      });
}

int32_t KubeletCount(const ContainerFields& container) {
  const std::optional<int64_t> count = Integer(Lookup(container, &ResourceAmounts::count));
  return static_cast<int32_t>(std::clamp<int64_t>(count.value_or(0), 0, kInt32Max));
}

model::ContainerCounts MakeCounts(const ContainerFields& container, model::ContainerKind kind) {
  // A limit stands before a request, and of a key that comes twice the last one wins.
  absl::InlinedVector<std::pair<std::string_view, int64_t>, 2> asked;
  for (const ResourceAmounts* amounts : {&container.requests, &container.limits}) {
    for (const auto& [resource, quantity] : amounts->counted) {
      asked.emplace_back(resource,
                         quantity.exact ? std::clamp<int64_t>(quantity.value, 0, kInt32Max) : 0);
    }
  }
  for (size_t i = 0; i < kOtherVendors.size(); ++i) {
    const int64_t cards = Integer(container.other_limits[i].count).value_or(0);
    if (cards > 0) asked.emplace_back(kOtherVendors[i].count, std::min(cards, kInt32Max));
  }
  model::ContainerCounts counts{kind, {}};
  if (asked.empty()) return counts;
  std::stable_sort(asked.begin(), asked.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (size_t i = 0; i < asked.size(); ++i) {
    const bool last = i + 1 == asked.size() || asked[i + 1].first != asked[i].first;
    if (last && asked[i].second > 0) {
      counts.counts.push_back({std::string(asked[i].first), asked[i].second});
    }
  }
  return counts;
}

namespace {

model::ContainerRequest NvidiaRequest(const ContainerFields& container) {
  model::ContainerRequest request;
  request.count = KubeletCount(container);
  if (request.count == 0) return request;

  if (const auto& memory = Lookup(container, &ResourceAmounts::memory); memory.has_value()) {
    if (!memory->exact || memory->value < 0 || memory->value > kInt32Max) {
      request.count = 0;
      return request;
    }
    request.memory = model::Mebibytes::Checked(memory->value);
  }
  const std::optional<int64_t> percent =
      Integer(Lookup(container, &ResourceAmounts::memory_percentage));
  if (percent.value_or(0) > 0) {
    request.memory_percent = static_cast<int32_t>(std::min<int64_t>(*percent, 100));
  }
  const std::optional<int64_t> cores = Integer(Lookup(container, &ResourceAmounts::cores));
  request.cores = model::CorePercent::Checked(std::clamp<int64_t>(cores.value_or(0), 0, kInt32Max));
  return request;
}

}  // namespace

model::ContainerRequest MakeRequest(const ContainerFields& container, model::ContainerKind kind,
                                    int& vendors) {
  model::ContainerRequest request = NvidiaRequest(container);
  vendors = request.count > 0 ? 1 : 0;
  for (size_t i = 0; i < kOtherVendors.size(); ++i) {
    const ResourceAmounts& limits = container.other_limits[i];
    if (!limits.count.has_value()) continue;
    const model::ContainerRequest other = kOtherVendors[i].make_request(limits);
    if (other.count > 0 && ++vendors == 1) request = other;
  }
  request.kind = kind;
  return request;
}

}  // namespace tangram::api::hami
