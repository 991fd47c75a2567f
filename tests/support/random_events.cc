// Generation of random events.
#include "tests/support/random_events.h"

#include <algorithm>
#include <utility>

#include "tests/support/model_builders.h"
#include "tests/support/pool_builders.h"

namespace tangram::testing {

using model::AllocationSlot;
using model::CardShare;
using model::ContainerKind;
using model::CorePercent;
using model::DraResourcesListed;
using model::Event;
using model::Gpu;
using model::Mebibytes;
using model::NodeRemoved;
using model::NodeSpec;
using model::NodeUpserted;
using model::PodBooked;
using model::PodReleased;
using model::PodUnaccounted;
using model::Pool;
using model::PoolBlock;
using model::PoolKind;
using model::ResourceCounts;
using model::Slots;

RandomEvents::RandomEvents(const RandomEventsOptions& options)
    : options_(options), random_(options.seed) {
  const int weights[kKinds] = {2, 2, 2, 1, 12, 4, 1, 6, 2, 1};
  for (int kind = 0; kind < kKinds; ++kind) {
    // Bookings stay on: a stream without them says little.
    if (kind != kBook && Chance(35)) continue;
    kinds_.insert(kinds_.end(), static_cast<size_t>(weights[kind]), static_cast<Kind>(kind));
  }
}

int RandomEvents::Pick(int below) {
  return static_cast<int>(random_() % static_cast<uint64_t>(below));
}

Event RandomEvents::Next() {
  switch (kinds_[static_cast<size_t>(Pick(static_cast<int>(kinds_.size())))]) {
    case kDescribe:
      return NodeUpserted{Describe(NodeName())};
    case kHeartbeat: {
      const std::string name = NodeName();
      NodeSpec spec = described_.contains(name) ? described_[name] : Describe(name);
      std::shuffle(spec.gpus.begin(), spec.gpus.end(), random_);
      return NodeUpserted{std::move(spec)};
    }
    case kTweak:
      return NodeUpserted{Tweak(NodeName())};
    case kRemove:
      return NodeRemoved{NodeName()};
    case kRepeat: {
      const auto last = booked_.find(PodUid());
      if (last == booked_.end()) return Book();
      last->second.init_finished |= Chance(50);
      return last->second;
    }
    case kUnaccount:
      return PodUnaccounted{PodUid(),       NodeName(), Pick(3), {Pick(3000), Pick(2) * 100},
                            RandomCounts(), Chance(30)};
    case kRelease:
      return PodReleased{PodUid()};
    case kContradict:
      return Contradict();
    case kDelegate:
      return Delegate();
    default:
      return Book();
  }
}

Gpu RandomEvents::RandomGpu(const std::string& uuid) {
  Gpu gpu = MakeGpu(uuid, 1000 * (1 + Pick(4)));
  gpu.slots = Slots(Pick(11));
  gpu.numa = Pick(2);
  gpu.healthy = Chance(80);
  gpu.cordoned = Chance(10);
  gpu.type = "type-" + std::to_string(Pick(5));
  gpu.mode = Chance(80) ? "hami-core" : "mps";
  if (Chance(25)) {
    gpu.mode = "mig";
    gpu.mig_profiles = Chance(50) ? MigProfiles8() : MigProfiles4();
    gpu.mig_outdated = Chance(5);
  }
  if (Chance(20)) gpu.vendor = model::Vendor::kAmd;
  return gpu;
}

// In the order of the alphabet, as pools and counts are kept.
constexpr const char* kResources[] = {"nvidia.com/gpu", "nvidia.com/gpu.shared",
                                      "nvidia.com/mig-1g.10gb", "nvidia.com/mig-3g.40gb"};

ResourceCounts RandomEvents::RandomCounts() {
  ResourceCounts counts;
  if (Chance(60)) return counts;
  for (const char* resource : kResources) {
    if (resource != kResources[0] && Chance(40)) counts.push_back({resource, 1 + Pick(3)});
  }
  return counts;
}

// A node that counts only.
void RandomEvents::DescribePools(NodeSpec* spec) {
  for (const char* resource : kResources) {
    if (Chance(50)) continue;
    Pool pool;
    pool.resource = resource;
    pool.count = Pick(10);
    pool.kind = static_cast<PoolKind>(Pick(6));
    pool.replicas = 1 + Pick(4);
    pool.memory = Mebibytes(Pick(3) * 1000);
    pool.product = "product-" + std::to_string(Pick(3));
    spec->pools.push_back(std::move(pool));
  }
  if (Chance(20)) spec->pool_block = static_cast<PoolBlock>(1 + Pick(4));
  if (Chance(50)) spec->blocked_prefix = kResources[Pick(4)];
}

Event RandomEvents::Delegate() {
  DraResourcesListed listed;
  for (const char* resource : kResources) {
    if (Chance(30)) listed.resources.insert(listed.resources.begin(), resource);
  }
  return listed;
}

NodeSpec RandomEvents::Describe(const std::string& name) {
  NodeSpec spec;
  spec.name = name;
  if (Chance(30)) {
    DescribePools(&spec);
    described_[name] = spec;
    return spec;
  }
  for (int card = 0; card < options_.cards; ++card) {
    if (Chance(70)) spec.gpus.push_back(RandomGpu(name + "-gpu-" + std::to_string(card)));
  }
  std::shuffle(spec.gpus.begin(), spec.gpus.end(), random_);
  if (Chance(50)) spec.allocatable_gpus = Pick(80);
  if (Chance(50)) {
    spec.host = {.cpu_milli = Pick(9) * 1000, .memory_mib = Pick(9) * 4096};
  }
  described_[name] = spec;
  return spec;
}

NodeSpec RandomEvents::Tweak(const std::string& name) {
  const auto last = described_.find(name);
  if (last != described_.end() && !last->second.pools.empty()) {
    last->second.pools.back().count = Pick(10);
    return last->second;
  }
  if (last == described_.end() || last->second.gpus.empty()) return Describe(name);
  NodeSpec& spec = last->second;
  Gpu& gpu = spec.gpus[static_cast<size_t>(Pick(static_cast<int>(spec.gpus.size())))];
  switch (Pick(11)) {
    case 0:
      gpu.memory = Mebibytes(1000 * Pick(5));
      break;
    case 1:
      gpu.cores = CorePercent(Pick(150));
      break;
    case 2:
      gpu.slots = Slots(Pick(11));
      break;
    case 3:
      gpu.healthy = !gpu.healthy;
      break;
    case 4:
      gpu.cordoned = !gpu.cordoned;
      break;
    case 5:
      gpu.type = "type-" + std::to_string(Pick(5));
      break;
    case 6:
      gpu.index += 1;
      break;
    case 7:
      gpu.mode = Chance(50) ? "mig" : "hami-core";
      break;
    case 8:
      gpu.mig_profiles = Chance(50) ? MigProfiles8() : MigProfiles4();
      break;
    case 9:
      spec.allocatable_gpus = Pick(80);
      break;
    default:
      spec.gpus.pop_back();
      break;
  }
  return spec;
}

CardShare RandomEvents::RandomShare(const std::string& node) {
  // One in a hundred names a card that no node has, one in a hundred none at all.
  const int odd = Pick(100);
  std::string uuid = node + "-gpu-" + std::to_string(Pick(options_.cards));
  if (odd == 0) uuid = "elsewhere";
  if (odd == 1) uuid.clear();
  const int32_t memory = Chance(1) ? Mebibytes::kMax - Pick(2) : Pick(2000);
  CardShare share = MakeShare(uuid, memory, Pick(101));
  share.instance = RandomInstance(node, uuid);
  return share;
}

// Mostly as the card wants it: none on a card that is not cut, one of its own where it is.
std::optional<model::MigInstance> RandomEvents::RandomInstance(const std::string& node,
                                                               const std::string& uuid) {
  std::vector<model::MigProfile> profiles;
  for (const Gpu& gpu : described_[node].gpus) {
    if (gpu.uuid == uuid && gpu.mode == "mig") profiles = gpu.mig_profiles;
  }
  if (Chance(2)) profiles = MigProfiles4();
  if (profiles.empty() || Chance(3)) return std::nullopt;
  const model::MigProfile& profile = profiles[static_cast<size_t>(Pick(3))];
  const int placement = Pick(static_cast<int>(profile.placements.size()));
  return model::MigInstance{profile.name, profile.placements[static_cast<size_t>(placement)]};
}

PodBooked RandomEvents::Book() {
  PodBooked booked;
  booked.uid = PodUid();
  booked.node = NodeName();
  booked.kubelet_gpus = Pick(4);
  booked.counted = RandomCounts();
  booked.init_finished = Chance(20);
  booked.ignored = Chance(20);
  if (Chance(50)) booked.host = {.cpu_milli = Pick(4000), .memory_mib = Pick(9000)};
  const int containers = Pick(4);
  for (int container = 0; container < containers; ++container) {
    AllocationSlot slot;
    slot.kind = static_cast<ContainerKind>(Pick(3));
    const int shares = Pick(4);
    for (int share = 0; share < shares; ++share) slot.shares.push_back(RandomShare(booked.node));
    booked.allocation.slots.push_back(std::move(slot));
  }
  if (Chance(2)) {
    const std::string uuid = RandomShare(booked.node).uuid;
    const auto spare = RandomInstance(booked.node, uuid);
    if (spare.has_value()) booked.allocation.spare_instances = {{uuid, *spare}};
  }
  booked_[booked.uid] = booked;
  return booked;
}

Event RandomEvents::Contradict() {
  const std::string name = NodeName();
  NodeSpec spec;
  spec.name = name;
  spec.gpus = {RandomGpu(name + "-gpu-0"), RandomGpu(name + "-gpu-1")};
  PodBooked booked = MakeBooking(PodUid(), name, name + "-gpu-0", 10);
  switch (Pick(16)) {
    case 0:
      spec.gpus[1].uuid = spec.gpus[0].uuid;
      return NodeUpserted{spec};
    case 1:
      spec.gpus[1].uuid.clear();
      return NodeUpserted{spec};
    case 2:
      spec.gpus[0].memory = Mebibytes(-1);
      return NodeUpserted{spec};
    case 3:
      spec.gpus[0].cores = CorePercent(-1);
      return NodeUpserted{spec};
    case 4:
      spec.gpus[0].slots = Slots(-1);
      return NodeUpserted{spec};
    case 5:
      spec.allocatable_gpus = -1;
      return NodeUpserted{spec};
    case 6:
      spec.name.clear();
      return NodeUpserted{spec};
    case 7:
      booked.allocation.slots[0].shares[0].memory = Mebibytes(-1);
      return booked;
    case 8:
      booked.allocation.slots[0].shares[0].cores = CorePercent(-1);
      return booked;
    case 9:
      booked.kubelet_gpus = -1;
      return booked;
    case 10:
      return PodReleased{""};
    case 11:
      spec.pools.push_back(MakePool(kResources[0], 1));
      return NodeUpserted{spec};
    case 12:
      spec.gpus.clear();
      spec.pools.assign(2, MakePool(kResources[0], 1));
      return NodeUpserted{spec};
    case 13:
      spec.gpus.clear();
      spec.pools.push_back(MakePool(kResources[0], -1));
      return NodeUpserted{spec};
    case 14:
      booked.counted = {{kResources[2], -1}};
      return booked;
    default:
      return PodUnaccounted{PodUid(), "", 1, {}};
  }
}

}  // namespace tangram::testing
