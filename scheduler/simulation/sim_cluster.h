// The cluster of a simulation under one policy: pods arrive, are placed or not, and leave.
//
// Takes care of what the policy is told: that pods come and go, the state of the cluster every so
// many arrivals, and, where it learns the workload from arrivals, the next policy when it is due.
// Nodes stand in the order of their ranks. Deterministic.
#ifndef SCHEDULER_SIMULATION_SIM_CLUSTER_H_
#define SCHEDULER_SIMULATION_SIM_CLUSTER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "scheduler/booked_node.h"
#include "scheduler/placement_index.h"
#include "scheduler/simulation/workload.h"
#include "scheduler/turnover.h"
#include "scheduler/view_policy.h"
#include "scheduler/workload_learner.h"

namespace tangram::scheduler::simulation {

// What the policy knows of the pods to come.
enum class Foresight : uint8_t {
  kKnown,    // the list they are drawn from, or another one
  kLearned,  // nothing but the pods that arrived so far
};

class SimCluster {
 public:
  // Where a pod is.
  struct Seat {
    uint32_t rank = 0;  // of the node
    CardSet cards = 0;
    int64_t score = 0;  // the policy's
  };

  // `ranks` parallel to the nodes of the workload, a permutation. `known` is what the policy knows
  // unless it learns; `seed` is of what it leaves to chance. InvalidArgument when the policy is
  // unknown or the ranks are no permutation.
  static absl::StatusOr<std::unique_ptr<SimCluster>> Create(const Workload& workload,
                                                            const std::vector<uint32_t>& ranks,
                                                            uint64_t seed, std::string_view policy,
                                                            const std::vector<WorkloadPod>& known,
                                                            Foresight foresight);

  // Places the pod; nullopt where it fits nowhere.
  std::optional<Seat> Arrive(const WorkloadPod& pod);
  // The pod of that demand leaves its seat.
  void Depart(const Demand& demand, const Seat& seat);

  // By rank.
  const std::vector<NodeView>& nodes() const { return index_->nodes(); }
  // Index into Workload::nodes.
  uint32_t node_at(uint32_t rank) const { return node_at_[rank]; }
  const ViewPolicy& policy() const { return *policy_; }
  uint64_t judgements() const { return index_->judgements(); }
  // Of the policy, 0 where it does not learn.
  uint64_t policy_version() const { return version_; }

 private:
  SimCluster() = default;
  void Learn(const WorkloadPod& pod);

  std::unique_ptr<ViewPolicy> policy_;
  std::optional<WorkloadLearner> learner_;
  uint64_t version_ = 0;
  std::vector<BookedNode> booked_;  // by rank
  std::vector<uint32_t> node_at_;   // by rank
  std::optional<PlacementIndex> index_;
  Turnover turnover_;
  uint64_t arrivals_ = 0;
};

}  // namespace tangram::scheduler::simulation

#endif  // SCHEDULER_SIMULATION_SIM_CLUSTER_H_
