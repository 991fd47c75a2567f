// The evolution strategy, and what it makes of a mix.
#include "scheduler/mig/tuner.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "scheduler/mig/evolution.h"
#include "tests/scheduler/mig/mig_world.h"

namespace tangram::scheduler::mig {
namespace {

using model::mig::CardStates;
using simulation::MakeStream;
using simulation::Play;
using simulation::Stream;

const Mix kUniform(6, 1.0 / 6);

TEST(EvolutionTest, FindsTheTopOfAHillWhoseAxesDiffer) {
  Evolution search({5, -5, 3, 0}, 1, 16, 1);
  for (int generation = 0; generation < 150; ++generation) {
    std::vector<double> height;
    for (const Evolution::Point& point : search.Ask()) {
      double sum = 0;
      for (size_t i = 0; i < 4; ++i) sum -= std::pow(10, i) * std::pow(point[i] - 1, 2);
      height.push_back(sum);
    }
    search.Tell(height);
  }
  for (const double x : search.mean()) EXPECT_NEAR(x, 1, 1e-3);
}

TEST(EvolutionTest, OnlyTheOrderCounts) {
  Evolution one({0, 0}, 1, 8, 2), other({0, 0}, 1, 8, 2);
  for (int generation = 0; generation < 5; ++generation) {
    std::vector<double> height, stretched;
    for (const Evolution::Point& point : one.Ask()) {
      height.push_back(-point[0] * point[0] - point[1]);
      stretched.push_back(std::exp(height.back()));
    }
    EXPECT_EQ(other.Ask().size(), 8u);
    one.Tell(height);
    other.Tell(stretched);
  }
  EXPECT_EQ(one.mean(), other.mean());
}

TuneOptions Short() {
  TuneOptions options;
  options.cards = 20;
  options.generations = 4;
  options.requests = 100;
  options.final_streams = 6;
  return options;
}

TEST(TunerTest, ValuesAreAFunctionOfMixAndOptions) {
  const CardStates states = Plain("A100-80GB");
  const auto tuned = [&states](uint64_t seed) {
    TuneOptions options = Short();
    options.seed = seed;
    Tuner tuner(states, kUniform, options);
    while (tuner.Step()) {
    }
    return tuner.weights();
  };
  EXPECT_EQ(tuned(1), tuned(1));
  EXPECT_NE(tuned(1), tuned(2));
}

TEST(TunerTest, UntilItIsDoneItSaysWhatFgdMigSays) {
  const CardStates states = Plain("A30-24GB");
  const Mix mix = {.2, .3, .5};
  Tuner tuner(states, mix, Short());
  for (int step = 0; step < 4; ++step) {
    EXPECT_TRUE(tuner.Step());
    EXPECT_EQ(tuner.values(), FgdMigValues(states, mix));
    EXPECT_FALSE(tuner.done());
  }
  EXPECT_TRUE(tuner.Step());
  EXPECT_TRUE(tuner.done());
  EXPECT_FALSE(tuner.Step());
}

// Few instances of many sizes: there is something to be won over what MFI and FGD-MIG do.
TEST(TunerTest, TunedValuesAcceptMoreThanMfi) {
  const CardStates states = Plain("A100-80GB");
  const Mix mix = {.05, .10, .10, .20, .25, .30};
  TuneOptions options;
  options.generations = 12;
  options.requests = 800;
  options.final_streams = 10;
  Tuner tuner(states, mix, options);
  while (tuner.Step()) {
  }
  const Chooser tuned(states, *MakeValuePolicy("tuned", tuner.values()));
  int64_t gain = 0;
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    const Stream stream = MakeStream(states.geometry(), mix, {}, seed);
    gain += static_cast<int64_t>(Play(stream, tuned).all.accepted);
    gain -= static_cast<int64_t>(PlayPolicy(states, "mfi", mix, stream).all.accepted);
  }
  // A point of some 37,000 requests.
  EXPECT_GT(gain, 250);
}

}  // namespace
}  // namespace tangram::scheduler::mig
