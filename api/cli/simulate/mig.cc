// The subcommand `mig`: requests for MIG instances come and go.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "api/cli/exit_code.h"
#include "api/cli/simulate/cluster_input.h"
#include "api/cli/simulate/interrupt.h"
#include "api/cli/simulate/mig_cards.h"
#include "api/cli/simulate/mig_mix.h"
#include "api/cli/simulate/mig_report.h"
#include "api/cli/simulate/mig_runs.h"
#include "api/cli/simulate/output.h"
#include "api/cli/simulate/progress.h"
#include "api/cli/simulate/subcommands.h"
#include "model/string_map.h"
#include "scheduler/mig/policy.h"

namespace tangram::api::cli::simulate {
namespace {

constexpr std::string_view kMigAbout =
    "Requests for MIG instances come and go, under one policy or several.";

constexpr std::string_view kMigFooter =
    R"(Requests arrive at random (Poisson), stay for a random time (exponential, mean 1) and are rejected
when no card has room. Printed is how many are accepted and how full the cards are, after a warm-up of
2 lifetimes and over 10. Run number r uses seed + r; every policy meets the same requests.

The policy tangram is tuned for the mix first, which takes some seconds; fgd-mig knows the mix; the
others need not. Under --workload learned each run begins without knowing it and learns it from the
requests as the server does: after 100 of them, then 400, 1,600, ... tangram is tuned anew each time.

Several policies, loads (with commas) or mixes (--mix again) are compared, each combination of mix and
load by itself: the differences of the same requests, with their 95 % confidence interval.

--mix takes short names (7g, 4g, 3g, 2g, 1gd for 1g with double memory, 1g, 1g+me) or those of the
driver (1g.10gb), and shares; shares that do not sum to 1 are scaled.

With --cluster or --kubeconfig the cards are all those in MIG mode of that cluster, of whatever
kinds, empty at the beginning and cut as requests come, those too that are cut in advance now. A
short name asks for an instance of that name on any kind that has one, a name of the driver for
kinds that have exactly that profile. --load counts the slices of all cards. tangram is tuned for
each kind by what it may be asked for.

Exit codes:
  0    the runs were made
  2    wrong usage
  130  ended by Ctrl-C; reported are the runs that every policy and mix came to

Examples:
  tangram simulate mig --mix 7g:0.1,3g:0.3,1g:0.6 --load 1.0 --policy mfi
  tangram simulate mig --mix 3g:0.4,1g:0.6 --policy fgd-mig --workload learned
  tangram simulate mig --policy mfi,fgd-mig,tangram --load 0.85,1,1.2 -o html --out mig.html
  tangram simulate mig --product A30-24GB --mix 4g:1,2g:2,1g:4 --policy tangram -o json
  tangram simulate mig --cluster dump.json --mix 1g:0.6,2g:0.2,3g.40gb:0.2 --policy mfi,tangram)";

struct Options {
  std::string product = "A100-80GB";
  uint32_t gpus = 100;
  ClusterOptions cluster;  // instead of these two
  std::vector<std::string> mixes = {""};
  std::vector<double> loads = {1};
  std::vector<std::string> policies = {"tangram"};
  MigSetup setup;
  size_t threads = 0;  // 0: one for each core
  OutputOptions output;
};

absl::StatusOr<std::vector<MigScene>> ReadScenes(const Options& options, const MigCards& cards) {
  std::vector<MigScene> scenes;
  for (const std::string& text : options.mixes) {
    const absl::StatusOr<MigMix> mix = ReadMigMix(cards, text);
    if (!mix.ok()) return mix.status();
    if (!mix->was_whole()) {
      std::fprintf(stderr, "tangram simulate: --mix: the shares sum to %g; scaled to 1\n",
                   mix->sum);
    }
    for (const double load : options.loads) {
      scenes.push_back({text.empty() ? "all profiles alike" : text, *mix, load});
    }
  }
  return scenes;
}

absl::Status CheckPolicies(const std::vector<std::string>& policies) {
  const std::set<std::string> different(policies.begin(), policies.end());
  if (different.size() == policies.size()) return absl::OkStatus();
  return absl::InvalidArgumentError("--policy: a policy comes twice");
}

// A report, and whether it lacks runs that Ctrl-C took away.
struct Reported {
  std::string text;
  bool cut = false;
};

absl::StatusOr<Reported> Run(const Options& options) {
  const auto began = std::chrono::steady_clock::now();
  if (absl::Status status = CheckWritable(options.output.file); !status.ok()) return status;
  if (absl::Status status = CheckPolicies(options.policies); !status.ok()) return status;
  auto cards = options.cluster.given() ? CardsOfCluster(options.cluster)
                                       : CardsOfProduct(options.product, options.gpus);
  if (!cards.ok()) return cards.status();
  auto scenes = ReadScenes(options, *cards);
  if (!scenes.ok()) return scenes.status();
  MigSetup setup = options.setup;
  setup.cards = *std::move(cards);
  const size_t cores = std::max(1u, std::thread::hardware_concurrency());
  Interrupt interrupt;
  auto runs = [&] {
    Progress progress(setup.runs * scenes->size() * options.policies.size());
    return RunMigGrid(setup, *scenes, options.policies,
                      options.threads == 0 ? cores : options.threads,
                      {.progress = [&](uint64_t done) { progress.Add(done); },
                       .stopped = [&] { return interrupt.came(); }});
  }();
  if (!runs.ok()) return runs.status();
  const auto done = static_cast<uint32_t>(runs->front().front().accepted.size());
  const bool cut = done < setup.runs;
  if (done == 0) return Reported{"", true};
  setup.runs = done;
  if (scenes->size() > 1 || options.policies.size() > 1) {
    return Reported{
        MigCompareText({std::move(setup), *std::move(scenes), options.policies, *std::move(runs)},
                       options.output.form),
        cut};
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  return Reported{MigText({std::move(setup), std::move(scenes->front()), options.policies.front(),
                           std::move(runs->front().front()), took.count()},
                          options.output.form),
                  cut};
}

int RunMig(const Options& options) {
  const auto report = Run(options);
  if (!report.ok()) return Fail(report.status());
  const bool nothing = report->text.empty();
  if (!nothing) {
    const absl::Status status = Emit(report->text, options.output.file);
    if (!status.ok()) return Fail(status);
  }
  if (!report->cut) return kExitOk;
  std::fprintf(stderr, "tangram simulate: interrupted. %s\n",
               nothing ? "No run was made with every policy and mix."
                       : "Reported are the runs that every policy and mix came to.");
  return kExitInterrupted;
}

}  // namespace

Subcommand DefineMig(CLI::App& simulate) {
  const auto options = std::make_shared<Options>();
  CLI::App* app = AddCommand(simulate, "mig", kMigAbout, kMigFooter);
  std::string policies = "where instances are made:";
  for (const std::string_view name : scheduler::mig::PolicyNames()) {
    absl::StrAppend(&policies, " ", model::ToAbsl(name));
  }
  auto* product = app->add_option("--product", options->product, "the board (default: A100-80GB)")
                      ->option_text("NAME");
  app->add_option("--mix", options->mixes,
                  "profiles and their shares (default: all alike); repeatable")
      ->option_text("PROFILE:SHARE,...")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app->add_option("--load", options->loads,
                  "slices asked for at a time, in parts of those there are; several with commas "
                  "(default: 1)")
      ->delimiter(',')
      ->option_text("X,...")
      ->check(CLI::Range(0.01, 10.0).description(""));
  auto* gpus = app->add_option("--gpus", options->gpus, "cards (default: 100)")
                   ->option_text("N")
                   ->check(CLI::Range(1u, 10000u).description(""));
  AddClusterOptions(app, &options->cluster);
  for (const char* cluster : {"--cluster", "--kubeconfig", "--selector"}) {
    app->get_option(cluster)->excludes(product)->excludes(gpus);
  }
  app->add_option("--runs", options->setup.runs, "how often (default: 40)")
      ->option_text("N")
      ->check(CLI::Range(1u, 10000u).description(""));
  app->add_option("--seed,--seeds", options->setup.seed, "of the first run (default: 1)")
      ->option_text("N");
  app->add_option("--policy,--policies", options->policies,
                  policies + "; several with commas (default: tangram)")
      ->delimiter(',')
      ->option_text("NAME,...");
  app->add_option("--workload", options->setup.workload,
                  "what policies know of the mix: known; learned, from the requests as they come; "
                  "none, all profiles alike (default: known)")
      ->check(CLI::IsMember({"known", "learned", "none"}).description(""))
      ->option_text("known|learned|none");
  app->add_option("--generations", options->setup.generations,
                  "how long tangram is tuned (default: 150)")
      ->option_text("N")
      ->check(CLI::Range(0u, 10000u).description(""));
  app->add_option("--threads", options->threads, "policies at a time (default: one for each core)")
      ->option_text("N")
      ->check(CLI::Range(1, 4096).description(""));
  AddOutputOptions(app, &options->output);
  return {app, [options] { return RunMig(*options); }};
}

}  // namespace tangram::api::cli::simulate
