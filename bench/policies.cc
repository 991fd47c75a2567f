// bench/policies: what a policy that looks ahead costs in the live server.
//
// Two `tangram serve` processes, one for each node policy, take turns with the same pods over
// keep-alive connections: pods whose wishes come again, and pods whose wish was never heard before.
// After that the same on clusters of more and more nodes that are alike, and of as many nodes that
// are less and less alike. Exit code 0 when every claim holds, 1 when one does not, 2 when nothing
// could be measured.
#include <signal.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bench/claims.h"
#include "bench/cluster_profile.h"
#include "bench/kubernetes_json.h"
#include "bench/served_cluster.h"
#include "bench/statistics.h"
#include "bench/verb_load.h"

namespace tangram::bench {
namespace {

constexpr double kLongest = 1000;       // microseconds, p50 of a wish that comes again
constexpr double kLongestFresh = 3000;  // of one that was never heard
constexpr double kMostOfPlain = 1.5;

struct Options {
  std::string tangram;
  std::string scratch = "build/bench/scratch";
  // The one that is measured, and the one that it is compared with.
  std::string policy = "tangram";
  std::string plain = "binpack";
  int nodes = 5000;
  int rounds = 7;
  int pods = 312;
  int wishes = 156;
  std::vector<int> growth_nodes = {1250, 2500, 5000, 10000};
  std::vector<int> growth_states = {500, 1000, 2000, 4000};
  bool smoke = false;
};

struct Scene {
  int nodes = 0;
  int different_nodes = 0;
};

// p50 of a verb, in microseconds, under either policy, and their ratio round by round.
struct Cost {
  Spread plain, policy, ratio;
};
struct Result {
  size_t states = 0;
  std::array<Cost, kVerbs> cost;
};

// Both servers with one cluster.
class Pair {
 public:
  static absl::StatusOr<std::unique_ptr<Pair>> Start(const Options& options, int nodes,
                                                     int different_nodes) {
    auto pair = std::make_unique<Pair>();
    pair->profile_ =
        MakeProfile({.nodes = nodes, .fill = Fill::kAged, .different_nodes = different_nodes});
    const std::string stem =
        absl::StrCat(options.scratch, "/policies-", nodes, "-", different_nodes);
    const std::string cluster = stem + ".json";
    if (absl::Status s = WriteFile(cluster, KubectlList(pair->profile_)); !s.ok()) return s;
    for (const std::string& policy : {options.plain, options.policy}) {
      auto served = Serve({.tangram = options.tangram,
                           .cluster = cluster,
                           .log = absl::StrCat(stem, "-", policy, ".log"),
                           .flags = {"--node-policy", policy}});
      if (!served.ok()) return served.status();
      pair->servers_.push_back(*std::move(served));
    }
    return pair;
  }

  absl::StatusOr<Result> Measure(const Options& options, bool fresh) {
    std::vector<std::unique_ptr<VerbLoad>> loads;
    for (const ServedCluster& server : servers_) {
      loads.push_back(
          std::make_unique<VerbLoad>(profile_, VerbLoadOptions{.pods = options.pods,
                                                               .wishes = options.wishes,
                                                               .fresh_wishes = fresh,
                                                               .first_serial = next_serial_,
                                                               .tangram_port = server.port}));
      if (auto warm = loads.back()->TangramRound(); !warm.ok()) return warm.status();
    }
    std::array<std::vector<double>, kVerbs> plain, policy, ratio;
    for (int round = 0; round < options.rounds; ++round) {
      const auto first = loads[0]->TangramRound();
      if (!first.ok()) return first.status();
      const auto second = loads[1]->TangramRound();
      if (!second.ok()) return second.status();
      for (size_t verb = 0; verb < kVerbs; ++verb) {
        plain.at(verb).push_back(Percentile(first->times.at(verb), 50));
        policy.at(verb).push_back(Percentile(second->times.at(verb), 50));
        ratio.at(verb).push_back(policy.at(verb).back() / plain.at(verb).back());
      }
    }
    next_serial_ += static_cast<uint64_t>(options.rounds + 1) * static_cast<uint64_t>(options.pods);
    Result result{.states = CountStates(profile_), .cost = {}};
    for (size_t verb = 0; verb < kVerbs; ++verb) {
      result.cost.at(verb) = {SpreadOf(plain.at(verb)), SpreadOf(policy.at(verb)),
                              SpreadOf(ratio.at(verb))};
    }
    return result;
  }

 private:
  Profile profile_;
  std::vector<ServedCluster> servers_;
  uint64_t next_serial_ = 0;
};

std::string Line(const Cost& cost) {
  return absl::StrFormat("%8.0f  %8.0f   %.2f (%.2f-%.2f)", cost.plain.median, cost.policy.median,
                         cost.ratio.median, cost.ratio.low, cost.ratio.high);
}

void PrintVerbs(const Options& options, const Result& result, std::string_view what) {
  std::cout << absl::StrFormat(
      "\n%d nodes x %d GPUs, aged, %d distinct node states: %s; p50 in us, %d rounds of %d pods\n",
      options.nodes, kCardsPerNode, result.states, std::string(what), options.rounds, options.pods);
  std::cout << absl::StrFormat("  %-11s %8s  %8s   ratio (lowest-highest round)\n", "verb",
                               options.plain, options.policy);
  for (size_t verb = 0; verb < kVerbs; ++verb) {
    std::cout << absl::StrFormat("  %-11s ", std::string(kVerbNames.at(verb)))
              << Line(result.cost.at(verb)) << "\n";
  }
  std::cout << std::flush;
}

void ClaimVerbs(const Options& options, const Result& result, std::vector<Claim>* claims) {
  for (const Verb verb : {Verb::kFilter, Verb::kPrioritize}) {
    const Cost& cost = result.cost.at(static_cast<size_t>(verb));
    const std::string name(kVerbNames.at(static_cast<size_t>(verb)));
    claims->push_back(
        {absl::StrFormat("%s p50 under %s is %.2f x that under %s, at most %.1f x", name,
                         options.policy, cost.ratio.median, options.plain, kMostOfPlain),
         cost.ratio.median <= kMostOfPlain});
    claims->push_back({absl::StrFormat("%s p50 under %s is %.0f us, at most %.0f us", name,
                                       options.policy, cost.policy.median, kLongest),
                       cost.policy.median <= kLongest});
  }
}

void ClaimFresh(const Options& options, const Result& result, std::vector<Claim>* claims) {
  const Cost& cost = result.cost.at(static_cast<size_t>(Verb::kFilter));
  claims->push_back({absl::StrFormat("filter p50 of a wish never heard before is %.0f us under %s, "
                                     "at most %.0f us",
                                     cost.policy.median, options.policy, kLongestFresh),
                     cost.policy.median <= kLongestFresh});
}

absl::Status MeasureVerbs(const Options& options, std::vector<Claim>* claims) {
  auto pair = Pair::Start(options, options.nodes, 0);
  if (!pair.ok()) return pair.status();
  const auto known = (*pair)->Measure(options, /*fresh=*/false);
  if (!known.ok()) return known.status();
  PrintVerbs(options, *known, absl::StrCat(options.wishes, " wishes that come again"));
  const auto fresh = (*pair)->Measure(options, /*fresh=*/true);
  if (!fresh.ok()) return fresh.status();
  PrintVerbs(options, *fresh, "wishes never heard before");
  if (options.smoke) return absl::OkStatus();
  ClaimVerbs(options, *known, claims);
  ClaimFresh(options, *fresh, claims);
  return absl::OkStatus();
}

absl::Status MeasureGrowth(const Options& options) {
  std::vector<Scene> scenes;
  for (const int nodes : options.growth_nodes) {
    scenes.push_back({.nodes = nodes, .different_nodes = options.growth_nodes.front()});
  }
  for (const int states : options.growth_states) {
    scenes.push_back({.nodes = options.nodes, .different_nodes = states});
  }
  std::cout << absl::StrFormat(
      "\ngrowth: filter p50 in us\n  %6s %6s  %28s  %28s\n  %6s %6s  %8s  %8s %10s  %8s  %8s\n", "",
      "", "wishes that come again", "never heard before", "nodes", "states", options.plain,
      options.policy, "", options.plain, options.policy);
  for (const Scene& scene : scenes) {
    auto pair = Pair::Start(options, scene.nodes, scene.different_nodes);
    if (!pair.ok()) return pair.status();
    const auto known = (*pair)->Measure(options, /*fresh=*/false);
    if (!known.ok()) return known.status();
    const auto fresh = (*pair)->Measure(options, /*fresh=*/true);
    if (!fresh.ok()) return fresh.status();
    const Cost& again = known->cost.at(static_cast<size_t>(Verb::kFilter));
    const Cost& never = fresh->cost.at(static_cast<size_t>(Verb::kFilter));
    std::cout << absl::StrFormat("  %6d %6d  %8.0f  %8.0f %10s  %8.0f  %8.0f\n", scene.nodes,
                                 known->states, again.plain.median, again.policy.median, "",
                                 never.plain.median, never.policy.median)
              << std::flush;
  }
  return absl::OkStatus();
}

int Run(Options options) {
  if (options.smoke) {
    options.nodes = 100;
    options.rounds = 1;
    options.pods = options.wishes = 26;
    options.growth_nodes = {20, 40};
    options.growth_states = {};
  }
  std::error_code error;
  std::filesystem::create_directories(options.scratch, error);
  std::vector<Claim> claims;
  absl::Status status = MeasureVerbs(options, &claims);
  if (status.ok()) status = MeasureGrowth(options);
  if (!status.ok()) {
    std::cerr << "error: " << std::string(status.message()) << "\n";
    return kNoMeasurement;
  }
  return ReportClaims(claims);
}

int Main(int argc, char** argv) {
  Options options;
  CLI::App app("What a policy that looks ahead costs in the live server, beside a plain one.");
  app.add_option("--tangram", options.tangram, "the tangram binary to measure")->required();
  app.add_option("--scratch", options.scratch, "folder for cluster files and logs");
  app.add_option("--policy", options.policy, "the node policy that is measured");
  app.add_option("--plain", options.plain, "the node policy that it is compared with");
  app.add_option("--nodes", options.nodes, "of the cluster that claims are made of")
      ->check(CLI::PositiveNumber);
  app.add_option("--rounds", options.rounds, "interleaved rounds, of which the median counts")
      ->check(CLI::PositiveNumber);
  app.add_option("--pods", options.pods, "pods a round")->check(CLI::PositiveNumber);
  app.add_option("--wishes", options.wishes, "different wishes of the pods, where they come again")
      ->check(CLI::PositiveNumber);
  app.add_option("--growth-nodes", options.growth_nodes,
                 "cluster sizes with as many different nodes as the first")
      ->delimiter(',');
  app.add_option("--growth-states", options.growth_states,
                 "numbers of different nodes at the size of --nodes")
      ->delimiter(',');
  app.add_flag("--smoke", options.smoke, "small clusters, one short round, no claims");
  CLI11_PARSE(app, argc, argv);
  return Run(std::move(options));
}

}  // namespace
}  // namespace tangram::bench

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);
  return tangram::bench::Main(argc, argv);
}
