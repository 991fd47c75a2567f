#include "scheduler/simulation/comparison.h"

#include <gtest/gtest.h>
#include <cmath>

#include <string>
#include <vector>

#include "scheduler/simulation/outcome.h"

namespace tangram::scheduler::simulation {
namespace {

RunFigures Figures(double allocated, uint64_t failed) {
  RunFigures figures;
  figures.allocated.assign(101, allocated);
  figures.allocated.push_back(allocated + 1);
  figures.failed = failed;
  return figures;
}

const Contest& Named(const std::vector<Contest>& contests, const std::string& measure) {
  for (const Contest& contest : contests) {
    if (contest.measure == measure) return contest;
  }
  ADD_FAILURE() << "no measure " << measure;
  return contests.front();
}

TEST(ComparisonTest, TheBestIsMarkedAndTheOthersAreBehindOrNoise) {
  // Against the first: always 2 less; and less by 1, more by 1, less by 0.3.
  const Contest contest = Judge("m", true, {{95, 96, 97}, {93, 94, 95}, {94, 97, 96.7}});
  EXPECT_EQ(contest.best, 0u);
  EXPECT_EQ(contest.standings[0].verdict, Verdict::kBest);
  EXPECT_EQ(contest.standings[1].verdict, Verdict::kBehind);
  EXPECT_EQ(contest.standings[1].to_best.mean, -2);
  EXPECT_EQ(contest.standings[2].verdict, Verdict::kNoise);
  EXPECT_NEAR(contest.standings[2].to_best.mean, -0.1, 1e-9);
  EXPECT_FALSE(contest.won()) << "the third may be as good";
  EXPECT_TRUE(Judge("m", true, {{95, 96}, {93, 94}}).won());
}

TEST(ComparisonTest, OneSeedDecidesNothing) {
  const Contest contest = Judge("m", true, {{95}, {99}});
  EXPECT_EQ(contest.best, 1u);
  EXPECT_EQ(contest.standings[0].verdict, Verdict::kUnknown);
  EXPECT_EQ(contest.standings[0].to_best.mean, -4);
  EXPECT_FALSE(contest.won());
}

TEST(ComparisonTest, FewerFailuresAreBetterAndMoreAllocationIs) {
  const auto contests =
      CompareRuns({{Figures(90, 5), Figures(91, 6)}, {Figures(92, 9), Figures(93, 10)}});
  EXPECT_EQ(Named(contests, "allocated_percent_at_100").best, 1u);
  EXPECT_EQ(Named(contests, "allocated_percent_at_last").standings[0].sample.mean, 91.5);
  EXPECT_EQ(Named(contests, "failed_pods").best, 0u);
  EXPECT_EQ(contests.size(), 3 + 2 * kPodClasses);
}

TEST(ComparisonTest, MeasuresAtAHundredNeedEveryRunToComeThatFar) {
  RunFigures shorter = Figures(90, 1);
  shorter.allocated.resize(90);
  const auto contests = CompareRuns({{Figures(90, 1)}, {shorter}});
  EXPECT_EQ(contests.front().measure, "allocated_percent_at_last");
  EXPECT_EQ(contests.size(), 2 + kPodClasses);
  EXPECT_EQ(
      CompareLists({{{Figures(1, 1)}, {Figures(2, 1)}}, {{Figures(90, 1)}, {shorter}}}).size(),
      2 + kPodClasses);
}

TEST(ComparisonTest, AListCountsOnceAndIsJudgedByItsOwnSpread) {
  const std::vector<std::vector<RunFigures>> first = {{Figures(90, 0), Figures(92, 0)},
                                                      {Figures(80, 0), Figures(81, 0)}};
  const std::vector<std::vector<RunFigures>> second = {{Figures(70, 0), Figures(72, 0)},
                                                       {Figures(69, 0), Figures(70, 0)}};
  const std::vector<Contest> lists = CompareLists({first, second});
  const Contest& all = Named(lists, "allocated_percent_at_100");
  EXPECT_EQ(all.standings[0].sample.count, 2u);
  EXPECT_EQ(all.standings[0].sample.mean, 81);
  // Differences -10 and -11, -1 and -2: variance 0.5 each, so that V = (0.25 + 0.25) / 4, of 2
  // degrees of freedom; t(0.975, 2) = 4.3027.
  EXPECT_EQ(all.standings[1].to_best.mean, -6);
  EXPECT_NEAR(all.standings[1].to_best.interval->low, -6 - 4.3027 * std::sqrt(0.125), 0.0001);
  EXPECT_EQ(all.standings[1].verdict, Verdict::kBehind) << "the lists may differ as they like";
}

TEST(ComparisonTest, AMeanCurveEndsWhereTheFirstOfItsCurvesDoes) {
  const std::vector<double> one = {1, 2, 3}, two = {3, 4};
  EXPECT_EQ(MeanCurve({&one, &two}), (std::vector<double>{2, 3}));
  EXPECT_TRUE(MeanCurve({}).empty());
}

TEST(OutcomeTest, CardsInUseAndFailuresFollowFromThePlacements) {
  Workload workload;
  SimNode node{"n", {}};
  node.view.cpu_left = 1000, node.view.memory_left = 1000, node.view.cards = 2;
  node.view.left[0] = node.view.left[1] = kWholeCard;
  workload.nodes = {node};
  for (const int milli : {600, 300, 1000, 1000}) {
    SimPod pod{"p", {}};
    pod.pod.demand.cards = 1;
    pod.pod.demand.milli = milli;
    workload.pods.push_back(pod);
  }
  const Arrivals arrivals{.seed = 1, .pods = {0, 1, 2, 3}, .ranks = {0}};
  const auto report = Simulate(workload, arrivals, "best-fit", PodsOf(workload));
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(CardsInUse(workload, arrivals, *report),
            (std::vector<std::vector<int32_t>>{{900, 1000}}));
  const FailureCounts failures = CountFailures(workload, arrivals, *report);
  EXPECT_EQ(failures[static_cast<size_t>(PodClass::kOne)][static_cast<size_t>(Lack::kGpu)], 1u);
  EXPECT_EQ(failures[static_cast<size_t>(PodClass::kShare)][static_cast<size_t>(Lack::kGpu)], 0u);
}

}  // namespace
}  // namespace tangram::scheduler::simulation
