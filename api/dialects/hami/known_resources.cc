#include "api/dialects/hami/known_resources.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "api/dialects/hami/other_vendors.h"
#include "api/dialects/intel/dialect.h"
#include "api/dialects/nvidia/keys.h"
#include "model/nearest_word.h"
#include "model/string_map.h"

namespace tangram::api::hami {
namespace {

using model::ToAbsl;

constexpr int64_t kInt32Max = std::numeric_limits<int32_t>::max();

struct Range {
  int64_t least, most;
  std::string_view unit;
};

Range RangeOf(Measure measure) {
  switch (measure) {
    case Measure::kCards:
      return {0, kInt32Max, " of cards"};
    case Measure::kDevices:
      return {0, kInt32Max, ""};
    case Measure::kMebibytes:
      return {0, kInt32Max, " of MiB of each card"};
    case Measure::kMemoryPercent:
      return {1, 100, ", percent of each card's memory,"};
    case Measure::kCorePercent:
      return {0, kInt32Max, ", percent of each card's compute (above 100 counts as 100),"};
    case Measure::kCardCorePercent:
      return {1, 100, ", percent of each card's compute,"};
  }
  return {0, kInt32Max, ""};
}

// Whether the quantity is written in thousands of thousands or more, as bytes are.
bool NamesBytes(std::string_view text) {
  constexpr std::string_view kLarge = "MGTPE";
  if (text.ends_with('i')) text.remove_suffix(1);
  return !text.empty() && kLarge.find(text.back()) != std::string_view::npos;
}

// Kubernetes' own resources of containers bear no domain.
bool IsOfKubernetes(std::string_view name) {
  constexpr std::string_view kNames[] = {"cpu", "memory", "ephemeral-storage", "storage", "pods"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames) ||
         name.starts_with("hugepages-") || name.starts_with("attachable-volumes-") ||
         name.starts_with("requests.") || name.starts_with("limits.");
}

std::string_view DomainOf(std::string_view name) {
  const size_t slash = name.find('/');
  return slash == std::string_view::npos ? std::string_view() : name.substr(0, slash);
}

std::string_view WithoutDomain(std::string_view name) { return name.substr(name.find('/') + 1); }

// Resources of these domains that are others' and yet near ours.
bool IsOthers(std::string_view name) {
  constexpr std::string_view kNames[] = {
      "nvidia.com/priority",            // HAMi's, for the webhook alone
      "gpu.intel.com/i915_monitoring",  // opens all devices
      "gpu.intel.com/xe_monitoring",   "gpu.intel.com/millicores",
      "gpu.intel.com/memory.max",      "gpu.intel.com/tiles"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

// The entry of the table whose name after the domain is nearest; "" where none is near.
std::string_view NearestAfterDomain(std::string_view name,
                                    const std::vector<std::string_view>& table) {
  std::vector<std::string_view> words;
  for (const std::string_view known : table) words.push_back(WithoutDomain(known));
  const std::string_view nearest = model::NearestWord(name, words);
  const auto found = std::find(words.begin(), words.end(), nearest);
  return found == words.end() ? std::string_view()
                              : table[static_cast<size_t>(found - words.begin())];
}

// "MIG-1g.10gb", "mig_1g.10gb", "mig1g.10gb".
bool IsNearlyMig(std::string_view name) {
  constexpr size_t kWord = 3;
  if (!absl::StartsWithIgnoreCase(ToAbsl(name), "mig")) return false;
  const std::string_view rest = name.substr(kWord);
  const size_t digit = rest.find_first_of("123456789");
  return digit <= 1;
}

// The domain of the table that is meant by that; "" where none is.
std::string_view MeantDomain(std::string_view domain, const std::vector<std::string_view>& table) {
  std::vector<std::string_view> domains;
  for (const std::string_view known : table) {
    const std::string_view other = DomainOf(known);
    if (domains.empty() || domains.back() != other) domains.push_back(other);
  }
  return model::NearestWord(domain, domains);
}

// The nearest among the resources of the domain that is meant.
std::string_view NearestInDomain(std::string_view name, std::string_view meant,
                                 std::vector<std::string_view> table) {
  if (meant == DomainOf(nvidia::kMigPrefix) && IsNearlyMig(WithoutDomain(name))) {
    return "nvidia.com/mig-<profile>";
  }
  std::erase_if(table, [meant](std::string_view known) { return DomainOf(known) != meant; });
  const std::string_view nearest = NearestAfterDomain(WithoutDomain(name), table);
  if (absl::EqualsIgnoreCase(ToAbsl(DomainOf(name)), ToAbsl(meant))) return nearest;
  // Of another domain the rest must be right: other people have resources too.
  return WithoutDomain(nearest) == WithoutDomain(name) ? nearest : std::string_view();
}

}  // namespace

std::optional<KnownResource> FindResource(std::string_view name, const ResourceNames& names) {
  // Most keys are cpu and memory.
  if (name.find('/') == std::string_view::npos) return std::nullopt;
  constexpr size_t kNvidia = KnownResource::kNvidia;
  if (name == names.count) return {{Measure::kCards, kNvidia, &ResourceAmounts::count}};
  if (name == names.memory) return {{Measure::kMebibytes, kNvidia, &ResourceAmounts::memory}};
  if (name == names.memory_percentage) {
    return {{Measure::kMemoryPercent, kNvidia, &ResourceAmounts::memory_percentage}};
  }
  if (name == names.cores) return {{Measure::kCorePercent, kNvidia, &ResourceAmounts::cores}};
  if (nvidia::IsCounted(name) || intel::IsCounted(name)) return KnownResource();
  for (size_t i = 0; i < kOtherVendors.size(); ++i) {
    const VendorDialect& other = kOtherVendors[i];
    if (name == other.count) return {{Measure::kCards, i, &ResourceAmounts::count}};
    if (name == other.memory) return {{Measure::kMebibytes, i, &ResourceAmounts::memory}};
    if (name == other.cores) {
      const Measure measure = model::CoresAreShareOfCard(other.vendor) ? Measure::kCardCorePercent
                                                                       : Measure::kCorePercent;
      return {{measure, i, &ResourceAmounts::cores}};
    }
  }
  return std::nullopt;
}

std::vector<std::string_view> ResourceTable(const ResourceNames& names) {
  std::vector<std::string_view> table = {names.count, names.memory, names.memory_percentage,
                                         names.cores, nvidia::kSharedGpu};
  for (const VendorDialect& other : kOtherVendors) {
    table.insert(table.end(), {other.count, other.memory, other.cores});
  }
  table.insert(table.end(), intel::kCounted.begin(), intel::kCounted.end());
  return table;
}

bool MakesSense(Measure measure, const model::Quantity& amount, std::string_view text) {
  constexpr int64_t kMebibytesOfNoCard = int64_t{4} << 20;  // 4 TiB
  const Range range = RangeOf(measure);
  if (!amount.exact || amount.value < 0 || amount.value > range.most) return false;
  const bool bytes = measure == Measure::kMebibytes && NamesBytes(text);
  return !bytes || amount.value <= kMebibytesOfNoCard;
}

std::string AllowedAmounts(Measure measure) {
  const Range range = RangeOf(measure);
  return absl::StrCat("a whole number", ToAbsl(range.unit), " from ", range.least, " to ",
                      range.most);
}

std::string InMebibytes(Measure measure, const model::Quantity& amount, std::string_view text) {
  constexpr int64_t kBytesPerMebibyte = int64_t{1} << 20;
  if (measure != Measure::kMebibytes || amount.value < kBytesPerMebibyte || !amount.exact) {
    return "";
  }
  const int64_t mebibytes =
      amount.value / kBytesPerMebibyte + (amount.value % kBytesPerMebibyte != 0 ? 1 : 0);
  return absl::StrCat("; it counts MiB, and ", ToAbsl(text), NamesBytes(text) ? "" : " bytes",
                      " of memory are ", mebibytes);
}

std::optional<Misspelt> FindMisspelt(std::string_view name, const ResourceNames& names,
                                     size_t* compared) {
  if (IsOfKubernetes(name) || IsOthers(name) || FindResource(name, names).has_value()) {
    return std::nullopt;
  }
  const std::vector<std::string_view> table = ResourceTable(names);
  const std::string_view domain = DomainOf(name);
  if (domain.empty()) {
    ++*compared;
    std::string_view meant = NearestAfterDomain(WithoutDomain(name), table);
    if (meant.empty()) meant = model::NearestWord(name, table);
    if (meant.empty()) return std::nullopt;
    return Misspelt{OddName::kNoDomain, meant};
  }
  const std::string_view meant_domain = MeantDomain(domain, table);
  if (meant_domain.empty()) return std::nullopt;
  ++*compared;
  const std::string_view meant = NearestInDomain(name, meant_domain, table);
  if (meant.empty()) return std::nullopt;
  const bool capitals =
      std::any_of(domain.begin(), domain.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  return Misspelt{capitals ? OddName::kCapitals : OddName::kUnknown, meant};
}

}  // namespace tangram::api::hami
