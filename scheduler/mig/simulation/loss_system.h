// Cards of one kind as a loss system: requests come, are placed or rejected, and leave.
//
// Nothing waits and nothing is moved. Counted is what happens after the warm-up. Cards of several
// kinds, and policies that learn: fleet_run.h.
#ifndef SCHEDULER_MIG_SIMULATION_LOSS_SYSTEM_H_
#define SCHEDULER_MIG_SIMULATION_LOSS_SYSTEM_H_

#include <cstdint>
#include <vector>

#include "scheduler/mig/chooser.h"
#include "scheduler/mig/simulation/requests.h"

namespace tangram::scheduler::mig::simulation {

struct Tally {
  uint64_t arrived = 0;
  uint64_t accepted = 0;
  // Of the requests; 1 of none.
  double accepted_part() const {
    return arrived == 0 ? 1 : static_cast<double>(accepted) / static_cast<double>(arrived);
  }
};

struct LossReport {
  Tally all;
  std::vector<Tally> by_profile;
  double utilisation = 0;  // mean over the measured time, in parts of all slices
};

LossReport Play(const Stream& stream, const Chooser& chooser);

}  // namespace tangram::scheduler::mig::simulation

#endif  // SCHEDULER_MIG_SIMULATION_LOSS_SYSTEM_H_
