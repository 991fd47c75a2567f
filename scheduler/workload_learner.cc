#include "scheduler/workload_learner.h"

#include "model/check.h"

namespace tangram::scheduler {

absl::StatusOr<WorkloadLearner> WorkloadLearner::Create(std::string_view policy,
                                                        std::vector<NodeView> nodes) {
  if (const auto made = MakeViewPolicy(policy, {}); !made.ok()) return made.status();
  return WorkloadLearner(policy, std::move(nodes));
}

bool WorkloadLearner::Arrived(const WorkloadPod& pod) {
  counts_[{pod.demand, pod.model_text}] += pod.count;
  while (counts_.size() > kMostKinds) ForgetTheRarest();
  arrivals_ += pod.count;
  if (arrivals_ < next_) return false;
  while (next_ <= arrivals_) next_ += next_ / 2;
  ++version_;
  return true;
}

void WorkloadLearner::ForgetTheRarest() {
  for (auto kind = counts_.begin(); kind != counts_.end();) {
    kind->second /= 2;
    kind = kind->second == 0 ? counts_.erase(kind) : std::next(kind);
  }
}

WorkloadLearner::Policy WorkloadLearner::Make() const {
  WorkloadKnowledge knowledge{.pods = pods(), .nodes = nodes_, .typical = {}};
  if (version_ == 0) knowledge.pods.clear();
  knowledge.typical = TypicalPods(knowledge.pods);
  auto made = MakeViewPolicy(policy_, knowledge);
  TANGRAM_CHECK(made.ok());  // there is such a policy
  return {.version = version_, .policy = *std::move(made)};
}

std::vector<WorkloadPod> WorkloadLearner::pods() const {
  std::vector<WorkloadPod> pods;
  pods.reserve(counts_.size());
  for (const auto& [kind, count] : counts_) pods.push_back({kind.first, kind.second, count});
  return pods;
}

}  // namespace tangram::scheduler
