#include "scheduler/mig/fleet_learner.h"

namespace tangram::scheduler::mig {

FleetLearner::FleetLearner(std::string_view policy, const Fleet& fleet, const TuneOptions& tuning)
    : policy_(policy),
      fleet_(&fleet),
      served_(fleet.kinds.size(), 0),
      parts_(fleet.kinds.size(), 1) {
  for (const FleetKind& kind : fleet.kinds) {
    learners_.emplace_back(policy, kind.states, TuningOf(kind, tuning));
  }
}

bool FleetLearner::Asked(size_t request) {
  ++requests_;
  bool learned = false;
  for (size_t k = 0; k < learners_.size(); ++k) {
    const std::optional<size_t> profile = fleet_->requests[request][k];
    if (!profile.has_value()) continue;
    ++served_[k];
    if (!learners_[k].Asked(*profile)) continue;
    while (learners_[k].tuning()) learners_[k].Tune();
    learned = true;
  }
  for (size_t k = 0; learned && k < parts_.size(); ++k) {
    parts_[k] = static_cast<double>(served_[k]) / static_cast<double>(requests_);
  }
  return learned;
}

FleetPolicy FleetLearner::MakePolicy() const {
  FleetPolicy policy;
  for (size_t k = 0; k < learners_.size(); ++k) {
    policy.push_back(BetweenKinds(policy_, fleet_->kinds[k].states, {learners_[k].mix(), parts_[k]},
                                  learners_[k].MakePolicy()));
  }
  return policy;
}

}  // namespace tangram::scheduler::mig
