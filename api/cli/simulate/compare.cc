// The subcommand `compare`: many policies on the same orders of arrival.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "api/cli/exit_code.h"
#include "api/cli/simulate/compare_report.h"
#include "api/cli/simulate/grid_run.h"
#include "api/cli/simulate/interrupt.h"
#include "api/cli/simulate/output.h"
#include "api/cli/simulate/progress.h"
#include "api/cli/simulate/seed_list.h"
#include "api/cli/simulate/shard.h"
#include "api/cli/simulate/subcommands.h"
#include "api/cli/simulate/word_lists.h"

namespace tangram::api::cli::simulate {
namespace {

constexpr std::string_view kAbout = "Policies side by side, on the same orders of arrival.";

constexpr std::string_view kFooter =
    R"(Runs every policy on every list of pods with every seed, as many at a time as there are cores.
For each list: mean and standard deviation over the seeds of the GPU allocated (when 100 % had
arrived, and at the end), of the pods that failed, and of the share of each class of pods that was
served. The best policy is marked. Every other one has the mean of its differences to the best,
taken seed by seed, with their 95 % confidence interval (Student's t); where the interval contains
0 the verdict is "noise". Of two lists or more there is also a comparison over all of them, in which
a list counts once and the interval is that of the differences within the lists (docs/simulate.md
has the formula). The result does not depend on --threads and has no times in it.

A comparison can be spread over machines: each runs its --shard I/N (I from 0 to N - 1) and writes
a JSON file, and "tangram simulate merge" makes of all of them what one machine would have printed,
to the byte. --shard env takes I from JOB_COMPLETION_INDEX and N from TANGRAM_SHARDS, as in an
Indexed Job of Kubernetes.

Ctrl-C reports the seeds that every policy was run with; a second one ends the program.

Exit codes:
  0    compared
  2    wrong usage, or a file that cannot be read (the message names file, line and column)
  130  ended by Ctrl-C; the report says that it is partial (a shard is not written)

Examples:
  tangram simulate compare --nodes nodes.csv --pods pods.csv --inflate 1.3 \
      --policies fgd,best-fit,tangram --seeds 42-51
  tangram simulate compare --nodes nodes.csv --pods a.csv --pods b.csv --inflate 1.3 \
      --policies all --seeds 1-10 -o html --out compare.html
  tangram simulate compare --nodes nodes.csv --pods pods.csv --seeds 1-10 --shard 0/4 --out shards/)";

struct Options {
  GridOptions grid;
  OutputOptions output;
  std::string policies = "all";
  std::string seeds = "1-10";
  std::string shard;   // empty: all of the grid
  size_t threads = 0;  // 0: as many as cores
};

// The file that a shard goes to: in a folder it has a name of its own.
std::string ShardPath(const std::string& out, const ShardPart& part) {
  std::error_code ignored;
  if (out.empty() || !std::filesystem::is_directory(out, ignored)) return out;
  return (std::filesystem::path(out) / ShardFileName(part)).string();
}

int Interrupted(const char* what) {
  std::fprintf(stderr, "tangram simulate: interrupted. %s\n", what);
  return kExitInterrupted;
}

int ReportShard(const Options& options, const Grid& grid, const ShardPart& part,
                const GridResults& results, bool interrupted) {
  if (interrupted) return Interrupted("The shard is not written.");
  const absl::Status status =
      Emit(JsonText(ShardJson(grid, part, results)), ShardPath(options.output.file, part));
  return status.ok() ? kExitOk : Fail(status);
}

int Report(const Options& options, Grid grid, GridResults results, bool interrupted) {
  const auto comparison = Compare(std::move(grid), std::move(results));
  if (!comparison.ok()) {
    return interrupted ? Interrupted("No seed was run with every policy.")
                       : Fail(comparison.status());
  }
  const absl::Status status =
      Emit(CompareText(*comparison, options.output.form), options.output.file);
  if (!status.ok()) return Fail(status);
  return interrupted ? Interrupted("Reported are the seeds that every policy was run with.")
                     : kExitOk;
}

absl::StatusOr<GridInput> ReadOptions(const Options& options) {
  GridOptions grid = options.grid;
  auto policies = ParsePolicies(options.policies);
  if (!policies.ok()) return policies.status();
  grid.policies = *std::move(policies);
  auto seeds = ParseSeeds(options.seeds);
  if (!seeds.ok()) return seeds.status();
  grid.seeds = *std::move(seeds);
  if (!grid.arrivals.empty() && grid.arrivals.size() != grid.pods.size()) {
    return absl::InvalidArgumentError(absl::StrCat("--arrivals is there ", grid.arrivals.size(),
                                                   " times; must be once for each of the ",
                                                   grid.pods.size(), " --pods, or not at all"));
  }
  return ReadGrid(grid);
}

int Run(const Options& options) {
  ShardPart part;
  if (!options.shard.empty()) {
    const auto parsed = ParseShard(options.shard);
    if (!parsed.ok()) return Fail(parsed.status());
    part = *parsed;
  }
  const std::string out =
      options.shard.empty() ? options.output.file : ShardPath(options.output.file, part);
  if (const absl::Status status = CheckWritable(out); !status.ok()) return Fail(status);
  const auto input = ReadOptions(options);
  if (!input.ok()) return Fail(input.status());
  const size_t cores = std::max(1u, std::thread::hardware_concurrency());
  const size_t threads = options.threads > 0 ? options.threads : cores;
  Interrupt interrupt;
  const auto began = std::chrono::steady_clock::now();
  auto results = [&] {
    Progress progress(ArrivalsOf(*input, part));
    return RunGrid(*input, part, threads,
                   {.progress = [&](uint64_t arrivals) { progress.Add(arrivals); },
                    .stopped = [&] { return interrupt.came(); }});
  }();
  if (!results.ok()) return Fail(results.status());
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  const auto runs = static_cast<size_t>(std::count_if(
      results->begin(), results->end(), [](const auto& result) { return result.has_value(); }));
  std::fprintf(stderr, "%zu runs in %.1f s, %zu at a time\n", runs, took.count(), threads);
  // A signal that came when all was done takes nothing away.
  const bool cut = runs < CellsOf(input->grid, part);
  if (!options.shard.empty()) return ReportShard(options, input->grid, part, *results, cut);
  return Report(options, input->grid, *std::move(results), cut);
}

// Of these there may be several here.
void AddLists(CLI::App* app, GridOptions* options) {
  app->remove_option(app->get_option("--pods"));
  app->remove_option(app->get_option("--arrivals"));
  const auto repeatable = [app](const char* name, std::vector<std::string>* files,
                                const char* help) {
    return app->add_option(name, *files, help)
        ->option_text("FILE")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  };
  repeatable("--pods", &options->pods, "a list of pods, CSV, named as its file; repeatable")
      ->required();
  repeatable("--arrivals", &options->arrivals,
             "explicit orders of arrival, once for each --pods, in the same order")
      ->excludes(app->get_option("--inflate"));
}

}  // namespace

Subcommand DefineCompare(CLI::App& simulate) {
  const auto options = std::make_shared<Options>();
  CLI::App* app = AddCommand(simulate, "compare", kAbout, kFooter);
  AddInputOptions(app, &options->grid.input);
  AddLists(app, &options->grid);
  app->add_option("--policies,--policy", options->policies,
                  absl::StrCat(PolicyHelp(), "; all, or names with commas (default: all)"))
      ->option_text("NAME,...");
  app->add_option("--seeds,--seed", options->seeds, "orders of arrival (default: 1-10)")
      ->option_text("N-M,...");
  app->add_option("--threads", options->threads, "runs at a time (default: one for each core)")
      ->option_text("N")
      ->check(CLI::Range(1, 4096).description(""));
  AddOutputOptions(app, &options->output);
  app->add_option("--shard", options->shard,
                  "run this part only and write it as JSON, to --out: a file, or a folder in which "
                  "it gets a name of its own")
      ->option_text("I/N|env")
      ->excludes(app->get_option("--output"));
  return {app, [options] { return Run(*options); }};
}

}  // namespace tangram::api::cli::simulate
