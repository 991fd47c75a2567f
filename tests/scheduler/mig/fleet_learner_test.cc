// Learning the mix by cards of one kind and of several: a learned run is the known one, once the
// mix is the known one.
#include "scheduler/mig/fleet_learner.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "scheduler/mig/simulation/fleet_run.h"
#include "scheduler/mig/tuner.h"
#include "tests/scheduler/mig/mig_world.h"

namespace tangram::scheduler::mig {
namespace {

using model::mig::CardStates;
using simulation::LossReport;
using simulation::MakeStream;
using simulation::PlayFleet;
using simulation::PlayFleetLearning;
using simulation::Stream;

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

TEST(FleetLearnerTest, ALearnedRunIsTheKnownRunOnceTheMixIsTheKnownOne) {
  const CardStates states = Plain("A100-80GB");
  const Stream stream = AfterAHundred(ShortStream(states, 3));
  for (const std::string_view policy : PolicyNames()) {
    SCOPED_TRACE(policy);
    const Fleet fleet = OneKind(states, stream.options.cards);
    FleetLearner learner(policy, fleet, QuickTuning());
    const LossReport learned = PlayFleetLearning(stream, learner).loss;
    auto known = MakePolicy(policy, states, kMix);
    ASSERT_TRUE(known.ok());
    if (policy == "tangram") {
      Tuner tuner(states, kMix, TuningOf(fleet.kinds[0], QuickTuning()));
      while (tuner.Step()) {
      }
      known = MakeValuePolicy("tangram", tuner.values());
    }
    ExpectSame(learned, simulation::Play(stream, Chooser(states, **known)));
  }
}

TEST(FleetLearnerTest, ARunThatHasYetToLearnIsAnother) {
  const CardStates states = Plain("A100-80GB");
  const Stream stream = ShortStream(states, 3);
  const Fleet fleet = OneKind(states, stream.options.cards);
  FleetLearner learner("fgd-mig", fleet, QuickTuning());
  const LossReport learned = PlayFleetLearning(stream, learner).loss;
  const LossReport known = PlayPolicy(states, "fgd-mig", kMix, stream);
  EXPECT_EQ(learned.all.arrived, known.all.arrived);
  EXPECT_NE(learned.utilisation, known.utilisation);
}

TEST(FleetLearnerTest, ALearnedRunIsAFunctionOfTheStream) {
  const CardStates states = Plain("A100-80GB");
  std::vector<double> utilisation;
  for (const uint64_t seed : std::vector<uint64_t>{4, 4, 5}) {
    const Stream stream = ShortStream(states, seed);
    const Fleet fleet = OneKind(states, stream.options.cards);
    FleetLearner learner("tangram", fleet, QuickTuning());
    utilisation.push_back(PlayFleetLearning(stream, learner).loss.utilisation);
  }
  EXPECT_EQ(utilisation[0], utilisation[1]);
  EXPECT_NE(utilisation[0], utilisation[2]);
}

// Of ten requests three are for the first kind alone, two for the second, five for either. So the
// first kind has its hundred with the 126th request, the second with the 145th.
TEST(FleetLearnerTest, EachKindLearnsWhatItCouldServeAndHowMuchOfAllThatIs) {
  Fleet fleet;
  fleet.kinds.push_back({Plain("A100-80GB"), {0, 1}});
  fleet.kinds.push_back({Plain("A30-24GB"), {2, 3}});
  fleet.requests = {{0, std::nullopt}, {std::nullopt, 0}, {5, 2}};
  FleetLearner learner("fgd-mig", fleet, QuickTuning());
  std::vector<int> learned_at;
  const auto request_of = [](int number) -> size_t {
    const int of_ten = number % 10;
    return of_ten < 3 ? 0 : of_ten < 5 ? 1 : 2;
  };
  for (int number = 0; number < 200; ++number) {
    if (learner.Asked(request_of(number))) learned_at.push_back(number + 1);
  }
  EXPECT_EQ(learned_at, (std::vector<int>{126, 145}));
  const FleetPolicy learned = learner.MakePolicy();
  const CardStates& first = fleet.kinds[0].states;
  const auto one = MakePolicy("fgd-mig", first, {.39, 0, 0, 0, 0, .61});
  const CardStates& second = fleet.kinds[1].states;
  const auto other = MakePolicy("fgd-mig", second, {.30, 0, .70});
  for (size_t p = 0; p < first.placements().size(); ++p) {
    EXPECT_EQ(learned[0].within->Score(first, 0, p), (*one)->Score(first, 0, p));
  }
  for (size_t p = 0; p < second.placements().size(); ++p) {
    const int64_t within = learned[1].within->Score(second, 0, p);
    EXPECT_EQ(within, (*other)->Score(second, 0, p));
    EXPECT_NEAR(static_cast<double>(learned[1].between->Score(second, 0, p)),
                static_cast<double>(within) * 100 / 145, 2);
  }
}

}  // namespace
}  // namespace tangram::scheduler::mig
