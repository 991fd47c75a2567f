// Making a request ready: which slots ask, what for, and what its constraints say of every card
// type.
#include <algorithm>
#include <string_view>

#include "model/card_resource.h"
#include "scheduler/fit.h"

namespace tangram::scheduler {

bool IsInvalid(const model::PodRequest& request, const model::Snapshot& snapshot) {
  const std::vector<std::string>& offered = snapshot.extended_resources();
  return std::any_of(
      request.faults.begin(), request.faults.end(), [&offered](const model::RequestFault& fault) {
        return !std::binary_search(offered.begin(), offered.end(), fault.unless_offered);
      });
}

bool IsInvalidEverywhere(const model::PodRequest& request) {
  return std::any_of(request.faults.begin(), request.faults.end(),
                     [](const model::RequestFault& fault) { return fault.unless_offered.empty(); });
}

namespace {

// Sums of what no card could ever give stop far below what overflows.
void AddAmount(int64_t amount, int64_t* sum) {
  constexpr int64_t kMost = int64_t{1} << 50;
  *sum = std::min(*sum + std::min(amount, kMost), kMost);
}

// What the container in that slot wants; of an instance by its profile, not by amounts.
ContainerWant WantOf(size_t slot, const model::ContainerRequest& container) {
  ContainerWant want;
  want.slot = static_cast<uint32_t>(slot);
  want.init = !model::RunsWithApp(container.kind);
  want.count = container.count;
  want.vendor = VendorBit(container.vendor);
  want.cores_by_share = model::CoresAreShareOfCard(container.vendor);
  want.by_profile = !container.mig_profile.empty();
  if (want.by_profile) {
    want.memory = want.percent = want.cores = 0;
    return want;
  }
  want.memory = container.memory.value();
  want.percent = container.memory_percent;
  want.cores = std::clamp(container.cores.value(), 0, 100);
  return want;
}

}  // namespace

CompiledRequest::CompiledRequest(const model::PodRequest& request, const model::Snapshot& snapshot,
                                 CardPolicy default_policy, model::HostResources host,
                                 const mig::LivePolicy* mig)
    : request_(request),
      host_(host),
      card_policy_(request.card_policy.empty() ? std::move(default_policy)
                                               : CardPolicy::Parse(request.card_policy)),
      wants_alone_(CardPolicy::Parse(request.card_policy).unused_only()),
      mig_policy_(mig != nullptr ? *mig : mig::IgnorantPolicy()) {
  int64_t cards = 0;
  for (size_t slot = 0; slot < request.containers.size(); ++slot) {
    const model::ContainerRequest& container = request.containers[slot];
    if (container.count <= 0) continue;
    ContainerWant want = WantOf(slot, container);
    want.offset = cards;
    cards += container.count;
    vendors_ |= want.vendor;
    any_by_share_ |= want.cores_by_share;
    const bool whole = want.memory == 0 && want.percent == 100;
    wants_parts_ |= !whole || (want.cores > 0 && want.cores < 100);
    wants_exclusive_ |= container.cores.value() >= 100;
    gpu_slots_.push_back(want.slot);
    wants_.push_back(want);
    if (!want.init) ++side_by_side_;
    all_by_mib_ = all_by_mib_ && want.memory > 0;
    amounts_by_mib_.slots += want.count;
    AddAmount(int64_t{want.memory} * want.count, &amounts_by_mib_.memory_mib);
    AddAmount(int64_t{want.cores} * want.count, &amounts_by_mib_.cores);
  }
  for (const model::Vendor vendor : model::kVendors) {
    const model::CardConstraints* constraints = request.ConstraintsOn(vendor);
    if (constraints == nullptr) continue;
    if (constraints->use_types.empty() && constraints->avoid_types.empty()) continue;
    const TypeMatcher& named = named_[static_cast<size_t>(vendor)].emplace(*constraints);
    wishes_types_ |= named.wishes();
  }
  for (const model::CardType& type : snapshot.card_types()) {
    types_.push_back(Judge(type));
  }
  for (const model::Vendor vendor : model::kVendors) {
    const model::CardConstraints* constraints = request.ConstraintsOn(vendor);
    if (constraints == nullptr) continue;
    Uuids& uuids = uuids_[static_cast<size_t>(vendor)];
    uuids.use.insert(constraints->use_uuids.begin(), constraints->use_uuids.end());
    uuids.avoid.insert(constraints->avoid_uuids.begin(), constraints->avoid_uuids.end());
    names_uuids_ |= !uuids.use.empty() || !uuids.avoid.empty();
  }
  needs_pool_ = std::any_of(request.counted.begin(), request.counted.end(),
                            [](const auto& asked) { return !model::AsksForCards(asked.resource); });
  const std::vector<std::string>& taken = snapshot.dra_resources();
  const auto by_dra = [&taken](std::string_view resource) {
    return std::binary_search(taken.begin(), taken.end(), resource);
  };
  invalid_ = IsInvalid(request, snapshot);
  if ((vendors_ & VendorBit(model::Vendor::kNvidia)) != 0 && by_dra(model::kGpuResource)) {
    dra_asked_.push_back(model::kGpuResource);
  }
  for (const model::ResourceCount& asked : request.counted) {
    if (by_dra(asked.resource)) dra_asked_.push_back(asked.resource);
  }
}

std::optional<PodAmounts> CompiledRequest::AmountsOn(
    std::optional<model::Mebibytes> memory_of_each) const {
  if (side_by_side_ != wants_.size() || any_by_share_) return std::nullopt;
  if (all_by_mib_) return amounts_by_mib_;
  if (!memory_of_each.has_value()) return std::nullopt;
  const int32_t total = memory_of_each->value();
  PodAmounts amounts = amounts_by_mib_;
  for (const ContainerWant& want : wants_) {
    if (want.memory == 0) {
      AddAmount(int64_t{want.MemoryOn(total)} * want.count, &amounts.memory_mib);
    }
  }
  return amounts;
}

TypeFails CompiledRequest::Judge(const model::CardType& type) const {
  TypeFails fails = VendorBit(type.vendor);
  if (type.mig != nullptr) {
    fails |= kMigCard;
  } else if (type.mode == model::kMigMode) {
    fails |= type.mig_outdated ? kFailsMigOutdated : kFailsMig;
  }
  const model::CardConstraints* constraints = request_.ConstraintsOn(type.vendor);
  if (constraints == nullptr) return fails;
  if (!constraints->modes.empty() && constraints->modes.find(type.mode) == std::string::npos) {
    return fails | kFailsType;
  }
  switch (MatchProduct(type.type, type.vendor)) {
    case TypeMatch::kNone:
      return fails | kFailsType;
    case TypeMatch::kPart:
      return fails | kPartOfWord;
    case TypeMatch::kWhole:
      break;
  }
  return fails;
}

TypeMatch CompiledRequest::MatchProduct(std::string_view product, model::Vendor vendor) const {
  const auto& named = named_[static_cast<size_t>(vendor)];
  return named.has_value() ? named->Of(product) : TypeMatch::kWhole;
}

// A card of a type that the snapshot of this request had not seen yet.
TypeFails CompiledRequest::LateType(const model::Node& node, size_t card) const {
  const TypeFails fails = Judge(model::CardType::Of(node.spec().gpus[card]));
  if (node.mig_table(card) == nullptr) return fails;
  return (fails & ~TypeFails{kFailsMig | kFailsMigOutdated}) | kMigCard;
}

bool CompiledRequest::UuidAllowed(const model::Gpu& gpu) const {
  const Uuids& uuids = uuids_[static_cast<size_t>(gpu.vendor)];
  return (uuids.use.empty() || uuids.use.contains(std::string_view(gpu.uuid))) &&
         !uuids.avoid.contains(std::string_view(gpu.uuid));
}

}  // namespace tangram::scheduler
