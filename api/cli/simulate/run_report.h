// What `tangram simulate run` prints.
#ifndef API_CLI_SIMULATE_RUN_REPORT_H_
#define API_CLI_SIMULATE_RUN_REPORT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "scheduler/simulation/run.h"
#include "scheduler/simulation/workload.h"

namespace tangram::api::cli::simulate {

// One run for people: classes, reasons, and a bar for every ten percent arrived. `seconds` is what
// the run took.
std::string RunTable(const scheduler::simulation::RunReport& report, double seconds);

// A curve as an object from whole percent arrived to the value.
nlohmann::json CurveJson(const std::vector<double>& values);

// One run for machines, schema tangram.dev/simulation-run/v1. `known` says what the policy knew.
// Curves are objects from whole percent arrived to the value; placements_sha256 is over the lines
// of PlacementLines.
nlohmann::json RunJson(const scheduler::simulation::Workload& workload,
                       const scheduler::simulation::Arrivals& arrivals,
                       const scheduler::simulation::RunReport& report, double seconds,
                       const std::string& known);

// "arrival,pod,node,card+card" and a line end for every arrival, which are indices of pods; "-" for
// the node of a pod that was dropped.
std::string PlacementLines(const scheduler::simulation::Workload& workload,
                           const std::vector<uint32_t>& arrivals,
                           const std::vector<scheduler::simulation::Placed>& placements);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_RUN_REPORT_H_
