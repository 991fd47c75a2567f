// The subcommand `mig`: requests for MIG instances come and go, placed by one policy.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "api/cli/exit_code.h"
#include "api/cli/simulate/mig_mix.h"
#include "api/cli/simulate/subcommands.h"
#include "model/mig/products.h"
#include "model/string_map.h"
#include "nlohmann/json.hpp"
#include "scheduler/mig/chooser.h"
#include "scheduler/mig/mix_learner.h"
#include "scheduler/mig/policy.h"
#include "scheduler/mig/simulation/loss_system.h"
#include "scheduler/mig/tuner.h"

namespace tangram::api::cli::simulate {
namespace {

using model::mig::CardStates;
using nlohmann::json;
using scheduler::mig::Chooser;
using scheduler::mig::simulation::LossReport;
using scheduler::mig::simulation::Stream;
using scheduler::mig::simulation::Tally;

constexpr std::string_view kMigAbout = "Requests for MIG instances come and go; one policy.";

constexpr std::string_view kMigFooter =
    R"(Requests arrive at random (Poisson), stay for a random time (exponential, mean 1) and are rejected
when no card has room. Printed is how many are accepted and how full the cards are, after a warm-up of
2 lifetimes and over 10. Run number r uses seed + r; every policy meets the same requests.

The policy tangram is tuned for the mix first, which takes some seconds; fgd-mig knows the mix; the
others need not. Under --workload learned each run begins without knowing it and learns it from the
requests as the server does: after 100 of them, then 400, 1,600, ... tangram is tuned anew each time.

--mix takes short names (7g, 4g, 3g, 2g, 1gd for 1g with double memory, 1g, 1g+me) or those of the
driver (1g.10gb), and shares; shares that do not sum to 1 are scaled.

Exit codes:
  0  the runs were made
  2  wrong usage

Examples:
  tangram simulate mig --mix 7g:0.1,3g:0.3,1g:0.6 --load 1.0 --policy mfi
  tangram simulate mig --mix 3g:0.4,1g:0.6 --policy fgd-mig --workload learned
  tangram simulate mig --product A30-24GB --mix 4g:1,2g:2,1g:4 --policy tangram -o json)";

struct Options {
  std::string product = "A100-80GB";
  std::string mix;
  double load = 1;
  uint32_t gpus = 100;
  uint32_t runs = 40;
  uint64_t seed = 1;
  std::string policy = "tangram";
  std::string workload = "known";
  uint32_t generations = scheduler::mig::TuneOptions().generations;
  std::string output = "table";
};

struct Results {
  std::vector<double> accepted;  // percent, by run
  std::vector<Tally> by_profile;
  double utilisation = 0;     // percent
  double tuning_seconds = 0;  // of the processor, before the runs
  double seconds = 0;
};

double Seconds(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

double Mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double StandardError(const std::vector<double>& values) {
  if (values.size() < 2) return 0;
  const double mean = Mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const auto n = static_cast<double>(values.size());
  return std::sqrt(squares / (n - 1) / n);
}

scheduler::mig::TuneOptions Tuning(const Options& options) {
  scheduler::mig::TuneOptions tuning;
  tuning.cards = std::min(tuning.cards, options.gpus);
  tuning.generations = options.generations;
  return tuning;
}

// What places the requests of a run.
using Player = std::function<LossReport(const Stream&)>;

// By a policy that never changes, tuned where that is what it lives by.
absl::StatusOr<Player> Knowing(const Options& options, const scheduler::mig::Mix& known,
                               const CardStates& states, double* tuning_seconds) {
  auto policy = scheduler::mig::MakePolicy(options.policy, states, known);
  if (!policy.ok()) return policy.status();
  if (options.policy == "tangram") {
    const std::clock_t began = std::clock();
    scheduler::mig::Tuner tuner(states, known, Tuning(options));
    while (tuner.Step()) {
    }
    *tuning_seconds = static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
    policy = scheduler::mig::MakeValuePolicy("tangram", tuner.values());
  }
  return Player([chooser = Chooser(states, **policy)](const Stream& stream) {
    return scheduler::mig::simulation::Play(stream, chooser);
  });
}

// By one that knows nothing when a run begins.
absl::StatusOr<Player> Learning(const Options& options, const CardStates& states) {
  const size_t profiles = states.geometry().profiles().size();
  const scheduler::mig::Mix any(profiles, 1.0 / static_cast<double>(profiles));
  const auto named = scheduler::mig::MakePolicy(options.policy, states, any);
  if (!named.ok()) return named.status();
  return Player([&options, &states](const Stream& stream) {
    scheduler::mig::MixLearner learner(options.policy, states, Tuning(options));
    return scheduler::mig::simulation::PlayLearning(stream, learner);
  });
}

absl::StatusOr<Player> Prepare(const Options& options, const MigMix& mix, const CardStates& states,
                               double* tuning_seconds) {
  if (options.workload == "learned") return Learning(options, states);
  const size_t profiles = mix.mix.size();
  const scheduler::mig::Mix even(profiles, 1.0 / static_cast<double>(profiles));
  return Knowing(options, options.workload == "none" ? even : mix.mix, states, tuning_seconds);
}

Results Measure(const Options& options, const MigMix& mix, const Player& play) {
  Results results;
  results.by_profile.resize(mix.mix.size());
  scheduler::mig::simulation::StreamOptions stream;
  stream.load = options.load;
  stream.cards = options.gpus;
  for (uint32_t run = 0; run < options.runs; ++run) {
    const LossReport report = play(MakeStream(mix.geometry, mix.mix, stream, options.seed + run));
    results.accepted.push_back(100 * report.all.accepted_part());
    results.utilisation += 100 * report.utilisation / options.runs;
    for (size_t i = 0; i < results.by_profile.size(); ++i) {
      results.by_profile[i].arrived += report.by_profile[i].arrived;
      results.by_profile[i].accepted += report.by_profile[i].accepted;
    }
  }
  return results;
}

std::string Table(const Options& options, const MigMix& mix, const Results& results) {
  std::string text =
      absl::StrFormat("%s on %d x %s (placements %s), load %.2f, %d runs\n\n", options.policy,
                      options.gpus, mix.geometry.product(),
                      std::string(SourceName(mix.geometry.source())), options.load, options.runs);
  absl::StrAppend(&text, "PROFILE          SHARE    ACCEPTED\n");
  for (size_t i = 0; i < mix.mix.size(); ++i) {
    if (mix.mix[i] <= 0) continue;
    absl::StrAppend(&text, absl::StrFormat("%-14s %6.2f %%    %6.2f %%\n",
                                           mix.geometry.profiles()[i].name.text(), 100 * mix.mix[i],
                                           100 * results.by_profile[i].accepted_part()));
  }
  absl::StrAppend(&text, absl::StrFormat("all            %6.2f %%    %6.2f %% +- %.2f\n", 100.0,
                                         Mean(results.accepted), StandardError(results.accepted)));
  absl::StrAppend(&text, absl::StrFormat("\nslices in use %.2f %%; %.1f s", results.utilisation,
                                         results.seconds));
  if (results.tuning_seconds > 0) {
    absl::StrAppend(&text, absl::StrFormat(", of which %.1f s tuned", results.tuning_seconds));
  }
  return text + "\n";
}

json Report(const Options& options, const MigMix& mix, const Results& results) {
  json shares = json::object();
  json by_profile = json::object();
  for (size_t i = 0; i < mix.mix.size(); ++i) {
    const std::string name = mix.geometry.profiles()[i].name.text();
    shares[name] = mix.mix[i];
    if (mix.mix[i] > 0) by_profile[name] = 100 * results.by_profile[i].accepted_part();
  }
  return {{"schema", "tangram.dev/simulation-mig/v1"},
          {"policy", options.policy},
          {"product", mix.geometry.product()},
          {"placements", std::string(SourceName(mix.geometry.source()))},
          {"gpus", options.gpus},
          {"load", options.load},
          {"mix", std::move(shares)},
          {"workload", options.workload},
          {"seed", options.seed},
          {"runs", options.runs},
          {"accepted_percent", Mean(results.accepted)},
          {"accepted_percent_runs", results.accepted},
          {"accepted_percent_standard_error", StandardError(results.accepted)},
          {"accepted_percent_by_profile", std::move(by_profile)},
          {"utilisation_percent", results.utilisation},
          {"tuning_seconds", results.tuning_seconds},
          {"elapsed_seconds", results.seconds}};
}

int RunMig(const Options& options) {
  const auto began = std::chrono::steady_clock::now();
  const auto product = model::mig::FindProduct(options.product);
  if (!product.ok()) return Fail(product.status());
  const absl::StatusOr<MigMix> mix = ReadMigMix(*product, options.mix);
  if (!mix.ok()) return Fail(mix.status());
  const auto states = CardStates::Create(mix->geometry);
  if (!states.ok()) return Fail(states.status());
  double tuning_seconds = 0;
  const auto player = Prepare(options, *mix, *states, &tuning_seconds);
  if (!player.ok()) return Fail(player.status());
  if (!mix->was_whole()) {
    std::fprintf(stderr, "tangram simulate: --mix: the shares sum to %g; scaled to 1\n", mix->sum);
  }
  Results results = Measure(options, *mix, *player);
  results.tuning_seconds = tuning_seconds;
  results.seconds = Seconds(began);
  const std::string text = options.output == "json" ? Report(options, *mix, results).dump(2) + "\n"
                                                    : Table(options, *mix, results);
  std::fputs(text.c_str(), stdout);
  return kExitOk;
}

}  // namespace

Subcommand DefineMig(CLI::App& simulate) {
  const auto options = std::make_shared<Options>();
  CLI::App* app = AddCommand(simulate, "mig", kMigAbout, kMigFooter);
  std::string policies = "where instances are made:";
  for (const std::string_view name : scheduler::mig::PolicyNames()) {
    absl::StrAppend(&policies, " ", model::ToAbsl(name));
  }
  app->add_option("--product", options->product, "the board (default: A100-80GB)")
      ->option_text("NAME");
  app->add_option("--mix", options->mix, "profiles and their shares (default: all alike)")
      ->option_text("PROFILE:SHARE,...");
  app->add_option("--load", options->load,
                  "slices asked for at a time, in parts of those there are (default: 1)")
      ->option_text("X")
      ->check(CLI::Range(0.01, 10.0).description(""));
  app->add_option("--gpus", options->gpus, "cards (default: 100)")
      ->option_text("N")
      ->check(CLI::Range(1u, 10000u).description(""));
  app->add_option("--runs", options->runs, "how often (default: 40)")
      ->option_text("N")
      ->check(CLI::Range(1u, 10000u).description(""));
  app->add_option("--seed", options->seed, "of the first run (default: 1)")->option_text("N");
  app->add_option("--policy", options->policy, policies + " (default: tangram)")
      ->option_text("NAME");
  app->add_option("--workload", options->workload,
                  "what policies know of the mix: known; learned, from the requests as they come; "
                  "none, all profiles alike (default: known)")
      ->check(CLI::IsMember({"known", "learned", "none"}).description(""))
      ->option_text("known|learned|none");
  app->add_option("--generations", options->generations, "how long tangram is tuned (default: 150)")
      ->option_text("N")
      ->check(CLI::Range(0u, 10000u).description(""));
  app->add_option("-o,--output", options->output, "table or json (default: table)")
      ->check(CLI::IsMember({"table", "json"}).description(""))
      ->option_text("FORM");
  return {app, [options] { return RunMig(*options); }};
}

}  // namespace tangram::api::cli::simulate
