// What `simulate mig` prints: one policy in one scene, or several side by side.
//
// Pure functions. Policies, scenes, kinds and requests keep the order in which they are given.
#ifndef API_CLI_SIMULATE_MIG_REPORT_H_
#define API_CLI_SIMULATE_MIG_REPORT_H_

#include <string>
#include <vector>

#include "api/cli/simulate/mig_runs.h"
#include "api/cli/simulate/output.h"
#include "nlohmann/json.hpp"

namespace tangram::api::cli::simulate {

// "100 x A100-80GB (placements measured)"; of several kinds each, and how many they are together.
std::string CardsText(const MigCards& cards);
// What JSON says of the cards; `cluster` and `kinds` where they were read from a cluster.
nlohmann::json CardsJson(const MigCards& cards);

struct MigReport {
  MigSetup setup;
  MigScene scene;
  std::string policy;
  MigRuns runs;
  double seconds = 0;  // in all
};
// In the form; JSON of schema tangram.dev/simulation-mig/v1.
std::string MigText(const MigReport& report, Form form);

struct MigComparison {
  MigSetup setup;
  std::vector<MigScene> scenes;
  std::vector<std::string> policies;
  std::vector<std::vector<MigRuns>> runs;  // by scene, then by policy
};
// In the form; JSON of schema tangram.dev/simulation-mig-compare/v1. The same runs make the same
// text, however long they took.
std::string MigCompareText(const MigComparison& comparison, Form form);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_MIG_REPORT_H_
