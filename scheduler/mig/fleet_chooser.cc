#include "scheduler/mig/fleet_chooser.h"

#include <utility>

#include "model/check.h"

namespace tangram::scheduler::mig {

FleetChooser::FleetChooser(const Fleet& fleet, FleetPolicy policy)
    : fleet_(&fleet), policy_(std::move(policy)) {
  TANGRAM_CHECK(policy_.size() == fleet.kinds.size());
  for (size_t k = 0; k < policy_.size(); ++k) {
    choosers_.emplace_back(fleet.kinds[k].states, *policy_[k].within);
  }
}

std::optional<FleetChooser::Choice> FleetChooser::Choose(const std::vector<CardGroups>& cards,
                                                         size_t request) const {
  std::optional<Choice> best;
  int64_t best_score = 0;
  uint32_t best_card = 0;
  for (size_t k = 0; k < choosers_.size(); ++k) {
    const std::optional<size_t> profile = fleet_->requests[request][k];
    if (!profile.has_value()) continue;
    const auto choice = choosers_[k].Choose(cards[k], *profile);
    if (!choice.has_value()) continue;
    const FleetKind& kind = fleet_->kinds[k];
    const int64_t score =
        policy_[k].between->Score(kind.states, cards[k].state(choice->card), choice->placement);
    const uint32_t card = kind.cards[choice->card];
    if (best.has_value() && (score < best_score || (score == best_score && card > best_card))) {
      continue;
    }
    best = Choice{k, *choice};
    best_score = score;
    best_card = card;
  }
  return best;
}

}  // namespace tangram::scheduler::mig
