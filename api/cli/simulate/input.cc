#include "api/cli/simulate/input.h"

#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "api/cli/simulate/cluster_workload.h"
#include "api/manifests/gzip.h"
#include "api/traces/openb.h"
#include "model/string_map.h"
#include "scheduler/simulation/arrivals.h"
#include "scheduler/simulation/run.h"
#include "scheduler/view_policy.h"

namespace tangram::api::cli::simulate {
namespace {

using scheduler::simulation::Arrivals;
using scheduler::simulation::Workload;

constexpr size_t kTraceBytesMax = size_t{1} << 30;

absl::StatusOr<Workload> ReadTrace(const std::string& node_file, const std::string& pod_file) {
  const auto nodes = manifests::ReadTextFile(node_file, kTraceBytesMax);
  if (!nodes.ok()) return nodes.status();
  const auto pods = manifests::ReadTextFile(pod_file, kTraceBytesMax);
  if (!pods.ok()) return pods.status();
  auto workload = traces::ReadOpenB({node_file, *nodes}, {pod_file, *pods});
  if (workload.ok() && (workload->nodes.empty() || workload->pods.empty())) {
    return absl::InvalidArgumentError(
        absl::StrCat(node_file, " has ", workload->nodes.size(), " nodes and ", pod_file, " has ",
                     workload->pods.size(), " pods; must be at least one of each"));
  }
  return workload;
}

// The nodes of the options with the pods of that file.
absl::StatusOr<Workload> ReadWith(const InputOptions& options, const std::string& pod_file) {
  if (options.cluster.given()) return ReadClusterWorkload(options.cluster, pod_file);
  if (options.nodes.empty()) {
    return absl::InvalidArgumentError("no nodes: give --nodes, --cluster or --kubeconfig FILE");
  }
  return ReadTrace(options.nodes, pod_file);
}

}  // namespace

void AddWorkloadOptions(CLI::App* command, InputOptions* options) {
  auto* nodes =
      command->add_option("--nodes", options->nodes, "nodes of a trace, CSV")->option_text("FILE");
  AddClusterOptions(command, &options->cluster);
  nodes->excludes("--cluster")->excludes("--kubeconfig");
  command
      ->add_option("--pods", options->pods,
                   "pods of the trace, CSV; with --cluster or --kubeconfig also manifests")
      ->option_text("FILE")
      ->required();
  command
      ->add_option("--workload", options->workload,
                   "what the policy knows of the pods to come: known, the list of --pods; learned, "
                   "the pods that arrived so far; or another list (default: known)")
      ->option_text("known|learned|FILE");
}

void AddInputOptions(CLI::App* command, InputOptions* options) {
  AddWorkloadOptions(command, options);
  auto* arrivals =
      command->add_option("--arrivals", options->arrivals, "an explicit order of arrival")
          ->option_text("FILE");
  command
      ->add_option("--inflate", options->inflate,
                   "let pods arrive until they ask for so many times the GPU of the cluster")
      ->option_text("X")
      ->check(CLI::Range(0.01, 100.0).description(""))
      ->excludes(arrivals);
}

absl::StatusOr<Workload> ReadWorkload(const InputOptions& options) {
  return ReadWith(options, options.pods);
}

absl::StatusOr<Arrivals> ReadOrder(const InputOptions& options, uint64_t seed,
                                   const Workload& workload) {
  if (options.arrivals.empty()) {
    return scheduler::simulation::MakeArrivals(workload, seed, options.inflate);
  }
  const auto text = manifests::ReadTextFile(options.arrivals, kTraceBytesMax);
  if (!text.ok()) return text.status();
  return traces::ReadArrivals({options.arrivals, *text}, seed);
}

absl::StatusOr<std::vector<scheduler::WorkloadPod>> ReadKnowledge(const InputOptions& options,
                                                                  const Workload& workload) {
  if (options.workload == "known" || options.workload == "learned") {
    return scheduler::simulation::PodsOf(workload);
  }
  const absl::StatusOr<Workload> known = ReadWith(options, options.workload);
  if (!known.ok()) return known.status();
  return scheduler::simulation::PodsOf(*known);
}

scheduler::simulation::Foresight ForesightOf(const InputOptions& options) {
  using enum scheduler::simulation::Foresight;
  return options.workload == "learned" ? kLearned : kKnown;
}

std::string PolicyHelp() {
  std::string policies = "how nodes are chosen:";
  for (const std::string_view name : scheduler::ViewPolicyNames()) {
    absl::StrAppend(&policies, " ", model::ToAbsl(name));
  }
  return policies;
}

}  // namespace tangram::api::cli::simulate
