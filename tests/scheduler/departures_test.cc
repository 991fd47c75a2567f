// Every policy of the list in a cluster where pods come and go: kept judgements against fresh ones,
// and what a policy may not decide.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "scheduler/booked_node.h"
#include "scheduler/placement_index.h"
#include "scheduler/turnover.h"
#include "scheduler/view_policy.h"

namespace tangram::scheduler {
namespace {

Demand SomeDemand(std::mt19937& random) {
  Demand demand;
  demand.cpu = 1000 * static_cast<int64_t>(random() % 12);
  demand.memory = 4000 * static_cast<int64_t>(random() % 8);
  demand.cards = static_cast<int32_t>(random() % 4);
  demand.milli = demand.cards == 0   ? 0
                 : demand.cards == 1 ? 90 * static_cast<int32_t>(1 + random() % 9)
                                     : kWholeCard;
  if (random() % 3 == 0) demand.models = 1 + random() % 2;
  return demand;
}

// A dozen nodes of two models, and a workload of forty kinds of pods.
WorkloadKnowledge SomeWorld(std::mt19937& random) {
  WorkloadKnowledge world;
  for (int i = 0; i < 12; ++i) {
    NodeView node;
    node.cards = static_cast<uint8_t>(2 + 2 * (random() % 2));
    node.model = static_cast<uint8_t>(random() % 2);
    node.cpu_left = 8000 * node.cards;
    node.memory_left = 32000 * node.cards;
    std::fill_n(node.left.begin(), node.cards, static_cast<int16_t>(kWholeCard));
    world.nodes.push_back(node);
  }
  for (int i = 0; i < 40; ++i) {
    const Demand demand = SomeDemand(random);
    world.pods.push_back({demand, std::to_string(demand.models), 1 + random() % 5});
  }
  world.typical = TypicalPods(world.pods);
  return world;
}

class DeparturesTest : public testing::TestWithParam<std::string_view> {};

TEST_P(DeparturesTest, KeptJudgementsAreFreshOnesAndAPolicyDecidesOnlyWhere) {
  constexpr int kDecisions = 20000;  // of each of the policies
  std::mt19937 random(11);
  const WorkloadKnowledge world = SomeWorld(random);
  const auto policy = *MakeViewPolicy(GetParam(), world);
  const auto same_policy = *MakeViewPolicy(GetParam(), world);
  PlacementIndex index(world.nodes, *policy);
  PlacementIndex plain(world.nodes, *same_policy, /*reuse=*/false);
  std::vector<BookedNode> booked(world.nodes.begin(), world.nodes.end());
  struct Pod {
    Demand demand;
    size_t node;
    CardSet cards;
  };
  std::vector<Pod> pods;
  Turnover turnover;
  int placed = 0;
  for (int i = 0; i < kDecisions; ++i) {
    if (i % 50 == 0) {
      index.RefreshPolicy(turnover.departures());
      plain.RefreshPolicy(turnover.departures());
    }
    turnover.Arrived();
    const Demand& demand = world.pods[random() % world.pods.size()].demand;
    const auto kept = index.Best(demand);
    const auto fresh = plain.Best(demand);
    const bool fits = std::any_of(booked.begin(), booked.end(), [&](const BookedNode& node) {
      return Fits(node.view(), demand);
    });
    ASSERT_EQ(kept.has_value(), fits);
    ASSERT_EQ(fresh.has_value(), fits);
    if (fits) {
      ASSERT_EQ(kept->node, fresh->node);
      ASSERT_EQ(kept->choice.card, fresh->choice.card);
      ASSERT_EQ(kept->choice.score, fresh->choice.score);
      BookedNode& node = booked[kept->node];
      ASSERT_TRUE(Fits(node.view(), demand));
      pods.push_back({demand, kept->node, node.Take(demand, kept->choice.card)});
      index.Update(kept->node, node.view());
      plain.Update(kept->node, node.view());
      ++placed;
    }
    // The more pods there are the more leave, so that the cluster is nearly full.
    if (random() % 40 >= pods.size()) continue;
    std::swap(pods[random() % pods.size()], pods.back());
    const Pod& gone = pods.back();
    booked[gone.node].GiveBack(gone.demand, gone.cards);
    index.Update(gone.node, booked[gone.node].view());
    plain.Update(gone.node, booked[gone.node].view());
    turnover.Departed();
    pods.pop_back();
  }
  EXPECT_GT(placed, kDecisions / 4);
  EXPECT_LT(placed, kDecisions);
  EXPECT_LT(index.judgements(), plain.judgements());
}

std::string Named(const testing::TestParamInfo<std::string_view>& info) {
  std::string name(info.param);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(EveryPolicy, DeparturesTest, testing::ValuesIn(ViewPolicyNames()), Named);

TEST(TurnoverTest, GoesFromNoneToOneForOne) {
  Turnover turnover;
  EXPECT_EQ(turnover.departures(), 0);
  for (int i = 0; i < 100; ++i) turnover.Arrived();
  EXPECT_EQ(turnover.departures(), 0);
  for (int i = 0; i < 100; ++i) turnover.Departed();
  EXPECT_EQ(turnover.departures(), 1);
  for (int i = 0; i < 20000; ++i) {
    turnover.Arrived();
    if (i % 2 == 0) turnover.Departed();
  }
  EXPECT_NEAR(turnover.departures(), 0.5, 0.01) << "what was long ago is forgotten";
}

}  // namespace
}  // namespace tangram::scheduler
