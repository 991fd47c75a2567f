#include "scheduler/simulation/run.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "scheduler/simulation/arrivals.h"
#include "scheduler/simulation/curve.h"
#include "tests/scheduler/simulation/small_workload.h"

namespace tangram::scheduler::simulation {
namespace {

Workload SmallWorkload() {
  Workload workload = NodesOfTwoCards(3);
  for (int i = 0; i < 10; ++i) {
    SimPod pod{"pod-" + std::to_string(i), {}};
    pod.pod.demand.cpu = 100;
    pod.pod.demand.cards = 1;
    pod.pod.demand.milli = i % 2 == 0 ? 600 : 300;
    workload.pods.push_back(pod);
  }
  return workload;
}

TEST(CurveTest, MeansByWholePercentRoundedHalfToEven) {
  Curve curve;
  curve.Add(0.5, 1);   // 0
  curve.Add(1.5, 3);   // 2
  curve.Add(2.5, 5);   // 2
  curve.Add(4.2, 10);  // 4
  EXPECT_EQ(curve.Values(), (std::vector<double>{1, 2.5, 4, 7, 10}));
}

TEST(CurveTest, WiderGapsAreBridgedByAStraightLine) {
  Curve curve;
  curve.Add(2, 4);
  curve.Add(6, 12);
  curve.Add(6, 12);
  curve.Add(7, 5);
  EXPECT_EQ(curve.Values(), (std::vector<double>{0, 2, 4, 6, 8, 10, 12, 5}));
  EXPECT_TRUE(Curve().Values().empty());
}

TEST(RunTest, CountsWhatWasPlacedAndWhatWasNot) {
  const Workload workload = SmallWorkload();
  Arrivals arrivals;
  arrivals.ranks = {2, 0, 1};
  for (uint32_t round = 0; round < 2; ++round) {
    for (uint32_t pod = 0; pod < 10; ++pod) arrivals.pods.push_back(pod);
  }
  const auto report = Simulate(workload, arrivals, "best-fit", PodsOf(workload));
  ASSERT_TRUE(report.ok()) << report.status();
  const ClassCount& slices = report->classes[static_cast<size_t>(PodClass::kShare)];
  EXPECT_EQ(report->placed() + report->failed(), 20u);
  EXPECT_EQ(slices.placed, 12u) << "six cards hold a 600 and a 300 each";
  EXPECT_EQ(slices.asked_milli, 9000);
  EXPECT_EQ(slices.placed_milli, 5400);
  EXPECT_EQ(report->allocated.size(), 151u);
  EXPECT_DOUBLE_EQ(report->allocated.back(), 90);
  EXPECT_EQ(report->cards_touched, 6);
  EXPECT_EQ(report->lacks[static_cast<size_t>(Lack::kGpu)], 8u);
}

TEST(RunTest, PlacementsAreAFunctionOfTheSeed) {
  const Workload workload = SmallWorkload();
  const std::vector<WorkloadPod> typical = PodsOf(workload);
  const auto nodes = [&](uint64_t seed) {
    const Arrivals arrivals = MakeArrivals(workload, seed, 1.3);
    std::vector<uint32_t> placed;
    const auto report = Simulate(workload, arrivals, "fgd", typical);
    for (const Placed& one : report->placements) placed.push_back(one.node);
    return placed;
  };
  EXPECT_EQ(nodes(1), nodes(1));
  EXPECT_NE(nodes(1), nodes(2));
}

TEST(RunTest, ALearnerThatSawNothingPlacesAsIfNothingWereKnown) {
  const Workload workload = SmallWorkload();
  const Arrivals arrivals = MakeArrivals(workload, 3, 1.3);
  ASSERT_LT(arrivals.pods.size(), WorkloadLearner::kFirst);
  for (const std::string policy : {"fgd", "tangram"}) {
    const auto learned =
        Simulate(workload, arrivals, policy, PodsOf(workload), Foresight::kLearned);
    const auto ignorant = Simulate(workload, arrivals, policy, {});
    ASSERT_TRUE(learned.ok() && ignorant.ok());
    for (size_t i = 0; i < arrivals.pods.size(); ++i) {
      EXPECT_EQ(learned->placements[i].node, ignorant->placements[i].node);
      EXPECT_EQ(learned->placements[i].cards, ignorant->placements[i].cards);
    }
    EXPECT_GT(learned->fragmentation_amount.back(), ignorant->fragmentation_amount.back())
        << "it is measured by the known list";
  }
}

// Two nodes are out of cards, one is out of memory, and one is of another model: it is GPU that
// keeps the pod off most of those that it may use, whatever the nearest one lacks.
TEST(RunTest, AFailureNamesWhatMostNodesLackWithAmountsOfTheSameThing) {
  Workload workload = NodesOfTwoCards(4);
  workload.models.push_back("A100");
  workload.nodes[3].view.model = 1;
  workload.nodes[0].view.left[0] = workload.nodes[1].view.left[0] = 400;
  workload.nodes[0].view.left[1] = workload.nodes[1].view.left[1] = 300;
  workload.nodes[1].view.memory_left = 0;
  workload.nodes[2].view.memory_left = 10;
  workload.nodes[3].view.memory_left = 10;
  const auto placed = [&](const Demand& demand) {
    workload.pods = {{"p", {.demand = demand, .model_text = {}}}};
    const auto report = Simulate(workload, {.seed = 1, .pods = {0}, .ranks = {0, 1, 2, 3}},
                                 "best-fit", PodsOf(workload));
    EXPECT_TRUE(report.ok());
    EXPECT_EQ(report->failed(), 1u);
    return report->placements[0];
  };
  const Placed gpu = placed({.memory = 100, .cards = 1, .milli = 1000, .models = 1});
  EXPECT_EQ(gpu.lack, Lack::kGpu);
  EXPECT_EQ(gpu.amounts.have, 0);
  EXPECT_EQ(gpu.amounts.want, 1);
  const Placed cards = placed({.memory = 100, .cards = 8, .milli = 1000});
  EXPECT_EQ(cards.lack, Lack::kGpu);
  EXPECT_EQ(cards.amounts.have, 2);
  EXPECT_EQ(cards.amounts.want, 8);
  const Placed memory = placed({.memory = 100, .cards = 1, .milli = 1000, .models = 2});
  EXPECT_EQ(memory.lack, Lack::kMemory);
  EXPECT_EQ(memory.amounts.have, 10);
  EXPECT_EQ(memory.amounts.want, 100);
}

// What is kept from failure to failure is what looking at every node anew says.
TEST(RunTest, ReasonsFollowTheNodesAsTheyFillUp) {
  Workload workload = NodesOfTwoCards(3);
  const auto pod = [](const char* name, const Demand& demand) {
    return SimPod{name, {.demand = demand, .model_text = {}}};
  };
  workload.pods = {pod("cpu", {.cpu = 8000, .cards = 0}), pod("two", {.cards = 2, .milli = 1000}),
                   pod("want", {.cpu = 1, .cards = 2, .milli = 1000})};
  // No node has CPU; then one after the other is out of cards, too.
  const auto report =
      Simulate(workload, {.seed = 1, .pods = {0, 0, 0, 2, 1, 2, 1, 2, 1, 2}, .ranks = {0, 1, 2}},
               "best-fit", PodsOf(workload));
  ASSERT_TRUE(report.ok()) << report.status();
  std::vector<Lack> lacks;
  for (const Placed& placed : report->placements) {
    if (placed.node == kNowhere) lacks.push_back(placed.lack);
  }
  EXPECT_EQ(lacks, (std::vector<Lack>{Lack::kCpu, Lack::kCpu, Lack::kGpu, Lack::kGpu}));
}

TEST(RunTest, AFailureNamesWhatNodesOfItsModelLack) {
  Workload workload = SmallWorkload();
  workload.pods.resize(1);
  const auto lack = [&](const Demand& demand) {
    workload.pods[0].pod.demand = demand;
    const auto report = Simulate(workload, {.seed = 1, .pods = {0}, .ranks = {0, 1, 2}}, "best-fit",
                                 PodsOf(workload));
    for (size_t i = 0; i < kLacks; ++i) {
      if (report->lacks[i] == 1) return std::string(LackName(static_cast<Lack>(i)));
    }
    return std::string("placed");
  };
  EXPECT_EQ(lack({.cpu = 9000}), "InsufficientCpu");
  EXPECT_EQ(lack({.memory = 2000}), "InsufficientMemory");
  EXPECT_EQ(lack({.cards = 1, .milli = 1000, .models = 2}), "CardTypeMismatch");
  EXPECT_EQ(lack({.cards = 3, .milli = 1000}), "InsufficientGpu");
  EXPECT_EQ(lack({.cards = 2, .milli = 1000}), "placed");
}

TEST(RunTest, ARunThatIsStoppedReportsWhatArrived) {
  const Workload workload = SmallWorkload();
  const Arrivals arrivals = MakeArrivals(workload, 1, 0);
  const auto stopped = Simulate(workload, arrivals, "best-fit", PodsOf(workload), Foresight::kKnown,
                                [](size_t arrived) { return arrived < 4; });
  ASSERT_TRUE(stopped.ok());
  EXPECT_TRUE(stopped->partial);
  EXPECT_EQ(stopped->placements.size(), 4u);
  EXPECT_EQ(stopped->placed() + stopped->failed(), 4u);
  const auto whole = Simulate(workload, arrivals, "best-fit", PodsOf(workload), Foresight::kKnown,
                              [](size_t) { return true; });
  EXPECT_FALSE(whole->partial);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(stopped->placements[i].node, whole->placements[i].node);
  }
}

TEST(RunTest, ArrivalsOfAnotherWorkloadAreRefused) {
  const Workload workload = SmallWorkload();
  const auto message = [&](Arrivals arrivals) {
    return std::string(Simulate(workload, arrivals, "fgd", PodsOf(workload)).status().message());
  };
  EXPECT_EQ(message({.seed = 1, .pods = {}, .ranks = {0, 1}}),
            "arrivals: 2 node ranks for 3 nodes; must be one for each");
  EXPECT_EQ(message({.seed = 1, .pods = {}, .ranks = {0, 1, 1}}),
            "arrivals: node rank 1 comes twice or is not below 3");
  EXPECT_EQ(message({.seed = 1, .pods = {10}, .ranks = {0, 1, 2}}),
            "arrivals: pod 10 of 10; must be below that");
}

TEST(ArrivalsTest, InflationStopsAtItsTarget) {
  const Workload workload = SmallWorkload();
  for (const double inflate : {0.2, 0.75, 1.3, 4.0}) {
    const Arrivals arrivals = MakeArrivals(workload, 5, inflate);
    int64_t asked = 0;
    for (const uint32_t pod : arrivals.pods) asked += workload.pods[pod].pod.demand.gpu();
    EXPECT_LE(asked, static_cast<int64_t>(inflate * 6000));
    EXPECT_GT(asked, static_cast<int64_t>(inflate * 6000) - 600);
  }
  EXPECT_EQ(MakeArrivals(workload, 5, 0).pods.size(), 10u);
}

}  // namespace
}  // namespace tangram::scheduler::simulation
