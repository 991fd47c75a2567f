// Learning a mix from requests: when, and that what is known afterwards is as if it had been told.
#include "scheduler/mig/mix_learner.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/scheduler/mig/mig_world.h"

namespace tangram::scheduler::mig {
namespace {

using model::mig::CardStates;

TEST(MixLearnerTest, ItLearnsAtFixedNumbersOfRequests) {
  const CardStates states = Plain("A30-24GB");
  MixLearner learner("fgd-mig", states, QuickTuning());
  std::vector<int> learned_at;
  for (int requests = 1; requests <= 2000; ++requests) {
    if (learner.Asked(0)) learned_at.push_back(requests);
  }
  EXPECT_EQ(learned_at, (std::vector<int>{100, 400, 1600}));
  EXPECT_FALSE(learner.tuning()) << "there is nothing to tune of fgd-mig";
}

TEST(MixLearnerTest, UntilItIsTunedItGoesByFgdMigForTheMix) {
  const CardStates states = Plain("A30-24GB");
  MixLearner learner("tangram", states, QuickTuning());
  for (int i = 0; i < 100; ++i) learner.Asked(i % 2 == 0 ? 0 : 2);
  ASSERT_TRUE(learner.tuning());
  const auto before = learner.MakePolicy();
  const auto fgd = MakePolicy("fgd-mig", states, {0.5, 0, 0.5});
  ASSERT_TRUE(fgd.ok());
  for (size_t p = 0; p < states.placements().size(); ++p) {
    EXPECT_EQ(before->Score(states, CardStates::kEmpty, p),
              (*fgd)->Score(states, CardStates::kEmpty, p));
  }
  int steps = 0;
  while (!learner.Tune()) ASSERT_LT(++steps, 100);
  EXPECT_FALSE(learner.tuning());
  EXPECT_FALSE(learner.Tune()) << "done once";
}

}  // namespace
}  // namespace tangram::scheduler::mig
