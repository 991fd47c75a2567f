#include "scheduler/mig/live_policy.h"

#include <utility>

#include "model/check.h"

namespace tangram::scheduler::mig {

using model::mig::CardStates;
using model::mig::CardTable;
using model::mig::kNoState;
using model::mig::StateId;

LivePolicy::LivePolicy(uint64_t version, std::unique_ptr<Policy> fallback)
    : version_(version), fallback_(std::move(fallback)) {
  if (fallback_ == nullptr) fallback_ = MakeBestFit();
}

void LivePolicy::Add(Table table, const Policy& policy) {
  const CardStates& states = table->states();
  const size_t profiles = states.geometry().profiles().size();
  const size_t placements = states.placements().size();
  Known known;
  known.best.resize(profiles * states.size());
  known.scores.assign(placements * states.size(), INT64_MIN);
  for (StateId state = 0; state < states.size(); ++state) {
    for (size_t p = 0; p < placements; ++p) {
      if (states.After(state, p) == kNoState) continue;
      const int64_t score = policy.Score(states, state, p);
      TANGRAM_CHECK(score > INT64_MIN);
      known.scores[state * placements + p] = score;
      Best& best = known.best[states.placements()[p].profile * states.size() + state];
      if (score > best.score) best = {score, static_cast<uint16_t>(p)};
    }
  }
  known.table = std::move(table);
  const CardTable* const key = known.table.get();
  known_.insert_or_assign(key, std::move(known));
}

const LivePolicy::Known* LivePolicy::Find(const CardTable& table) const {
  const auto found = known_.find(&table);
  return found == known_.end() ? nullptr : &found->second;
}

LivePolicy::Best LivePolicy::BestOf(const CardTable& table, StateId state, size_t profile) const {
  const CardStates& states = table.states();
  if (const Known* known = Find(table)) return known->best[profile * states.size() + state];
  Best best;
  for (size_t p = states.first(profile); p < states.first(profile + 1); ++p) {
    if (states.After(state, p) == kNoState) continue;
    const int64_t score = fallback_->Score(states, state, p);
    if (score > best.score) best = {score, static_cast<uint16_t>(p)};
  }
  return best;
}

int64_t LivePolicy::Score(const CardTable& table, StateId state, size_t placement) const {
  const CardStates& states = table.states();
  if (const Known* known = Find(table)) {
    return known->scores[state * states.placements().size() + placement];
  }
  return fallback_->Score(states, state, placement);
}

const LivePolicy& IgnorantPolicy() {
  static const LivePolicy ignorant(0);
  return ignorant;
}

}  // namespace tangram::scheduler::mig
