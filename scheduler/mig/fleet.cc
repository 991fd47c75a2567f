#include "scheduler/mig/fleet.h"

#include "model/check.h"
#include "scheduler/mig/mix_learner.h"

namespace tangram::scheduler::mig {

uint64_t Fleet::slices() const {
  uint64_t slices = 0;
  for (const FleetKind& kind : kinds) slices += kind.slices();
  return slices;
}

double MeanLength(const Fleet& fleet, const FleetRequest& request) {
  TANGRAM_CHECK(request.size() == fleet.kinds.size());
  double weighed = 0, weights = 0;
  for (size_t k = 0; k < request.size(); ++k) {
    if (!request[k].has_value()) continue;
    const auto weight = static_cast<double>(fleet.kinds[k].slices());
    weighed += weight * fleet.kinds[k].states.geometry().profiles()[*request[k]].length;
    weights += weight;
  }
  TANGRAM_CHECK(weights > 0);
  return weighed / weights;
}

double RequestsPerLifetime(const Fleet& fleet, const Mix& shares, double load) {
  TANGRAM_CHECK(shares.size() == fleet.requests.size());
  double mean_length = 0, slices = 0;
  for (size_t i = 0; i < shares.size(); ++i) {
    mean_length += shares[i] * MeanLength(fleet, fleet.requests[i]);
  }
  for (const FleetKind& kind : fleet.kinds) {
    slices += load * static_cast<double>(kind.cards.size()) * kind.states.geometry().slices();
  }
  return slices / mean_length;
}

Mix EvenMix(const Fleet& fleet) {
  return Mix(fleet.requests.size(), 1.0 / static_cast<double>(fleet.requests.size()));
}

KindMix MixOf(const Fleet& fleet, size_t kind, const Mix& shares) {
  TANGRAM_CHECK(shares.size() == fleet.requests.size());
  const size_t profiles = fleet.kinds[kind].states.geometry().profiles().size();
  KindMix own{Mix(profiles, 0), 0};
  bool all = true;
  for (size_t i = 0; i < shares.size(); ++i) {
    const std::optional<size_t> profile = fleet.requests[i][kind];
    if (profile.has_value()) {
      own.mix[*profile] += shares[i];
      own.part += shares[i];
    } else if (shares[i] > 0) {
      all = false;
    }
  }
  // Shares sum to 1 but for the last digits, which are kept.
  if (all) {
    own.part = 1;
  } else if (own.part > 0) {
    for (double& share : own.mix) share /= own.part;
  } else {
    own.mix = EvenMix(fleet.kinds[kind].states);
  }
  return own;
}

}  // namespace tangram::scheduler::mig
