// What a simulation runs on: the options that name it, and how they are read.
#ifndef API_CLI_SIMULATE_INPUT_H_
#define API_CLI_SIMULATE_INPUT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "api/cli/simulate/cluster_input.h"
#include "scheduler/fragmentation.h"
#include "scheduler/simulation/sim_cluster.h"
#include "scheduler/simulation/workload.h"

namespace tangram::api::cli::simulate {

struct InputOptions {
  std::string nodes;  // files
  std::string pods;
  ClusterOptions cluster;  // instead of `nodes`
  std::string arrivals;    // empty: an order of our own
  double inflate = 0;      // 0: the list as it is
  std::string workload = "known";
};

// --nodes or --cluster or --kubeconfig, --pods and --workload. `options` must outlive `command`.
void AddWorkloadOptions(CLI::App* command, InputOptions* options);
// The same, and --arrivals and --inflate.
void AddInputOptions(CLI::App* command, InputOptions* options);

// The files of the options; an error names file, line, column, value and what is allowed.
absl::StatusOr<scheduler::simulation::Workload> ReadWorkload(const InputOptions& options);
absl::StatusOr<scheduler::simulation::Arrivals> ReadOrder(
    const InputOptions& options, uint64_t seed, const scheduler::simulation::Workload& workload);
// What the policy knows of the pods to come unless it learns, and what fragmentation is measured
// by: the list itself, or another one.
absl::StatusOr<std::vector<scheduler::WorkloadPod>> ReadKnowledge(
    const InputOptions& options, const scheduler::simulation::Workload& workload);

scheduler::simulation::Foresight ForesightOf(const InputOptions& options);

// "how nodes are chosen: ..." with all names.
std::string PolicyHelp();

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_INPUT_H_
