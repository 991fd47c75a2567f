// The cluster that a question is about: the options that name it, and how it is read.
#ifndef API_CLI_SIMULATE_CLUSTER_INPUT_H_
#define API_CLI_SIMULATE_CLUSTER_INPUT_H_

#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "api/cli/api_access.h"
#include "scheduler/whatif/world.h"

namespace tangram::api::cli::simulate {

struct ClusterOptions {
  std::string cluster;  // a file
  std::string kubeconfig;
  std::string context;
  std::string selector = {};  // of nodes by their labels; empty: all

  // Whether a cluster is meant, be it named or not.
  bool given() const {
    return !cluster.empty() || !kubeconfig.empty() || !context.empty() || !selector.empty();
  }
};

// --cluster, --kubeconfig, --context and --selector. `options` must outlive `command`.
void AddClusterOptions(CLI::App* command, ClusterOptions* options);

// The file, or "the API server".
std::string SourceOf(const ClusterOptions& options);

// Where none is named, the API server that kubectl would ask (KUBECONFIG, ~/.kube/config, or the
// service account of the pod); it is named on stderr. Nodes and pods of the file (with what its
// journal says, if there is one; of a recording its end) or of the API server, which is asked once.
// A pod that only the journal knows is known by its cards: it counts no CPU and memory, and stays
// with cards of the types it has. With a selector (api/kubernetes/label_selector.h) only the nodes
// that it selects, and no pods that are bound to others. Warnings go to stderr. InvalidArgument
// also where the selector cannot be read, selects no node, or the source does not tell the labels
// of its nodes.
absl::StatusOr<Listed> ReadCluster(const ClusterOptions& options);

// The same as a world, which has at least one node. With `rules` of a pod its nodes are barred by
// them; what cannot be weighed is said on stderr.
absl::StatusOr<scheduler::whatif::World> ReadWorld(const ClusterOptions& options,
                                                   const core::NodeRules* rules = nullptr);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_CLUSTER_INPUT_H_
