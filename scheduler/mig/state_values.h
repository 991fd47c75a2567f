// What a card is worth in each of its states, by published measures.
//
// One number per state (model/mig/card_states.h), for policies that prefer the placement after
// which most is left: value(after) - value(before). Pure functions, callable from any thread.
#ifndef SCHEDULER_MIG_STATE_VALUES_H_
#define SCHEDULER_MIG_STATE_VALUES_H_

#include <vector>

#include "model/mig/card_states.h"

namespace tangram::scheduler::mig {

// The share of each profile among the requests, by profile of the geometry; sums to 1.
using Mix = std::vector<double>;
// By state.
using StateValues = std::vector<double>;

// FGD (Weng et al., USENIX ATC 2023) for slices: free slices times the probability that the next
// request fits. Mix has one share per profile.
StateValues FgdMigValues(const model::mig::CardStates& states, const Mix& mix);

// Minus the fragmentation of MFI (Zambianco et al., arXiv 2511.18906) as we understand it: of
// profiles not larger than the free slices, the lengths of those starts that are blocked.
StateValues MfiValues(const model::mig::CardStates& states);

}  // namespace tangram::scheduler::mig

#endif  // SCHEDULER_MIG_STATE_VALUES_H_
