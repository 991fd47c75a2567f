// What `tangram simulate churn` prints.
#ifndef API_CLI_SIMULATE_CHURN_REPORT_H_
#define API_CLI_SIMULATE_CHURN_REPORT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "api/cli/simulate/answer.h"
#include "nlohmann/json.hpp"
#include "scheduler/simulation/churn.h"

namespace tangram::api::cli::simulate {

// One policy on one seed.
struct ChurnRun {
  scheduler::simulation::ChurnReport report;
  std::string placements_sha256;  // over the lines of PlacementLines
  double seconds = 0;             // that the run took
};

// All runs of one command.
struct ChurnRuns {
  scheduler::simulation::ChurnOptions options;
  std::string workload;  // what the policies knew
  std::vector<uint64_t> seeds;
  // By policy, then by seed; at least one of each.
  std::vector<std::vector<ChurnRun>> by_policy;
};

// For people: a line for every policy, with its means over the seeds, and what it differs by from
// the first.
std::string ChurnTable(const ChurnRuns& runs);

// A line for every policy and seed.
Sheet ChurnSheet(const ChurnRuns& runs);

// For people, in the forms md and html: the means, and the differences with their intervals.
Article ChurnArticle(const ChurnRuns& runs);

// For machines, schema tangram.dev/simulation-churn/v1.
nlohmann::json ChurnJson(const ChurnRuns& runs);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_CHURN_REPORT_H_
