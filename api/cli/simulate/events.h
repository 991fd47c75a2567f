// The decisions of a run, a line each.
#ifndef API_CLI_SIMULATE_EVENTS_H_
#define API_CLI_SIMULATE_EVENTS_H_

#include <string>

#include "scheduler/simulation/run.h"
#include "scheduler/simulation/workload.h"

namespace tangram::api::cli::simulate {

// JSON lines by arrival, which counts from 0:
//   {"arrival":0,"cards":[1],"node":"n7","pod":"p3","score":-12}
//   {"arrival":1,"node":null,"pod":"p9","reason":"InsufficientGpu"}
std::string EventLines(const scheduler::simulation::Workload& workload,
                       const scheduler::simulation::Arrivals& arrivals,
                       const scheduler::simulation::RunReport& report);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_EVENTS_H_
