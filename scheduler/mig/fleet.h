// MIG cards of several kinds, and requests for instances that any of them may serve.
//
// A kind is what cards are cut alike: its states, and which cards of the cluster are of it. Cards
// are numbered over the whole cluster. A request is served by one instance, on a card of any kind
// that has a profile for it. Values and pure functions, callable from any thread.
#ifndef SCHEDULER_MIG_FLEET_H_
#define SCHEDULER_MIG_FLEET_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/mig/card_states.h"
#include "scheduler/mig/state_values.h"

namespace tangram::scheduler::mig {

struct FleetKind {
  model::mig::CardStates states;
  std::vector<uint32_t> cards;  // numbers in the cluster, ascending; at least one

  // Of all its cards.
  uint64_t slices() const {
    return cards.size() * static_cast<uint64_t>(states.geometry().slices());
  }
};

// By kind: the profile of its geometry that would do, or nothing. At least one kind has one.
using FleetRequest = std::vector<std::optional<size_t>>;

struct Fleet {
  std::vector<FleetKind> kinds;
  std::vector<FleetRequest> requests;

  uint64_t slices() const;
};

// Slices that one of the request takes: the mean of the kinds that serve it, each weighed by the
// slices of its cards.
double MeanLength(const Fleet& fleet, const FleetRequest& request);

// Arrivals in a lifetime, in the mean, at which `load` times the slices of all cards are asked for.
// `shares` are those of the requests; they sum to 1.
double RequestsPerLifetime(const Fleet& fleet, const Mix& shares, double load);

// One share for each request: nothing is known.
Mix EvenMix(const Fleet& fleet);

// What one kind may be asked for.
struct KindMix {
  Mix mix;          // by profile of the kind; sums to 1, all alike where `part` is 0
  double part = 0;  // of all requests; 1 where the kind serves every one
};
KindMix MixOf(const Fleet& fleet, size_t kind, const Mix& shares);

}  // namespace tangram::scheduler::mig

#endif  // SCHEDULER_MIG_FLEET_H_
