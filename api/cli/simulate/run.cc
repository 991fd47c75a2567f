// The subcommand `run`: one workload, one order of arrival, one policy.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "api/cli/exit_code.h"
#include "api/cli/simulate/input.h"
#include "api/cli/simulate/run_report.h"
#include "api/cli/simulate/subcommands.h"
#include "scheduler/simulation/run.h"

namespace tangram::api::cli::simulate {
namespace {

constexpr std::string_view kAbout = "One workload, one order of arrival, one policy.";

constexpr std::string_view kFooter =
    R"(Pods arrive one after the other, are placed where the policy likes best or dropped, and never
leave. Printed are the pods placed and failed by class, and how much of the cluster's GPU is
allocated and how much is fragmented (FGD's measure) after every percent of GPU that arrived.

With --cluster or --kubeconfig the nodes are a dump, a scenario or a live cluster as it is: what its pods
leave of cards, CPU and memory is the cluster's GPU then. The pods may be manifests.

The trace is OpenB's: nodes sn,cpu_milli,memory_mib,gpu,model and pods
name,cpu_milli,memory_mib,num_gpu,gpu_milli[,gpu_spec].

Exit codes:
  0  the run was made
  2  wrong usage, or a file that cannot be read (the message names file, line and column)

Examples:
  tangram simulate run --nodes nodes.csv --pods pods.csv --policy fgd --seed 7 --inflate 1.3
  tangram simulate run --cluster dump.json.gz --pods deployment.yaml --policy best-fit
  tangram simulate run --nodes nodes.csv --pods pods.csv --arrivals order.txt --seed 42 -o json)";

struct Options {
  InputOptions input;
  uint64_t seed = 1;
  std::string policy = "fgd";
  std::string output = "table";
};

int Run(const Options& options) {
  const auto workload = ReadWorkload(options.input);
  if (!workload.ok()) return Fail(workload.status());
  const auto arrivals = ReadOrder(options.input, options.seed, *workload);
  if (!arrivals.ok()) return Fail(arrivals.status());
  const auto known = ReadKnowledge(options.input, *workload);
  if (!known.ok()) return Fail(known.status());
  const auto began = std::chrono::steady_clock::now();
  const auto report = scheduler::simulation::Simulate(*workload, *arrivals, options.policy, *known,
                                                      ForesightOf(options.input));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  if (!report.ok()) return Fail(report.status());
  const std::string text =
      options.output == "json"
          ? RunJson(*workload, *arrivals, *report, took.count(), options.input.workload).dump(2) +
                "\n"
          : RunTable(*report, took.count());
  std::fputs(text.c_str(), stdout);
  return kExitOk;
}

}  // namespace

Subcommand DefineRun(CLI::App& simulate) {
  const auto options = std::make_shared<Options>();
  CLI::App* app = AddCommand(simulate, "run", kAbout, kFooter);
  AddInputOptions(app, &options->input);
  app->add_option("--seed", options->seed, "which order of the file, or of our own (default: 1)")
      ->option_text("N");
  app->add_option("--policy", options->policy, PolicyHelp() + " (default: fgd)")
      ->option_text("NAME");
  AddOutputOption(app, &options->output);
  return {app, [options] { return Run(*options); }};
}

}  // namespace tangram::api::cli::simulate
