#include "scheduler/simulation/churn.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/scheduler/simulation/small_workload.h"

namespace tangram::scheduler::simulation {
namespace {

// Four nodes of two cards; pods of half a card, one card and two, and some without.
Workload SmallWorkload() {
  Workload workload = NodesOfTwoCards(4);
  for (int i = 0; i < 12; ++i) {
    SimPod pod{"pod-" + std::to_string(i), {}};
    Demand& demand = pod.pod.demand;
    demand.cpu = 100;
    demand.cards = i % 4 == 0 ? 0 : i % 4 == 3 ? 2 : 1;
    demand.milli = i % 4 == 0 ? 0 : i % 4 == 1 ? 500 : kWholeCard;
    pod.lifetime_seconds = i % 4 == 3 ? 100 : 20;
    workload.pods.push_back(pod);
  }
  return workload;
}

ChurnStream Stream(const Workload& workload, const ChurnOptions& options, uint64_t seed = 1) {
  auto stream = MakeChurn(workload, options, seed);
  EXPECT_TRUE(stream.ok()) << stream.status();
  return *std::move(stream);
}

ChurnReport Report(const Workload& workload, const ChurnStream& stream,
                   std::string_view policy = "best-fit", Foresight foresight = Foresight::kKnown) {
  auto report = SimulateChurn(workload, stream, policy, PodsOf(workload), foresight);
  EXPECT_TRUE(report.ok()) << report.status();
  return *std::move(report);
}

TEST(ChurnTest, CountsByHand) {
  Workload workload = SmallWorkload();
  workload.nodes.resize(1);  // two cards
  // A pod of two cards for [0, 2), one of one card at 1 that does not fit, and one for [2, 5).
  const ChurnStream stream{.seed = 7,
                           .warm_up = 0.5,
                           .measured = 3.5,
                           .arrivals = {{0, 2, 3}, {1, 9, 2}, {2, 5, 2}},
                           .ranks = {0}};
  const ChurnReport report = Report(workload, stream);
  EXPECT_DOUBLE_EQ(report.allocated_percent, 100 * (1.5 * 2000 + 2 * 1000) / (3.5 * 2000));
  EXPECT_EQ(report.of(PodClass::kFew).arrived, 0u) << "it came before anything was counted";
  EXPECT_DOUBLE_EQ(report.of(PodClass::kFew).allocated_percent, 100 * 1.5 / 3.5);
  EXPECT_EQ(report.of(PodClass::kOne).arrived, 2u);
  EXPECT_EQ(report.of(PodClass::kOne).rejected, 1u);
  EXPECT_DOUBLE_EQ(report.of(PodClass::kOne).rejected_percent(), 50);
  EXPECT_DOUBLE_EQ(report.rejected_volume_percent, 50);
  ASSERT_EQ(report.placements.size(), 3u);
  EXPECT_EQ(report.placements[0].cards, (std::vector<uint8_t>{0, 1}));
  EXPECT_EQ(report.placements[1].node, kNowhere);
  EXPECT_EQ(report.placements[2].cards, (std::vector<uint8_t>{0}));
}

TEST(ChurnTest, AWeakLoadIsAllocatedAsOffered) {
  const Workload workload = SmallWorkload();
  for (const auto lifetimes :
       {ChurnOptions::Lifetimes::kExponential, ChurnOptions::Lifetimes::kTrace}) {
    const ChurnStream stream =
        Stream(workload, {.load = 0.05, .lifetimes = lifetimes, .warm_up = 10, .measured = 20000});
    const ChurnReport report = Report(workload, stream);
    EXPECT_LT(report.rejected_volume_percent, 1);
    EXPECT_NEAR(report.allocated_percent, 5, 0.2);
  }
}

TEST(ChurnTest, PodsOfATraceAreThereFromTheBeginning) {
  Workload workload = SmallWorkload();
  // One pod in twelve lives a thousand times as long as the others.
  for (SimPod& pod : workload.pods) pod.lifetime_seconds = pod.name == "pod-1" ? 1000 : 1;
  double allocated = 0;
  constexpr uint64_t kSeeds = 200;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const ChurnStream stream = Stream(
        workload,
        {.load = 0.1, .lifetimes = ChurnOptions::Lifetimes::kTrace, .warm_up = 0, .measured = 0.01},
        seed);
    allocated += Report(workload, stream).allocated_percent / kSeeds;
  }
  EXPECT_NEAR(allocated, 10, 1.5);
}

TEST(ChurnTest, TheTraceTellsWhoStaysLong) {
  const Workload workload = SmallWorkload();
  ChurnOptions options{.load = 1, .lifetimes = ChurnOptions::Lifetimes::kTrace};
  for (const ChurnStream::Arrival& arrival : Stream(workload, options).arrivals) {
    // Nine pods stay 20 seconds and three 100: 40 on average.
    const double lifetime = arrival.pod % 4 == 3 ? 2.5 : 0.5;
    if (arrival.time > 0) {
      EXPECT_NEAR(arrival.leaves - arrival.time, lifetime, 1e-9);
    } else {
      EXPECT_LT(arrival.leaves, lifetime) << "it was there before";
    }
  }
  Workload without = workload;
  without.pods[5].lifetime_seconds.reset();
  EXPECT_EQ(MakeChurn(without, options, 1).status().message(),
            "pod pod-5 has no lifetime in the trace; all must have one");
}

TEST(ChurnTest, TheSameSeedGivesTheSamePlacements) {
  const Workload workload = SmallWorkload();
  const auto nodes = [&](uint64_t seed, std::string_view policy, Foresight foresight) {
    const ChurnReport report =
        Report(workload, Stream(workload, {.measured = 40}, seed), policy, foresight);
    std::vector<uint32_t> placed;
    for (const Placed& one : report.placements) placed.push_back(one.node);
    return placed;
  };
  for (const Foresight foresight : {Foresight::kKnown, Foresight::kLearned}) {
    for (const std::string_view policy : ViewPolicyNames()) {
      EXPECT_EQ(nodes(1, policy, foresight), nodes(1, policy, foresight)) << policy;
      EXPECT_NE(nodes(1, policy, foresight), nodes(2, policy, foresight)) << policy;
    }
  }
}

TEST(ChurnTest, ALearnerGetsNewPoliciesOnTheWay) {
  const Workload workload = SmallWorkload();
  const ChurnStream stream = Stream(workload, {.measured = 45});
  ASSERT_GT(stream.arrivals.size(), 378u);
  ASSERT_LT(stream.arrivals.size(), 567u);
  EXPECT_EQ(Report(workload, stream, "tangram", Foresight::kLearned).policy_version, 6u);
  EXPECT_EQ(Report(workload, stream, "tangram").policy_version, 0u);
}

TEST(ChurnTest, WithoutGpuThereIsNoLoad) {
  Workload workload = SmallWorkload();
  std::erase_if(workload.pods, [](const SimPod& pod) { return pod.pod.demand.cards > 0; });
  EXPECT_EQ(MakeChurn(workload, {}, 1).status().message(),
            "no load of GPU can be offered: nodes must have GPUs and pods must ask for some");
}

TEST(ChurnTest, AStreamOfAnotherWorkloadIsRefused) {
  const Workload workload = SmallWorkload();
  const auto message = [&](const ChurnStream& stream) {
    return std::string(SimulateChurn(workload, stream, "fgd", {}).status().message());
  };
  EXPECT_EQ(message({.arrivals = {{0, 1, 12}}, .ranks = {0, 1, 2, 3}}),
            "arrivals: pod 12 of 12; must be below that");
  EXPECT_EQ(message({.arrivals = {}, .ranks = {0}}),
            "arrivals: 1 node ranks for 4 nodes; must be one for each");
}

}  // namespace
}  // namespace tangram::scheduler::simulation
