// The simulator against the published curves of FGD and the policies it was compared with.
//
// Reads $TANGRAM_DATA_DIR/openb: the trace, the orders of arrival, and the authors' curves. Without
// it the test is skipped. One seed of a few lists by default; TANGRAM_PUBLISHED=all runs all of
// them, for optimised builds.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "api/traces/openb.h"
#include "scheduler/simulation/run.h"

namespace tangram::api::traces {
namespace {

namespace simulation = scheduler::simulation;

// Their names, and ours.
const std::map<std::string, std::string>& Policies() {
  static const std::map<std::string, std::string> policies = {
      {"02-DotProd", "dotprod"},
      {"03-GpuClustering", "gpu-clustering"},
      {"04-GpuPacking", "gpu-packing"},
      {"05-BestFit", "best-fit"},
      {"06-FGD", "fgd"}};
  return policies;
}

std::string Read(const std::filesystem::path& path) {
  std::ifstream in(path);
  EXPECT_TRUE(in.is_open()) << path;
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> Fields(const std::string& line) {
  std::vector<std::string> fields;
  std::stringstream in(line);
  for (std::string field; std::getline(in, field, ',');) fields.push_back(field);
  return fields;
}

// Allocated percent by whole percent arrived, of one published run.
struct Published {
  std::string list, policy;
  uint64_t seed = 0;
  std::vector<double> curve;
};

std::vector<Published> ReadPublished(const std::filesystem::path& path) {
  std::vector<Published> runs;
  std::stringstream in(Read(path));
  std::string line;
  std::getline(in, line);
  const size_t first = 5;
  while (std::getline(in, line)) {
    const std::vector<std::string> fields = Fields(line);
    if (fields.size() <= first || !Policies().contains(fields[1])) continue;
    Published run{fields[0], Policies().at(fields[1]), std::stoull(fields[3]), {}};
    for (size_t i = first; i < fields.size() && !fields[i].empty(); ++i) {
      run.curve.push_back(std::stod(fields[i]));
    }
    runs.push_back(std::move(run));
  }
  return runs;
}

// The largest distance between the curves.
double Distance(const std::vector<double>& ours, const std::vector<double>& theirs) {
  if (ours.size() < theirs.size()) return 100;
  double largest = 0;
  for (size_t i = 0; i < theirs.size(); ++i) {
    largest = std::max(largest, std::abs(ours[i] - theirs[i]));
  }
  return largest;
}

TEST(PublishedCurvesTest, TheReplicasFollowThem) {
  const char* const data = std::getenv("TANGRAM_DATA_DIR");
  if (data == nullptr) GTEST_SKIP() << "TANGRAM_DATA_DIR is not set";
  const std::filesystem::path openb = std::filesystem::path(data) / "openb";
  const char* const chosen = std::getenv("TANGRAM_PUBLISHED");
  const bool all = chosen != nullptr && std::string(chosen) == "all";

  const std::string nodes = Read(openb / "openb_node_list_gpu_node.csv");
  std::map<std::string, simulation::Workload> workloads;
  std::map<std::string, std::string> orders;
  std::map<std::string, std::pair<int, int>> by_policy;  // runs, and those that follow
  for (const Published& run : ReadPublished(openb / "published" / "allocated.csv")) {
    const std::string list = run.list.substr(std::string("openb_pod_list_").size());
    const bool short_form = run.seed == 42 && (list == "default" || list == "gpuspec33");
    if (!all && !short_form) continue;
    if (!workloads.contains(list)) {
      const std::string pods = Read(openb / (run.list + ".csv"));
      auto workload = ReadOpenB({"nodes", nodes}, {run.list, pods});
      ASSERT_TRUE(workload.ok()) << workload.status();
      workloads.emplace(list, *std::move(workload));
      orders.emplace(list, Read(openb / "sequences" / (list + ".txt")));
    }
    const simulation::Workload& workload = workloads.at(list);
    const auto arrivals = ReadArrivals({list, orders.at(list)}, run.seed);
    if (!arrivals.ok()) continue;
    const auto report =
        simulation::Simulate(workload, *arrivals, run.policy, simulation::PodsOf(workload));
    ASSERT_TRUE(report.ok()) << report.status();
    const double distance = Distance(report->allocated, run.curve);
    // The published numbers are rounded to two digits.
    const bool follows = distance <= 0.01 + 0.005 + 1e-9;
    auto& [runs, good] = by_policy[run.policy];
    ++runs;
    good += follows ? 1 : 0;
    if (!follows) {
      std::cout << list << " " << run.policy << " seed " << run.seed << ": off by " << distance
                << "\n";
    }
  }
  int runs = 0, good = 0;
  for (const auto& [policy, counts] : by_policy) {
    std::cout << policy << ": " << counts.second << " of " << counts.first << " curves followed\n";
    runs += counts.first;
    good += counts.second;
  }
  EXPECT_GT(runs, 0);
  EXPECT_GE(good * 425, runs * 420);
}

}  // namespace
}  // namespace tangram::api::traces
