#include "scheduler/mig/simulation/loss_system.h"

#include <vector>

#include "model/check.h"

namespace tangram::scheduler::mig::simulation {

using model::mig::CardStates;
using model::mig::StateId;

namespace {

// `decided` is told the profile of every request that was placed or rejected.
template <typename Decided>
LossReport PlayBy(const Stream& stream, const Chooser& chooser, const Decided& decided) {
  const CardStates& states = chooser.states();
  constexpr uint16_t kNotPlaced = UINT16_MAX;
  CardGroups cards(states, stream.options.cards);
  std::vector<Chooser::Choice> placed(stream.profiles.size(), {0, kNotPlaced});
  LossReport report;
  report.by_profile.resize(states.geometry().profiles().size());
  const double warm = stream.options.warm_up;
  double then = warm, area = 0;
  int64_t used = 0;
  for (const Stream::Event& event : stream.events) {
    const bool counts = event.time >= warm;
    if (counts) {
      area += static_cast<double>(used) * (event.time - then);
      then = event.time;
    }
    Chooser::Choice& place = placed[event.request];
    const size_t profile = stream.profiles[event.request];
    const int32_t length = states.geometry().profiles()[profile].length;
    if (event.arrives) {
      const auto choice = chooser.Choose(cards, profile);
      if (counts) {
        for (Tally* tally : {&report.all, &report.by_profile[profile]}) {
          ++tally->arrived;
          if (choice.has_value()) ++tally->accepted;
        }
      }
      decided(profile);
      if (!choice.has_value()) continue;
      place = *choice;
      cards.Move(place.card, states.After(cards.state(place.card), place.placement));
      used += length;
    } else if (place.placement != kNotPlaced) {
      const StateId without = states.Without(cards.state(place.card), place.placement);
      TANGRAM_CHECK(without != model::mig::kNoState);
      cards.Move(place.card, without);
      used -= length;
    }
  }
  area += static_cast<double>(used) * (stream.end() - then);
  const double all = stream.options.measured * stream.options.cards * states.geometry().slices();
  report.utilisation = all > 0 ? area / all : 0;
  return report;
}

}  // namespace

LossReport Play(const Stream& stream, const Chooser& chooser) {
  return PlayBy(stream, chooser, [](size_t) {});
}

LossReport PlayLearning(const Stream& stream, MixLearner& learner) {
  Chooser chooser(learner.states(), *learner.MakePolicy());
  return PlayBy(stream, chooser, [&](size_t profile) {
    if (!learner.Asked(profile)) return;
    while (learner.tuning()) learner.Tune();
    chooser = Chooser(learner.states(), *learner.MakePolicy());
  });
}

}  // namespace tangram::scheduler::mig::simulation
