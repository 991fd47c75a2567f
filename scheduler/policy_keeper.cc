#include "scheduler/policy_keeper.h"

#include <utility>

#include "model/check.h"
#include "scheduler/memory_of.h"
#include "scheduler/pod_demand.h"

namespace tangram::scheduler {
namespace {

int64_t UpTo(int64_t value, int64_t step) { return (value + step - 1) / step * step; }

// Amounts by MiB make as many sizes as there are pods, and the tables of a policy grow with the
// sizes: a workload is known well enough in whole percent of a card.
Demand Coarse(Demand demand) {
  constexpr int32_t kPercent = kWholeCard / 100;
  constexpr int64_t kCores = 4000;
  constexpr int64_t kMemory = 16384;
  demand.milli = static_cast<int32_t>(UpTo(demand.milli, kPercent));
  if (demand.cards > 1) {
    demand.cpu = UpTo(demand.cpu, kCores);
    demand.memory = UpTo(demand.memory, kMemory);
  }
  return demand;
}

}  // namespace

PolicyKeeper::PolicyKeeper(std::string_view name, model::HostBuckets buckets,
                           CardPolicy card_policy)
    : name_(name), buckets_(buckets), card_policy_(std::move(card_policy)), learns_(Learns(name)) {
  auto ignorant = MakeViewPolicy(name, WorkloadKnowledge());
  TANGRAM_CHECK(ignorant.ok());
  policy_ = std::make_shared<const ViewNodePolicy>(*std::move(ignorant), 0, buckets_);
}

void PolicyKeeper::Note(const model::Pod& pod) {
  if (!learns_) return;
  turnover_.Arrived();
  noted_bytes_ += sizeof(Task::Pod) + MemoryOf(pod.request);
  if (noted_bytes_ <= kMostNotedBytes) noted_.push_back({pod.request, pod.host});
}

std::optional<PolicyKeeper::Task> PolicyKeeper::Take(const model::Snapshot& snapshot) {
  noted_bytes_ = 0;
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
  const DeviceKinds kinds = DeviceKindsOf(task.snapshot);
  bool due = false;
  for (const Task::Pod& pod : task.pods) {
    const CompiledRequest request(pod.request, task.snapshot, card_policy_, pod.host);
    due |= learner_->Arrived({.demand = Coarse(DemandOf(request, kinds).demand), .model_text = {}});
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
