// Observations into the books: what the API server says replaces what was assumed, unless something
// newer is known (order.h).
//
// Every method requires the scheduler's mutex (see world.h).
#ifndef SCHEDULER_RECONCILER_H_
#define SCHEDULER_RECONCILER_H_

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "scheduler/binder.h"
#include "scheduler/observation.h"
#include "scheduler/world.h"

namespace tangram::scheduler {

class Reconciler {
 public:
  Reconciler(World& world, Binder& binder) : world_(world), binder_(binder) {}

  // A node was added or changed. The error of a description that contradicts itself; the node then
  // keeps its former one.
  absl::Status ObserveNode(const NodeObservation& node) {
    return ObserveNode(node, node.resource_version);
  }
  // `version`: of the deletion; "" = now.
  void ObserveNodeGone(const std::string& name, std::string_view version);
  // A consistent list of that resource version: what it does not name is gone.
  void ObserveNodeList(const std::vector<NodeObservation>& nodes, std::string_view version);

  void ObserveDraResources(const std::vector<std::string>& resources);

  // False when what is known is newer; then nothing was changed.
  bool ObservePod(const model::Pod& pod) { return ObservePod(pod, pod.resource_version); }
  void ObservePodGone(const model::PodId& id);
  // Lets go of each pod once it is in the books: the list of a large cluster takes room.
  void ObservePodList(std::vector<PodObservation> pods, std::string_view version);

 private:
  // The same, seen at that resource version.
  absl::Status ObserveNode(const NodeObservation& node, std::string_view seen_at);
  bool ObservePod(const model::Pod& pod, std::string_view seen_at);
  // A pod that asks for cards is heard of for the first time, or its last gate is gone.
  void NoteNew(const model::Pod& pod);
  void BookBound(const model::Pod& pod);
  bool ApplyObserved(const model::Event& event);
  void NoteLabel(const model::Pod& pod);
  void PatchDueLabels(const std::string& node);
  void ReleaseUnlistedHosts(const absl::flat_hash_set<std::string>& listed);
  void NoteListed(bool& listed);

  World& world_;
  Binder& binder_;
  // Bound pods without the label hami.io/vgpu-node: (node, uid).
  std::set<std::pair<std::string, std::string>> labels_due_;
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_RECONCILER_H_
