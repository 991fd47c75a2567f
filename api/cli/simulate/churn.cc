// The subcommand `churn`: a cluster where pods come and go, under one policy or several.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "api/cli/exit_code.h"
#include "api/cli/simulate/answer.h"
#include "api/cli/simulate/churn_report.h"
#include "api/cli/simulate/input.h"
#include "api/cli/simulate/interrupt.h"
#include "api/cli/simulate/progress.h"
#include "api/cli/simulate/run_report.h"
#include "api/cli/simulate/seed_list.h"
#include "api/cli/simulate/subcommands.h"
#include "api/manifests/digest.h"
#include "scheduler/simulation/churn.h"

namespace tangram::api::cli::simulate {
namespace {

using scheduler::simulation::ChurnOptions;
using scheduler::simulation::ChurnStream;
using scheduler::simulation::Workload;

constexpr std::string_view kAbout = "Pods come and go, under one policy or several.";

constexpr std::string_view kFooter =
    R"(Pods drawn from the list arrive at random times (a Poisson process), stay for a lifetime and leave;
one that fits nowhere when it comes is rejected. Times are counted in mean lifetimes. Several
policies meet the same arrivals and lifetimes, so that they are compared seed by seed: of each but
the first the difference to the first is printed, with its 95 % confidence interval.

Printed are the means over time and seeds: how much of the cluster's GPU is allocated, how much of
the GPU asked for was rejected, and how many pods of each class.

Exit codes:
  0    the runs were made
  2    wrong usage, or a file that cannot be read (the message names file, line and column)
  130  ended by Ctrl-C; reported are the seeds that every policy was run with

Examples:
  tangram simulate churn --nodes nodes.csv --pods pods.csv --policy fgd,tangram --seeds 1-6
  tangram simulate churn --nodes nodes.csv --pods pods.csv --load 0.9 --lifetimes trace -o json)";

struct Options {
  InputOptions input;
  ChurnOptions churn;
  std::string lifetimes = "exponential";
  std::vector<std::string> policies = {"fgd"};
  std::string seeds = "1";
  OutputOptions output;
};

// How the runs are watched; a run that is stopped is thrown away.
struct Watch {
  std::function<void(uint64_t arrivals)> progress;
  std::function<bool()> stopped;
};

struct Inputs {
  Workload workload;
  std::vector<scheduler::WorkloadPod> known;
  std::vector<uint64_t> seeds;
};

absl::StatusOr<Inputs> ReadInputs(const Options& options) {
  auto seeds = ParseSeeds(options.seeds);
  if (!seeds.ok()) return seeds.status();
  auto workload = ReadWorkload(options.input);
  if (!workload.ok()) return workload.status();
  auto known = ReadKnowledge(options.input, *workload);
  if (!known.ok()) return known.status();
  return Inputs{*std::move(workload), *std::move(known), *std::move(seeds)};
}

// The orders of arrival of all seeds.
absl::StatusOr<std::vector<ChurnStream>> MakeStreams(const Inputs& inputs,
                                                     const ChurnOptions& options) {
  std::vector<ChurnStream> streams;
  for (const uint64_t seed : inputs.seeds) {
    auto stream = scheduler::simulation::MakeChurn(inputs.workload, options, seed);
    if (!stream.ok()) return stream.status();
    streams.push_back(*std::move(stream));
  }
  return streams;
}

// One policy on one order of arrival; Cancelled where it was stopped.
absl::StatusOr<ChurnRun> RunOne(const Options& options, const Inputs& inputs,
                                const ChurnStream& stream, const std::string& policy,
                                const Watch& watch) {
  const auto began = std::chrono::steady_clock::now();
  size_t told = 0;
  auto report =
      scheduler::simulation::SimulateChurn(inputs.workload, stream, policy, inputs.known,
                                           ForesightOf(options.input), [&](size_t arrived) {
                                             watch.progress(arrived - std::exchange(told, arrived));
                                             return !watch.stopped();
                                           });
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  if (!report.ok()) return report.status();
  std::vector<uint32_t> pods;
  for (const auto& arrival : stream.arrivals) pods.push_back(arrival.pod);
  std::string digest =
      manifests::Sha256Hex(PlacementLines(inputs.workload, pods, report->placements));
  return ChurnRun{*std::move(report), std::move(digest), took.count()};
}

// Seed by seed, so that what is stopped has every policy on the seeds that it has.
absl::StatusOr<ChurnRuns> RunAll(const Options& options, const Inputs& inputs,
                                 const std::vector<ChurnStream>& streams, const Watch& watch) {
  ChurnRuns runs{.options = options.churn,
                 .workload = options.input.workload,
                 .seeds = {},
                 .by_policy = std::vector<std::vector<ChurnRun>>(options.policies.size())};
  for (const ChurnStream& stream : streams) {
    std::vector<ChurnRun> of_seed;
    for (const std::string& policy : options.policies) {
      auto run = RunOne(options, inputs, stream, policy, watch);
      if (absl::IsCancelled(run.status())) return runs;
      if (!run.ok()) return run.status();
      of_seed.push_back(*std::move(run));
    }
    runs.seeds.push_back(stream.seed);
    for (size_t i = 0; i < of_seed.size(); ++i) {
      runs.by_policy[i].push_back(std::move(of_seed[i]));
    }
  }
  return runs;
}

int Interrupted(const char* what) {
  std::fprintf(stderr, "tangram simulate: interrupted. %s\n", what);
  return kExitInterrupted;
}

int Run(Options options) {
  if (const absl::Status status = CheckWritable(options.output.file); !status.ok()) {
    return Fail(status);
  }
  if (options.lifetimes == "trace") options.churn.lifetimes = ChurnOptions::Lifetimes::kTrace;
  const auto inputs = ReadInputs(options);
  if (!inputs.ok()) return Fail(inputs.status());
  const auto streams = MakeStreams(*inputs, options.churn);
  if (!streams.ok()) return Fail(streams.status());
  uint64_t arrivals = 0;
  for (const ChurnStream& stream : *streams) arrivals += stream.arrivals.size();
  Interrupt interrupt;
  const auto runs = [&] {
    Progress progress(arrivals * options.policies.size());
    return RunAll(options, *inputs, *streams,
                  {.progress = [&](uint64_t arrived) { progress.Add(arrived); },
                   .stopped = [&] { return interrupt.came(); }});
  }();
  if (!runs.ok()) return Fail(runs.status());
  if (runs->seeds.empty()) return Interrupted("No seed was run with every policy.");
  const Answer answer{.json = [&] { return ChurnJson(*runs); },
                      .table = [&] { return ChurnTable(*runs); },
                      .csv = [&] { return ChurnSheet(*runs); },
                      .article = [&] { return ChurnArticle(*runs); }};
  const absl::Status printed = PrintAnswer(options.output, answer);
  if (!printed.ok()) return Fail(printed);
  if (runs->seeds.size() == inputs->seeds.size()) return kExitOk;
  return Interrupted("Reported are the seeds that every policy was run with.");
}

}  // namespace

Subcommand DefineChurn(CLI::App& simulate) {
  const auto options = std::make_shared<Options>();
  CLI::App* app = AddCommand(simulate, "churn", kAbout, kFooter);
  AddWorkloadOptions(app, &options->input);
  app->add_option("--policy,--policies", options->policies,
                  PolicyHelp() + "; several with commas, or given again (default: fgd)")
      ->delimiter(',')
      ->option_text("NAMES");
  app->add_option("--load", options->churn.load,
                  "GPU that the pods would take if all were placed, over the GPU of the cluster "
                  "(default: 1)")
      ->check(CLI::Range(0.01, 100.0).description(""))
      ->option_text("X");
  app->add_option("--lifetimes", options->lifetimes,
                  "exponential, with the same mean for all pods, or trace, the pod's own "
                  "(default: exponential)")
      ->check(CLI::IsMember({"exponential", "trace"}).description(""))
      ->option_text("HOW");
  app->add_option("--warm-up", options->churn.warm_up,
                  "mean lifetimes before anything is counted (default: 1.5)")
      ->check(CLI::Range(0.0, 1000.0).description(""))
      ->option_text("X");
  app->add_option("--measure", options->churn.measured,
                  "mean lifetimes that are counted (default: 3)")
      ->check(CLI::Range(0.01, 1000.0).description(""))
      ->option_text("X");
  app->add_option("--seeds,--seed", options->seeds, "orders of our own (default: 1)")
      ->option_text("N-M,...");
  AddOutputOptions(app, &options->output);
  return {app, [options] { return Run(*options); }};
}

}  // namespace tangram::api::cli::simulate
