// The MIG instances of a cluster: how the cards are cut, what is in use, what is waited for.
//
// Cards of one product make a group, apart from each other where they are cut in advance (by the
// MIG manager: resources nvidia.com/mig-<profile>) and on demand (by an agent, as pods come). What
// a pod that waits asks for is counted in one group: of those that have every profile it asks for,
// the one where least is in use and waited for, in parts of its slices. Selectors and affinity are
// not looked at.
//
// Where cards are cut in advance nothing says how many a node has and which is cut how: taken are
// the fewest cards, all alike where that is possible, that have such instances.
//
// Pure functions, callable from any thread.
#ifndef SCHEDULER_MIG_CENSUS_H_
#define SCHEDULER_MIG_CENSUS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/mig/card_states.h"
#include "model/mig/layouts.h"
#include "model/pod.h"
#include "scheduler/mig/plan.h"
#include "scheduler/scheduler.h"

namespace tangram::scheduler::mig {

struct CensusNode {
  std::string name;
  std::vector<model::mig::Multiset> cards;  // the layout of each
};

struct CensusGroup {
  bool on_demand = false;
  std::string product;  // as the nodes word it
  model::mig::Geometry geometry;
  std::vector<CensusNode> nodes;  // by name
  // Instances, by profile of the geometry. Turns on shared instances are put together.
  Counts in_use;
  Counts waited_for;
};

struct Census {
  std::vector<CensusGroup> groups;  // cut in advance first, then by product
  struct LeftOut {
    std::string node;
    std::string why;
  };
  std::vector<LeftOut> left_out;  // nodes with instances that no group can hold, by name
  uint64_t waiting_pods = 0;      // that ask for instances
  uint64_t gated_pods = 0;        // of any kind, left out: nobody schedules them yet
  // Those of them whose profiles no group has.
  std::vector<model::PodId> unknown;
};

Census TakeCensus(const TopView& view);

// The cards behind so many instances of each profile, as above. Nothing where that would be more
// than kMostCardsOfNode, or an instance is of no card.
inline constexpr size_t kMostCardsOfNode = 64;
std::optional<std::vector<model::mig::Multiset>> CardsBehind(const model::mig::CardStates& states,
                                                             const Counts& instances);

}  // namespace tangram::scheduler::mig

#endif  // SCHEDULER_MIG_CENSUS_H_
