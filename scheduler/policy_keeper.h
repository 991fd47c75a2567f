// A policy of views that the live scheduler goes by, and how it learns the workload.
//
// Pods are noted as they arrive. Now and then somebody with time to spare calls Learn: pods noted
// since are counted, and when enough is new (workload_learner.h) the next version of the policy is
// made, priced by the cluster as it is then, and from the next verb on it is the one that counts.
// A version never changes. After a restart the pods that are listed teach it anew. Policies that
// make nothing of the workload keep the version they begin with.
//
// Thread contract: Note, Departed and policy() under the scheduler's mutex; Learn from one thread
// at a time, without it.
#ifndef SCHEDULER_POLICY_KEEPER_H_
#define SCHEDULER_POLICY_KEEPER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/host.h"
#include "model/pod.h"
#include "model/snapshot.h"
#include "scheduler/card_policy.h"
#include "scheduler/turnover.h"
#include "scheduler/view_node_policy.h"
#include "scheduler/workload_learner.h"

namespace tangram::scheduler {

class PolicyKeeper {
 public:
  // `name` must be one of ViewPolicyNames(); `card_policy` is that of pods which name none. Begins
  // with a version that knows nothing.
  PolicyKeeper(std::string_view name, model::HostBuckets buckets, CardPolicy card_policy);

  const std::string& name() const { return name_; }
  // The version that counts.
  const std::shared_ptr<const ViewNodePolicy>& policy() const { return policy_; }

  // Whether a version comes after the first one, ever.
  bool learns() const { return learns_; }

  // A pod that asks for cards was heard of for the first time; one is gone.
  void Note(const model::Pod& pod);
  void Departed() { turnover_.Departed(); }

  // What Learn works on, and what it makes.
  struct Task {
    struct Pod {
      model::PodRequest request;
      model::HostResources host;
    };
    model::Snapshot snapshot;
    std::vector<Pod> pods;
    double departures = 0;
    uint64_t version = 0;  // to come next
  };
  // Takes what was noted; nothing when there is nothing to learn from it yet.
  std::optional<Task> Take(const model::Snapshot& snapshot);
  // The next version, or null when it is not time for one.
  std::shared_ptr<const ViewNodePolicy> Learn(const Task& task);
  void Put(std::shared_ptr<const ViewNodePolicy> policy) { policy_ = std::move(policy); }

 private:
  // Noted pods beyond this many bytes are not counted.
  static constexpr size_t kMostNotedBytes = size_t{16} << 20;
  // Prices follow the cluster at least every so many arrivals.
  static constexpr uint64_t kPricesLast = 1000;

  const std::string name_;
  const model::HostBuckets buckets_;
  const CardPolicy card_policy_;
  const bool learns_;
  std::shared_ptr<const ViewNodePolicy> policy_;
  std::vector<Task::Pod> noted_;
  size_t noted_bytes_ = 0;
  Turnover turnover_;
  // Of Learn alone.
  std::optional<WorkloadLearner> learner_;
  uint64_t types_revision_ = 0;
  uint64_t priced_at_ = 0;  // arrivals
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_POLICY_KEEPER_H_
