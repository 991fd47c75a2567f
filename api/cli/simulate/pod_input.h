// The pod that a question is about.
#ifndef API_CLI_SIMULATE_POD_INPUT_H_
#define API_CLI_SIMULATE_POD_INPUT_H_

#include <string>
#include <string_view>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "api/dialects/core/node_rules.h"
#include "scheduler/card_policy.h"
#include "scheduler/whatif/world.h"

namespace tangram::api::cli::simulate {

struct PodOptions {
  std::string file;  // "-" is stdin
  std::string name;  // empty: all pods of the file must ask for the same
  std::string card_policy = "spread";
};

// POD.yaml, --name and --card-policy. `options` must outlive `command`.
void AddPodOptions(CLI::App* command, PodOptions* options);
// The pod's --name alone, for a command that names the file in another way.
CLI::Option* AddNameOption(CLI::App* command, PodOptions* options);

struct NamedAsk {
  std::string name;  // "namespace/name"
  scheduler::whatif::Ask ask;
  core::NodeRules rules = {};  // which nodes it may go to
};

// Every pod of a file of manifests (pod_manifests.h, workloads with their replicas), in its order.
// InvalidArgument naming file, document, field, value and what is allowed. What is odd about
// annotations is said on stderr, once for all pods of a workload.
absl::StatusOr<std::vector<NamedAsk>> ReadAsks(const std::string& file);
absl::StatusOr<std::vector<NamedAsk>> ParseAsks(const std::string& text, const std::string& file);

// The one pod meant: of several that ask for different things the one named. InvalidArgument where
// that is none or several, and for a pod that asks for nothing.
absl::StatusOr<NamedAsk> ReadAsk(const PodOptions& options);

// A pod that names a resource which no node of that world offers cannot be meant: InvalidArgument
// says so, and the same of one that asks for nothing. Where all is offered nothing is left to
// object to, and the faults are taken out.
absl::Status CheckOffered(const scheduler::whatif::World& world, NamedAsk* pod);

// --card-policy as `tangram serve` reads it. InvalidArgument says what is allowed.
absl::StatusOr<scheduler::CardPolicy> ReadCardPolicy(const PodOptions& options);

// "1 card x 3000 MiB, 30% cores; 4 CPU, 16384 MiB of host memory".
std::string Describe(const scheduler::whatif::Ask& ask);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_POD_INPUT_H_
