// See container.h.
#include "api/dialects/hami/container.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "model/string_map.h"

namespace tangram::api::hami {
namespace {

using model::Quantity;
using Value = simdjson::ondemand::value;

constexpr int64_t kInt32Max = std::numeric_limits<int32_t>::max();

// A name in no table: nothing is asked for by it, and a misspelt one is odd.
absl::Status ReadUnknown(std::string_view resource, Value value, const JsonPath& path,
                         const ResourceNames& names, ContainerFields& container, bool limit) {
  if (container.unknown_names > kMostUnknownNames) {
    container.too_many_names = true;
    return absl::OkStatus();
  }
  const auto misspelt = FindMisspelt(resource, names, &container.unknown_names);
  if (!misspelt.has_value()) return absl::OkStatus();
  OddResource odd{.limit = limit, .resource = resource, .misspelt = misspelt};
  TANGRAM_JSON_RETURN_IF_ERROR(ReadQuantityText(value, path, odd.text));
  const auto amount = model::ParseQuantity(model::ToAbsl(odd.text));
  const bool none = amount.ok() && amount->exact && amount->value == 0;
  if (!none && container.odd.size() < model::kMostFaults) container.odd.push_back(odd);
  return absl::OkStatus();
}

absl::Status ReadAmounts(Value value, const JsonPath& path, const ResourceNames& names,
                         ContainerFields& container, bool limit) {
  AskedAmounts& amounts = limit ? container.limits : container.requests;
  core::HostAmounts& host = limit ? container.host.limits : container.host.requests;
  const auto visit = [&](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
    absl::Status status;
    if (core::ReadHostAmount(key, field, at, host, status)) return status;
    const auto known = FindResource(key, names);
    if (!known.has_value()) return ReadUnknown(key, field, at, names, container, limit);
    std::string_view text;
    TANGRAM_JSON_RETURN_IF_ERROR(ReadQuantityText(field, at, text));
    Quantity quantity;
    const auto parsed = model::ParseQuantity(model::ToAbsl(text));
    if (parsed.ok()) {
      quantity = *parsed;
    } else if (absl::IsOutOfRange(parsed.status())) {
      // Kubernetes knows larger numbers than int64; none of them is a usable integer.
      quantity = Quantity{.value = std::numeric_limits<int64_t>::max(), .exact = false};
    } else {
      return WrongValue(at, "a quantity such as 3000, \"3k\" or \"1.5\"", text);
    }
    if (!MakesSense(known->measure, quantity, text) && container.odd.size() < model::kMostFaults) {
      container.odd.push_back({.limit = limit,
                               .resource = key,
                               .text = text,
                               .amount = quantity,
                               .measure = known->measure});
    }
    if (known->amount == nullptr && amounts.nvidia.counted.size() >= kMostCountedNames) {
      container.too_many_names = true;
    } else if (known->amount == nullptr) {
      amounts.nvidia.counted.emplace_back(key, quantity);
    } else {
      amounts.Of(known->vendor).*(known->amount) = quantity;
    }
    return absl::OkStatus();
  };
  return ForEachField(value, path, visit);
}

std::optional<int64_t> Integer(const std::optional<Quantity>& quantity) {
  if (!quantity.has_value() || !quantity->exact) return std::nullopt;
  return quantity->value;
}

}  // namespace

const std::optional<Quantity>& ContainerFields::Asked(
    size_t vendor, std::optional<Quantity> ResourceAmounts::*amount) const {
  const std::optional<Quantity>& limit = limits.Of(vendor).*amount;
  return limit.has_value() ? limit : requests.Of(vendor).*amount;
}

absl::Status ReadResources(Value value, const JsonPath& path, const ResourceNames& names,
                           ContainerFields& container) {
  return ForEachField(value, path,
                      [&](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
                        if (key == "limits") return ReadAmounts(field, at, names, container, true);
                        if (key == "requests")
                          return ReadAmounts(field, at, names, container, false);
                        return absl::OkStatus();
                      });
}

absl::Status ReadContainer(Value value, const JsonPath& path, const ResourceNames& names,
                           ContainerFields& container) {
  return ForEachField(value, path,
                      [&](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
                        if (key == "name") return ReadString(field, at, container.name);
                        if (key == "resources") return ReadResources(field, at, names, container);
                        if (key == "restartPolicy") {
                          std::string_view policy;
                          TANGRAM_JSON_RETURN_IF_ERROR(ReadString(field, at, policy));
                          container.restarts_always = policy == "Always";
                        }
                        return absl::OkStatus();
                      });
}

int32_t KubeletCount(const ContainerFields& container) {
  const std::optional<int64_t> count =
      Integer(container.Asked(KnownResource::kNvidia, &ResourceAmounts::count));
  return static_cast<int32_t>(std::clamp<int64_t>(count.value_or(0), 0, kInt32Max));
}

model::ContainerCounts MakeCounts(const ContainerFields& container, model::ContainerKind kind) {
  // A limit stands before a request, and of a key that comes twice the last one wins.
  absl::InlinedVector<std::pair<std::string_view, int64_t>, 2> asked;
  for (const AskedAmounts* amounts : {&container.requests, &container.limits}) {
    for (const auto& [resource, quantity] : amounts->nvidia.counted) {
      asked.emplace_back(resource,
                         quantity.exact ? std::clamp<int64_t>(quantity.value, 0, kInt32Max) : 0);
    }
  }
  for (size_t i = 0; i < kOtherVendors.size(); ++i) {
    const int64_t cards = Integer(container.Asked(i, &ResourceAmounts::count)).value_or(0);
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

  const auto asked = [&container](std::optional<Quantity> ResourceAmounts::*amount)
      -> const std::optional<Quantity>& { return container.Asked(KnownResource::kNvidia, amount); };
  if (const auto& memory = asked(&ResourceAmounts::memory); memory.has_value()) {
    if (!memory->exact || memory->value < 0 || memory->value > kInt32Max) {
      request.count = 0;
      return request;
    }
    request.memory = model::Mebibytes::Checked(memory->value);
  }
  const std::optional<int64_t> percent = Integer(asked(&ResourceAmounts::memory_percentage));
  if (percent.value_or(0) > 0) {
    request.memory_percent = static_cast<int32_t>(std::min<int64_t>(*percent, 100));
  }
  const std::optional<int64_t> cores = Integer(asked(&ResourceAmounts::cores));
  request.cores = model::CorePercent::Checked(std::clamp<int64_t>(cores.value_or(0), 0, kInt32Max));
  return request;
}

}  // namespace

model::ContainerRequest MakeRequest(const ContainerFields& container, model::ContainerKind kind,
                                    int& vendors) {
  model::ContainerRequest request = NvidiaRequest(container);
  vendors = request.count > 0 ? 1 : 0;
  for (size_t i = 0; i < kOtherVendors.size(); ++i) {
    ResourceAmounts asked;
    asked.count = container.Asked(i, &ResourceAmounts::count);
    if (!asked.count.has_value()) continue;
    asked.memory = container.Asked(i, &ResourceAmounts::memory);
    asked.cores = container.Asked(i, &ResourceAmounts::cores);
    const model::ContainerRequest other = kOtherVendors[i].make_request(asked);
    if (other.count > 0 && ++vendors == 1) request = other;
  }
  request.kind = kind;
  return request;
}

}  // namespace tangram::api::hami
