// A policy as a table: which start on a card in which state, and how good that is.
//
// Made once per policy; a decision then costs one look per state that any card is in. Immutable;
// safe to read from any thread. Refers to the CardStates it was made of, which must outlive it.
#ifndef SCHEDULER_MIG_CHOOSER_H_
#define SCHEDULER_MIG_CHOOSER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/mig/card_states.h"
#include "scheduler/mig/card_groups.h"
#include "scheduler/mig/policy.h"

namespace tangram::scheduler::mig {

class Chooser {
 public:
  struct Choice {
    uint32_t card = 0;
    uint16_t placement = 0;  // index into CardStates::placements()
    friend bool operator==(const Choice&, const Choice&) = default;
  };

  Chooser(const model::mig::CardStates& states, const Policy& policy);

  const model::mig::CardStates& states() const { return *states_; }
  // The best card and start for one instance of the profile; nothing when it fits nowhere.
  std::optional<Choice> Choose(const CardGroups& cards, size_t profile) const;

 private:
  static constexpr int64_t kNever = INT64_MIN;
  struct Best {
    int64_t score = 0;
    uint16_t placement = 0;
  };

  const model::mig::CardStates* states_;
  std::vector<Best> best_;  // by profile, then by state; kNever where it does not fit
};

}  // namespace tangram::scheduler::mig

#endif  // SCHEDULER_MIG_CHOOSER_H_
