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
// several cards have a price that changes.
class Coarse : public ViewPolicy {
 public:
  std::string_view name() const override { return "coarse"; }
  Choice Judge(const NodeView& node, const Demand& demand) const override {
    const bool priced = node.cards > 1;
    return {.score = -(node.gpu_left() / 700) + (priced ? price_ : 0),
            .card = demand.shares() ? TightestCard(node, demand) : int8_t{-1},
            .lasts = !priced};
  }
  bool Refresh(std::span<const NodeView> nodes) override {
    int64_t left = 0;
    for (const NodeView& node : nodes) left += node.gpu_left();
    return std::exchange(price_, left / 2000 % 5) != price_;
  }

 private:
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
      index.RefreshPolicy();
      plain.RefreshPolicy();
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

TEST(PlacementIndexTest, NothingFitsOnNoNodes) {
  Coarse policy;
  PlacementIndex index({}, policy);
  EXPECT_FALSE(index.Best(Demand()).has_value());
}

}  // namespace
}  // namespace tangram::scheduler
