// Pods take their cards and give them back.
#include "scheduler/booked_node.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "scheduler/view_policy.h"

namespace tangram::scheduler {
namespace {

NodeView EmptyNode(uint8_t cards) {
  NodeView node;
  node.cpu_left = 96000;
  node.memory_left = 100000;
  node.cards = cards;
  std::fill_n(node.left.begin(), cards, static_cast<int16_t>(kWholeCard));
  return node;
}

TEST(BookedNodeTest, GivesBackTheCardsThatWereTaken) {
  BookedNode node(EmptyNode(4));
  const Demand slice{.cpu = 100, .memory = 10, .cards = 1, .milli = 300};
  const Demand pair{.cpu = 200, .memory = 20, .cards = 2, .milli = kWholeCard};
  EXPECT_EQ(node.Take(slice, 1), 0b0010);
  EXPECT_EQ(node.Take(pair, -1), 0b0101);
  EXPECT_EQ(node.view().tags, 0b101u);
  node.GiveBack(slice, 0b0010);
  EXPECT_EQ(node.view().left[1], kWholeCard);
  EXPECT_EQ(node.view().tags, 0b100u);
  node.GiveBack(pair, 0b0101);
  EXPECT_EQ(node.view(), EmptyNode(4));
}

TEST(BookedNodeTest, AKindIsHeldUntilTheLastOfItLeaves) {
  BookedNode node(EmptyNode(2));
  const Demand slice{.cards = 1, .milli = 100};
  node.Take(slice, 0);
  node.Take({.cards = 1, .milli = 500}, 0);
  node.GiveBack(slice, 1);
  EXPECT_EQ(node.view().tags, 1u);
  node.Take(Demand(), -1);
  EXPECT_EQ(node.view().tags, 1u) << "a pod without cards is of no kind";
}

TEST(BookedNodeTest, NeverForgetsOrInventsAnything) {
  std::mt19937 random(4);
  BookedNode node(EmptyNode(8));
  std::vector<std::pair<Demand, CardSet>> pods;
  for (int i = 0; i < 20000; ++i) {
    Demand demand{.cpu = static_cast<int64_t>(random() % 5000), .memory = 1};
    demand.cards = static_cast<int32_t>(random() % 4);
    demand.milli = demand.cards == 0   ? 0
                   : demand.cards == 1 ? 100 * static_cast<int32_t>(1 + random() % 10)
                                       : kWholeCard;
    if (Fits(node.view(), demand)) {
      pods.emplace_back(demand, node.Take(demand, TightestCard(node.view(), demand)));
    }
    if (!pods.empty() && random() % 3 == 0) {
      std::swap(pods[random() % pods.size()], pods.back());
      node.GiveBack(pods.back().first, pods.back().second);
      pods.pop_back();
    }
    NodeView expected = EmptyNode(8);
    for (const auto& [held, cards] : pods) {
      expected.cpu_left -= held.cpu;
      expected.memory_left -= held.memory;
      expected.tags |= held.tag();
      for (size_t card = 0; card < 8; ++card) {
        if ((cards >> card & 1) == 0) continue;
        expected.left[card] = static_cast<int16_t>(expected.left[card] - held.milli);
      }
    }
    ASSERT_EQ(node.view(), expected);
  }
}

}  // namespace
}  // namespace tangram::scheduler
