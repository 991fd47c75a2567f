// What a run left behind, read back from its placements.
//
// Pure functions over a workload, an order of arrival and the report of their run.
#ifndef SCHEDULER_SIMULATION_OUTCOME_H_
#define SCHEDULER_SIMULATION_OUTCOME_H_

#include <array>
#include <cstdint>
#include <vector>

#include "scheduler/simulation/run.h"
#include "scheduler/simulation/workload.h"

namespace tangram::scheduler::simulation {

// The share of each card in use at the end, in thousandths; by node, a value for each of its cards.
std::vector<std::vector<int32_t>> CardsInUse(const Workload& workload, const Arrivals& arrivals,
                                             const RunReport& report);

// Pods dropped, by class and by what they lacked.
using FailureCounts = std::array<std::array<uint64_t, kLacks>, kPodClasses>;
FailureCounts CountFailures(const Workload& workload, const Arrivals& arrivals,
                            const RunReport& report);

}  // namespace tangram::scheduler::simulation

#endif  // SCHEDULER_SIMULATION_OUTCOME_H_
