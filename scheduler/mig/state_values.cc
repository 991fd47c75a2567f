#include "scheduler/mig/state_values.h"

#include "model/check.h"

namespace tangram::scheduler::mig {

using model::mig::CardStates;
using model::mig::StateId;

StateValues FgdMigValues(const CardStates& states, const Mix& mix) {
  TANGRAM_CHECK(mix.size() == states.geometry().profiles().size());
  StateValues values;
  for (StateId state = 0; state < states.size(); ++state) {
    double fits = 0;
    for (size_t i = 0; i < mix.size(); ++i) {
      if (states.open(state, i) > 0) fits += mix[i];
    }
    values.push_back(states.free_slices(state) * fits);
  }
  return values;
}

StateValues MfiValues(const CardStates& states) {
  const auto profiles = states.geometry().profiles();
  StateValues values;
  for (StateId state = 0; state < states.size(); ++state) {
    int64_t blocked = 0;
    for (size_t i = 0; i < profiles.size(); ++i) {
      if (profiles[i].length > states.free_slices(state)) continue;
      const auto starts = static_cast<int64_t>(profiles[i].starts.size());
      blocked += (starts - states.open(state, i)) * profiles[i].length;
    }
    values.push_back(static_cast<double>(-blocked));
  }
  return values;
}

}  // namespace tangram::scheduler::mig
