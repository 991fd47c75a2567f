// The best node, kept up to date, against looking at every node.
#include "scheduler/placement_index.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <span>
#include <utility>
#include <vector>

namespace tangram::scheduler {
namespace {

// Prefers the nodes with little left, and says so coarsely, so that many are equal. Nodes of
// several cards have a price that changes; where many pods leave, the other way round.
class Coarse : public ViewPolicy {
 public:
  std::string_view name() const override { return "coarse"; }
  Choice Judge(const NodeView& node, const Demand& demand) const override {
    const bool priced = node.cards > 1;
    return {.score = (spread_ ? 1 : -1) * (node.gpu_left() / 700) + (priced ? price_ : 0),
            .card = demand.shares() ? TightestCard(node, demand) : int8_t{-1},
            .lasts = !priced};
  }
  Keep Refresh(const Outlook& outlook) override {
    int64_t left = 0;
    for (const NodeView& node : outlook.nodes) left += node.gpu_left();
    const bool turned = std::exchange(spread_, outlook.departures > 0.5) != spread_;
    const bool moved = std::exchange(price_, left / 2000 % 5) != price_;
    return turned ? Keep::kNone : moved ? Keep::kLasting : Keep::kAll;
  }

 private:
  bool spread_ = false;
  int64_t price_ = 0;
};

std::vector<NodeView> SomeNodes(std::mt19937& random, size_t count) {
  std::vector<NodeView> nodes(count);
  for (NodeView& node : nodes) {
    node.cards = static_cast<uint8_t>(1 + random() % 3);
    node.model = static_cast<uint8_t>(random() % 2);
    node.cpu_left = 8000;
    node.memory_left = 1000;
    std::fill_n(node.left.begin(), node.cards, static_cast<int16_t>(kWholeCard));
  }
  return nodes;
}

TEST(PlacementIndexTest, ReuseChangesNoPlacementOver100000Decisions) {
  std::mt19937 random(9);
  Coarse policy, same_policy;
  const std::vector<NodeView> empty = SomeNodes(random, 37);
  PlacementIndex index(empty, policy);
  PlacementIndex plain(empty, same_policy, /*reuse=*/false);
  int placed = 0;
  constexpr int kDecisions = 100000;
  for (int i = 0; i < kDecisions; ++i) {
    Demand demand;
    demand.cpu = static_cast<int64_t>(random() % 4) * 500;
    demand.memory = static_cast<int64_t>(random() % 3) * 20;
    demand.cards = static_cast<int32_t>(random() % 3);
    demand.milli = demand.cards == 1   ? 100 * static_cast<int32_t>(1 + random() % 10)
                   : demand.cards == 0 ? 0
                                       : kWholeCard;
    if (random() % 3 == 0) demand.models = 1;
    if (random() % 20 == 0) {
      const double departures = random() % 10 == 0 ? 1 : 0;
      index.RefreshPolicy(departures);
      plain.RefreshPolicy(departures);
    }
    const auto a = index.Best(demand);
    const auto b = plain.Best(demand);
    ASSERT_EQ(a.has_value(), b.has_value());
    if (a.has_value()) {
      ASSERT_EQ(a->node, b->node);
      ASSERT_EQ(a->choice.card, b->choice.card);
      ASSERT_EQ(a->choice.score, b->choice.score);
      NodeView view = index.nodes()[a->node];
      Take(demand, a->choice.card, &view);
      index.Update(a->node, view);
      plain.Update(a->node, view);
      ++placed;
    }
    if (random() % 6 == 0) {  // everybody leaves a node
      const size_t node = random() % empty.size();
      index.Update(node, empty[node]);
      plain.Update(node, empty[node]);
    }
  }
  EXPECT_GT(placed, kDecisions / 3);
  EXPECT_LT(placed, kDecisions);
  EXPECT_LT(index.judgements(), plain.judgements());
}

TEST(PlacementIndexTest, TheFirstOfEqualsIsTaken) {
  Coarse policy;
  std::mt19937 random(1);
  std::vector<NodeView> nodes(5, SomeNodes(random, 1)[0]);
  PlacementIndex index(nodes, policy);
  Demand demand;
  demand.cards = 1;
  demand.milli = 10;
  EXPECT_EQ(index.Best(demand)->node, 0u);
  nodes[0].cpu_left = -1;
  index.Update(0, nodes[0]);
  EXPECT_EQ(index.Best(demand)->node, 1u);
  EXPECT_EQ(index.states(), 2u);
}

TEST(PlacementIndexTest, AnotherPolicyJudgesAnew) {
  const auto by_name = [](const char* name) { return *MakeViewPolicy(name, {}); };
  std::vector<NodeView> nodes(2);
  for (NodeView& node : nodes) {
    node.cards = 1;
    node.cpu_left = 8000;
    node.left[0] = kWholeCard;
  }
  nodes[1].cpu_left = 4000;
  const Demand demand{.cpu = 100, .cards = 1, .milli = 10};
  const auto best_fit = by_name("best-fit"), packing = by_name("gpu-packing");
  PlacementIndex index(nodes, *best_fit);
  EXPECT_EQ(index.Best(demand)->node, 1u);
  index.SetPolicy(*packing);
  EXPECT_EQ(index.Best(demand)->node, 0u) << "which finds them equal";
}

TEST(PlacementIndexTest, TheDemandAskedLongestAgoIsForgotten) {
  Coarse policy;
  std::mt19937 random(1);
  PlacementIndex index(SomeNodes(random, 1), policy);
  const auto ask = [&index](int64_t cpu) { index.Best({.cpu = cpu}); };
  const auto judged = [&](int64_t cpu) {
    const uint64_t before = index.judgements();
    ask(cpu);
    return index.judgements() > before;
  };
  for (size_t i = 0; i < PlacementIndex::kMostShapes; ++i) ask(static_cast<int64_t>(i));
  EXPECT_FALSE(judged(0));
  EXPECT_TRUE(judged(5000));
  EXPECT_FALSE(judged(0));
  EXPECT_TRUE(judged(1)) << "0 was asked after it";
}

TEST(PlacementIndexTest, NothingFitsOnNoNodes) {
  Coarse policy;
  PlacementIndex index({}, policy);
  EXPECT_FALSE(index.Best(Demand()).has_value());
}

}  // namespace
}  // namespace tangram::scheduler
