// What labels and allocatable of a node come to (see node.h).
#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "api/dialects/nvidia/keys.h"
#include "api/dialects/nvidia/node.h"
#include "model/mig/profile_name.h"
#include "model/mig/profile_spelling.h"
#include "model/shown.h"
#include "model/string_map.h"

namespace tangram::api::nvidia {
namespace {

using model::Pool;
using model::PoolBlock;
using model::PoolKind;
using model::Shown;
using model::ToAbsl;
using stock::Labels;

// Of the card's resource and of what shares it.
constexpr std::string_view kGpuPrefix = model::kGpuResource;
constexpr std::string_view kInvalidProduct = "-MIG-INVALID";
constexpr std::string_view kMigProduct = "-MIG-";
constexpr std::string_view kSharedProduct = "-SHARED";

// The product without what GFD appends to it.
std::string BaseProduct(std::string_view product) {
  if (product.ends_with(kSharedProduct)) product.remove_suffix(kSharedProduct.size());
  if (const size_t mig = product.find(kMigProduct); mig != std::string_view::npos) {
    product = product.substr(0, mig);
  }
  return std::string(product);
}

// The profile as the driver spells it. Empty for what is no profile.
std::string ProfileOf(std::string_view spelled) {
  std::string text = model::mig::DriverSpelling(spelled);
  return model::mig::ParseProfileName(text).ok() ? text : std::string();
}

// What the labels say of a resource. `group` is "gpu" or "mig-<profile>".
struct Described {
  std::optional<int64_t> count;
  int64_t replicas = 1;
  std::string_view sharing;
};

Described Describe(const Labels& labels, std::string_view group) {
  const auto key = [group](std::string_view field) {
    return absl::StrCat(ToAbsl(group), ".", ToAbsl(field));
  };
  Described described;
  described.count = labels.Number(key("count"));
  // 0 stands for a card in MIG mode, which is not shared.
  described.replicas = std::max<int64_t>(labels.Number(key("replicas")).value_or(1), 1);
  described.sharing = labels.Text(key("sharing-strategy"));
  return described;
}

// How many share a device. Labels that account for fewer devices than the kubelet has do not know
// how the plugin shares them (GPU Feature Discovery without its configuration): then so many as it
// takes, which is the quotient unless a device is missing.
int64_t ReplicasBehind(const Pool& pool, const Described& described) {
  const int64_t cards = described.count.value_or(0);
  if (cards == 0 || pool.count <= cards * described.replicas) return described.replicas;
  return (pool.count + cards - 1) / cards;
}

// Says so where the labels come to another number of devices.
void Compare(const Pool& pool, const Described& described, std::vector<std::string>* notes) {
  if (!described.count.has_value()) return;
  const int64_t told = *described.count * described.replicas;
  if (told == pool.count) return;
  notes->push_back(absl::StrCat("labels tell ", *described.count, " x ", described.replicas,
                                " devices of ", pool.resource, ", status.allocatable ", pool.count,
                                ": allocatable is believed",
                                pool.replicas == described.replicas
                                    ? std::string()
                                    : absl::StrCat(", so that ", pool.replicas, " share one")));
}

// MiB of a device; 0, with a note, where the label is none.
model::Mebibytes MemoryOf(const Labels& labels, std::string_view key,
                          std::vector<std::string>* notes) {
  constexpr int kBytesPerMebibyteBits = 20;
  constexpr int64_t kMost = model::Mebibytes::kMax;
  const std::string_view text = labels.Text(key);
  if (text.empty()) return model::Mebibytes();
  const std::string label = absl::StrCat("label ", ToAbsl(kDomain), ToAbsl(key), " is ");
  int64_t number = 0;
  const bool counts = absl::SimpleAtoi(ToAbsl(text), &number) && number >= 0;
  if (counts && number <= kMost) return model::Mebibytes::Checked(number);
  // More MiB than any card has are bytes.
  const int64_t from_bytes = number >> kBytesPerMebibyteBits;
  if (counts && from_bytes <= kMost) {
    notes->push_back(absl::StrCat(label, number, ", allowed are MiB, a whole number from 0 to ",
                                  kMost, ": it is taken as bytes, ", from_bytes, " MiB"));
    return model::Mebibytes::Checked(from_bytes);
  }
  notes->push_back(absl::StrCat(label, Shown(text), ", allowed are MiB, a whole number from 0 to ",
                                kMost, ": it is ignored"));
  return model::Mebibytes();
}

PoolKind SharedKind(const Described& described, bool mig) {
  if (mig) return PoolKind::kSharedMigInstance;
  return described.sharing == "mps" ? PoolKind::kMpsReplica : PoolKind::kTimeSlicedReplica;
}

bool Shares(const Pool& pool) {
  return pool.replicas > 1 || pool.resource.ends_with(kSharedSuffix);
}

// nvidia.com/gpu and nvidia.com/gpu.shared.
void DescribeCards(const Labels& labels, Pool* pool, std::vector<std::string>* notes) {
  const Described described = Describe(labels, "gpu");
  const std::string_view product = labels.Text(kProduct);
  pool->product = BaseProduct(product);
  pool->memory = MemoryOf(labels, kMemory, notes);
  pool->replicas = ReplicasBehind(*pool, described);
  const bool single = labels.Text(kMigStrategy) == "single";
  if (const size_t mig = product.find(kMigProduct); single && mig != std::string_view::npos) {
    std::string_view profile = product.substr(mig + kMigProduct.size());
    if (profile.ends_with(kSharedProduct)) profile.remove_suffix(kSharedProduct.size());
    pool->profile = ProfileOf(profile);
    if (pool->profile.empty()) {
      notes->push_back(absl::StrCat("label ", ToAbsl(kDomain), ToAbsl(kProduct), " names ",
                                    Shown(profile), ", which is no MIG profile: it is ignored"));
    }
  }
  const bool mig = !pool->profile.empty();
  if (Shares(*pool)) {
    pool->kind = SharedKind(described, mig);
  } else if (mig) {
    pool->kind = PoolKind::kMigInstance;
  } else if (labels.Text(kVgpuPresent) == "true") {
    pool->kind = PoolKind::kVgpuGuest;
  }
  const bool says_shared = product.ends_with(kSharedProduct);
  if (says_shared && pool->replicas == 1) {
    notes->push_back(absl::StrCat("label gpu.product ends with -SHARED and gpu.replicas is not ",
                                  "above 1: the devices of ", pool->resource,
                                  " are taken as they are named"));
  }
  // Under strategy mixed the labels count cards that are cut as well.
  if (labels.Text(kMigStrategy) != "mixed") Compare(*pool, described, notes);
}

// nvidia.com/mig-<profile>; false when that is no profile.
bool DescribeInstances(const Labels& labels, Pool* pool, std::vector<std::string>* notes) {
  std::string_view spelled = std::string_view(pool->resource).substr(kMigPrefix.size());
  if (spelled.ends_with(kSharedSuffix)) spelled.remove_suffix(kSharedSuffix.size());
  pool->profile = ProfileOf(spelled);
  if (pool->profile.empty()) {
    notes->push_back(absl::StrCat("status.allocatable names ", Shown(pool->resource),
                                  ", which is no MIG profile: the resource is left out"));
    return false;
  }
  const std::string group = absl::StrCat("mig-", ToAbsl(spelled));
  const Described described = Describe(labels, group);
  pool->replicas = ReplicasBehind(*pool, described);
  pool->kind = Shares(*pool) ? PoolKind::kSharedMigInstance : PoolKind::kMigInstance;
  std::string_view product = labels.Text(absl::StrCat(group, ".product"));
  if (product.empty()) product = labels.Text(kProduct);
  pool->product = BaseProduct(product);
  pool->memory = MemoryOf(labels, absl::StrCat(group, ".memory"), notes);
  Compare(*pool, described, notes);
  return true;
}

bool FeaturesTold(const Labels& labels) { return labels.Has(kProduct) || labels.Has(kCount); }

PoolBlock BlockOf(const NodeFacts& facts, const Labels& labels, bool any_device,
                  std::vector<std::string>* notes) {
  const std::string_view state = labels.Text(kMigConfigState);
  if (state == "failed") return PoolBlock::kMigConfigFailed;
  if (!state.empty() && state != "success") {
    if (state != "pending" && state != "rebooting") {
      notes->push_back(absl::StrCat("label ", ToAbsl(kDomain), ToAbsl(kMigConfigState), " is ",
                                    Shown(state), ", known are success, pending, rebooting and ",
                                    "failed: it is taken as pending"));
    }
    return PoolBlock::kMigConfigPending;
  }
  if (labels.Text(kProduct).ends_with(kInvalidProduct)) return PoolBlock::kMigInvalid;
  // The kubelet counts none as soon as the plugin is gone, so that any count says that it works,
  // whoever wrote which labels.
  if (any_device || FeaturesTold(labels)) return PoolBlock::kNone;
  const bool run_by_operator = labels.Text(kPresent) == "true" || labels.HasPrefix(kDeployPrefix);
  const bool had_devices = !facts.allocatable.empty();
  return run_by_operator || had_devices ? PoolBlock::kDriverGone : PoolBlock::kNone;
}

// Labels of profiles that the node does not offer.
void CompareProfiles(const NodeFacts& facts, const Labels& labels,
                     std::vector<std::string>* notes) {
  constexpr std::string_view kPrefix = "mig-";
  constexpr std::string_view kField = ".count";
  for (const auto& [key, text] : facts.labels) {
    if (!key.starts_with(kPrefix) || !key.ends_with(kField)) continue;
    const std::string group = key.substr(0, key.size() - kField.size());
    const std::string resource = absl::StrCat(ToAbsl(kDomain), group);
    const bool offered = facts.allocatable.contains(resource) ||
                         facts.allocatable.contains(resource + std::string(kSharedSuffix));
    if (offered || labels.Number(key).value_or(0) == 0) continue;
    notes->push_back(absl::StrCat("labels tell ", text, " devices of ", resource,
                                  ", status.allocatable none: allocatable is believed"));
  }
}

}  // namespace

Offer OfferOf(const NodeFacts& facts) {
  Offer offer;
  const Labels labels(kDomain, facts.labels, &offer.notes);
  bool any_device = false;
  for (const auto& [resource, text] : facts.allocatable) {
    const std::optional<int64_t> count = stock::AllocatableCount(resource, text, &offer.notes);
    if (!count.has_value()) continue;
    Pool pool;
    pool.resource = resource;
    pool.count = *count;
    any_device |= pool.count > 0;
    if (resource.starts_with(kMigPrefix)) {
      if (!DescribeInstances(labels, &pool, &offer.notes)) continue;
    } else {
      // Of cards that are all cut, or all shared under another name, the kubelet keeps the count 0.
      if (pool.count == 0 && facts.allocatable.size() > 1) continue;
      DescribeCards(labels, &pool, &offer.notes);
    }
    offer.pools.push_back(std::move(pool));
  }
  CompareProfiles(facts, labels, &offer.notes);
  offer.block = BlockOf(facts, labels, any_device, &offer.notes);
  // Strategy single cuts what is called a GPU; all else concerns every resource of the vendor.
  offer.blocked_prefix = offer.block == PoolBlock::kMigInvalid ? kGpuPrefix : kDomain;
  return offer;
}

}  // namespace tangram::api::nvidia
