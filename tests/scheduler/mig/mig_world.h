// What tests of MIG placement share: boards with their plain profiles, and a policy let loose.
#ifndef TESTS_SCHEDULER_MIG_MIG_WORLD_H_
#define TESTS_SCHEDULER_MIG_MIG_WORLD_H_

#include <cstdint>
#include <numeric>
#include <string_view>
#include <vector>

#include "model/mig/card_states.h"
#include "model/mig/products.h"
#include "scheduler/mig/fleet.h"
#include "scheduler/mig/policy.h"
#include "scheduler/mig/simulation/loss_system.h"
#include "scheduler/mig/tune_options.h"

namespace tangram::scheduler::mig {

inline model::mig::CardStates Plain(const char* product) {
  const model::mig::Geometry geometry = *model::mig::FindProduct(product);
  return *model::mig::CardStates::Create(geometry.Only(geometry.PlainProfiles()));
}

inline Mix Alike(const model::mig::CardStates& states) {
  const size_t profiles = states.geometry().profiles().size();
  return Mix(profiles, 1.0 / static_cast<double>(profiles));
}

// Tuning that takes no time, and need not find much.
inline TuneOptions QuickTuning() {
  TuneOptions quick;
  quick.generations = 3;
  quick.candidates = 8;
  quick.streams = 2;
  quick.requests = 300;
  quick.final_streams = 4;
  quick.cards = 20;
  return quick;
}

// Cards of one kind alone, asked for each of its profiles.
inline Fleet OneKind(const model::mig::CardStates& states, uint32_t cards) {
  Fleet fleet;
  fleet.kinds.push_back({states, std::vector<uint32_t>(cards)});
  std::iota(fleet.kinds[0].cards.begin(), fleet.kinds[0].cards.end(), 0u);
  for (size_t i = 0; i < states.geometry().profiles().size(); ++i) {
    fleet.requests.push_back({i});
  }
  return fleet;
}

inline simulation::LossReport PlayPolicy(const model::mig::CardStates& states,
                                         std::string_view policy, const Mix& mix,
                                         const simulation::Stream& stream) {
  return simulation::Play(stream, Chooser(states, **MakePolicy(policy, states, mix)));
}

}  // namespace tangram::scheduler::mig

#endif  // TESTS_SCHEDULER_MIG_MIG_WORLD_H_
