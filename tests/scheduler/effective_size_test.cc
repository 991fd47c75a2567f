// The prices of cutting stock, against programs solved by hand.
#include "scheduler/effective_size.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace tangram::scheduler {
namespace {

TEST(CuttingStockTest, OneSizeCostsItsPartOfACard) {
  EXPECT_NEAR(CuttingStockPrices(std::vector<SliceCount>{{500, 10}})[0], 0.5, 1e-9);
  EXPECT_NEAR(CuttingStockPrices(std::vector<SliceCount>{{400, 10}})[0], 0.5, 1e-9);
  EXPECT_NEAR(CuttingStockPrices(std::vector<SliceCount>{{810, 10}})[0], 1, 1e-9);
  EXPECT_TRUE(CuttingStockPrices({}).empty());
}

// Every card with a 700 has room for one 300: as long as there are fewer of these they cost
// nothing.
TEST(CuttingStockTest, WhatFitsIntoLeftoversIsFree) {
  const std::vector<double> prices =
      CuttingStockPrices(std::vector<SliceCount>{{300, 5}, {700, 10}});
  EXPECT_NEAR(prices[0], 0, 1e-9);
  EXPECT_NEAR(prices[1], 1, 1e-9);
}

// With more of them than leftovers, a third one fills a card of its own: 1/3, and 700 costs the
// rest.
TEST(CuttingStockTest, WhatExceedsLeftoversSharesTheCard) {
  const std::vector<double> prices =
      CuttingStockPrices(std::vector<SliceCount>{{300, 40}, {700, 10}});
  EXPECT_NEAR(prices[0], 1.0 / 3, 1e-9);
  EXPECT_NEAR(prices[1], 2.0 / 3, 1e-9);
}

// Strong duality: no cut is worth more than a card, and the prices add up to the cards needed,
// which are at least the volume.
TEST(CuttingStockTest, NoCutIsWorthMoreThanACard) {
  std::mt19937 random(2);
  for (int round = 0; round < 100; ++round) {
    std::vector<SliceCount> slices;
    for (int32_t milli = 100; milli <= 1000; milli += 100) {
      if (random() % 2 == 0) slices.push_back({milli, 1.0 + static_cast<double>(random() % 100)});
    }
    const std::vector<double> prices = CuttingStockPrices(slices);
    std::vector<double> worth(11, 0);
    double volume = 0, cards = 0;
    for (size_t i = 0; i < slices.size(); ++i) {
      EXPECT_GE(prices[i], -1e-6);
      volume += slices[i].count * slices[i].milli / 1000;
      cards += slices[i].count * prices[i];
    }
    for (size_t room = 1; room <= 10; ++room) {
      for (size_t i = 0; i < slices.size(); ++i) {
        const auto size = static_cast<size_t>(slices[i].milli / 100);
        if (size <= room) worth[room] = std::max(worth[room], worth[room - size] + prices[i]);
      }
    }
    EXPECT_LE(worth[10], 1 + 1e-6);
    EXPECT_GE(cards, volume - 1e-6);
  }
}

TEST(EffectiveSizeTest, AveragesAreNearAndTheSameEveryTime) {
  const std::vector<SliceCount> slices = {{300, 500}, {700, 1000}};
  const std::vector<double> sizes = EffectiveSizes(slices);
  EXPECT_NEAR(sizes[0], 0, 0.02);
  EXPECT_NEAR(sizes[1], 1, 0.02);
  EXPECT_EQ(sizes, EffectiveSizes(slices));
}

}  // namespace
}  // namespace tangram::scheduler
