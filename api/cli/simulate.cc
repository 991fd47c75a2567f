// The command simulate: placement on a trace, without a cluster.
#include <chrono>
#include <cstdio>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "api/cli/commands.h"
#include "api/cli/exit_code.h"
#include "api/cli/simulation_report.h"
#include "api/manifests/files.h"
#include "api/traces/openb.h"
#include "scheduler/simulation/arrivals.h"
#include "scheduler/simulation/run.h"

namespace tangram::api::cli {
namespace {

using scheduler::simulation::Arrivals;
using scheduler::simulation::Workload;

constexpr size_t kTraceBytesMax = size_t{1} << 30;

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "tangram simulate: %s\n", std::string(status.message()).c_str());
  return kExitUsage;
}

absl::StatusOr<Workload> ReadWorkload(const std::string& node_file, const std::string& pod_file) {
  const auto nodes = manifests::ReadFile(node_file, kTraceBytesMax);
  if (!nodes.ok()) return nodes.status();
  const auto pods = manifests::ReadFile(pod_file, kTraceBytesMax);
  if (!pods.ok()) return pods.status();
  auto workload = traces::ReadOpenB({node_file, *nodes}, {pod_file, *pods});
  if (workload.ok() && (workload->nodes.empty() || workload->pods.empty())) {
    return absl::InvalidArgumentError(
        absl::StrCat(node_file, " has ", workload->nodes.size(), " nodes and ", pod_file, " has ",
                     workload->pods.size(), " pods; must be at least one of each"));
  }
  return workload;
}

absl::StatusOr<Arrivals> ReadOrder(const SimulateCommand& command, const Workload& workload) {
  if (command.arrivals.empty()) {
    return scheduler::simulation::MakeArrivals(workload, command.seed, command.inflate);
  }
  const auto text = manifests::ReadFile(command.arrivals, kTraceBytesMax);
  if (!text.ok()) return text.status();
  return traces::ReadArrivals({command.arrivals, *text}, command.seed);
}

// What the policy knows of the pods to come: the list itself, or another one.
absl::StatusOr<std::vector<scheduler::WorkloadPod>> ReadKnowledge(const SimulateCommand& command,
                                                                  const Workload& workload) {
  if (command.workload == "known") return PodsOf(workload);
  const absl::StatusOr<Workload> known = ReadWorkload(command.nodes, command.workload);
  if (!known.ok()) return known.status();
  return PodsOf(*known);
}

}  // namespace

int RunSimulate(const SimulateCommand& command) {
  const absl::StatusOr<Workload> workload = ReadWorkload(command.nodes, command.pods);
  if (!workload.ok()) return Fail(workload.status());
  const absl::StatusOr<Arrivals> arrivals = ReadOrder(command, *workload);
  if (!arrivals.ok()) return Fail(arrivals.status());
  const auto known = ReadKnowledge(command, *workload);
  if (!known.ok()) return Fail(known.status());
  const auto began = std::chrono::steady_clock::now();
  const auto report = scheduler::simulation::Simulate(*workload, *arrivals, command.policy, *known);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  if (!report.ok()) return Fail(report.status());
  const std::string text =
      command.output == OutputForm::kJson
          ? RunJson(*workload, *arrivals, *report, took.count(), command.workload).dump(2) + "\n"
          : RunTable(*report, took.count());
  std::fputs(text.c_str(), stdout);
  return kExitOk;
}

}  // namespace tangram::api::cli
