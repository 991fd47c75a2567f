// Recomputes the cluster's state from its bookings and descriptions, and compares.
#include "model/invariants.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "model/cluster_state.h"
#include "model/mig/card_table.h"
#include "model/shown.h"

namespace tangram::model {
namespace internal {
namespace {

// Labels are made here, so that only a contradiction pays for text.
absl::Status Broken(std::string_view kind, std::string_view name, std::string_view what) {
  return absl::InternalError(absl::StrCat(ToAbsl(kind), " ", Shown(name), ": ", ToAbsl(what)));
}

absl::Status Broken(const Node& node, std::string_view what) {
  return Broken("node", node.name(), what);
}

absl::Status Broken(NodeIndex index, std::string_view what) {
  return absl::InternalError(absl::StrCat("position ", index, ": ", ToAbsl(what)));
}

absl::Status Broken(std::string_view what) { return absl::InternalError(ToAbsl(what)); }

// Amounts of one card, wide enough for any number of pods.
struct WideUsage {
  int64_t slots = 0;
  int64_t memory = 0;
  int64_t cores = 0;
  int64_t alone = 0;
  std::vector<MigInstance> instances;
  bool uncut = false;

  void Add(const CardDemand& part) {
    slots += part.usage.slots.value();
    memory += part.usage.memory.value();
    cores += part.usage.cores.value();
    alone += part.usage.alone;
    instances.insert(instances.end(), part.instances.begin(), part.instances.end());
    uncut = uncut || part.uncut;
  }
  // Whether a card's book says the same; it stops at the largest unit.
  bool Matches(const GpuUsage& usage) const {
    return usage.slots.value() == std::min<int64_t>(slots, Slots::kMax) &&
           usage.memory.value() == std::min<int64_t>(memory, Mebibytes::kMax) &&
           usage.cores.value() == std::min<int64_t>(cores, CorePercent::kMax) &&
           usage.alone == alone;
  }
};

// What should be in the books of one node.
struct Expected {
  std::map<std::string_view, WideUsage> cards;  // by UUID
  int64_t kubelet_gpus = 0;
  std::map<std::string, int64_t> counted;  // by resource
  int32_t unaccounted = 0;
  int32_t ignored = 0;
  HostResources host;
  bool spare_elsewhere = false;  // an instance is reserved on a card that the node does not have
};

// The state of a card with these instances, all at once.
int32_t MigStateOf(const mig::CardTable* table, const WideUsage& usage, bool unclear) {
  if (table == nullptr) return usage.instances.empty() ? 0 : kMigUnclear;
  if (usage.uncut || unclear) return kMigUnclear;
  std::vector<mig::Instance> instances;
  for (const MigInstance& named : usage.instances) {
    const std::optional<size_t> placement = table->PlacementOf(named);
    if (!placement.has_value()) return kMigUnclear;
    const mig::Placement& at = table->states().placements()[*placement];
    instances.push_back({at.profile, at.start});
  }
  const absl::StatusOr<mig::StateId> state = table->states().StateOf(instances);
  return state.ok() ? int32_t{*state} : kMigUnclear;
}

// The pods listed on the node, each checked on its own, and what they come to.
absl::StatusOr<Expected> Recompute(const ClusterState& state, const NodeEntry& entry) {
  const Node& node = entry.node();
  Expected expected;
  if (std::adjacent_find(entry.pods.begin(), entry.pods.end(), std::greater_equal<>()) !=
      entry.pods.end()) {
    return Broken(node, "its pods are not sorted, or one is listed twice");
  }
  for (const std::string& uid : entry.pods) {
    const auto found = state.bookings.find(uid);
    if (found == state.bookings.end()) return Broken("pod", uid, "listed on a node and not booked");
    const Booking& booking = found->second;
    if (booking.node != node.name())
      return Broken("pod", uid, "listed on a node it is not booked on");
    if (booking.demand != FoldDemand(booking.allocation, booking.init_finished)) {
      return Broken("pod", uid, "its demand is not the fold of its allocation");
    }
    if (booking.unaccounted && !booking.allocation.slots.empty()) {
      return Broken("pod", uid, "unaccounted and with an allocation");
    }
    bool lacks = false;
    for (const CardDemand& part : booking.demand) {
      lacks |= node.known() && node.FindCard(part.uuid) < 0;
      expected.cards[part.uuid].Add(part);
      expected.spare_elsewhere |= part.spare && node.FindCard(part.uuid) < 0;
    }
    expected.kubelet_gpus += booking.kubelet_gpus;
    expected.counted[std::string(kGpuResource)] += booking.kubelet_gpus;
    for (const ResourceCount& asked : booking.counted) {
      expected.counted[asked.resource] += asked.count;
    }
    (booking.ignored ? expected.ignored : expected.unaccounted) += booking.unaccounted || lacks;
    expected.host += booking.host;
  }
  return expected;
}

// A card against its description and its expected usage.
absl::Status CheckCard(const ClusterState& state, const Gpu& gpu, const Card& card,
                       const WideUsage& expected) {
  if (!expected.Matches(card.used))
    return Broken("card", gpu.uuid, "usage differs from the sum over its pods");
  if (card.slots != gpu.slots || card.memory != gpu.memory || card.cores != gpu.cores ||
      card.numa != gpu.numa || card.healthy != gpu.healthy || card.cordoned != gpu.cordoned) {
    return Broken("card", gpu.uuid, "differs from its description");
  }
  const std::vector<CardType>& types = state.types.types();
  if (card.type >= types.size() || types[card.type] != CardType::Of(gpu)) {
    return Broken("card", gpu.uuid, "its type number names another product");
  }
  return absl::OkStatus();
}

NodeTotals TotalsOf(const Node& node) {
  NodeTotals totals;
  for (const Card& card : node.cards()) {
    totals.slots += card.slots.value();
    totals.slots_used += card.used.slots.value();
    totals.memory_mib += card.memory.value();
    totals.memory_used_mib += card.used.memory.value();
    totals.cores += card.cores.value();
    totals.cores_used += card.used.cores.value();
  }
  return totals;
}

absl::Status CheckPools(const Node& node, const Expected& expected) {
  const std::vector<Pool>& pools = node.spec().pools;
  if (node.pool_used().size() != pools.size()) return Broken(node, "pools and their use differ");
  if (node.counts_only() != (!pools.empty() || node.spec().pool_block != PoolBlock::kNone)) {
    return Broken(node, "whether it counts only differs from its description");
  }
  for (size_t i = 0; i < pools.size(); ++i) {
    if (i > 0 && pools[i - 1].resource >= pools[i].resource) {
      return Broken(node, "pools are not sorted");
    }
    const auto sum = expected.counted.find(pools[i].resource);
    if (node.pool_used()[i] != (sum == expected.counted.end() ? 0 : sum->second)) {
      return Broken("pool", pools[i].resource, "use differs from the sum over its pods");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckNode(const ClusterState& state, const NodeEntry& entry) {
  const Node& node = entry.node();
  if (!node.known() && entry.pods.empty()) return Broken(node, "kept though unknown and empty");
  if (!node.known() && !node.cards().empty()) return Broken(node, "unknown and with cards");
  const absl::StatusOr<Expected> expected = Recompute(state, entry);
  if (!expected.ok()) return expected.status();
  if (node.kubelet_gpus() != expected->kubelet_gpus) {
    return Broken(node, "kubelet count differs from its pods");
  }
  if (absl::Status status = CheckPools(node, *expected); !status.ok()) {
    return Broken(node, ToStd(status.message()));
  }
  const bool counts_only = node.counts_only();
  if (node.unaccounted_pods() != (counts_only ? 0 : expected->unaccounted) ||
      node.ignored_pods() != (counts_only ? 0 : expected->ignored)) {
    return Broken(node, "number of unaccounted pods differs from its pods");
  }
  if (node.host_used() != expected->host) {
    return Broken(node, "CPU or memory in use differs from its pods");
  }
  const std::vector<Gpu>& gpus = node.spec().gpus;
  if (node.cards().size() != gpus.size()) return Broken(node, "cards and description differ");
  for (size_t i = 0; i < gpus.size(); ++i) {
    if (i > 0 && gpus[i - 1].uuid >= gpus[i].uuid) return Broken(node, "cards are not sorted");
    const auto usage = expected->cards.find(gpus[i].uuid);
    const absl::Status status =
        CheckCard(state, gpus[i], node.cards()[i],
                  usage == expected->cards.end() ? WideUsage() : usage->second);
    if (!status.ok()) return Broken(node, ToStd(status.message()));
    const mig::CardTable* table = state.types.types()[node.cards()[i].type].mig.get();
    if (node.mig_table(i) != table) return Broken(node, "a card has the MIG table of another type");
    const WideUsage used = usage == expected->cards.end() ? WideUsage() : usage->second;
    if (node.cards()[i].used.mig_state != MigStateOf(table, used, expected->spare_elsewhere)) {
      return Broken("card", gpus[i].uuid, "its MIG state differs from the instances of its pods");
    }
  }
  if (node.totals() != TotalsOf(node)) return Broken(node, "totals differ from its cards");
  return absl::OkStatus();
}

// Position, vacancy and name index of one entry.
absl::Status CheckPosition(const ClusterState& state, NodeIndex index) {
  const NodeEntry* entry = state.entries[index].get();
  if (state.vacant.contains(index) != (entry == nullptr)) {
    return Broken(index, "vacant and taken at once, or neither");
  }
  if (entry == nullptr) return absl::OkStatus();
  if (entry->draft == nullptr && entry->published == nullptr) return Broken(index, "has no node");
  if (entry->draft != nullptr && !state.is_dirty[index])
    return Broken(index, "draft never published");
  if (state.Find(entry->node().name()) != index) {
    return Broken(entry->node(), "the name index points elsewhere");
  }
  return absl::OkStatus();
}

// The list of what to publish next against the marks.
absl::Status CheckDirty(const ClusterState& state) {
  std::vector<bool> listed(state.entries.size(), false);
  for (const NodeIndex index : state.dirty) {
    if (index >= listed.size() || listed[index]) {
      return Broken("dirty list: a position is listed twice or does not exist");
    }
    listed[index] = true;
  }
  if (listed != state.is_dirty) return Broken("dirty list: differs from the dirty marks");
  return absl::OkStatus();
}

absl::Status CheckTypes(const ClusterState& state) {
  std::vector<uint32_t> uses(state.types.types().size(), 0);
  for (const auto& entry : state.entries) {
    if (entry == nullptr) continue;
    for (const Card& card : entry->node().cards()) ++uses[card.type];
  }
  if (uses == state.types.uses()) return absl::OkStatus();
  return Broken("card types: counted uses differ from the cards");
}

// The states, or the kinds, of the published nodes against their keys, made anew.
absl::Status CheckStates(const Snapshot& snapshot, const StateTable& table,
                         const std::function<std::string(const Node&)>& key_of,
                         StateRef (Snapshot::*ref_of)(NodeIndex) const) {
  std::map<std::string, uint32_t> nodes_in;
  for (NodeIndex index = 0; index < snapshot.capacity(); ++index) {
    if (snapshot.At(index) == nullptr) continue;
    std::string key = key_of(*snapshot.At(index));
    if (table.KeyOf((snapshot.*ref_of)(index)) != key) {
      return Broken(*snapshot.At(index), "its state number is that of another state");
    }
    ++nodes_in[std::move(key)];
  }
  if (nodes_in.size() != table.size()) return Broken("states: one has no node");
  for (NodeIndex index = 0; index < snapshot.capacity(); ++index) {
    if (snapshot.At(index) == nullptr) continue;
    const StateRef ref = (snapshot.*ref_of)(index);
    if (table.NodesIn(ref) != nodes_in[table.KeyOf(ref)]) {
      return Broken("states: the number of nodes in one differs from its nodes");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckStates(const ClusterState& state) {
  const Snapshot& snapshot = state.published;
  absl::Status status = CheckStates(
      snapshot, state.states, [&](const Node& node) { return StateKey(node, state.buckets); },
      &Snapshot::StateOf);
  if (!status.ok()) return status;
  return CheckStates(snapshot, state.kinds, KindKey, &Snapshot::KindOf);
}

std::vector<std::string> ExtendedNames(const ClusterState& state) {
  std::set<std::string> names;
  for (const auto& entry : state.entries) {
    if (entry == nullptr) continue;
    const std::vector<std::string>& own = entry->node().spec().extended_resources;
    names.insert(own.begin(), own.end());
  }
  return {names.begin(), names.end()};
}

// The published snapshot against the clean part of the state.
absl::Status CheckSnapshot(const ClusterState& state, uint64_t version) {
  const Snapshot& snapshot = state.published;
  if (snapshot.version() > version) return Broken("snapshot: newer than the cluster");
  const bool current = state.dirty.empty() && !state.names_changed;
  if (snapshot.version() == version && !current) return Broken("snapshot: changes are missing");
  if (snapshot.types_revision() == state.types.revision() &&
      snapshot.card_types() != state.types.types()) {
    return Broken("snapshot: card types differ from the cluster's");
  }
  if (snapshot.version() == version && snapshot.dra_resources() != *state.dra_resources) {
    return Broken("snapshot: resources of DRA differ from the cluster's");
  }
  if (snapshot.version() == version && snapshot.extended_resources() != ExtendedNames(state)) {
    return Broken("snapshot: extended resources differ from those of the nodes");
  }
  if (absl::Status status = CheckStates(state); !status.ok()) return status;
  for (NodeIndex index = 0; index < state.entries.size(); ++index) {
    if (state.is_dirty[index]) continue;
    const NodeEntry* entry = state.entries[index].get();
    const Node* live = entry == nullptr ? nullptr : &entry->node();
    const Node* shown = index < snapshot.capacity() ? snapshot.At(index) : nullptr;
    if (live != shown) {
      return Broken(index, "the snapshot shows another node");
    }
    if (live != nullptr && !state.names_changed && snapshot.Find(live->name()) != index) {
      return Broken(*live, "the snapshot's name index points elsewhere");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckState(const ClusterState& state, uint64_t version) {
  if (absl::Status status = CheckDirty(state); !status.ok()) return status;
  size_t nodes = 0;
  size_t listed = 0;
  for (NodeIndex index = 0; index < state.entries.size(); ++index) {
    if (absl::Status status = CheckPosition(state, index); !status.ok()) return status;
    const NodeEntry* entry = state.entries[index].get();
    if (entry == nullptr) continue;
    if (absl::Status status = CheckNode(state, *entry); !status.ok()) return status;
    ++nodes;
    listed += entry->pods.size();
  }
  if (nodes != state.names.size()) return Broken("name index: names a node that does not exist");
  if (nodes + state.vacant.size() != state.entries.size()) {
    return Broken("vacant positions: one lies outside the table");
  }
  if (listed != state.bookings.size()) return Broken("bookings: a pod is listed on no node");
  if (absl::Status status = CheckTypes(state); !status.ok()) return status;
  return CheckSnapshot(state, version);
}

}  // namespace internal

absl::Status CheckInvariants(const Cluster& cluster) {
  return internal::CheckState(*cluster.state_, cluster.version_);
}

}  // namespace tangram::model
