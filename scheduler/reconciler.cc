#include "scheduler/reconciler.h"

#include <deque>
#include <iterator>
#include <utility>

#include "scheduler/card_policy.h"
#include "scheduler/order.h"

namespace tangram::scheduler {

namespace {

// Kubernetes label values end at 63 characters.
constexpr size_t kLabelValueMax = 63;

// Whether the pod's allocation can be read and was made for the node it is on.
bool AllocatedHere(const model::Pod& pod) {
  return pod.allocation_state == model::AllocationState::kReadable &&
         (pod.allocation_node.empty() || pod.allocation_node == pod.node);
}

}  // namespace

bool TellsWhatItTakes(const PodObservation& pod) {
  if (pod.allocation_state == model::AllocationState::kUnreadable) return false;
  return !pod.request.asks_cards() || (AllocatedHere(pod) && !pod.allocation.empty());
}

std::optional<model::Event> EventOfBound(const PodObservation& pod, bool close_unaccounted) {
  model::PodBooked booked{.uid = pod.id.uid,
                          .node = pod.node,
                          .allocation = pod.allocation,
                          .init_finished = pod.init_finished,
                          .kubelet_gpus = pod.request.kubelet_gpus,
                          .host = pod.host,
                          .counted = pod.request.counted,
                          .ignored = !close_unaccounted};
  booked.allocation.alone = CardPolicy::Parse(pod.request.card_policy).unused_only();
  if (TellsWhatItTakes(pod)) {
    if (AllocatedHere(pod) && model::Validate(booked).ok()) return booked;
    booked.allocation = model::Allocation();
    if (!pod.request.asks_cards()) {
      const bool takes = !pod.request.empty() || pod.host != model::HostResources();
      return takes ? std::optional<model::Event>(booked) : std::nullopt;
    }
  }
  return model::PodUnaccounted{.uid = pod.id.uid,
                               .node = pod.node,
                               .kubelet_gpus = pod.request.kubelet_gpus,
                               .host = pod.host,
                               .counted = pod.request.counted,
                               .ignored = !close_unaccounted};
}

absl::Status Reconciler::ObserveNode(const NodeObservation& node, std::string_view seen_at) {
  if (!binder_.locks().Observe(node, seen_at, world_.clock.UnixSeconds())) return absl::OkStatus();
  model::NodeUpserted event{node.spec};
  event.spec.host = node.host;
  const absl::StatusOr<model::Change> change = world_.Apply(event);
  PatchDueLabels(node.spec.name);
  binder_.OnNodeObserved(node.spec.name);
  return change.status();
}

void Reconciler::ObserveNodeGone(const std::string& name, std::string_view version) {
  const std::string_view known = binder_.locks().NewestVersion(name);
  if (Compare({{}, known}, {{}, version}) == Freshness::kStale) return;
  ApplyObserved(model::NodeRemoved{name});
  binder_.OnNodeGone(name);
}

void Reconciler::ObserveNodeList(const std::vector<NodeObservation>& nodes,
                                 std::string_view version) {
  absl::flat_hash_set<std::string> listed;
  for (const NodeObservation& node : nodes) {
    listed.insert(node.spec.name);
    // A contradictory description leaves the node as it was; the adapter logs it.
    ObserveNode(node, version).IgnoreError();
  }
  std::vector<std::string> gone;
  for (const model::Node* node : world_.cluster.snapshot().NodesByName()) {
    if (listed.contains(node->name())) continue;
    if (ListEnds(binder_.locks().NewestVersion(node->name()), version)) {
      gone.push_back(node->name());
    }
  }
  for (const std::string& name : gone) ObserveNodeGone(name, "");
  NoteListed(world_.nodes_listed);
}

void Reconciler::ObserveDraResources(const std::vector<std::string>& resources) {
  ApplyObserved(model::DraResourcesListed{resources});
}

bool Reconciler::ObservePod(const model::Pod& pod, std::string_view seen_at) {
  if (world_.pods.IsDeleted(pod.id.uid)) return false;
  if (pod.terminal) {
    ObservePodGone(pod.id);
    return true;
  }
  const PodTable::Entry* known = world_.pods.Find(pod.id.uid);
  const bool unheard = !pod.request.empty() && !pod.held_by_gates() &&
                       (known == nullptr || known->pod.held_by_gates());
  const PodTable::Upserted upserted =
      world_.pods.Upsert(pod, seen_at, world_.ready() ? kNeverRefused : 0);
  if (upserted.stale) return false;
  if (unheard) {
    NoteNew(pod);
    world_.mig_keeper.Note(pod.request);
  }
  if (!upserted.replaced.empty()) {
    ObservePodGone(model::PodId{pod.id.name_space, pod.id.name, upserted.replaced});
  }
  world_.landings.Note(pod);
  if (pod.bound()) {
    BookBound(pod);
    world_.holds.Remove(pod.id.uid);
  }
  binder_.OnPodObserved(pod);
  NoteLabel(pod);
  return true;
}

void Reconciler::NoteNew(const model::Pod& pod) {
  world_.keepers.Note(pod);
  if (world_.recorder.on()) {
    world_.recorder.Add(recording::PodSeen{pod.id, pod.request, pod.host});
  }
}

void Reconciler::ObservePodGone(const model::PodId& id) {
  const PodTable::Entry* entry = world_.pods.Find(id.uid);
  const bool bound = entry != nullptr && entry->pod.bound();
  if (bound) world_.keepers.Departed();
  const bool seen = (entry != nullptr && !entry->pod.held_by_gates()) ||
                    world_.pods.FindFiltered(id.uid) != nullptr;
  if (world_.recorder.on() && seen) {
    world_.recorder.Add(recording::PodGone{id.uid, bound});
  }
  world_.pods.Remove(id, world_.clock.Now());
  world_.landings.Decided(id.uid);
  world_.holds.Remove(id.uid);
  binder_.OnPodGone(id);
  ApplyObserved(model::PodReleased{id.uid});
}

void Reconciler::ObservePodList(std::vector<PodObservation> pods, std::string_view version) {
  absl::flat_hash_set<std::string> listed;
  // One by one in memory, so that each can make room for what the books and the table keep of it.
  std::deque<PodObservation> rest(std::make_move_iterator(pods.begin()),
                                  std::make_move_iterator(pods.end()));
  std::vector<PodObservation>().swap(pods);
  for (; !rest.empty(); rest.pop_front()) {
    ObservePod(rest.front(), version);
    listed.insert(std::move(rest.front().id.uid));
  }
  if (world_.counts_host()) ReleaseUnlistedHosts(listed);
  for (const std::string& uid : world_.pods.Uids()) {
    if (listed.contains(uid)) continue;
    const PodTable::Entry* entry = world_.pods.Find(uid);
    if (entry == nullptr || !ListEnds(entry->pod.resource_version, version)) continue;
    ObservePodGone(model::PodId(entry->pod.id));
  }
  NoteListed(world_.pods_listed);
}

// Pods without cards are in no table: their booking is all that is known of them.
void Reconciler::ReleaseUnlistedHosts(const absl::flat_hash_set<std::string>& listed) {
  for (const std::string& uid : world_.cluster.BookedUids()) {
    const model::Booking& booking = *world_.cluster.FindBooking(uid);
    if (booking.allocation.empty() && !booking.unaccounted && booking.kubelet_gpus == 0 &&
        booking.counted.empty() && !listed.contains(uid)) {
      ApplyObserved(model::PodReleased{uid});
    }
  }
}

void Reconciler::NoteListed(bool& listed) {
  listed = true;
  if (!world_.ready() || world_.ready_at != Instant{}) return;
  world_.ready_at = world_.clock.Now();
  if (world_.options.settle == Duration::zero()) return;
  world_.landings.Begin(world_.pods, world_.ready_at + world_.options.settle);
}

// The server's word on a bound pod replaces whatever was assumed.
void Reconciler::BookBound(const model::Pod& pod) {
  if (world_.counts_host() || pod.host == model::HostResources()) {
    const auto event = EventOfBound(pod, world_.options.close_unaccounted);
    if (event.has_value()) ApplyObserved(*event);
    return;
  }
  model::Pod without_host = pod;
  without_host.host = model::HostResources();
  BookBound(without_host);
}

// False when the event contradicts itself: what comes from outside must not stop the process.
bool Reconciler::ApplyObserved(const model::Event& event) { return world_.Apply(event).ok(); }

// A server that does not merge a Binding's labels leaves the pod without hami.io/vgpu-node, which
// HAMi's monitor selects by. It is patched once nobody else writes the pod.
void Reconciler::NoteLabel(const model::Pod& pod) {
  PodTable::Entry* entry = world_.pods.Find(pod.id.uid);
  if (entry == nullptr || !pod.bound() || pod.terminating) return;
  entry->label_due = pod.allocation_node == pod.node && pod.node_label != pod.node &&
                     pod.node.size() <= kLabelValueMax;
  if (entry->label_due) {
    labels_due_.insert({pod.node, pod.id.uid});
    PatchDueLabels(pod.node);
  }
}

void Reconciler::PatchDueLabels(const std::string& node) {
  for (auto due = labels_due_.lower_bound({node, ""});
       due != labels_due_.end() && due->first == node;) {
    PodTable::Entry* entry = world_.pods.Find(due->second);
    if (entry == nullptr || !entry->label_due) {
      due = labels_due_.erase(due);
      continue;
    }
    const NodeLockState* lock = binder_.locks().Find(node);
    const model::BindPhase phase = entry->pod.bind_phase;
    const bool agent_done = phase == model::BindPhase::kSuccess ||
                            phase == model::BindPhase::kFailed || lock == nullptr ||
                            lock->text.empty();
    if (!agent_done) {
      ++due;
      continue;
    }
    entry->label_due = false;
    world_.outbox.Add([&api = world_.api, pod = entry->pod.id, node] {
      // Best effort: a pod that still lacks the label is seen again with its next event.
      api.PatchPodLabel(pod, node, [](const WriteResult&) {});
    });
    due = labels_due_.erase(due);
  }
}

}  // namespace tangram::scheduler
