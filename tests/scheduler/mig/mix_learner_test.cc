// Learning a mix from requests: when, and that what is known afterwards is as if it had been told.
#include "scheduler/mig/mix_learner.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "tests/scheduler/mig/mig_world.h"

namespace tangram::scheduler::mig {
namespace {

using model::mig::CardStates;
using simulation::LossReport;
using simulation::MakeStream;
using simulation::PlayLearning;
using simulation::Stream;

TuneOptions Quick() {
  TuneOptions quick;
  quick.generations = 3;
  quick.candidates = 8;
  quick.streams = 2;
  quick.requests = 300;
  quick.final_streams = 4;
  quick.cards = 20;
  return quick;
}

// Of a hundred requests so many are for each profile.
const std::vector<int> kOfHundred = {5, 10, 10, 20, 25, 30};
const Mix kMix = {.05, .10, .10, .20, .25, .30};

// A hundred requests of exactly that mix, gone again at once, and then those of a stream.
Stream AfterAHundred(const Stream& then) {
  Stream stream;
  stream.options = then.options;
  for (size_t profile = 0; profile < kOfHundred.size(); ++profile) {
    for (int i = 0; i < kOfHundred[profile]; ++i) {
      const auto request = static_cast<uint32_t>(stream.profiles.size());
      stream.profiles.push_back(static_cast<uint8_t>(profile));
      stream.events.push_back({0, request, true});
      stream.events.push_back({0, request, false});
    }
  }
  const auto before = static_cast<uint32_t>(stream.profiles.size());
  stream.profiles.insert(stream.profiles.end(), then.profiles.begin(), then.profiles.end());
  for (Stream::Event event : then.events) {
    event.request += before;
    stream.events.push_back(event);
  }
  return stream;
}

void ExpectSame(const LossReport& a, const LossReport& b) {
  EXPECT_EQ(a.all.arrived, b.all.arrived);
  EXPECT_EQ(a.all.accepted, b.all.accepted);
  EXPECT_EQ(a.utilisation, b.utilisation);
  for (size_t profile = 0; profile < a.by_profile.size(); ++profile) {
    EXPECT_EQ(a.by_profile[profile].accepted, b.by_profile[profile].accepted) << profile;
  }
}

// Less than 300 requests, so that nothing is learned after the first hundred.
Stream ShortStream(const CardStates& states, uint64_t seed) {
  simulation::StreamOptions options;
  options.cards = 8;
  options.load = 1.2;
  options.warm_up = 1;
  options.measured = 7;
  const Stream stream = MakeStream(states.geometry(), kMix, options, seed);
  EXPECT_LT(stream.profiles.size(), 300u);
  return stream;
}

TEST(MixLearnerTest, ALearnedRunIsTheKnownRunOnceTheMixIsTheKnownOne) {
  const CardStates states = Plain("A100-80GB");
  const Stream stream = AfterAHundred(ShortStream(states, 3));
  for (const std::string_view policy : PolicyNames()) {
    SCOPED_TRACE(policy);
    MixLearner learner(policy, states, Quick());
    const LossReport learned = PlayLearning(stream, learner);
    EXPECT_EQ(learner.mix(), kMix);
    auto known = MakePolicy(policy, states, kMix);
    ASSERT_TRUE(known.ok());
    if (policy == "tangram") {
      Tuner tuner(states, kMix, Quick());
      while (tuner.Step()) {
      }
      known = MakeValuePolicy("tangram", tuner.values());
    }
    ExpectSame(learned, simulation::Play(stream, Chooser(states, **known)));
  }
}

TEST(MixLearnerTest, ARunThatHasYetToLearnIsAnother) {
  const CardStates states = Plain("A100-80GB");
  const Stream stream = ShortStream(states, 3);
  MixLearner learner("fgd-mig", states, Quick());
  const LossReport learned = PlayLearning(stream, learner);
  const LossReport known = PlayPolicy(states, "fgd-mig", kMix, stream);
  EXPECT_EQ(learned.all.arrived, known.all.arrived);
  EXPECT_NE(learned.utilisation, known.utilisation);
}

TEST(MixLearnerTest, ALearnedRunIsAFunctionOfTheStream) {
  const CardStates states = Plain("A100-80GB");
  std::vector<double> utilisation;
  for (const uint64_t seed : std::vector<uint64_t>{4, 4, 5}) {
    MixLearner learner("tangram", states, Quick());
    utilisation.push_back(PlayLearning(ShortStream(states, seed), learner).utilisation);
  }
  EXPECT_EQ(utilisation[0], utilisation[1]);
  EXPECT_NE(utilisation[0], utilisation[2]);
}

TEST(MixLearnerTest, ItLearnsAtFixedNumbersOfRequests) {
  const CardStates states = Plain("A30-24GB");
  MixLearner learner("fgd-mig", states, Quick());
  std::vector<int> learned_at;
  for (int requests = 1; requests <= 2000; ++requests) {
    if (learner.Asked(0)) learned_at.push_back(requests);
  }
  EXPECT_EQ(learned_at, (std::vector<int>{100, 400, 1600}));
  EXPECT_FALSE(learner.tuning()) << "there is nothing to tune of fgd-mig";
}

TEST(MixLearnerTest, UntilItIsTunedItGoesByFgdMigForTheMix) {
  const CardStates states = Plain("A30-24GB");
  MixLearner learner("tangram", states, Quick());
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
