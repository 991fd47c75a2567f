// A workload learned from the pods that arrive: what policies know where nobody told them.
//
// Arrivals are counted by what they ask for. At fixed numbers of arrivals (50, 75, 112, ...: half
// as many again each time) enough is new for another policy: the owner makes it with Make(), which
// takes milliseconds and reads nothing that changes, and puts it in the place of the last one when
// it suits him. Policies are numbered; number 0 knows nothing of the workload.
//
// What is kept is bounded: when more than kMostKinds kinds of pods were seen, all counts are halved
// and the kinds that come to nothing are forgotten. Deterministic; not thread-safe, but the
// policies are as independent of the learner as of each other.
#ifndef SCHEDULER_WORKLOAD_LEARNER_H_
#define SCHEDULER_WORKLOAD_LEARNER_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "scheduler/fragmentation.h"
#include "scheduler/node_view.h"
#include "scheduler/view_policy.h"

namespace tangram::scheduler {

class WorkloadLearner {
 public:
  static constexpr uint64_t kFirst = 50;
  static constexpr size_t kMostKinds = 4096;

  struct Policy {
    uint64_t version = 0;
    std::unique_ptr<ViewPolicy> policy;
  };

  // For policies of that name on a cluster of these nodes, empty. InvalidArgument when there is no
  // such policy.
  static absl::StatusOr<WorkloadLearner> Create(std::string_view policy,
                                                std::vector<NodeView> nodes);

  // Counts a pod. True when the time has come for the next policy.
  bool Arrived(const WorkloadPod& pod);
  // The policy of what is known now. The same pods, in any order, make the same policy.
  Policy Make() const;

  // Of the policy that is due: how often Arrived() was true.
  uint64_t version() const { return version_; }
  uint64_t arrivals() const { return arrivals_; }
  // What was counted, sorted.
  std::vector<WorkloadPod> pods() const;

 private:
  WorkloadLearner(std::string_view policy, std::vector<NodeView> nodes)
      : policy_(policy), nodes_(std::move(nodes)) {}
  void ForgetTheRarest();

  std::string policy_;
  std::vector<NodeView> nodes_;
  std::map<std::pair<Demand, std::string>, uint64_t> counts_;  // by demand and text of the models
  uint64_t arrivals_ = 0;
  uint64_t next_ = kFirst;
  uint64_t version_ = 0;
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_WORKLOAD_LEARNER_H_
