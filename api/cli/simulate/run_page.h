// A run as an HTML page.
#ifndef API_CLI_SIMULATE_RUN_PAGE_H_
#define API_CLI_SIMULATE_RUN_PAGE_H_

#include <string>

#include "scheduler/simulation/run.h"
#include "scheduler/simulation/workload.h"

namespace tangram::api::cli::simulate {

std::string RunPage(const scheduler::simulation::Workload& workload,
                    const scheduler::simulation::Arrivals& arrivals,
                    const scheduler::simulation::RunReport& report);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_RUN_PAGE_H_
