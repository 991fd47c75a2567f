// How to cut cards into MIG instances when so many of each profile are wanted.
//
// For cards whose layout is set in advance and seldom changed. Served are as many instances of each
// profile as are wanted and there are; instances that nobody wants serve nothing. Of two plans the
// better has, in this order: more slices served; more of the profile that is served least, as a
// part of what is wanted; fewer cards whose layout changes; more spare instances of wanted
// profiles, in slices. Pure functions, callable from any thread.
#ifndef SCHEDULER_MIG_PLAN_H_
#define SCHEDULER_MIG_PLAN_H_

#include <cstdint>
#include <vector>

#include "model/mig/card_states.h"
#include "model/mig/layouts.h"

namespace tangram::scheduler::mig {

// Instances by profile of the geometry.
using Counts = std::vector<uint64_t>;

struct Served {
  uint64_t slices = 0;
  uint64_t wanted_slices = 0;
  Counts instances;  // served, by profile

  // Of the slices; 100 of nothing.
  double percent() const;
};

// What these layouts serve of the demand.
Served ServedBy(const model::mig::CardStates& states,
                const std::vector<model::mig::Multiset>& cards, const Counts& demand);

// The layout of each of `cards` cards, which stand in the order of `present` (may be empty, or
// shorter; cards beyond it have none yet). A card keeps its layout where the plan has one like it.
// Exact for one and two cards, by enumeration; for more, the best that no exchange of the layouts
// of two cards betters.
std::vector<model::mig::Multiset> PlanLayouts(const model::mig::CardStates& states,
                                              const Counts& demand, uint32_t cards,
                                              const std::vector<model::mig::Multiset>& present);

}  // namespace tangram::scheduler::mig

#endif  // SCHEDULER_MIG_PLAN_H_
