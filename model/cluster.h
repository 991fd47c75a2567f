// The cluster as a state machine: events in, versions and snapshots out.
//
// Cluster owns the only books there are. It has no I/O, clock, threads or logging; the same events
// give the same state. Usage is incremental: an event costs what it changes, except that a node
// described anew has its own cards re-booked from its own pods.
//
// Thread contract: none. One owner (scheduler/scheduler.h) guards it with a mutex and hands
// snapshots out; a Snapshot may be read anywhere.
#ifndef MODEL_CLUSTER_H_
#define MODEL_CLUSTER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/event.h"
#include "model/snapshot.h"
#include "model/string_map.h"

namespace tangram::model {

// What Apply did.
struct Change {
  uint64_t version = 0;    // of the cluster after the event
  bool changed = false;    // false: the event said nothing new, version is unchanged
  bool made_room = false;  // some pod that did not fit before may fit now
  // The node concerned (of a moved pod: the new one). After an event that made the cluster forget
  // a node this is the position it had, free from now on.
  NodeIndex node = kNoNode;
};

// What one pod holds.
struct Booking {
  std::string node;
  Allocation allocation;
  bool init_finished = false;
  bool unaccounted = false;
  int64_t kubelet_gpus = 0;
  HostResources host;
  ResourceCounts counted;
  bool ignored = false;            // closes no node, though its cards cannot be told
  std::vector<CardDemand> demand;  // FoldDemand of the above
  friend bool operator==(const Booking&, const Booking&) = default;
};

// Whether nobody can tell which of the node's cards the pod takes: its allocation is unknown, or
// names a card that the node does not have. Such a pod closes the node unless it is ignored.
bool IsUnaccounted(const Booking& booking, const Node& node);

class Cluster {
 public:
  // CPU and memory are counted always and are part of a node's state in these buckets.
  explicit Cluster(HostBuckets buckets = {});
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  // Applies one event. InvalidArgument, with the state unchanged, when the event contradicts itself
  // (Validate of event.h), or when a node brings the number of distinct card types above 65,536.
  // "Over-committed" is no error: it is a state of the card, whose booked amounts stop at 2^31 - 1.
  absl::StatusOr<Change> Apply(const Event& event);

  // The state as of the last event. Costs the nodes that changed since the last call; after a node
  // or a card type came or went, also a copy of the table of names or types. The reference always
  // shows the state of the last call: copy the snapshot to keep it.
  const Snapshot& snapshot();

  uint64_t version() const { return version_; }
  // What the pod holds, or null. Valid until the next Apply.
  const Booking* FindBooking(std::string_view uid) const;
  // The live node of that name, or null when unheard of. Valid until the next Apply or snapshot.
  const Node* FindNode(std::string_view name) const;
  // What DRA drivers give out, sorted.
  const std::vector<std::string>& dra_resources() const;
  // The uids booked or unaccounted on a node, sorted.
  std::vector<std::string> PodsOn(std::string_view node) const;
  size_t booking_count() const;
  // The uids of all bookings, sorted.
  std::vector<std::string> BookedUids() const;

 private:
  friend absl::Status CheckInvariants(const Cluster& cluster);
  struct State;
  std::unique_ptr<State> state_;
  uint64_t version_ = 0;
};

}  // namespace tangram::model

#endif  // MODEL_CLUSTER_H_
