// The scheduler: one place where watch events, verbs and API answers meet the books.
//
// It owns the cluster, the holds, the pods and the binds in progress, behind one mutex. Adapters
// feed it (OnNode…, OnPod…, the verbs) and it acts through the ports. It makes every decision and
// does no I/O itself.
//
// Thread contract: every public method may be called from any thread. Filter and Prioritize judge
// an immutable snapshot without holding the mutex. No callback is invoked and no port is called
// while the mutex is held. Advance() must be called at least every 50 ms by one timer thread: all
// deadlines (holds, queues, back-off) live there, and it does nothing that takes long.
// LookForRoom() is called as often, by another thread.
#ifndef SCHEDULER_SCHEDULER_H_
#define SCHEDULER_SCHEDULER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/cluster.h"
#include "model/pod.h"
#include "scheduler/mig/tune_options.h"
#include "scheduler/observation.h"
#include "scheduler/placement.h"
#include "scheduler/policy.h"
#include "scheduler/ports.h"
#include "scheduler/reason.h"
#include "scheduler/unaccounted.h"

namespace tangram::scheduler {

namespace recording {
class RecordQueue;
}

class PolicyKeeper;

// --node-lock.
enum class NodeLockMode : uint8_t { kAuto, kOn, kOff };

struct SchedulerOptions {
  const NodePolicy* node_policy = nullptr;  // required
  CardPolicy card_policy;
  Candidates candidates;
  NodeLockMode node_lock = NodeLockMode::kAuto;
  // How long a filter's place is kept for a pod that was not bound yet.
  Duration hold_ttl = std::chrono::seconds(2);
  // How long a bind may wait for the node lock before its caller is told to try again.
  Duration bind_wait = std::chrono::seconds(25);
  // So long after the start a dead predecessor's last writes may take effect (landings.h); a bind
  // that could meet one waits. Zero: there was no predecessor.
  Duration settle = std::chrono::seconds(60);
  // So long after it was sent, a write that was not answered may take effect: kube-apiserver's own
  // --request-timeout.
  Duration request_timeout = std::chrono::seconds(60);
  // The policies of views (view_policy.h) that pods may go by.
  std::vector<std::string> view_policies;
  // Which of them is for pods that name no policy; empty: node_policy is.
  std::string default_views;
  // By profile of kube-scheduler: the policy for its pods that name none of their own. Each is
  // among view_policies or known to FindNodePolicy.
  std::map<std::string, std::string, std::less<>> profile_policies;
  // How finely CPU and memory of nodes are seen; none where no policy looks at them.
  model::HostBuckets host_buckets;
  // Where instances are made on cards in MIG mode (mig/policy.h).
  std::string mig_policy = "tangram";
  mig::TuneOptions mig_tuning;
  // Whether a pod of unknown use closes its node to new GPU pods.
  bool close_unaccounted = true;
  // Takes the recording, and must outlive the scheduler; null: nothing is recorded.
  recording::RecordQueue* record = nullptr;
};

// One filter call, decoded.
struct FilterCall {
  model::Pod pod;
  std::span<const std::string_view> names;
};

// Its answer: positions refer to FilterCall::names.
struct FilterReply {
  FilterOutcome outcome;
  // The request the reasons speak about.
  model::PodRequest request;
  // Only from a patient call: the pod fits nowhere but where others are held. Ask again.
  bool held_up = false;
};

struct PrioritizeReply {
  std::vector<int32_t> scores;  // parallel to the names
};

struct BindCall {
  model::PodId pod;
  std::string node;
};

// A bind in progress, as its caller holds it. Dropping it changes nothing; Abandon says that the
// caller is gone, and a bind that has not written anything yet is then taken out of its queue.
class BindTicket {
 public:
  virtual ~BindTicket() = default;
  virtual void Abandon() = 0;
};

// Counters and sizes for /metrics, read at once.
struct SchedulerStats {
  uint64_t bind_conflicts = 0;  // binds whose node no longer had room
  uint64_t binds_done = 0;
  uint64_t binds_failed = 0;
  uint64_t wake_ups = 0;
  uint64_t locks_taken = 0;
  uint64_t locks_released = 0;  // by us, for an owner that cannot use it
  uint64_t filters = 0;
  uint64_t filters_unfit = 0;  // filter calls in which nothing fitted
  int64_t holds = 0;
  int64_t binds_in_progress = 0;
  int64_t binds_queued = 0;  // waiting for a node lock or for --settle
  int64_t waiting_pods = 0;
  int64_t gated_pods = 0;
  int64_t known_pods = 0;
  int64_t nodes = 0;
  int64_t overcommitted_cards = 0;
  int64_t unaccounted_pods = 0;
  // By policy of views that learns: how often it was made anew.
  std::map<std::string, uint64_t> policy_versions;
};

// For `top`: pods per node with what they hold, and pods that wait.
struct TopPod {
  model::PodId id;
  std::string node;
  model::Allocation allocation;
  // What the kubelet counts for it.
  int64_t kubelet_gpus = 0;
  model::ResourceCounts counted;
  // Nobody can tell which cards it takes, or some of them; those that are known are booked.
  bool unaccounted = false;
  bool ignored = false;                    // ... and it closes no node
  std::vector<std::string> missing_cards;  // cards of the allocation that the node does not have
  bool binding = false;                    // a bind of ours is in progress
  bool init_finished = false;              // its init containers count for nothing any more
};
struct TopView {
  model::Snapshot snapshot;
  std::vector<TopPod> pods;  // bound or binding, sorted by node, namespace, name
  // Pods that ask for cards and that a scheduler has yet to place, sorted by namespace, name.
  std::vector<model::Pod> waiting;
  size_t gated = 0;  // pods that would wait but for their scheduling gates
};

class Scheduler {
 public:
  // `clock` and `api` must outlive this, and no callback of `api` may come after destruction.
  Scheduler(SchedulerOptions options, Clock& clock, KubeApi& api);
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // --- The world, as watched. What is older than what is known changes nothing (order.h). ---

  // A node was added or changed. Returns the error when the description contradicts itself; the
  // node then keeps its former description.
  absl::Status OnNode(const NodeObservation& node);
  // `version`: the resource version of the deletion; "" = now.
  void OnNodeDeleted(const std::string& name, std::string_view version = "");
  // A consistent list of that resource version: everything not named is gone, but for what is known
  // to be newer. "": as of now.
  void OnNodeList(const std::vector<NodeObservation>& nodes, std::string_view version = "");

  // Whether changes of nodes arrive at present; true at first. While they do not, node locks that
  // binds wait for are read one by one.
  void OnNodeWatch(bool open);

  // The resources that DRA drivers give out, all of them: what asks for one is refused.
  void OnDraResources(const std::vector<std::string>& resources);

  void OnPod(const PodObservation& pod);
  // The pod is gone, or left the watch's selector because it ended.
  void OnPodDeleted(const model::PodId& pod);
  void OnPodList(std::vector<PodObservation> pods, std::string_view version = "");

  // True after the first list of nodes and the first list of pods.
  bool ready() const;

  // --- The verbs. ---

  // Unavailable before ready, InvalidArgument when a name comes twice; otherwise always an answer.
  // A `patient` call that fits only where other pods are held is told so instead (held_up): their
  // binds are usually milliseconds away, and an answer without the holds would send this pod into a
  // bind conflict.
  absl::StatusOr<FilterReply> Filter(const FilterCall& call, bool patient = false);
  absl::StatusOr<PrioritizeReply> Prioritize(const FilterCall& call);
  // `done` gets an empty text for success or the Error for kube-scheduler; exactly once, on any
  // thread, possibly before Bind returns (then the ticket is null).
  std::shared_ptr<BindTicket> Bind(const BindCall& call, std::function<void(std::string)> done);

  // --- Time. ---
  void Advance();
  // Looks whether there is room for a pod that waits, and wakes kube-scheduler if so: one step of
  // some milliseconds, for a thread that answers nobody and keeps no time. True when there is more
  // to look at at once. One call at a time.
  bool LookForRoom();
  // Teaches the policies of views and the MIG policy by the pods that came since the last call, and
  // makes their next version when it is time for one: up to some hundreds of milliseconds of work,
  // so for a thread that answers nobody. True when there is a new version. One call at a time.
  bool LearnPolicy();
  // Has the next Advance() call this, on its thread and without the mutex.
  void AtNextAdvance(std::function<void()> call);

  // --- Looking in. ---
  // As given; they never change.
  const SchedulerOptions& options() const;
  model::Snapshot snapshot();
  SchedulerStats stats() const;
  TopView Top();
  // The bound pods on that node, or on all of them, of which nobody can tell what they take: by
  // node, then as UnaccountedOn orders them. Costs nothing where there are none.
  std::vector<UnaccountedPod> UnaccountedOn(const std::string& node) const;
  std::vector<UnaccountedPod> Unaccounted() const;
  // Recomputes the books from scratch (model/invariants.h) plus the bookkeeping of this class.
  absl::Status CheckInvariants() const;

 private:
  class Impl;
  bool LearnViewPolicy(PolicyKeeper& keeper);
  bool LearnMigPolicy();

  std::shared_ptr<Impl> impl_;
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_SCHEDULER_H_
