// The transitions of the cluster: each event is checked whole before anything is touched.
#include "model/cluster.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "model/cluster_state.h"
#include "model/shown.h"

namespace tangram::model {
namespace {

using internal::ClusterState;
using Outcome = absl::StatusOr<Change>;

// Whether a card that refused a pod may take it now.
bool HasMoreRoom(const Card& before, const Card& after) {
  return after.slots > before.slots || after.memory > before.memory || after.cores > before.cores ||
         after.used.slots < before.used.slots || after.used.memory < before.used.memory ||
         after.used.cores < before.used.cores || (after.healthy && !before.healthy) ||
         (before.cordoned && !after.cordoned) || after.numa != before.numa ||
         after.type != before.type;
}

// Whether a card of one type has slices now that it had not before.
bool HasMoreSlices(const Node& before, size_t was, const Node& after, size_t is) {
  const int32_t old = before.cards()[was].used.mig_state;
  const int32_t now = after.cards()[is].used.mig_state;
  if (old == now || now == kMigUnclear) return false;
  const mig::CardTable* table = after.mig_table(is);
  if (old == kMigUnclear || table == nullptr) return true;
  const auto mask = [table](int32_t state) {
    return table->states().mask(static_cast<mig::StateId>(state));
  };
  return (mask(old) & ~mask(now)) != 0;
}

// The same for what is given out by count.
bool HasMoreInPools(const Node& before, const Node& after) {
  if (before.spec().pool_block != PoolBlock::kNone) {
    const bool opened = after.spec().pool_block == PoolBlock::kNone;
    if (opened || after.spec().blocked_prefix != before.spec().blocked_prefix) return true;
  }
  const std::vector<Pool>& pools = after.spec().pools;
  for (size_t i = 0; i < pools.size(); ++i) {
    const int match = before.FindPool(pools[i].resource);
    if (match < 0) return true;
    const auto old = static_cast<size_t>(match);
    const Pool& pool = before.spec().pools[old];
    if (pools[i].count - after.pool_used()[i] > pool.count - before.pool_used()[old]) return true;
    if (pools[i].kind != pool.kind || pools[i].product != pool.product) return true;
  }
  return false;
}

// Whether a node that refused a pod may take it now.
bool HasMoreRoom(const Node& before, const Node& after) {
  if (!after.known()) return false;
  if (!before.known()) return true;
  constexpr int64_t kUncounted = std::numeric_limits<int64_t>::max();
  if (after.spec().allocatable_gpus.value_or(kUncounted) >
      before.spec().allocatable_gpus.value_or(kUncounted)) {
    return true;
  }
  if (after.kubelet_gpus() < before.kubelet_gpus()) return true;
  if (after.unaccounted_pods() < before.unaccounted_pods()) return true;
  if (HasMoreInPools(before, after)) return true;
  // Both are sorted by UUID, so that one walk finds each card's former self.
  const std::vector<Gpu>& old = before.spec().gpus;
  size_t match = 0;
  for (size_t i = 0; i < after.cards().size(); ++i, ++match) {
    const std::string& uuid = after.spec().gpus[i].uuid;
    while (match < old.size() && old[match].uuid < uuid) ++match;
    if (match == old.size() || old[match].uuid != uuid) return true;
    if (HasMoreRoom(before.cards()[match], after.cards()[i])) return true;
    if (HasMoreSlices(before, match, after, i)) return true;
  }
  return false;
}

// `version` is filled in by Apply.
Change Changed(NodeIndex node, bool made_room) {
  return Change{.changed = true, .made_room = made_room, .node = node};
}

Change Unchanged(NodeIndex node) { return Change{.node = node}; }

Outcome Transition(ClusterState& state, const NodeUpserted& event) {
  NodeSpec spec = event.spec;
  std::sort(spec.gpus.begin(), spec.gpus.end(),
            [](const Gpu& a, const Gpu& b) { return a.uuid < b.uuid; });
  NodeIndex index = state.Find(spec.name);
  if (index != kNoNode && state.At(index).node().known() && state.At(index).node().spec() == spec) {
    return Unchanged(index);
  }
  if (!state.types.HasRoomFor(spec.gpus)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "node ", Shown(spec.name), ": its cards bring the number of distinct types above ",
        internal::CardTypes::kMost));
  }
  index = state.FindOrAdd(spec.name);
  const Node before = state.At(index).node();
  state.Describe(index, std::move(spec));
  return Changed(index, HasMoreRoom(before, state.At(index).node()));
}

Outcome Transition(ClusterState& state, const NodeRemoved& event) {
  const NodeIndex index = state.Find(event.name);
  if (index == kNoNode || !state.At(index).node().known()) return Unchanged(index);
  state.Forget(index);
  state.DropIfIdle(index);
  return Changed(index, false);
}

// Puts the booking in the place of whatever the uid held.
Change Replace(ClusterState& state, const std::string& uid, Booking booking) {
  const auto found = state.bookings.find(uid);
  const Booking* replaced = found == state.bookings.end() ? nullptr : &found->second;
  if (replaced != nullptr && *replaced == booking) return Unchanged(state.Find(booking.node));
  if (replaced == nullptr) {
    const NodeIndex index = state.FindOrAdd(booking.node);
    state.Attach(index, uid, std::move(booking));
    return Changed(index, false);
  }
  const NodeIndex from = state.Find(replaced->node);
  const Node before = state.At(from).node();
  state.Detach(uid);
  const NodeIndex index = state.FindOrAdd(booking.node);
  state.Attach(index, uid, std::move(booking));
  const bool made_room = HasMoreRoom(before, state.At(from).node());
  state.DropIfIdle(from);
  return Changed(index, made_room);
}

Outcome Transition(ClusterState& state, const PodBooked& event) {
  Booking booking;
  booking.node = event.node;
  booking.allocation = event.allocation;
  booking.init_finished = event.init_finished;
  booking.kubelet_gpus = event.kubelet_gpus;
  booking.host = event.host;
  booking.counted = event.counted;
  booking.ignored = event.ignored;
  booking.demand = FoldDemand(event.allocation, event.init_finished);
  return Replace(state, event.uid, std::move(booking));
}

Outcome Transition(ClusterState& state, const PodUnaccounted& event) {
  Booking booking;
  booking.node = event.node;
  booking.unaccounted = true;
  booking.ignored = event.ignored;
  booking.kubelet_gpus = event.kubelet_gpus;
  booking.host = event.host;
  booking.counted = event.counted;
  return Replace(state, event.uid, std::move(booking));
}

Outcome Transition(ClusterState& state, const DraResourcesListed& event) {
  std::vector<std::string> listed = event.resources;
  std::sort(listed.begin(), listed.end());
  listed.erase(std::unique(listed.begin(), listed.end()), listed.end());
  const std::vector<std::string>& former = *state.dra_resources;
  if (listed == former) return Unchanged(kNoNode);
  const bool all_stay = std::includes(listed.begin(), listed.end(), former.begin(), former.end());
  state.dra_resources = std::make_shared<const std::vector<std::string>>(std::move(listed));
  return Changed(kNoNode, !all_stay);
}

Outcome Transition(ClusterState& state, const PodReleased& event) {
  const auto found = state.bookings.find(event.uid);
  if (found == state.bookings.end()) return Unchanged(kNoNode);
  const NodeIndex index = state.Find(found->second.node);
  const Node before = state.At(index).node();
  state.Detach(event.uid);
  const bool made_room = HasMoreRoom(before, state.At(index).node());
  state.DropIfIdle(index);
  return Changed(index, made_room);
}

}  // namespace

bool IsUnaccounted(const Booking& booking, const Node& node) {
  return booking.unaccounted || node.LacksCardOf(booking.demand);
}

Cluster::Cluster(HostBuckets buckets) : state_(std::make_unique<State>()) {
  state_->buckets = buckets;
}
Cluster::~Cluster() = default;

absl::StatusOr<Change> Cluster::Apply(const Event& event) {
  if (absl::Status status = Validate(event); !status.ok()) return status;
  Outcome outcome = std::visit(
      [this](const auto& alternative) { return Transition(*state_, alternative); }, event);
  if (!outcome.ok()) return outcome;
  if (outcome->changed) ++version_;
  outcome->version = version_;
  return outcome;
}

const Snapshot& Cluster::snapshot() {
  if (state_->published.version() != version_) state_->Publish(version_);
  return state_->published;
}

const Booking* Cluster::FindBooking(std::string_view uid) const {
  const auto found = state_->bookings.find(uid);
  return found == state_->bookings.end() ? nullptr : &found->second;
}

const Node* Cluster::FindNode(std::string_view name) const {
  const NodeIndex index = state_->Find(name);
  return index == kNoNode ? nullptr : &state_->At(index).node();
}

std::vector<std::string> Cluster::PodsOn(std::string_view node) const {
  const NodeIndex index = state_->Find(node);
  return index == kNoNode ? std::vector<std::string>() : state_->At(index).pods;
}

const std::vector<std::string>& Cluster::dra_resources() const { return *state_->dra_resources; }

size_t Cluster::booking_count() const { return state_->bookings.size(); }

std::vector<std::string> Cluster::BookedUids() const {
  std::vector<std::string> uids;
  uids.reserve(state_->bookings.size());
  for (const auto& [uid, booking] : state_->bookings) uids.push_back(uid);
  std::sort(uids.begin(), uids.end());
  return uids;
}

}  // namespace tangram::model
