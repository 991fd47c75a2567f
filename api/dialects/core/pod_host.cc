#include "api/dialects/core/pod_host.h"

#include <algorithm>

#include "model/quantity.h"
#include "model/string_map.h"

namespace tangram::api::core {
namespace {

using hami::ForEachField;
using hami::JsonPath;
using Value = simdjson::ondemand::value;

// A quantity of at least 0, cut to `most`; `parse` is text -> StatusOr<int64_t>.
template <typename Parse>
absl::Status ReadAmount(Value value, const JsonPath& path, int64_t most, Parse parse,
                        std::optional<int64_t>& amount) {
  std::string_view text;
  TANGRAM_JSON_RETURN_IF_ERROR(hami::ReadQuantityText(value, path, text));
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

absl::StatusOr<int64_t> BytesOf(absl::string_view text) {
  const auto quantity = model::ParseQuantity(text);
  if (!quantity.ok()) return quantity.status();
  return quantity->value;
}

std::optional<int64_t> Larger(const std::optional<int64_t>& a, const std::optional<int64_t>& b) {
  return a.has_value() && b.has_value() ? std::max(a, b) : (a.has_value() ? a : b);
}

HostAmounts Larger(const HostAmounts& a, const HostAmounts& b) {
  return {Larger(a.cpu_milli, b.cpu_milli), Larger(a.bytes, b.bytes)};
}

// What the API server would have filled in.
HostAmounts Requested(const HostClaim& claim) {
  const auto or_limit = [](const std::optional<int64_t>& request,
                           const std::optional<int64_t>& limit) {
    return request.has_value() ? request : limit;
  };
  return {or_limit(claim.requests.cpu_milli, claim.limits.cpu_milli),
          or_limit(claim.requests.bytes, claim.limits.bytes)};
}

}  // namespace

bool ReadHostAmount(std::string_view key, Value value, const JsonPath& path, HostAmounts& amounts,
                    absl::Status& status) {
  if (key == "cpu") {
    status =
        ReadAmount(value, path, model::kHostMost, model::ParseMilliQuantity, amounts.cpu_milli);
    return true;
  }
  if (key != "memory") return false;
  status = ReadAmount(value, path, kMostBytes, BytesOf, amounts.bytes);
  return true;
}

absl::Status ReadHostAmounts(Value value, const JsonPath& path, HostAmounts& amounts) {
  return ForEachField(value, path, [&](std::string_view key, Value field, const JsonPath& at) {
    absl::Status status;
    ReadHostAmount(key, field, at, amounts, status);
    return status;
  });
}

absl::Status ReadHostClaim(Value value, const JsonPath& path, HostClaim& claim) {
  return ForEachField(value, path, [&](std::string_view key, Value field, const JsonPath& at) {
    if (key == "requests") return ReadHostAmounts(field, at, claim.requests);
    if (key == "limits") return ReadHostAmounts(field, at, claim.limits);
    return absl::OkStatus();
  });
}

bool ReadHeldHost(std::string_view key, Value value, const JsonPath& path, HeldHost& held,
                  absl::Status& status) {
  if (key == "allocatedResources") {
    status = ReadHostAmounts(value, path, held.allocated);
    return true;
  }
  if (key != "resources") return false;
  bool is_null = false;
  status = hami::ReadNull(value, path, is_null);
  if (!status.ok() || is_null) return true;
  held.told = true;
  HostClaim claim;
  status = ReadHostClaim(value, path, claim);
  held.requests = claim.requests;
  return true;
}

PodHostFold::PodHostFold(const PodHostSpec& spec, PodHostStatus& status)
    : spec_(spec), status_(status) {
  std::stable_sort(status.containers.begin(), status.containers.end(),
                   [](const HeldHost& a, const HeldHost& b) { return a.name < b.name; });
}

void PodHostFold::Sum::Add(const HostAmounts& amounts) {
  cpu_milli = std::min(cpu_milli + amounts.cpu_milli.value_or(0), model::kHostMost);
  bytes = std::min(bytes + amounts.bytes.value_or(0), kMostBytes);
}

void PodHostFold::Sum::Raise(const Sum& other) {
  cpu_milli = std::max(cpu_milli, other.cpu_milli);
  bytes = std::max(bytes, other.bytes);
}

HostAmounts PodHostFold::Effective(const HostAmounts& spec, const HeldHost* held) const {
  if (held == nullptr || !held->told) return spec;
  const HostAmounts holds = Larger(held->requests, held->allocated);
  return status_.resize_infeasible ? holds : Larger(spec, holds);
}

void PodHostFold::Add(std::string_view name, model::ContainerKind kind, const HostClaim& claim) {
  HostAmounts asked = Requested(claim);
  cpu_asked_ |= asked.cpu_milli.has_value();
  bytes_asked_ |= asked.bytes.has_value();
  if (kind == model::ContainerKind::kInit) {
    Sum together = sidecars_;
    together.Add(asked);
    return init_peak_.Raise(together);
  }
  const auto held =
      std::upper_bound(status_.containers.begin(), status_.containers.end(), name,
                       [](std::string_view text, const HeldHost& one) { return text < one.name; });
  if (held != status_.containers.begin() && std::prev(held)->name == name) {
    asked = Effective(asked, &*std::prev(held));
  }
  running_.Add(asked);
  if (kind == model::ContainerKind::kSidecar) sidecars_.Add(asked);
}

model::HostResources PodHostFold::Total() const {
  Sum sum = running_;
  sum.Raise(init_peak_);
  // The API server fills in a missing request of the whole from the containers, and only where none
  // of them asks from the limit.
  HostAmounts whole = spec_.whole.requests;
  if (!whole.cpu_milli.has_value() && !cpu_asked_) whole.cpu_milli = spec_.whole.limits.cpu_milli;
  if (!whole.bytes.has_value() && !bytes_asked_) whole.bytes = spec_.whole.limits.bytes;
  const HostAmounts effective = Effective(whole, &status_.whole);
  if (whole.cpu_milli.has_value()) sum.cpu_milli = effective.cpu_milli.value_or(0);
  if (whole.bytes.has_value()) sum.bytes = effective.bytes.value_or(0);
  sum.Add(spec_.overhead);
  return {sum.cpu_milli, (sum.bytes + kBytesPerMebibyte - 1) / kBytesPerMebibyte};
}

}  // namespace tangram::api::core
