// Orders of arrival of our own making, for workloads that come without one.
#ifndef SCHEDULER_SIMULATION_ARRIVALS_H_
#define SCHEDULER_SIMULATION_ARRIVALS_H_

#include <cstdint>

#include "scheduler/simulation/workload.h"

namespace tangram::scheduler::simulation {

// The pods of the workload in random order; then, while they ask for less than `inflate` times the
// GPU of the cluster, more of them drawn at random, and when they ask for more, fewer. The nodes
// are ranked at random. `inflate` <= 0 leaves the list as it is. A function of workload, seed and
// inflate alone (split_mix.h).
Arrivals MakeArrivals(const Workload& workload, uint64_t seed, double inflate);

}  // namespace tangram::scheduler::simulation

#endif  // SCHEDULER_SIMULATION_ARRIVALS_H_
