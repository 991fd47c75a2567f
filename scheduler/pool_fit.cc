#include "scheduler/pool_fit.h"

#include <algorithm>
#include <optional>

#include "model/card_resource.h"
#include "model/mig/profile_name.h"
#include "scheduler/closed_node.h"
#include "scheduler/pod_demand.h"

namespace tangram::scheduler {
namespace {

using model::Node;
using model::Pool;
using model::PoolBlock;
using model::PoolKind;

// Compute slices of every card that can be cut. A30 has four, whose instances look smaller here
// than they are; only scores are made of it.
constexpr int32_t kSlices = 7;

bool IsWhole(PoolKind kind) { return kind == PoolKind::kWholeCard || kind == PoolKind::kVgpuGuest; }

bool IsShared(PoolKind kind) {
  return kind == PoolKind::kTimeSlicedReplica || kind == PoolKind::kMpsReplica ||
         kind == PoolKind::kSharedMigInstance;
}

// Whether the resource may not be used now.
bool Blocks(const model::NodeSpec& spec, std::string_view resource) {
  return spec.pool_block != PoolBlock::kNone && resource.starts_with(spec.blocked_prefix);
}

// Whether some container asks for cards of that vendor.
bool AsksCardsOf(const CompiledRequest& request, model::Vendor vendor) {
  const auto& wants = request.wants();
  return std::any_of(wants.begin(), wants.end(), [vendor](const ContainerWant& want) {
    return want.vendor == VendorBit(vendor);
  });
}

// How many of the resource the request takes.
int64_t Asked(const CompiledRequest& request, std::string_view resource) {
  if (resource != model::kGpuResource) return CountOf(request.request().counted, resource);
  return AsksCardsOf(request, model::Vendor::kNvidia) ? model::GpusByCount(request.request()) : 0;
}

// The most of the resource that one container asks for.
int64_t MostAtOnce(const CompiledRequest& request, std::string_view resource) {
  int64_t most = CountOf(request.request().counted_at_once, resource);
  if (resource != model::kGpuResource) return most;
  for (const ContainerWant& want : request.wants()) {
    if (want.vendor == VendorBit(model::Vendor::kNvidia))
      most = std::max<int64_t>(most, want.count);
  }
  return most;
}

bool WantsOneNumaNode(const CompiledRequest& request, const model::CardConstraints& constraints) {
  const auto& wants = request.wants();
  return constraints.numa_bind &&
         std::any_of(wants.begin(), wants.end(),
                     [](const ContainerWant& want) { return want.count > 1; });
}

// What the pod wants of a pool that offers the resource, beside the number.
ReasonSet KindReasons(const CompiledRequest& request, const Pool& pool) {
  ReasonSet reasons;
  const std::optional<model::Vendor> vendor = model::VendorOfResource(pool.resource);
  if (!vendor.has_value()) return reasons;
  if (request.MatchProduct(pool.product, *vendor) == TypeMatch::kNone) {
    reasons.Add(Reason::kCardTypeMismatch);
  }
  if (pool.kind == PoolKind::kMpsReplica && MostAtOnce(request, pool.resource) > 1) {
    reasons.Add(Reason::kMpsOneReplica);
  }
  if (!model::AsksForCards(pool.resource)) return reasons;
  const bool exclusive = request.wants_exclusive() && !IsWhole(pool.kind);
  if (request.wants_parts() || exclusive) reasons.Add(Reason::kNodeSharesNoSlices);
  const model::CardConstraints* constraints = request.request().ConstraintsOn(*vendor);
  if (constraints == nullptr) return reasons;
  if (!constraints->modes.empty()) reasons.Add(Reason::kCardTypeMismatch);
  if (WantsOneNumaNode(request, *constraints)) reasons.Add(Reason::kNumaNotFit);
  return reasons;
}

}  // namespace

bool PoolsArePartOfWord(const CompiledRequest& request, const Node& node) {
  const auto& pools = node.spec().pools;
  return std::any_of(pools.begin(), pools.end(), [&request](const Pool& pool) {
    const std::optional<model::Vendor> vendor = model::VendorOfResource(pool.resource);
    return vendor.has_value() && Asked(request, pool.resource) > 0 &&
           request.MatchProduct(pool.product, *vendor) == TypeMatch::kPart;
  });
}

namespace {

int64_t MemoryOf(const Pool& pool) {
  return std::max<int64_t>(pool.memory.value() / pool.replicas, 1);
}

// Amounts that many devices of the pool come to.
void AddAmounts(const Pool& pool, int64_t devices, bool memory_told, PodAmounts* amounts) {
  amounts->slots += devices;
  amounts->cores += devices * MilliOfDevice(pool);
  amounts->memory_mib += devices * (memory_told ? MemoryOf(pool) : MilliOfDevice(pool));
}

bool MemoryTold(const Node& node) {
  const std::vector<Pool>& pools = node.spec().pools;
  return std::all_of(pools.begin(), pools.end(),
                     [](const Pool& pool) { return pool.memory.value() > 0; });
}

// What policies see of one pool never overflows, however many devices somebody claims.
int64_t Bounded(int64_t devices) { return std::clamp<int64_t>(devices, 0, 1'000'000); }

// Thousandths of cards: all, and those in use.
struct MilliSums {
  int64_t all = 0;
  int64_t used = 0;
};

MilliSums SumsOf(const Node& node, bool empty) {
  MilliSums sums;
  const std::vector<Pool>& pools = node.spec().pools;
  for (size_t i = 0; i < pools.size(); ++i) {
    const int64_t count = Bounded(pools[i].count);
    sums.all += count * MilliOfDevice(pools[i]);
    if (!empty)
      sums.used += std::min(Bounded(node.pool_used()[i]), count) * MilliOfDevice(pools[i]);
  }
  return sums;
}

}  // namespace

int64_t DevicesAsked(const CompiledRequest& request, std::string_view resource) {
  return Bounded(Asked(request, resource));
}

int64_t MilliOfDevice(const Pool& pool) {
  int64_t milli = kWholeCard;
  if (!pool.profile.empty()) {
    const auto profile = model::mig::ParseProfileName(pool.profile);
    if (profile.ok()) milli = std::min(profile->compute, kSlices) * int64_t{kWholeCard} / kSlices;
  }
  return std::max<int64_t>(milli / std::max<int64_t>(pool.replicas, 1), 1);
}

ReasonSet PoolReasons(const CompiledRequest& request, const Node& node, PoolsInUse in_use) {
  ReasonSet reasons;
  bool blocked = false;
  const auto judge = [&](std::string_view resource) {
    if (Blocks(node.spec(), resource)) {
      reasons.Add(*ReasonOf(node.spec().pool_block));
      blocked = true;
      return;
    }
    const int64_t asked = Asked(request, resource);
    const int found = node.FindPool(resource);
    if (found < 0 || asked == 0) return reasons.Add(Reason::kResourceNotOffered);
    const auto at = static_cast<size_t>(found);
    const Pool& pool = node.spec().pools[at];
    reasons.AddAll(KindReasons(request, pool));
    const int64_t used = in_use == PoolsInUse::kNothing ? 0 : node.pool_used()[at];
    if (asked > pool.count - used) reasons.Add(Reason::kPoolExhausted);
  };
  const model::ResourceCounts& counted = request.request().counted;
  for (const model::ResourceCount& asked : counted) judge(asked.resource);
  for (const model::Vendor vendor : model::kVendors) {
    const std::string_view resource = model::CardResource(vendor);
    if (AsksCardsOf(request, vendor) && CountOf(counted, resource) == 0) judge(resource);
  }
  if (request.names_uuids() && !blocked) reasons.Add(Reason::kCardUuidMismatch);
  return reasons;
}

bool OffersByCount(const Node& node, std::string_view resource) {
  if (node.counts_only()) {
    const int pool = node.FindPool(resource);
    return pool >= 0 && node.spec().pools[static_cast<size_t>(pool)].count > 0;
  }
  if (resource == model::kGpuResource && node.allocatable_gpus().value_or(0) == 0) return false;
  const auto& gpus = node.spec().gpus;
  return std::any_of(gpus.begin(), gpus.end(), [resource](const model::Gpu& gpu) {
    return gpu.healthy && model::CardResource(gpu.vendor) == resource;
  });
}

bool SharesForSeveral(const CompiledRequest& request, const Node& node) {
  const std::vector<Pool>& pools = node.spec().pools;
  return std::any_of(pools.begin(), pools.end(), [&](const Pool& pool) {
    return IsShared(pool.kind) && MostAtOnce(request, pool.resource) > 1;
  });
}

std::vector<PoolVerdict> ExplainPools(const CompiledRequest& request, const Node& node) {
  model::ResourceCounts asked = request.request().counted;
  AddCount(model::kGpuResource, Asked(request, model::kGpuResource), &asked);
  std::vector<PoolVerdict> verdicts;
  for (const model::ResourceCount& wanted : asked) {
    PoolVerdict verdict{.resource = wanted.resource, .want = wanted.count};
    if (const int pool = node.FindPool(wanted.resource); pool >= 0) {
      const auto at = static_cast<size_t>(pool);
      verdict.offered = true;
      verdict.have = node.spec().pools[at].count - node.pool_used()[at];
    }
    verdicts.push_back(std::move(verdict));
  }
  return verdicts;
}

model::NodeTotals PoolTotals(const Node& node) {
  PodAmounts all;
  PodAmounts used;
  const bool memory_told = MemoryTold(node);
  const std::vector<Pool>& pools = node.spec().pools;
  for (size_t i = 0; i < pools.size(); ++i) {
    AddAmounts(pools[i], Bounded(pools[i].count), memory_told, &all);
    AddAmounts(pools[i], Bounded(node.pool_used()[i]), memory_told, &used);
  }
  return {.slots = all.slots,
          .slots_used = used.slots,
          .memory_mib = all.memory_mib,
          .memory_used_mib = used.memory_mib,
          .cores = all.cores,
          .cores_used = used.cores};
}

PodAmounts PoolAmounts(const CompiledRequest& request, const Node& node) {
  PodAmounts taken;
  const bool memory_told = MemoryTold(node);
  for (const Pool& pool : node.spec().pools) {
    AddAmounts(pool, DevicesAsked(request, pool.resource), memory_told, &taken);
  }
  return taken;
}

NodeView PoolView(const Node& node, bool empty) {
  NodeView view;
  view.model = kViewModels - 1;  // of no model that slices are asked of
  MilliSums sums = SumsOf(node, empty);
  if (sums.all == 0) return view;
  const int64_t cards = (sums.all + kWholeCard - 1) / kWholeCard;
  view.cards = static_cast<uint8_t>(std::min<int64_t>(cards, kViewCards));
  int64_t left = sums.all - sums.used;
  if (cards > int64_t{kViewCards}) left = left * int64_t{kViewCards} / cards;
  for (size_t i = view.cards; i-- > 0;) {
    const int64_t here = std::min<int64_t>(left, kWholeCard);
    view.left[i] = static_cast<int16_t>(here);
    left -= here;
  }
  return view;
}

LiveHypothesis PoolHypothesis(const CompiledRequest& request, const Node& node,
                              const model::HostResources& host_left) {
  LiveHypothesis made;
  int64_t milli = 0;
  for (const Pool& pool : node.spec().pools) {
    milli += DevicesAsked(request, pool.resource) * MilliOfDevice(pool);
  }
  made.node = PoolView(node, /*empty=*/false);
  NodeView& view = made.node;
  Demand& demand = made.demand;
  demand.cpu = request.host().cpu_milli;
  demand.memory = request.host().memory_mib;
  view.cpu_left = std::max(host_left.cpu_milli, demand.cpu);
  view.memory_left = std::max(host_left.memory_mib, demand.memory);
  if (view.cards == 0) return made;
  demand = DemandOfDevices(std::max<int64_t>(milli, 1), view.cards, request.host());
  // Shares that lie on several cards may be more than any one card shows.
  for (int32_t i = 0; i < demand.cards; ++i) {
    int16_t& left = view.left[static_cast<size_t>(view.cards - 1 - i)];
    left = std::max(left, static_cast<int16_t>(demand.milli));
  }
  return made;
}

}  // namespace tangram::scheduler
