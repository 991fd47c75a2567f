// The subcommand `churn`: a cluster where pods come and go, under one policy or several.
#include <chrono>
#include <cstdint>
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
#include "api/cli/simulate/run_report.h"
#include "api/cli/simulate/seed_list.h"
#include "api/cli/simulate/subcommands.h"
#include "api/manifests/digest.h"
#include "scheduler/simulation/churn.h"

namespace tangram::api::cli::simulate {
namespace {

using scheduler::simulation::ChurnOptions;

constexpr std::string_view kAbout = "Pods come and go, under one policy or several.";

constexpr std::string_view kFooter =
    R"(Pods drawn from the list arrive at random times (a Poisson process), stay for a lifetime and leave;
one that fits nowhere when it comes is rejected. Times are counted in mean lifetimes. Several
policies meet the same arrivals and lifetimes, so that they are compared seed by seed: of each but
the first the difference to the first is printed, with its 95 % confidence interval.

Printed are the means over time and seeds: how much of the cluster's GPU is allocated, how much of
the GPU asked for was rejected, and how many pods of each class.

Exit codes:
  0  the runs were made
  2  wrong usage, or a file that cannot be read (the message names file, line and column)

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

absl::StatusOr<ChurnRuns> RunAll(const Options& options) {
  const auto seeds = ParseSeeds(options.seeds);
  if (!seeds.ok()) return seeds.status();
  const auto workload = ReadWorkload(options.input);
  if (!workload.ok()) return workload.status();
  const auto known = ReadKnowledge(options.input, *workload);
  if (!known.ok()) return known.status();
  ChurnRuns runs{.options = options.churn,
                 .workload = options.input.workload,
                 .seeds = *seeds,
                 .by_policy = std::vector<std::vector<ChurnRun>>(options.policies.size())};
  if (options.lifetimes == "trace") runs.options.lifetimes = ChurnOptions::Lifetimes::kTrace;
  for (const uint64_t seed : *seeds) {
    const auto stream = scheduler::simulation::MakeChurn(*workload, runs.options, seed);
    if (!stream.ok()) return stream.status();
    std::vector<uint32_t> pods;
    for (const auto& arrival : stream->arrivals) pods.push_back(arrival.pod);
    for (size_t i = 0; i < options.policies.size(); ++i) {
      const auto began = std::chrono::steady_clock::now();
      auto report = scheduler::simulation::SimulateChurn(*workload, *stream, options.policies[i],
                                                         *known, ForesightOf(options.input));
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
      if (!report.ok()) return report.status();
      std::string digest =
          manifests::Sha256Hex(PlacementLines(*workload, pods, report->placements));
      runs.by_policy[i].push_back({*std::move(report), std::move(digest), took.count()});
    }
  }
  return runs;
}

int Run(const Options& options) {
  if (const absl::Status status = CheckWritable(options.output.file); !status.ok()) {
    return Fail(status);
  }
  const auto runs = RunAll(options);
  if (!runs.ok()) return Fail(runs.status());
  const Answer answer{.json = [&] { return ChurnJson(*runs); },
                      .table = [&] { return ChurnTable(*runs); },
                      .csv = [&] { return ChurnSheet(*runs); },
                      .article = [&] { return ChurnArticle(*runs); }};
  const absl::Status printed = PrintAnswer(options.output, answer);
  return printed.ok() ? kExitOk : Fail(printed);
}

}  // namespace

Subcommand DefineChurn(CLI::App& simulate) {
  const auto options = std::make_shared<Options>();
  CLI::App* app = AddCommand(simulate, "churn", kAbout, kFooter);
  AddWorkloadOptions(app, &options->input);
  app->add_option("--policy", options->policies,
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
  auto* seed = app->add_option("--seed", options->seeds, "one order of our own (default: 1)")
                   ->check(CLI::NonNegativeNumber.description(""))
                   ->option_text("N");
  app->add_option("--seeds", options->seeds, "several: 201-206 or 1,5,8")
      ->excludes(seed)
      ->option_text("LIST");
  AddOutputOptions(app, &options->output);
  return {app, [options] { return Run(*options); }};
}

}  // namespace tangram::api::cli::simulate
