// bench/verbs: how long filter, prioritize and bind take, and how much of that is HTTP.
//
// Plays kube-scheduler over one keep-alive connection against a `tangram serve` process of its own,
// and in turns against an echo server (a second process of this program). Exit code 0 when every
// claim holds, 1 when one does not, 2 when nothing could be measured.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "bench/child_process.h"
#include "bench/claims.h"
#include "bench/cluster_profile.h"
#include "bench/echo_server.h"
#include "bench/http_connection.h"
#include "bench/kubernetes_json.h"
#include "bench/served_cluster.h"
#include "bench/verb_load.h"
#include "bench/verb_report.h"

namespace tangram::bench {
namespace {

constexpr std::chrono::seconds kStartPatience{120};

struct Options {
  std::string tangram;
  std::string scratch = "build/bench/scratch";
  std::vector<int> nodes = {100, 1000, 5000};
  std::vector<std::string> states = {"empty", "aged", "full"};
  int rounds = 7;
  int pods = 208;  // eight of each shape
  int wishes = 26;
  std::string candidates = "all";
  std::vector<std::string> serve_flags;
  bool long_names = false;
  uint64_t seed = 1;
  bool smoke = false;
  uint16_t echo_port = 0;     // not 0: be the echo server
  std::string write_cluster;  // not empty: only write the file
};

Profile ProfileFor(const Options& options, int nodes, Fill fill) {
  return MakeProfile(
      {.nodes = nodes, .fill = fill, .long_names = options.long_names, .seed = options.seed});
}

absl::StatusOr<VerbResult> Measure(const Options& options, int nodes, Fill fill) {
  const Profile profile = ProfileFor(options, nodes, fill);
  const std::string stem =
      absl::StrCat(options.scratch, "/verbs-", nodes, "-", std::string(ToText(fill)));
  const std::string cluster = stem + ".json";
  if (absl::Status s = WriteFile(cluster, KubectlList(profile)); !s.ok()) return s;

  auto tangram = Serve({.tangram = options.tangram,
                        .cluster = cluster,
                        .log = stem + ".log",
                        .candidates = options.candidates,
                        .flags = options.serve_flags});
  if (!tangram.ok()) return tangram.status();
  const uint16_t echo_port = FreePort();
  auto echo = ChildProcess::Start(
      {std::filesystem::read_symlink("/proc/self/exe").string(), "--echo", absl::StrCat(echo_port)},
      stem + "-echo.log");
  if (!echo.ok()) return echo.status();
  if (absl::Status s = (*echo)->WaitReady(echo_port, kStartPatience); !s.ok()) return s;

  VerbResult result{.nodes = nodes,
                    .fill = fill,
                    .states = CountStates(profile),
                    .bound_pods = profile.pods.size(),
                    .pods_per_round = options.pods,
                    .tangram = {},
                    .echo = {}};
  VerbLoad load(profile, {.pods = options.pods,
                          .wishes = std::min(options.wishes, options.pods),
                          .tangram_port = tangram->port,
                          .echo_port = echo_port,
                          .complete_answers = options.candidates == "all"});
  // Warms both up, and teaches the echo server's rounds what to send.
  if (auto warm = load.TangramRound(); !warm.ok()) return warm.status();
  if (auto warm = load.EchoRound(); !warm.ok()) return warm.status();
  for (int round = 0; round < options.rounds; ++round) {
    auto floor = load.EchoRound();
    if (!floor.ok()) return floor.status();
    auto times = load.TangramRound();
    if (!times.ok()) return times.status();
    result.echo.push_back(*std::move(floor));
    result.tangram.push_back(*std::move(times));
  }
  result.peak_kibibytes = tangram->process->PeakKibibytes();
  return result;
}

int Run(const Options& options) {
  std::error_code error;
  std::filesystem::create_directories(options.scratch, error);
  std::vector<Claim> claims;
  for (const int nodes : options.nodes) {
    for (const std::string& state : options.states) {
      const auto fill = ParseFill(state);
      auto result = fill.ok() ? Measure(options, nodes, *fill) : fill.status();
      if (!result.ok()) {
        std::cerr << "error: " << nodes << " nodes, " << state << ": "
                  << std::string(result.status().message()) << "\n";
        return kNoMeasurement;
      }
      std::cout << VerbTable(*result) << std::flush;
      for (Claim& claim : AnswerClaims(*result)) claims.push_back(std::move(claim));
      if (options.smoke) continue;
      for (Claim& claim : TimeClaims(*result)) claims.push_back(std::move(claim));
    }
  }
  return ReportClaims(claims);
}

int WriteCluster(const Options& options) {
  const auto fill = ParseFill(options.states.front());
  if (!fill.ok()) {
    std::cerr << "error: " << std::string(fill.status().message()) << "\n";
    return kNoMeasurement;
  }
  const Profile profile = ProfileFor(options, options.nodes.front(), *fill);
  const absl::Status status = WriteFile(options.write_cluster, KubectlList(profile));
  if (!status.ok()) {
    std::cerr << "error: " << std::string(status.message()) << "\n";
    return kNoMeasurement;
  }
  std::cout << profile.nodes.size() << " nodes, " << profile.pods.size() << " pods, "
            << CountStates(profile) << " distinct node states: " << options.write_cluster << "\n";
  return 0;
}

int Main(int argc, char** argv) {
  Options options;
  CLI::App app("How long filter, prioritize and bind take, beside the floor that HTTP sets.");
  app.add_option("--tangram", options.tangram, "the tangram binary to measure");
  app.add_option("--scratch", options.scratch, "folder for cluster files and logs");
  app.add_option("--nodes", options.nodes, "cluster sizes, of eight GPUs each")->delimiter(',');
  app.add_option("--states", options.states, "empty, aged, full")->delimiter(',');
  app.add_option("--rounds", options.rounds, "interleaved rounds, of which the median counts")
      ->check(CLI::PositiveNumber);
  app.add_option("--pods", options.pods, "pods a round; 26 is one of each shape")
      ->check(CLI::PositiveNumber);
  app.add_option("--wishes", options.wishes,
                 "different wishes of the pods; 26 is one of each shape, as many as pods makes "
                 "every pod one that was not asked for lately")
      ->check(CLI::PositiveNumber);
  app.add_option("--candidates", options.candidates, "of tangram serve; all makes answers longest");
  app.add_option("--serve-flag", options.serve_flags, "a further flag of tangram serve");
  app.add_flag("--long-names", options.long_names, "node names of 43 bytes instead of 10");
  app.add_option("--seed", options.seed, "of the clusters");
  app.add_flag("--smoke", options.smoke, "100 nodes, one short round, no claims about time");
  app.add_option("--echo", options.echo_port, "be the echo server on this port");
  app.add_option("--write-cluster", options.write_cluster,
                 "only write the first size's first state to this file");
  CLI11_PARSE(app, argc, argv);

  if (options.echo_port != 0) {
    const absl::Status status = RunEchoServer(options.echo_port);
    if (status.ok()) return 0;
    std::cerr << "error: " << std::string(status.message()) << "\n";
    return kNoMeasurement;
  }
  if (!options.write_cluster.empty()) return WriteCluster(options);
  if (options.smoke) {
    options.nodes = {100};
    options.rounds = 1;
    options.pods = static_cast<int>(ShapeCount());
  }
  if (options.tangram.empty()) {
    std::cerr << "error: --tangram FILE is missing: which binary is to be measured?\n";
    return kNoMeasurement;
  }
  return Run(options);
}

}  // namespace
}  // namespace tangram::bench

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);
  return tangram::bench::Main(argc, argv);
}
