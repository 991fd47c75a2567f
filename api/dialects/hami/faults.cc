#include "api/dialects/hami/faults.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/shown.h"
#include "model/string_map.h"

namespace tangram::api::hami {
namespace {

using model::Quantity;
using model::Shown;
using model::ToAbsl;

// `init container "fetch"`.
std::string Title(const ContainerFields& container, model::ContainerKind kind) {
  return absl::StrCat(kind == model::ContainerKind::kApp ? "container " : "init container ",
                      Shown(container.name));
}

// "resources.limits[nvidia.com/gpumem]".
std::string Field(bool limit, std::string_view resource) {
  std::string shown = Shown(resource);
  return absl::StrCat("resources.", limit ? "limits" : "requests", "[",
                      shown.substr(1, shown.size() - 2), "]");
}

// What is said twice, as the API server does for the limits of extended resources, is told once.
bool SaidByLimit(const ContainerFields& container, const OddResource& odd) {
  return !odd.limit &&
         std::any_of(container.odd.begin(), container.odd.end(), [&odd](const OddResource& other) {
           return other.limit && other.resource == odd.resource && other.text == odd.text;
         });
}

std::string WhyMisspelt(const OddResource& odd) {
  const std::string meant = absl::StrCat("; did you mean ", ToAbsl(odd.misspelt->meant), "?");
  switch (odd.misspelt->kind) {
    case OddName::kUnknown:
      return absl::StrCat("no node offers that resource", meant);
    case OddName::kCapitals:
      return absl::StrCat("Kubernetes takes no capital letters before the '/' of a resource",
                          meant);
    case OddName::kNoDomain:
      return absl::StrCat("Kubernetes knows no resource of that name", meant);
  }
  return meant;
}

void AddOdd(const std::string& title, const OddResource& odd, Faults* faults) {
  const std::string field =
      absl::StrCat(title, ": ", Field(odd.limit, odd.resource), " is ", Shown(odd.text));
  if (odd.misspelt.has_value()) {
    const bool may_be_offered = odd.misspelt->kind == OddName::kUnknown;
    AddFault(absl::StrCat(field, ", ", WhyMisspelt(odd)), faults,
             may_be_offered ? odd.resource : std::string_view());
    return;
  }
  AddFault(absl::StrCat(field, ", allowed is ", AllowedAmounts(odd.measure),
                        InMebibytes(odd.measure, odd.amount, odd.text)),
           faults);
}

bool IsSet(const std::optional<Quantity>& amount) {
  return amount.has_value() && (amount->value != 0 || !amount->exact);
}

bool Differ(const Quantity& a, const Quantity& b) {
  return a.value != b.value || a.exact != b.exact;
}

void AddDifference(const std::string& title, std::string_view resource, const Quantity& limit,
                   const Quantity& request, Faults* faults) {
  if (!Differ(limit, request)) return;
  AddFault(absl::StrCat(title, ": ", Field(true, resource), " is ", limit.value, " and ",
                        Field(false, resource), " ", request.value,
                        ", which must be equal for such a resource"),
           faults);
}

// Limits and requests that contradict each other.
void AddDifferences(const std::string& title, const ContainerFields& container,
                    const ResourceNames& names, Faults* faults) {
  for (const std::string_view resource : ResourceTable(names)) {
    const auto known = FindResource(resource, names);
    if (!known.has_value() || known->amount == nullptr) continue;
    const auto& limit = container.limits.Of(known->vendor).*(known->amount);
    const auto& request = container.requests.Of(known->vendor).*(known->amount);
    if (!limit.has_value() || !request.has_value()) continue;
    AddDifference(title, resource, *limit, *request, faults);
  }
  for (const auto& [resource, limit] : container.limits.nvidia.counted) {
    for (const auto& [other, request] : container.requests.nvidia.counted) {
      if (resource == other) AddDifference(title, resource, limit, request, faults);
    }
  }
}

// What is asked of each card, of how many nobody says; and nothing of a card that is asked for.
void AddFaultsOfCards(const std::string& title, const ContainerFields& container,
                      const ResourceNames& names, Faults* faults) {
  std::vector<size_t> vendors = {KnownResource::kNvidia};
  for (size_t i = 0; i < kOtherVendors.size(); ++i) vendors.push_back(i);
  for (const size_t vendor : vendors) {
    const auto& count = container.Asked(vendor, &ResourceAmounts::count);
    const auto& memory = container.Asked(vendor, &ResourceAmounts::memory);
    std::vector<std::string> without;
    std::string_view counted_by;
    for (const std::string_view resource : ResourceTable(names)) {
      const auto known = FindResource(resource, names);
      if (!known.has_value() || known->vendor != vendor || known->amount == nullptr) continue;
      if (known->measure == Measure::kCards) counted_by = resource;
      const auto& amount = container.Asked(vendor, known->amount);
      if (IsSet(amount)) without.push_back(absl::StrCat(ToAbsl(resource), " ", amount->value));
      const bool percent = known->measure == Measure::kMemoryPercent;
      const bool needed = known->measure == Measure::kCardCorePercent || percent;
      if (!needed || !IsSet(count) || !amount.has_value() || IsSet(amount)) continue;
      if (percent && IsSet(memory)) continue;  // then the percentage is not read
      AddFault(absl::StrCat(title, ": ", Field(true, resource), " is 0, allowed is ",
                            AllowedAmounts(known->measure)),
               faults);
    }
    if (count.has_value() || without.empty()) continue;
    AddFault(absl::StrCat(title, ": asks for ", absl::StrJoin(without, " and "), " without ",
                          ToAbsl(counted_by), ", the number of cards: add ", ToAbsl(counted_by),
                          ": 1, or more"),
             faults);
  }
}

// Whether the amounts of a vendor call for a closer look. Nearly all do not.
bool Suspicious(const ContainerFields& container, size_t vendor) {
  const auto asked = [&](auto amount) -> const std::optional<Quantity>& {
    return container.Asked(vendor, amount);
  };
  for (const auto amount : {&ResourceAmounts::count, &ResourceAmounts::memory,
                            &ResourceAmounts::memory_percentage, &ResourceAmounts::cores}) {
    const auto& limit = container.limits.Of(vendor).*amount;
    const auto& request = container.requests.Of(vendor).*amount;
    if (limit.has_value() && request.has_value() && Differ(*limit, *request)) return true;
    const bool of_cards = amount != &ResourceAmounts::count;
    if (of_cards && IsSet(asked(amount)) && !asked(&ResourceAmounts::count).has_value()) {
      return true;
    }
  }
  const auto& percent = asked(&ResourceAmounts::memory_percentage);
  const auto& cores = asked(&ResourceAmounts::cores);
  return (percent.has_value() && !IsSet(percent)) ||
         (vendor != KnownResource::kNvidia && cores.has_value() && !IsSet(cores));
}

bool Suspicious(const ContainerFields& container) {
  if (!container.odd.empty() || container.too_many_names) return true;
  if (!container.limits.nvidia.counted.empty() && !container.requests.nvidia.counted.empty()) {
    return true;
  }
  if (Suspicious(container, KnownResource::kNvidia)) return true;
  for (size_t i = 0; i < kOtherVendors.size(); ++i) {
    if (Suspicious(container, i)) return true;
  }
  return false;
}

}  // namespace

void AddFault(std::string text, Faults* faults, std::string_view unless_offered) {
  if (faults->size() >= model::kMostFaults) return;
  faults->push_back({std::move(text), std::string(unless_offered)});
}

void AddFaults(const ContainerFields& container, model::ContainerKind kind,
               const ResourceNames& names, Faults* faults) {
  if (!Suspicious(container)) return;
  const std::string title = Title(container, kind);
  if (container.too_many_names) {
    AddFault(absl::StrCat(title, ": names too many resources: allowed are ", kMostCountedNames,
                          " that are given out by count, and ", kMostUnknownNames,
                          " that nobody here knows in all containers of a pod"),
             faults);
  }
  for (const OddResource& odd : container.odd) {
    if (!SaidByLimit(container, odd)) AddOdd(title, odd, faults);
  }
  AddDifferences(title, container, names, faults);
  AddFaultsOfCards(title, container, names, faults);
}

void AddFaultsOfPodLevel(const ContainerFields& whole, const ResourceNames& names, Faults* faults) {
  const auto add = [faults](bool limit, std::string_view resource, std::string_view value) {
    AddFault(absl::StrCat("spec.", Field(limit, resource), " is ", Shown(value),
                          ": Kubernetes gives out cards by container, so it must stand in the "
                          "resources of one"),
             faults);
  };
  for (const OddResource& odd : whole.odd) add(odd.limit, odd.resource, odd.text);
  for (const bool limit : {true, false}) {
    const AskedAmounts& amounts = limit ? whole.limits : whole.requests;
    const auto add_amount = [&](std::string_view resource, const Quantity& amount) {
      const bool told = std::any_of(whole.odd.begin(), whole.odd.end(), [&](const auto& odd) {
        return odd.limit == limit && odd.resource == resource;
      });
      if (IsSet(amount) && !told) add(limit, resource, absl::StrCat(amount.value));
    };
    for (const std::string_view resource : ResourceTable(names)) {
      const auto known = FindResource(resource, names);
      if (!known.has_value() || known->amount == nullptr) continue;
      const auto& amount = amounts.Of(known->vendor).*(known->amount);
      if (amount.has_value()) add_amount(resource, *amount);
    }
    for (const auto& [resource, amount] : amounts.nvidia.counted) add_amount(resource, amount);
  }
}

}  // namespace tangram::api::hami
