// Where instances are made in the live cluster: a policy as a table for each kind of card there is.
//
// A version of the choice: what was tuned by then, and what is known of the mix. Versions never
// change and are safe to read from any thread; who learns makes the next one (mig/keeper.h). Cards
// of a kind that it has no table for go by best fit.
#ifndef SCHEDULER_MIG_LIVE_POLICY_H_
#define SCHEDULER_MIG_LIVE_POLICY_H_

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "model/mig/card_table.h"
#include "scheduler/mig/policy.h"

namespace tangram::scheduler::mig {

class LivePolicy {
 public:
  using Table = std::shared_ptr<const model::mig::CardTable>;

  // `version` tells it from others. Cards of unknown kinds go by `fallback`, by best fit when null.
  explicit LivePolicy(uint64_t version, std::unique_ptr<Policy> fallback = nullptr);

  // Cards of that kind go by `policy` from now on. Before it is shared only.
  void Add(Table table, const Policy& policy);

  uint64_t version() const { return version_; }

  struct Best {
    int64_t score = INT64_MIN;
    uint16_t placement = 0;  // index into CardStates::placements()
  };
  // The best start of the profile on a card in that state: the greatest score, the lowest start
  // among equals. The score is INT64_MIN when none is open.
  Best BestOf(const model::mig::CardTable& table, model::mig::StateId state, size_t profile) const;
  // The score of an open placement. Above INT64_MIN.
  int64_t Score(const model::mig::CardTable& table, model::mig::StateId state,
                size_t placement) const;

 private:
  struct Known {
    Table table;                  // keeps the key alive
    std::vector<Best> best;       // by profile, then by state
    std::vector<int64_t> scores;  // by state, then by placement
  };
  const Known* Find(const model::mig::CardTable& table) const;

  uint64_t version_;
  std::unique_ptr<Policy> fallback_;
  std::map<const model::mig::CardTable*, Known> known_;  // asked by key, never walked
};

// A policy that knows nothing: best fit everywhere.
const LivePolicy& IgnorantPolicy();

}  // namespace tangram::scheduler::mig

#endif  // SCHEDULER_MIG_LIVE_POLICY_H_
