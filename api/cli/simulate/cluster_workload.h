// A cluster as it is, and a list of pods, as a workload to simulate.
#ifndef API_CLI_SIMULATE_CLUSTER_WORKLOAD_H_
#define API_CLI_SIMULATE_CLUSTER_WORKLOAD_H_

#include <string>

#include "absl/status/statusor.h"
#include "api/cli/simulate/cluster_input.h"
#include "scheduler/simulation/workload.h"

namespace tangram::api::cli::simulate {

// The nodes with what their pods leave of cards, CPU and memory (scheduler/whatif/views.h), and the
// pods of `pod_file`: manifests, or a CSV as traces have it, told apart by content. A pod is what
// scheduler/pod_demand.h makes of it; how many are not quite that is said on stderr.
// InvalidArgument where nothing of a card is left, and for what cannot be read.
absl::StatusOr<scheduler::simulation::Workload> ReadClusterWorkload(const ClusterOptions& options,
                                                                    const std::string& pod_file);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_CLUSTER_WORKLOAD_H_
