// Fragmentation as FGD measures it: how much idle GPU of a node the usual pods could not use.
//
// Weng et al., "Beware of Fragmentation: Scheduling GPU-Sharing Workloads with Fragmentation
// Gradient Descent", USENIX ATC 2023, as its simulator computes it: sums run over the pods in the
// order below, apart for each kind of misfit, because scores are cut to integers and the last bit
// decides some of them.
#ifndef SCHEDULER_FRAGMENTATION_H_
#define SCHEDULER_FRAGMENTATION_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "scheduler/node_view.h"

namespace tangram::scheduler {

// A pod of the workload as far as it tells pods apart; `model_text` is how the workload writes the
// models, and orders equally frequent pods.
struct WorkloadPod {
  Demand demand;
  std::string model_text;
  uint64_t count = 1;  // pods alike
};

// The same pods sorted by demand and text, those alike counted together.
std::vector<WorkloadPod> CountAlike(std::span<const WorkloadPod> pods);

// The usual pods: demands by falling frequency until 95 % of the pods are covered, each with its
// share of those. Host memory tells none apart: it is the mean of those alike.
class TypicalPods {
 public:
  TypicalPods() = default;
  explicit TypicalPods(std::span<const WorkloadPod> pods);

  struct Pod {
    Demand demand;
    double share = 0;
  };
  const std::vector<Pod>& pods() const { return pods_; }

 private:
  std::vector<Pod> pods_;
};

// The fragment of the node: milli-GPU that the usual pods leave unused, weighted by their shares.
double Fragment(const TypicalPods& pods, const NodeView& node);

// The rest: milli-GPU of the node that the usual pods could use, weighted by their shares; but here
// they need their host memory, too.
double Usable(const TypicalPods& pods, const NodeView& node);

}  // namespace tangram::scheduler

#endif  // SCHEDULER_FRAGMENTATION_H_
