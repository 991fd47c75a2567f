// Each policy on nodes small enough to score by hand.
#include "scheduler/view_policy.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "scheduler/fragmentation.h"
#include "scheduler/placement_index.h"

namespace tangram::scheduler {
namespace {

NodeView Node(std::vector<int16_t> left, int64_t cpu = 96000) {
  NodeView node;
  node.cpu_left = cpu;
  node.memory_left = 1 << 20;
  node.cards = static_cast<uint8_t>(left.size());
  std::copy(left.begin(), left.end(), node.left.begin());
  return node;
}

Demand Slice(int32_t milli, int64_t cpu = 0) {
  Demand demand;
  demand.cpu = cpu;
  demand.cards = 1;
  demand.milli = milli;
  return demand;
}

Demand Cards(int32_t cards, int64_t cpu = 0) {
  Demand demand = Slice(kWholeCard, cpu);
  demand.cards = cards;
  return demand;
}

ViewPolicy::Choice Judge(const std::string& policy, const NodeView& node, const Demand& demand,
                         const TypicalPods& typical = {}) {
  WorkloadKnowledge knowledge;
  knowledge.typical = typical;
  return (*MakeViewPolicy(policy, knowledge))->Judge(node, demand);
}

TEST(NodeViewTest, FitsAsksForEveryDimension) {
  const NodeView node = Node({1000, 400}, 2000);
  EXPECT_TRUE(Fits(node, Slice(400, 2000)));
  EXPECT_FALSE(Fits(node, Slice(400, 2001)));
  EXPECT_TRUE(Fits(node, Cards(1)));
  EXPECT_FALSE(Fits(node, Cards(2)));
  Demand demand = Slice(1);
  demand.models = 2;
  EXPECT_FALSE(Fits(node, demand));
  demand = Demand();
  demand.memory = (1 << 20) + 1;
  EXPECT_FALSE(Fits(node, demand));
  demand.memory = 0;
  demand.models = 2;
  EXPECT_TRUE(Fits(node, demand)) << "without a card the model does not matter";
}

TEST(FragmentTest, CountsWhatTheUsualPodsCannotUse) {
  // Three of four pods want 500 milli, one wants a whole card.
  std::vector<WorkloadPod> pods(3, {Slice(500), ""});
  pods.push_back({Cards(1), ""});
  const TypicalPods typical(pods);
  ASSERT_EQ(typical.pods().size(), 2u);
  EXPECT_DOUBLE_EQ(typical.pods()[0].share, 0.75);
  EXPECT_DOUBLE_EQ(Fragment(typical, Node({1000, 1000})), 0);
  // 300 are too small for either; the whole card of the other holds both.
  EXPECT_DOUBLE_EQ(Fragment(typical, Node({1000, 300})), 300);
  // 600 hold a slice and no whole card.
  EXPECT_DOUBLE_EQ(Fragment(typical, Node({600, 300})), 0.75 * 300 + 0.25 * 900);
}

TEST(FragmentTest, WithoutCpuAllIdleGpuIsAFragment) {
  const TypicalPods typical(std::vector<WorkloadPod>(4, {Slice(500, 1000), ""}));
  EXPECT_DOUBLE_EQ(Fragment(typical, Node({1000, 1000}, 999)), 2000);
}

TEST(FragmentTest, UsableIsWhatIsNoFragmentWhereMemoryIsEnough) {
  std::vector<WorkloadPod> pods(3, {Slice(500, 1000), ""});
  pods[0].demand.memory = 300;
  pods.push_back({Cards(1), ""});
  pods.push_back({Demand(), ""});
  const TypicalPods typical(pods);
  EXPECT_EQ(typical.pods()[0].demand.memory, 100) << "the mean of the three";
  NodeView node = Node({1000, 600, 300});
  for (const int64_t cpu : {0, 1000}) {
    node.cpu_left = cpu;
    EXPECT_DOUBLE_EQ(Usable(typical, node), 1900 - Fragment(typical, node));
  }
  node.memory_left = 99;
  EXPECT_DOUBLE_EQ(Usable(typical, node), 0.2 * 1000) << "only the whole card can be used";
}

TEST(FragmentTest, PodsAlikeMayBeCountedOrListed) {
  std::vector<WorkloadPod> pods = {{Slice(500), "a"}, {Cards(1), ""}, {Slice(500), "a"}};
  const std::vector<WorkloadPod> counted = CountAlike(pods);
  ASSERT_EQ(counted.size(), 2u);
  EXPECT_EQ(counted[0].demand, Slice(500));
  EXPECT_EQ(counted[0].count, 2u);
  const TypicalPods from_list(pods), from_counts(counted);
  ASSERT_EQ(from_list.pods().size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(from_list.pods()[i].demand, from_counts.pods()[i].demand);
    EXPECT_EQ(from_list.pods()[i].share, from_counts.pods()[i].share);
  }
}

TEST(FragmentTest, TheRarestPodsAreLeftOut) {
  std::vector<WorkloadPod> pods(95, {Slice(500), ""});
  for (int32_t i = 1; i <= 5; ++i) pods.push_back({Slice(i), ""});
  EXPECT_EQ(TypicalPods(pods).pods().size(), 1u);
  pods.erase(pods.begin());
  EXPECT_EQ(TypicalPods(pods).pods().size(), 2u);
}

TEST(ViewPolicyTest, FgdFillsACardThatIsSpoiledAlready) {
  const TypicalPods typical(std::vector<WorkloadPod>(4, {Cards(1), ""}));
  const ViewPolicy::Choice choice = Judge("fgd", Node({1000, 700}), Slice(300), typical);
  EXPECT_EQ(choice.card, 1);
  EXPECT_GT(choice.score, 50);
  EXPECT_LT(Judge("fgd", Node({1000, 1000}), Slice(300), typical).score, 50);
  EXPECT_EQ(Judge("fgd", Node({1000, 1000}), Cards(1), typical).score, 50);
}

TEST(ViewPolicyTest, BestFitPrefersTheFullerNodeAndTheTighterCard) {
  const ViewPolicy::Choice choice = Judge("best-fit", Node({1000, 500, 400}, 64000), Slice(300));
  // CPU half of 128 cores left, GPU 1,600 of 8,000: 1 - .25 - .1.
  EXPECT_EQ(choice.score, 65);
  EXPECT_EQ(choice.card, 2);
  EXPECT_GT(Judge("best-fit", Node({400}, 64000), Slice(300)).score, choice.score);
}

TEST(ViewPolicyTest, DotProductPrefersWhatPointsAway) {
  EXPECT_EQ(Judge("dotprod", Node({1000, 1000}, 64000), Slice(400, 32000)).score, 93);
  EXPECT_LT(Judge("dotprod", Node({1000, 1000}, 128000), Slice(400, 32000)).score, 93);
}

TEST(ViewPolicyTest, PackingGoesFromSharedToFreeToIdle) {
  const int64_t shared = Judge("gpu-packing", Node({1000, 500}), Slice(300)).score;
  const int64_t free = Judge("gpu-packing", Node({1000, 200}), Slice(300)).score;
  const int64_t idle = Judge("gpu-packing", Node({1000, 1000}), Slice(300)).score;
  EXPECT_EQ(shared, 95);
  EXPECT_EQ(free, 49);
  EXPECT_EQ(idle, 31);
  EXPECT_EQ(Judge("gpu-packing", Node({1000}), Demand()).score, 0);
}

TEST(ViewPolicyTest, ClusteringKeepsLikeBesideLike) {
  NodeView node = Node({1000, 1000});
  EXPECT_EQ(Judge("gpu-clustering", node, Cards(1)).score, 25 + 18);
  node.tags = Cards(1).tag();
  EXPECT_EQ(Judge("gpu-clustering", node, Cards(1)).score, 75 + 18);
  EXPECT_EQ(Judge("gpu-clustering", node, Slice(300)).score, 18);
  node.tags |= Slice(1).tag();
  EXPECT_EQ(Judge("gpu-clustering", node, Slice(300)).score, 50 + 18);
}

// Of two nodes of two cards with room on three of the four: 1/2 for the first, 1/4 for the others.
TEST(ViewPolicyTest, RandomTakesAnyNodeAndAnyCardOfIt) {
  const auto policy = *MakeViewPolicy("random", {});
  PlacementIndex index({Node({200, 1000}), Node({1000, 500})}, *policy, /*reuse=*/true, /*seed=*/3);
  std::map<std::pair<size_t, int8_t>, int> drawn;
  for (int i = 0; i < 4000; ++i) {
    const auto place = index.Best(Slice(300));
    ++drawn[{place->node, place->choice.card}];
  }
  ASSERT_EQ(drawn.size(), 3u);
  EXPECT_NEAR((drawn[{0, int8_t{1}}]), 2000, 120);
  EXPECT_NEAR((drawn[{1, int8_t{0}}]), 1000, 100);
  EXPECT_NEAR((drawn[{1, int8_t{1}}]), 1000, 100);
  EXPECT_EQ(index.Best(Cards(1))->choice.card, -1);
}

TEST(ViewPolicyTest, UnknownNamesAreToldWhatThereIs) {
  const auto made = MakeViewPolicy("fdg", {});
  EXPECT_EQ(made.status().message(),
            "policy: \"fdg\" is not known; allowed are best-fit, dotprod, fgd, gpu-clustering, "
            "gpu-packing, random, tangram");
}

// The workload is halves of cards: what is left below one is worth nothing.
TEST(ViewPolicyTest, TangramKeepsWhatCanStillBeSold) {
  WorkloadKnowledge knowledge;
  knowledge.pods.assign(50, {Slice(500, 1000), ""});
  knowledge.nodes = {Node({1000, 1000})};
  const auto policy = *MakeViewPolicy("tangram", knowledge);
  EXPECT_EQ(policy->Judge(Node({1000, 500, 400}), Slice(400)).card, 2);
  EXPECT_EQ(policy->Judge(Node({1000, 400}), Slice(400)).card, 1);
  EXPECT_GT(policy->Judge(Node({400}), Slice(400)).score,
            policy->Judge(Node({1000}), Slice(400)).score);
}

TEST(ViewPolicyTest, TangramSparesTheModelThatOthersNeed) {
  WorkloadKnowledge knowledge;
  for (int i = 0; i < 50; ++i) {
    WorkloadPod pod{Slice(500), ""};
    if (i % 2 == 0) {
      pod.demand.models = 2;
      pod.model_text = "T4";
    }
    knowledge.pods.push_back(pod);
  }
  knowledge.nodes.assign(2, Node({1000}));
  knowledge.nodes[1].model = 1;
  const auto policy = *MakeViewPolicy("tangram", knowledge);
  EXPECT_GT(policy->Judge(knowledge.nodes[0], Slice(500)).score,
            policy->Judge(knowledge.nodes[1], Slice(500)).score);
}

// Pods of two cards fit nowhere for want of CPU, so only what the usual pods could use tells the
// nodes apart.
TEST(ViewPolicyTest, TangramCaresForTheUsualPodsOncePodsLeave) {
  WorkloadKnowledge knowledge;
  knowledge.pods.assign(50, {Slice(500, 1000), ""});
  knowledge.nodes = {Node({1000, 1000})};
  const auto policy = *MakeViewPolicy("tangram", knowledge);
  const NodeView node = Node({600, 500}, 1500);
  const int64_t filling = policy->Judge(node, Slice(100)).score;
  EXPECT_EQ(policy->Refresh({.nodes = knowledge.nodes, .departures = 0.01}),
            ViewPolicy::Keep::kAll);
  EXPECT_EQ(policy->Judge(node, Slice(100)).score, filling);
  EXPECT_EQ(policy->Refresh({.nodes = knowledge.nodes, .departures = 1}), ViewPolicy::Keep::kNone);
  // The usual pods could use all 1,100 before and 1,000 after: 0.6 of a tenth of a card is lost.
  EXPECT_NEAR(static_cast<double>(policy->Judge(node, Slice(100)).score - filling) / (1 << 30),
              -0.06, 1e-6);
}

TEST(ViewPolicyTest, TakeBooksWholeCardsInOrder) {
  NodeView node = Node({900, 1000, 1000, 1000});
  Take(Cards(2, 500), -1, &node);
  EXPECT_EQ(node, [] {
    NodeView expected = Node({900, 0, 0, 1000}, 95500);
    expected.tags = 4;
    return expected;
  }());
}

}  // namespace
}  // namespace tangram::scheduler
