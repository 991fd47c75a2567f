#include "scheduler/simulation/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace tangram::scheduler::simulation {
namespace {

TEST(StatisticsTest, MeanAndDeviationOfASample) {
  // Squares of the distances to 5: 9 + 1 + 1 + 1 + 0 + 0 + 4 + 16 = 32, over 7.
  const Sample sample = Summarise(std::vector<double>{2, 4, 4, 4, 5, 5, 7, 9});
  EXPECT_EQ(sample.count, 8u);
  EXPECT_DOUBLE_EQ(sample.mean, 5);
  EXPECT_DOUBLE_EQ(sample.deviation, std::sqrt(32.0 / 7));
  EXPECT_EQ(Summarise({}).count, 0u);
  EXPECT_EQ(Summarise(std::vector<double>{3}).deviation, 0);
}

TEST(StatisticsTest, QuantilesAreThoseOfThePrintedTables) {
  struct Row {
    double degrees;
    double at_975;
    double at_995;
  };
  for (const Row& row :
       {Row{1, 12.706, 63.657}, Row{2, 4.303, 9.925}, Row{4, 2.776, 4.604}, Row{9, 2.262, 3.250},
        Row{16, 2.120, 2.921}, Row{30, 2.042, 2.750}, Row{120, 1.980, 2.617}}) {
    EXPECT_NEAR(StudentQuantile(0.975, row.degrees), row.at_975, 0.0005) << row.degrees;
    EXPECT_NEAR(StudentQuantile(0.995, row.degrees), row.at_995, 0.0005) << row.degrees;
    EXPECT_NEAR(StudentQuantile(0.025, row.degrees), -row.at_975, 0.0005) << row.degrees;
  }
  // With one degree it is Cauchy's distribution: tan(pi * (p - 1/2)). With two:
  // (2p-1)/sqrt(2p(1-p)).
  EXPECT_NEAR(StudentQuantile(0.9, 1), std::tan(std::acos(-1.0) * 0.4), 1e-12);
  EXPECT_NEAR(StudentQuantile(0.9, 2), 0.8 / std::sqrt(2 * 0.9 * 0.1), 1e-12);
}

TEST(StatisticsTest, DifferencesArePairedAndHaveStudentsInterval) {
  // Differences 1, 2, 3: mean 2, deviation 1, t(0.975, 2) = 4.302653, over the root of 3.
  const Difference difference =
      PairedDifference(std::vector<double>{11, 22, 33}, std::vector<double>{10, 20, 30});
  EXPECT_DOUBLE_EQ(difference.mean, 2);
  ASSERT_TRUE(difference.interval.has_value());
  EXPECT_NEAR(difference.interval->low, 2 - 2.484138, 1e-6);
  EXPECT_NEAR(difference.interval->high, 2 + 2.484138, 1e-6);
  EXPECT_TRUE(difference.interval->contains(0));
}

TEST(StatisticsTest, OnePairHasNoIntervalAndEqualPairsHaveAPoint) {
  EXPECT_FALSE(
      PairedDifference(std::vector<double>{1}, std::vector<double>{2}).interval.has_value());
  const Difference same =
      PairedDifference(std::vector<double>{5, 6, 7}, std::vector<double>{4, 5, 6});
  EXPECT_EQ(same.interval->low, 1);
  EXPECT_EQ(same.interval->high, 1);
  EXPECT_FALSE(same.interval->contains(0));
}

TEST(StatisticsTest, OfSeveralListsTheSpreadWithinThemCounts) {
  using Lists = std::vector<std::vector<double>>;
  // +4 on both lists, which are 20 apart: each list alone is sure of it, so are both.
  const Lists base = {{50, 51, 49}, {70, 71.5, 70.5}};
  const Lists better = {{54, 55.5, 52.5}, {74, 75, 75}};
  const Difference both = StratifiedDifference(better, base);
  EXPECT_NEAR(both.mean, 4, 1e-12);
  ASSERT_TRUE(both.interval.has_value());
  // Differences 4, 4.5, 3.5 and 4, 3.5, 4.5: s^2 = 0.25 each, V = 2 * 0.25/3 / 4, 4 degrees.
  EXPECT_NEAR(both.interval->high - 4, 2.7764 * std::sqrt(0.25 / 6), 0.0005);
  EXPECT_FALSE(both.interval->contains(0));
  // A list with little spread leaves the doubt, and the degrees, to the other.
  const Difference uneven =
      StratifiedDifference(Lists{{1, 1, 1, 1}, {0, 6}}, Lists{{0, 0, 0, 0}, {0, 0}});
  EXPECT_NEAR(uneven.interval->high, 2 + 12.7062 * 3 / 2, 0.001);
}

TEST(StatisticsTest, OneListIsThePairedDifferenceAndASingleSeedSaysNothing) {
  using Lists = std::vector<std::vector<double>>;
  const Difference one = StratifiedDifference(Lists{{11, 22, 33}}, Lists{{10, 20, 30}});
  const Difference paired =
      PairedDifference(std::vector<double>{11, 22, 33}, std::vector<double>{10, 20, 30});
  EXPECT_EQ(one.interval->low, paired.interval->low);
  EXPECT_FALSE(StratifiedDifference(Lists{{1, 2}, {3}}, Lists{{0, 1}, {1}}).interval.has_value());
  EXPECT_EQ(StratifiedDifference(Lists{{3, 3}, {5, 5}}, Lists{{1, 1}, {1, 1}}).interval->low, 3);
}

}  // namespace
}  // namespace tangram::scheduler::simulation
