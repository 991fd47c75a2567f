// A run as tables, for the forms csv, md and html.
#ifndef API_CLI_SIMULATE_RUN_SHEETS_H_
#define API_CLI_SIMULATE_RUN_SHEETS_H_

#include <string>

#include "api/cli/simulate/sheet.h"
#include "scheduler/simulation/run.h"
#include "scheduler/simulation/workload.h"

namespace tangram::api::cli::simulate {

// "fgd on 1,213 nodes with 6,212 GPUs, seed 42: 8,051 pods placed, 2,532 failed".
std::string RunSentence(const scheduler::simulation::RunReport& report);
// "Stopped after 500 of 10,583 arrivals: what follows is about those."; empty for a whole run.
std::string PartialSentence(const scheduler::simulation::Arrivals& arrivals,
                            const scheduler::simulation::RunReport& report);

// Pods by class.
Sheet ClassSheet(const scheduler::simulation::RunReport& report);
// Failed pods by class and reason; without rows when none failed.
Sheet FailureSheet(const scheduler::simulation::Workload& workload,
                   const scheduler::simulation::Arrivals& arrivals,
                   const scheduler::simulation::RunReport& report);
// The curves at every `step`-th percent arrived, and with all digits when `exact`.
Sheet CurveSheet(const scheduler::simulation::RunReport& report, size_t step, bool exact);

// The whole report, form md.
std::string RunMarkdown(const scheduler::simulation::Workload& workload,
                        const scheduler::simulation::Arrivals& arrivals,
                        const scheduler::simulation::RunReport& report);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_RUN_SHEETS_H_
