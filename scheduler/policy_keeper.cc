#include "scheduler/policy_keeper.h"

#include <utility>

#include "model/check.h"

namespace tangram::scheduler {

PolicyKeeper::PolicyKeeper(std::string_view name, model::HostBuckets buckets)
    : name_(name), buckets_(buckets) {
  auto ignorant = MakeViewPolicy(name, WorkloadKnowledge());
  TANGRAM_CHECK(ignorant.ok());
  policy_ = std::make_shared<const ViewNodePolicy>(*std::move(ignorant), 0, buckets_);
}

void PolicyKeeper::Note(const model::Pod& pod) {
  turnover_.Arrived();
  if (noted_.size() < kMostNoted) noted_.push_back({pod.request, pod.host});
}

std::optional<PolicyKeeper::Task> PolicyKeeper::Take(const model::Snapshot& snapshot) {
  if (noted_.empty()) return std::nullopt;
  return Task{.snapshot = snapshot,
              .pods = std::exchange(noted_, {}),
              .departures = turnover_.departures(),
              .version = policy_->version() + 1};
}

std::shared_ptr<const ViewNodePolicy> PolicyKeeper::Learn(const Task& task) {
  const std::vector<const model::Node*> nodes = task.snapshot.NodesByName();
  if (!learner_.has_value() || types_revision_ != task.snapshot.types_revision()) {
    // Models are numbered by card type: with other types what was learned means other models.
    std::vector<NodeView> empty;
    for (const model::Node* node : nodes) empty.push_back(EmptyView(*node));
    auto learner = WorkloadLearner::Create(name_, std::move(empty));
    TANGRAM_CHECK(learner.ok());
    learner_ = *std::move(learner);
    types_revision_ = task.snapshot.types_revision();
    priced_at_ = 0;
  }
  const std::vector<CardKind> kinds = CardKindsOf(task.snapshot);
  bool due = false;
  for (const Task::Pod& pod : task.pods) {
    const CompiledRequest request(pod.request, task.snapshot, CardPolicy(), pod.host);
    due |= learner_->Arrived({.demand = DemandOf(request, kinds), .model_text = {}});
  }
  const bool taught = learner_->version() > 0;
  due |= taught && learner_->arrivals() - priced_at_ >= kPricesLast;
  if (!due) return nullptr;
  priced_at_ = learner_->arrivals();
  std::unique_ptr<ViewPolicy> policy = learner_->Make().policy;
  std::vector<NodeView> views;
  for (const model::Node* node : nodes) views.push_back(ViewOf(*node, buckets_));
  policy->Refresh({.nodes = views, .departures = task.departures});
  return std::make_shared<const ViewNodePolicy>(std::move(policy), task.version, buckets_);
}

}  // namespace tangram::scheduler
