// What tests of MIG placement share: boards with their plain profiles, and a policy let loose.
#ifndef TESTS_SCHEDULER_MIG_MIG_WORLD_H_
#define TESTS_SCHEDULER_MIG_MIG_WORLD_H_

#include <string_view>

#include "model/mig/card_states.h"
#include "model/mig/products.h"
#include "scheduler/mig/policy.h"
#include "scheduler/mig/simulation/loss_system.h"

namespace tangram::scheduler::mig {

inline model::mig::CardStates Plain(const char* product) {
  const model::mig::Geometry geometry = *model::mig::FindProduct(product);
  return *model::mig::CardStates::Create(geometry.Only(geometry.PlainProfiles()));
}

inline Mix Alike(const model::mig::CardStates& states) {
  const size_t profiles = states.geometry().profiles().size();
  return Mix(profiles, 1.0 / static_cast<double>(profiles));
}

inline simulation::LossReport PlayPolicy(const model::mig::CardStates& states,
                                         std::string_view policy, const Mix& mix,
                                         const simulation::Stream& stream) {
  return simulation::Play(stream, Chooser(states, **MakePolicy(policy, states, mix)));
}

}  // namespace tangram::scheduler::mig

#endif  // TESTS_SCHEDULER_MIG_MIG_WORLD_H_
