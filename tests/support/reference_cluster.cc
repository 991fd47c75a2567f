// The naive cluster: slow on purpose, written without a look at model/*.cc.
#include "tests/support/reference_cluster.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <variant>

namespace tangram::testing {

using model::AllocationSlot;
using model::CardShare;
using model::ContainerKind;
using model::DraResourcesListed;
using model::Event;
using model::Gpu;
using model::NodeRemoved;
using model::NodeSpec;
using model::NodeUpserted;
using model::PodBooked;
using model::PodReleased;
using model::PodUnaccounted;
using model::Pool;

namespace {

constexpr int64_t kLargestUnit = 2147483647;
constexpr int64_t kLargestGpuCount = 1099511627776;

// What one pod takes of one card.
ReferenceCluster::Usage TakenOf(const std::string& uuid, const model::Allocation& allocation,
                                bool init_finished) {
  ReferenceCluster::Usage init;
  ReferenceCluster::Usage rest;
  for (const AllocationSlot& slot : allocation.slots) {
    for (const CardShare& share : slot.shares) {
      if (share.uuid != uuid) continue;
      if (slot.kind == ContainerKind::kInit) {
        if (init_finished) continue;
        init.slots = std::max(init.slots, rest.slots + 1);
        init.memory_mib = std::max(init.memory_mib, rest.memory_mib + share.memory.value());
        init.cores = std::max(init.cores, rest.cores + share.cores.value());
      } else {
        rest.slots += 1;
        rest.memory_mib += share.memory.value();
        rest.cores += share.cores.value();
      }
    }
  }
  ReferenceCluster::Usage taken;
  taken.slots = std::min(kLargestUnit, std::max(init.slots, rest.slots));
  taken.memory_mib = std::min(kLargestUnit, std::max(init.memory_mib, rest.memory_mib));
  taken.cores = std::min(kLargestUnit, std::max(init.cores, rest.cores));
  return taken;
}

// The instances of one pod on one card: each as often as containers use it at the same time.
std::vector<model::MigInstance> InstancesOf(const std::string& uuid,
                                            const model::Allocation& allocation) {
  struct Uses {
    model::MigInstance instance;
    int running = 0;
    int most = 0;
  };
  std::vector<Uses> all;
  for (const AllocationSlot& slot : allocation.slots) {
    std::vector<Uses> here;
    const auto of = [](std::vector<Uses>& list, const model::MigInstance& instance) -> Uses& {
      for (Uses& uses : list) {
        if (uses.instance == instance) return uses;
      }
      return list.emplace_back(Uses{instance});
    };
    for (const CardShare& share : slot.shares) {
      if (share.uuid == uuid && share.instance.has_value()) ++of(here, *share.instance).running;
    }
    for (const Uses& uses : here) {
      Uses& sum = of(all, uses.instance);
      sum.most = std::max(sum.most, sum.running + uses.running);
      if (slot.kind != ContainerKind::kInit) sum.running += uses.running;
    }
  }
  std::vector<model::MigInstance> instances;
  for (const Uses& uses : all) {
    for (int i = 0; i < uses.most; ++i) instances.push_back(uses.instance);
  }
  return instances;
}

// Every UUID that the allocation names.
std::set<std::string> Named(const model::Allocation& allocation, bool init_finished) {
  std::set<std::string> uuids;
  for (const AllocationSlot& slot : allocation.slots) {
    if (init_finished && slot.kind == ContainerKind::kInit) continue;
    for (const CardShare& share : slot.shares) uuids.insert(share.uuid);
  }
  uuids.erase("");
  return uuids;
}

// The cards that the pod holds now: instances stay its own also when their container has ended.
std::set<std::string> Taken(const model::Allocation& allocation, bool init_finished) {
  std::set<std::string> uuids = Named(allocation, init_finished);
  for (const AllocationSlot& slot : allocation.slots) {
    for (const CardShare& share : slot.shares) {
      if (share.instance.has_value()) uuids.insert(share.uuid);
    }
  }
  for (const model::SpareInstance& spare : allocation.spare_instances) uuids.insert(spare.uuid);
  uuids.erase("");
  return uuids;
}

NodeSpec Sorted(NodeSpec spec) {
  std::sort(spec.gpus.begin(), spec.gpus.end(),
            [](const Gpu& a, const Gpu& b) { return a.uuid < b.uuid; });
  return spec;
}

// The profiles of a card as a text that differs where they do.
std::string ProfilesOf(const Gpu& gpu) {
  std::string text = gpu.mig_outdated ? "/outdated" : "";
  for (const model::MigProfile& profile : gpu.mig_profiles) {
    text += "/" + profile.name + "=" + std::to_string(profile.memory.value());
  }
  return text;
}

// Whether some slice is free now that was not, or the card can be told again.
bool MoreSlices(const std::string& before, const std::string& after) {
  if (after == "?") return false;
  if (before == "?") return true;
  for (int slice = 0; slice < 16; ++slice) {
    const std::string word = "," + std::to_string(slice) + ",";
    const bool was = ("," + before).find(word) != std::string::npos;
    const bool is = ("," + after).find(word) != std::string::npos;
    if (was && !is) return true;
  }
  return false;
}

// The nodes and pods an event names.
std::string NodeOf(const Event& event) {
  if (const auto* e = std::get_if<NodeUpserted>(&event)) return e->spec.name;
  if (const auto* e = std::get_if<NodeRemoved>(&event)) return e->name;
  if (const auto* e = std::get_if<PodBooked>(&event)) return e->node;
  if (const auto* e = std::get_if<PodUnaccounted>(&event)) return e->node;
  return "";
}

std::string PodOf(const Event& event) {
  if (const auto* e = std::get_if<PodBooked>(&event)) return e->uid;
  if (const auto* e = std::get_if<PodUnaccounted>(&event)) return e->uid;
  if (const auto* e = std::get_if<PodReleased>(&event)) return e->uid;
  return "";
}

}  // namespace

ReferenceCluster::Verdict ReferenceCluster::Apply(const Event& event) {
  if (Contradicts(event)) return {};
  std::set<std::string> concerned = {NodeOf(event)};
  if (const auto pod = pods_.find(PodOf(event)); pod != pods_.end()) {
    concerned.insert(pod->second.node);
  }
  std::map<std::string, Room> before;
  for (const std::string& node : concerned) {
    if (nodes_.contains(node)) before[node] = RoomOn(node);
  }
  Verdict verdict;
  verdict.accepted = true;
  if (const auto* listed = std::get_if<DraResourcesListed>(&event)) {
    const std::set<std::string> now(listed->resources.begin(), listed->resources.end());
    verdict.changed = now != dra_resources_;
    for (const std::string& resource : dra_resources_) {
      verdict.made_room |= !now.contains(resource);
    }
    dra_resources_ = now;
    return verdict;
  }
  verdict.changed = Change(event);
  for (const std::string& node : concerned) {
    if (!nodes_.contains(node)) continue;
    const auto old = before.find(node);
    verdict.made_room |= old == before.end() || Grew(old->second, RoomOn(node));
  }
  return verdict;
}

std::set<std::string> ReferenceCluster::Names() const {
  std::set<std::string> names;
  for (const auto& [name, spec] : nodes_) names.insert(name);
  for (const auto& [uid, pod] : pods_) names.insert(pod.node);
  return names;
}

std::vector<std::string> ReferenceCluster::PodsOn(const std::string& node) const {
  std::vector<std::string> uids;
  for (const auto& [uid, pod] : pods_) {
    if (pod.node == node) uids.push_back(uid);
  }
  return uids;
}

std::map<std::string, ReferenceCluster::Usage> ReferenceCluster::UsageOn(
    const std::string& node) const {
  std::map<std::string, Usage> usage;
  for (const auto& [uid, pod] : pods_) {
    if (pod.node != node) continue;
    for (const std::string& uuid : Named(pod.allocation, pod.init_finished)) {
      const Usage taken = TakenOf(uuid, pod.allocation, pod.init_finished);
      usage[uuid].slots += taken.slots;
      usage[uuid].memory_mib += taken.memory_mib;
      usage[uuid].cores += taken.cores;
    }
  }
  for (auto& [uuid, sum] : usage) {
    sum.slots = std::min(kLargestUnit, sum.slots);
    sum.memory_mib = std::min(kLargestUnit, sum.memory_mib);
    sum.cores = std::min(kLargestUnit, sum.cores);
  }
  return usage;
}

std::string ReferenceCluster::SlicesOn(const std::string& node, const Gpu& gpu) const {
  const bool mig = gpu.mode == "mig" && !gpu.mig_outdated && !gpu.mig_profiles.empty();
  std::vector<model::MigInstance> instances;
  bool unclear = false;
  for (const auto& [uid, pod] : pods_) {
    if (pod.node != node) continue;
    for (const AllocationSlot& slot : pod.allocation.slots) {
      for (const CardShare& share : slot.shares) {
        if (share.uuid != gpu.uuid) continue;
        const bool counts = slot.kind != ContainerKind::kInit || !pod.init_finished;
        if (mig && counts && !share.instance.has_value()) unclear = true;
      }
    }
    for (const model::MigInstance& one : InstancesOf(gpu.uuid, pod.allocation)) {
      instances.push_back(one);
    }
    for (const model::SpareInstance& spare : pod.allocation.spare_instances) {
      if (spare.uuid == gpu.uuid) instances.push_back(spare.instance);
      bool there = spare.uuid.empty();
      for (const Gpu& other : nodes_.at(node).gpus) there = there || other.uuid == spare.uuid;
      if (mig && !there) unclear = true;
    }
  }
  if (!mig && !instances.empty()) unclear = true;
  std::set<int32_t> taken;
  for (const model::MigInstance& instance : instances) {
    bool known = false;
    for (const model::MigProfile& profile : gpu.mig_profiles) {
      if (profile.name != instance.profile) continue;
      known = std::find(profile.placements.begin(), profile.placements.end(), instance.placement) !=
              profile.placements.end();
    }
    if (!known) unclear = true;
    for (int32_t i = 0; known && i < instance.placement.size; ++i) {
      if (!taken.insert(instance.placement.start + i).second) unclear = true;
    }
  }
  if (unclear) return "?";
  std::string text;
  for (const int32_t slice : taken) text += std::to_string(slice) + ",";
  return text;
}

int64_t ReferenceCluster::KubeletGpusOn(const std::string& node) const {
  int64_t sum = 0;
  for (const auto& [uid, pod] : pods_) sum += pod.node == node ? pod.kubelet_gpus : 0;
  return sum;
}

model::HostResources ReferenceCluster::HostOn(const std::string& node) const {
  model::HostResources sum;
  for (const auto& [uid, pod] : pods_) {
    if (pod.node == node) sum += pod.host;
  }
  return sum;
}

std::map<std::string, int64_t> ReferenceCluster::CountsOn(const std::string& node) const {
  std::map<std::string, int64_t> counts;
  counts["nvidia.com/gpu"] = KubeletGpusOn(node);
  for (const auto& [uid, pod] : pods_) {
    if (pod.node != node) continue;
    for (const model::ResourceCount& asked : pod.counted) counts[asked.resource] += asked.count;
  }
  return counts;
}

int ReferenceCluster::UnaccountedOn(const std::string& node, bool ignored) const {
  int count = 0;
  const auto spec = nodes_.find(node);
  if (spec != nodes_.end() &&
      (!spec->second.pools.empty() || spec->second.pool_block != model::PoolBlock::kNone)) {
    return 0;
  }
  for (const auto& [uid, pod] : pods_) {
    if (pod.node != node || pod.ignored != ignored) continue;
    bool unknown = pod.unaccounted;
    if (spec != nodes_.end()) {
      for (const std::string& uuid : Taken(pod.allocation, pod.init_finished)) {
        bool there = false;
        for (const Gpu& gpu : spec->second.gpus) there = there || gpu.uuid == uuid;
        unknown = unknown || !there;
      }
    }
    count += unknown ? 1 : 0;
  }
  return count;
}

bool ReferenceCluster::Contradicts(const Event& event) const {
  if (const auto* e = std::get_if<NodeUpserted>(&event)) {
    std::set<std::string> uuids;
    for (const Gpu& gpu : e->spec.gpus) {
      if (gpu.uuid.empty() || !uuids.insert(gpu.uuid).second) return true;
      if (gpu.slots.value() < 0 || gpu.memory.value() < 0 || gpu.cores.value() < 0) return true;
    }
    std::string last;
    for (const Pool& pool : e->spec.pools) {
      if (!e->spec.gpus.empty() || pool.resource <= last) return true;
      if (pool.count < 0 || pool.count > kLargestGpuCount || pool.replicas < 1) return true;
      last = pool.resource;
    }
    if (!e->spec.gpus.empty() && e->spec.pool_block != model::PoolBlock::kNone) return true;
    return e->spec.name.empty() || e->spec.allocatable_gpus.value_or(0) < 0;
  }
  if (const auto* e = std::get_if<DraResourcesListed>(&event)) {
    return std::count(e->resources.begin(), e->resources.end(), "") > 0;
  }
  if (const auto* e = std::get_if<NodeRemoved>(&event)) return e->name.empty();
  if (PodOf(event).empty()) return true;
  if (std::holds_alternative<PodReleased>(event)) return false;
  if (NodeOf(event).empty()) return true;
  const auto* booked = std::get_if<PodBooked>(&event);
  const int64_t gpus =
      booked != nullptr ? booked->kubelet_gpus : std::get<PodUnaccounted>(event).kubelet_gpus;
  if (gpus < 0 || gpus > kLargestGpuCount) return true;
  const model::HostResources& host =
      booked != nullptr ? booked->host : std::get<PodUnaccounted>(event).host;
  if (host.cpu_milli < 0 || host.memory_mib < 0) return true;
  std::string last;
  for (const model::ResourceCount& asked :
       booked != nullptr ? booked->counted : std::get<PodUnaccounted>(event).counted) {
    if (asked.resource <= last || asked.count < 0 || asked.count > kLargestGpuCount) return true;
    last = asked.resource;
  }
  if (booked == nullptr) return false;
  for (const AllocationSlot& slot : booked->allocation.slots) {
    for (const CardShare& share : slot.shares) {
      if (share.memory.value() < 0 || share.cores.value() < 0) return true;
    }
  }
  return false;
}

ReferenceCluster::Room ReferenceCluster::RoomOn(const std::string& node) const {
  const NodeSpec& spec = nodes_.at(node);
  Room room;
  room.kubelet_gpus_free = spec.allocatable_gpus.has_value()
                               ? *spec.allocatable_gpus - KubeletGpusOn(node)
                               : std::numeric_limits<int64_t>::max() - KubeletGpusOn(node);
  room.unaccounted = UnaccountedOn(node);
  std::map<std::string, int64_t> counts = CountsOn(node);
  for (const Pool& pool : spec.pools) {
    room.pools[pool.resource] = {pool.count - counts[pool.resource],
                                 std::to_string(static_cast<int>(pool.kind)) + pool.product};
  }
  room.blocked = spec.pool_block != model::PoolBlock::kNone;
  room.blocked_prefix = spec.blocked_prefix;
  std::map<std::string, Usage> usage = UsageOn(node);
  for (const Gpu& gpu : spec.gpus) {
    const Usage used = usage[gpu.uuid];
    room.cards[gpu.uuid] = {gpu.slots.value() - used.slots,
                            gpu.memory.value() - used.memory_mib,
                            gpu.cores.value() - used.cores,
                            gpu.healthy,
                            gpu.cordoned,
                            gpu.type + "/" + gpu.mode + "/" +
                                std::string(model::VendorName(gpu.vendor)) + "/" +
                                std::to_string(gpu.numa) + ProfilesOf(gpu),
                            SlicesOn(node, gpu)};
  }
  return room;
}

bool ReferenceCluster::Grew(const Room& before, const Room& after) {
  if (after.kubelet_gpus_free > before.kubelet_gpus_free) return true;
  if (after.unaccounted < before.unaccounted) return true;
  if (before.blocked && !after.blocked) return true;
  if (before.blocked && before.blocked_prefix != after.blocked_prefix) return true;
  for (const auto& [resource, pool] : after.pools) {
    const auto old = before.pools.find(resource);
    if (old == before.pools.end() || pool.free > old->second.free) return true;
    if (pool.kind != old->second.kind) return true;
  }
  for (const auto& [uuid, card] : after.cards) {
    const auto old = before.cards.find(uuid);
    if (old == before.cards.end()) return true;
    if (card.slots_free > old->second.slots_free) return true;
    if (card.memory_free > old->second.memory_free) return true;
    if (card.cores_free > old->second.cores_free) return true;
    if (card.healthy && !old->second.healthy) return true;
    if (!card.cordoned && old->second.cordoned) return true;
    if (card.kind != old->second.kind) return true;
    if (MoreSlices(old->second.slices, card.slices)) return true;
  }
  return false;
}

bool ReferenceCluster::Change(const Event& event) {
  if (const auto* e = std::get_if<NodeUpserted>(&event)) {
    const NodeSpec spec = Sorted(e->spec);
    const auto found = nodes_.find(spec.name);
    if (found != nodes_.end() && found->second == spec) return false;
    nodes_[spec.name] = spec;
    return true;
  }
  if (const auto* e = std::get_if<NodeRemoved>(&event)) return nodes_.erase(e->name) > 0;
  if (const auto* e = std::get_if<PodReleased>(&event)) return pods_.erase(e->uid) > 0;
  Pod pod;
  pod.node = NodeOf(event);
  if (const auto* e = std::get_if<PodBooked>(&event)) {
    pod.allocation = e->allocation;
    pod.init_finished = e->init_finished;
    pod.kubelet_gpus = e->kubelet_gpus;
    pod.host = e->host;
    pod.counted = e->counted;
    pod.ignored = e->ignored;
  } else {
    pod.unaccounted = true;
    pod.kubelet_gpus = std::get<PodUnaccounted>(event).kubelet_gpus;
    pod.host = std::get<PodUnaccounted>(event).host;
    pod.counted = std::get<PodUnaccounted>(event).counted;
    pod.ignored = std::get<PodUnaccounted>(event).ignored;
  }
  const auto found = pods_.find(PodOf(event));
  if (found != pods_.end() && found->second == pod) return false;
  pods_[PodOf(event)] = pod;
  return true;
}

}  // namespace tangram::testing
