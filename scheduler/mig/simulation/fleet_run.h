// Cards of several kinds as a loss system (loss_system.h).
#ifndef SCHEDULER_MIG_SIMULATION_FLEET_RUN_H_
#define SCHEDULER_MIG_SIMULATION_FLEET_RUN_H_

#include <cstdint>
#include <vector>

#include "scheduler/mig/fleet_chooser.h"
#include "scheduler/mig/fleet_learner.h"
#include "scheduler/mig/simulation/loss_system.h"

namespace tangram::scheduler::mig::simulation {

// Of one kind.
struct KindTally {
  uint64_t accepted = 0;   // requests that its cards took
  double utilisation = 0;  // of its slices
};

struct FleetReport {
  LossReport loss;  // by_profile is by request of the fleet
  std::vector<KindTally> kinds;
};

// Requests at `options.load` of all slices; options.cards is not looked at.
Stream MakeFleetStream(const Fleet& fleet, const Mix& shares, const StreamOptions& options,
                       uint64_t seed);

// The stream must be of the chooser's fleet.
FleetReport PlayFleet(const Stream& stream, const FleetChooser& chooser);
// Placed by what the learner knows, which learns from every request once it was decided. Tuning
// takes no time: the lifetimes of a stream are hours in a cluster, and tuning takes seconds.
FleetReport PlayFleetLearning(const Stream& stream, FleetLearner& learner);

}  // namespace tangram::scheduler::mig::simulation

#endif  // SCHEDULER_MIG_SIMULATION_FLEET_RUN_H_
