// Holds: where pods that were filtered, and not bound yet, will probably go.
//
// kube-scheduler filters the next pod while the last one is still binding. A hold books the first
// place of a filter's answer in memory, so that the next filter does not offer it again. A hold is
// soft: it never makes a pod unschedulable (the caller asks again without holds) and never blocks a
// bind.
//
// One per pod uid. Not thread-safe: guarded by the scheduler's mutex.
#ifndef SCHEDULER_HOLDS_H_
#define SCHEDULER_HOLDS_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/allocation.h"
#include "model/pool.h"
#include "model/snapshot.h"
#include "scheduler/placement.h"
#include "scheduler/ports.h"
#include "scheduler/recording/recorder.h"

namespace tangram::scheduler {

class Holds {
 public:
  // Every change is recorded.
  explicit Holds(recording::Recorder recorder = {}) : recorder_(recorder) {}

  // Holds this demand on this node until `expires`; replaces the pod's former hold.
  void Set(const std::string& uid, std::string node, std::vector<model::CardDemand> demand,
           int64_t kubelet_gpus, model::ResourceCounts counted, Instant expires);
  void Remove(std::string_view uid);
  // Drops every hold that expired by `now`.
  void Expire(Instant now);

  // Copies of the held nodes with every hold booked but that of `except_uid`. Nodes the snapshot
  // does not know are left out.
  NodeOverlay Overlay(const model::Snapshot& snapshot, std::string_view except_uid) const;

  size_t size() const { return holds_.size(); }

 private:
  struct Hold {
    std::string node;
    std::vector<model::CardDemand> demand;
    int64_t kubelet_gpus = 0;
    model::ResourceCounts counted;
    Instant expires{};
  };
  const recording::Recorder recorder_;
  // Ordered, so that copies of nodes are booked in the same order on every run.
  std::map<std::string, Hold, std::less<>> holds_;
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_HOLDS_H_
