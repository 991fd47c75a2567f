// Plans of layouts against every combination there is.
#include "scheduler/mig/plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <set>
#include <vector>

#include "tests/scheduler/mig/mig_world.h"

namespace tangram::scheduler::mig {
namespace {

using model::mig::CardStates;
using model::mig::EnumerateLayouts;
using model::mig::Multiset;

// The most slices that any layouts of so many cards serve.
uint64_t MostServed(const CardStates& states, const Counts& demand, int cards) {
  const std::vector<Multiset> all = EnumerateLayouts(states).multisets;
  uint64_t best = 0;
  std::vector<Multiset> chosen;
  const auto visit = [&](auto& self, size_t from) -> void {
    if (static_cast<int>(chosen.size()) == cards) {
      best = std::max(best, ServedBy(states, chosen, demand).slices);
      return;
    }
    for (size_t i = from; i < all.size(); ++i) {
      chosen.push_back(all[i]);
      self(self, i);
      chosen.pop_back();
    }
  };
  visit(visit, 0);
  return best;
}

Counts RandomDemand(size_t profiles, uint64_t most, std::mt19937_64& random) {
  Counts demand;
  for (size_t i = 0; i < profiles; ++i) demand.push_back(random() % 3 == 0 ? 0 : random() % most);
  return demand;
}

TEST(PlanTest, OneAndTwoCardsServeTheMostThereIs) {
  std::mt19937_64 random(4);
  for (const char* product : {"A100-80GB", "A30-24GB"}) {
    const CardStates states = Plain(product);
    for (int round = 0; round < 40; ++round) {
      const int cards = 1 + round % 2;
      const Counts demand = RandomDemand(states.geometry().profiles().size(), 6, random);
      const auto plan = PlanLayouts(states, demand, static_cast<uint32_t>(cards), {});
      ASSERT_EQ(static_cast<int>(plan.size()), cards);
      for (const Multiset& card : plan) {
        EXPECT_FALSE(model::mig::Arrange(states, card).empty() &&
                     std::accumulate(card.begin(), card.end(), 0) > 0);
      }
      EXPECT_EQ(ServedBy(states, plan, demand).slices, MostServed(states, demand, cards));
    }
  }
}

TEST(PlanTest, FourSmallCardsServeTheMostThereIs) {
  std::mt19937_64 random(5);
  const CardStates states = Plain("A30-24GB");
  for (int round = 0; round < 40; ++round) {
    const Counts demand = RandomDemand(3, 10, random);
    const auto plan = PlanLayouts(states, demand, 4, {});
    EXPECT_EQ(ServedBy(states, plan, demand).slices, MostServed(states, demand, 4));
  }
}

TEST(PlanTest, ALayoutThatServesEverythingStaysAsItIs) {
  const CardStates states = Plain("A100-80GB");
  const std::vector<Multiset> present = {{0, 0, 2, 0, 0, 0}, {0, 0, 0, 3, 1, 0}};
  EXPECT_EQ(PlanLayouts(states, {0, 0, 2, 3, 1, 0}, 2, present), present);
}

TEST(PlanTest, CardsThatNeedNotChangeDoNot) {
  const CardStates states = Plain("A100-80GB");
  const Multiset whole = {1, 0, 0, 0, 0, 0}, singles = {0, 0, 0, 0, 0, 7};
  const auto plan = PlanLayouts(states, {2, 0, 0, 0, 0, 14}, 4, {singles, whole, whole, whole});
  EXPECT_EQ(plan, (std::vector<Multiset>{singles, whole, whole, singles}));
}

TEST(PlanTest, WhatIsLeftOverIsCutForWhatIsWanted) {
  const CardStates states = Plain("A100-80GB");
  const auto plan = PlanLayouts(states, {0, 0, 0, 1, 0, 1}, 3, {});
  uint64_t slices = 0;
  for (const Multiset& card : plan) {
    EXPECT_EQ(card[0] + card[1] + card[2] + card[4], 0);
    slices += static_cast<uint64_t>(card[3] * 2 + card[5]);
  }
  EXPECT_EQ(slices, 21u) << "seven of eight slices can be cut into 2g and 1g";
}

TEST(PlanTest, ManyCardsServeADemandThatFillsThem) {
  const CardStates states = Plain("A100-80GB");
  // 100 cards of 4g with 3g and 100 of 2g, 2g, 2g and a double 1g.
  const Counts demand = {0, 100, 100, 300, 100, 0};
  const Served served = ServedBy(states, PlanLayouts(states, demand, 200, {}), demand);
  EXPECT_EQ(served.slices, 1600u);
  EXPECT_DOUBLE_EQ(served.percent(), 100);
}

}  // namespace
}  // namespace tangram::scheduler::mig
