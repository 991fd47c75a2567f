// Every card of a cluster as a small square, the fuller the stronger.
#ifndef API_CLI_SIMULATE_CARD_MAP_H_
#define API_CLI_SIMULATE_CARD_MAP_H_

#include <string>

#include "scheduler/simulation/run.h"
#include "scheduler/simulation/workload.h"

namespace tangram::api::cli::simulate {

// HTML: a column for each node with cards, the fullest node first, by card model; with a key. Nodes
// wrap as the page is wide. About 250 bytes a node.
std::string CardMap(const scheduler::simulation::Workload& workload,
                    const scheduler::simulation::Arrivals& arrivals,
                    const scheduler::simulation::RunReport& report);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_CARD_MAP_H_
