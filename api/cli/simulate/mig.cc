// The subcommand `mig`: requests for MIG instances come and go, placed by one policy.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <ctime>
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
#include "scheduler/mig/policy.h"
#include "scheduler/mig/simulation/loss_system.h"
#include "scheduler/mig/tuner.h"

namespace tangram::api::cli::simulate {
namespace {

using nlohmann::json;
using scheduler::mig::Chooser;
using scheduler::mig::Policy;
using scheduler::mig::simulation::LossReport;
using scheduler::mig::simulation::Tally;

constexpr std::string_view kMigAbout = "Requests for MIG instances come and go; one policy.";

constexpr std::string_view kMigFooter =
    R"(Requests arrive at random (Poisson), stay for a random time (exponential, mean 1) and are rejected
when no card has room. Printed is how many are accepted and how full the cards are, after a warm-up of
2 lifetimes and over 10. Run number r uses seed + r; every policy meets the same requests.

The policy tangram is tuned for the mix first, which takes some seconds; fgd-mig knows the mix; the
others need not.

--mix takes short names (7g, 4g, 3g, 2g, 1gd for 1g with double memory, 1g, 1g+me) or those of the
driver (1g.10gb), and shares; shares that do not sum to 1 are scaled.

Exit codes:
  0  the runs were made
  2  wrong usage

Examples:
  tangram simulate mig --mix 7g:0.1,3g:0.3,1g:0.6 --load 1.0 --policy mfi
  tangram simulate mig --product A30-24GB --mix 4g:1,2g:2,1g:4 --policy tangram -o json)";

struct Options {
  std::string product = "A100-80GB";
  std::string mix;
  double load = 1;
  uint32_t gpus = 100;
  uint32_t runs = 40;
  uint64_t seed = 1;
  std::string policy = "tangram";
  std::string known = "yes";
  uint32_t generations = scheduler::mig::TuneOptions().generations;
  std::string output = "table";
};

struct Results {
  std::vector<double> accepted;  // percent, by run
  std::vector<Tally> by_profile;
  double utilisation = 0;     // percent
  double tuning_seconds = 0;  // of the processor
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

// What the policy knows of the mix.
scheduler::mig::Mix Knowledge(const Options& options, const MigMix& mix) {
  const size_t profiles = mix.mix.size();
  if (options.known == "yes") return mix.mix;
  if (options.known == "no") {
    return scheduler::mig::Mix(profiles, 1.0 / static_cast<double>(profiles));
  }
  constexpr uint32_t kSeen = 1000;
  // Other requests than those of the runs.
  constexpr uint64_t kBefore = uint64_t{1} << 32;
  return scheduler::mig::simulation::SeenMix(mix.geometry, mix.mix, kSeen, options.seed + kBefore);
}

// A policy that was tuned where that is what it lives by.
absl::StatusOr<std::unique_ptr<Policy>> Prepare(const Options& options,
                                                const scheduler::mig::Mix& known,
                                                const model::mig::CardStates& states,
                                                double* tuning_seconds) {
  auto policy = scheduler::mig::MakePolicy(options.policy, states, known);
  if (!policy.ok() || options.policy != "tangram") return policy;
  const std::clock_t began = std::clock();
  scheduler::mig::TuneOptions tune;
  tune.cards = std::min(tune.cards, options.gpus);
  tune.generations = options.generations;
  scheduler::mig::Tuner tuner(states, known, tune);
  while (tuner.Step()) {
  }
  *tuning_seconds = static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
  return scheduler::mig::MakeValuePolicy("tangram", tuner.values());
}

Results Measure(const Options& options, const MigMix& mix, const Chooser& chooser) {
  Results results;
  results.by_profile.resize(mix.mix.size());
  scheduler::mig::simulation::StreamOptions stream;
  stream.load = options.load;
  stream.cards = options.gpus;
  for (uint32_t run = 0; run < options.runs; ++run) {
    const LossReport report = scheduler::mig::simulation::Play(
        MakeStream(mix.geometry, mix.mix, stream, options.seed + run), chooser);
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
  if (options.policy == "tangram") {
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
          {"mix_known", options.known},
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
  const auto states = model::mig::CardStates::Create(mix->geometry);
  if (!states.ok()) return Fail(states.status());
  double tuning_seconds = 0;
  const auto policy = Prepare(options, Knowledge(options, *mix), *states, &tuning_seconds);
  if (!policy.ok()) return Fail(policy.status());
  if (!mix->was_whole()) {
    std::fprintf(stderr, "tangram simulate: --mix: the shares sum to %g; scaled to 1\n", mix->sum);
  }
  Results results = Measure(options, *mix, Chooser(*states, **policy));
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
  app->add_option("--mix-known", options->known,
                  "what policies know of the mix: yes; learned, from 1,000 requests before; no, "
                  "all profiles alike (default: yes)")
      ->check(CLI::IsMember({"yes", "learned", "no"}).description(""))
      ->option_text("yes|learned|no");
  app->add_option("--generations", options->generations, "how long tangram is tuned (default: 150)")
      ->option_text("N")
      ->check(CLI::Range(0u, 10000u).description(""));
  app->add_option("-o,--output", options->output, "table or json (default: table)")
      ->check(CLI::IsMember({"table", "json"}).description(""))
      ->option_text("FORM");
  return {app, [options] { return RunMig(*options); }};
}

}  // namespace tangram::api::cli::simulate
