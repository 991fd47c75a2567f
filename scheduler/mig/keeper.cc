#include "scheduler/mig/keeper.h"

#include <algorithm>
#include <utility>

#include "scheduler/fit.h"
#include "scheduler/memory_of.h"
#include "scheduler/mig/asked.h"

namespace tangram::scheduler::mig {

Keeper::Keeper(std::string_view name, const TuneOptions& tuning)
    : name_(name), tuning_(tuning), policy_(std::make_shared<const LivePolicy>(0)) {}

void Keeper::Note(const model::PodRequest& request) {
  noted_bytes_ += MemoryOf(request);
  if (noted_bytes_ <= kMostNotedBytes) noted_.push_back(request);
}

std::optional<Keeper::Task> Keeper::Take(const model::Snapshot& snapshot) {
  const bool tuning = std::any_of(kinds_.begin(), kinds_.end(),
                                  [](const Kind& kind) { return kind.learner.tuning(); });
  if (noted_.empty() && !tuning && types_revision_ == snapshot.types_revision()) {
    return std::nullopt;
  }
  noted_bytes_ = 0;
  return Task{snapshot, std::exchange(noted_, {}), policy_->version() + 1};
}

std::shared_ptr<const LivePolicy> Keeper::Learn(const Task& task) {
  bool due = Renew(task.snapshot);
  for (const model::PodRequest& pod : task.pods) due |= Count(pod, task.snapshot);
  due |= Tune();
  return due ? Make(task.version) : nullptr;
}

// Follows the kinds of cards; true when one came or went.
bool Keeper::Renew(const model::Snapshot& snapshot) {
  if (types_revision_ == snapshot.types_revision()) return false;
  types_revision_ = snapshot.types_revision();
  std::vector<Kind> before = std::exchange(kinds_, {});
  const std::vector<model::CardType>& types = snapshot.card_types();
  bool changed = false;
  for (size_t id = 0; id < types.size(); ++id) {
    if (types[id].mig == nullptr) continue;
    const auto same = std::find_if(before.begin(), before.end(),
                                   [&](const Kind& kind) { return kind.table == types[id].mig; });
    if (same != before.end()) {
      kinds_.push_back(std::move(*same));
      before.erase(same);
    } else {
      const LivePolicy::Table& table = types[id].mig;
      kinds_.push_back({table, 0, {}, MixLearner(name_, table->states(), tuning_)});
      changed = true;
    }
    kinds_.back().type = static_cast<model::CardTypeId>(id);
  }
  if (kinds_.empty()) return !before.empty();
  for (const model::Node* node : snapshot.NodesByName()) {
    for (const model::Card& card : node->cards()) {
      for (Kind& kind : kinds_) {
        if (kind.type == card.type) kind.memory = card.memory;
      }
    }
  }
  return changed || !before.empty();
}

// True when a version is due by it.
bool Keeper::Count(const model::PodRequest& pod, const model::Snapshot& snapshot) {
  if (kinds_.empty()) return false;
  const CompiledRequest request(pod, snapshot, CardPolicy());
  bool due = false;
  for (Kind& kind : kinds_) {
    for (const Asked& asked :
         InstancesAsked(request, snapshot, {*kind.table, kind.type, kind.memory})) {
      for (int32_t i = 0; i < std::min(asked.count, 16); ++i) {
        due |= kind.learner.Asked(asked.profile);
      }
    }
  }
  return due;
}

// One generation of the first kind that is being tuned; true when it is done.
bool Keeper::Tune() {
  const auto first = std::find_if(kinds_.begin(), kinds_.end(),
                                  [](const Kind& kind) { return kind.learner.tuning(); });
  return first != kinds_.end() && first->learner.Tune();
}

std::shared_ptr<const LivePolicy> Keeper::Make(uint64_t version) const {
  auto made = std::make_shared<LivePolicy>(version);
  for (const Kind& kind : kinds_) made->Add(kind.table, *kind.learner.MakePolicy());
  return made;
}

}  // namespace tangram::scheduler::mig
