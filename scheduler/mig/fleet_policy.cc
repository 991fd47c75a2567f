#include "scheduler/mig/fleet_policy.h"

#include <algorithm>
#include <utility>

#include "scheduler/mig/state_values.h"
#include "scheduler/mig/tuner.h"

namespace tangram::scheduler::mig {
namespace {

constexpr std::string_view kTuned = "tangram";

}  // namespace

KindPolicy BetweenKinds(std::string_view name, const model::mig::CardStates& states,
                        const KindMix& mix, std::shared_ptr<const Policy> within) {
  if (name != "fgd-mig" && name != kTuned) return {within, within};
  StateValues values = FgdMigValues(states, mix.mix);
  for (double& value : values) value *= mix.part;
  return {std::move(within), MakeValuePolicy("fgd-mig", std::move(values))};
}

absl::StatusOr<FleetPolicy> MakeFleetPolicy(std::string_view name, const Fleet& fleet,
                                            const Mix& shares) {
  FleetPolicy policy;
  for (size_t k = 0; k < fleet.kinds.size(); ++k) {
    const model::mig::CardStates& states = fleet.kinds[k].states;
    const KindMix mix = MixOf(fleet, k, shares);
    auto within = MakePolicy(name, states, mix.mix);
    if (!within.ok()) return within.status();
    policy.push_back(BetweenKinds(name, states, mix, *std::move(within)));
  }
  return policy;
}

FleetPolicy TuneFleetPolicy(const Fleet& fleet, const Mix& shares, const TuneOptions& tuning) {
  FleetPolicy policy;
  for (size_t k = 0; k < fleet.kinds.size(); ++k) {
    const FleetKind& kind = fleet.kinds[k];
    const KindMix mix = MixOf(fleet, k, shares);
    Tuner tuner(kind.states, mix.mix, TuningOf(kind, tuning));
    // What is never asked for needs no tuning.
    while (mix.part > 0 && tuner.Step()) {
    }
    policy.push_back(
        BetweenKinds(kTuned, kind.states, mix, MakeValuePolicy(kTuned, tuner.values())));
  }
  return policy;
}

TuneOptions TuningOf(const FleetKind& kind, TuneOptions tuning) {
  tuning.cards = std::min(tuning.cards, static_cast<uint32_t>(kind.cards.size()));
  return tuning;
}

}  // namespace tangram::scheduler::mig
