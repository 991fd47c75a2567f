#include "scheduler/mig/chooser.h"

#include "model/check.h"

namespace tangram::scheduler::mig {

using model::mig::CardStates;
using model::mig::kNoState;
using model::mig::StateId;

Chooser::Chooser(const CardStates& states, const Policy& policy) : states_(&states) {
  const size_t profiles = states.geometry().profiles().size();
  best_.assign(profiles * states.size(), {kNever, 0});
  for (size_t i = 0; i < profiles; ++i) {
    for (StateId state = 0; state < states.size(); ++state) {
      Best& best = best_[i * states.size() + state];
      for (size_t p = states.first(i); p < states.first(i + 1); ++p) {
        if (states.After(state, p) == kNoState) continue;
        const int64_t score = policy.Score(states, state, p);
        TANGRAM_CHECK(score > kNever);
        if (score > best.score) best = {score, static_cast<uint16_t>(p)};
      }
    }
  }
}

std::optional<Chooser::Choice> Chooser::Choose(const CardGroups& cards, size_t profile) const {
  const Best* row = best_.data() + profile * states_->size();
  int64_t score = kNever;
  StateId chosen = kNoState;
  uint32_t card = 0;
  // The card is looked up only where states tie.
  bool known = false;
  for (const StateId state : cards.present()) {
    if (row[state].score < score || row[state].score == kNever) continue;
    if (row[state].score > score) {
      score = row[state].score;
      chosen = state;
      known = false;
      continue;
    }
    if (!known) card = cards.Lowest(chosen);
    known = true;
    const uint32_t other = cards.Lowest(state);
    if (other < card) {
      card = other;
      chosen = state;
    }
  }
  if (chosen == kNoState) return std::nullopt;
  return Choice{known ? card : cards.Lowest(chosen), row[chosen].placement};
}

}  // namespace tangram::scheduler::mig
