// Fragmentation as FGD measures it: how much idle GPU of a node the usual pods could not use.
//
// Weng et al., "Beware of Fragmentation: Scheduling GPU-Sharing Workloads with Fragmentation
// Gradient Descent", USENIX ATC 2023, as its simulator computes it: sums run over the pods in the
// order below, apart for each kind of misfit, because scores are cut to integers and the last bit
// decides some of them.
#ifndef SCHEDULER_FRAGMENTATION_H_
#define SCHEDULER_FRAGMENTATION_H_

#include <array>
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

  // What the pods could use of a node that has CPU and memory enough for each of them (Usable
  // below), by how much its cards have left: the sum of by_left over the cards, and of by_whole at
  // the number of cards of which everything is left. Pods that want parts of several cards are in
  // no table.
  struct UsableTable {
    std::array<double, kWholeCard + 1> by_left = {};
    std::array<double, kViewCards + 1> by_whole = {};
    friend bool operator==(const UsableTable&, const UsableTable&) = default;
  };
  // The table of nodes of that model; null where the host cannot take each of the pods.
  const UsableTable* TableFor(const NodeView& node) const {
    if (tables_.empty() || node.cpu_left < most_cpu_ || node.memory_left < most_memory_) {
      return nullptr;
    }
    return &tables_[table_of_[node.model]];
  }
  // Those that are in no table.
  const std::vector<Pod>& untabled() const { return untabled_; }

 private:
  void MakeTables();
  UsableTable MakeTable(uint8_t model) const;

  std::vector<Pod> pods_;
  std::vector<Pod> untabled_;
  int64_t most_cpu_ = 0, most_memory_ = 0;  // of one pod with cards
  std::vector<UsableTable> tables_;         // different ones
  std::array<uint8_t, kViewModels> table_of_ = {};
};

// The fragment of the node: milli-GPU that the usual pods leave unused, weighted by their shares.
double Fragment(const TypicalPods& pods, const NodeView& node);

// The rest: milli-GPU of the node that the usual pods could use, weighted by their shares; but here
// they need their host memory, too.
double Usable(const TypicalPods& pods, const NodeView& node);

}  // namespace tangram::scheduler

#endif  // SCHEDULER_FRAGMENTATION_H_
