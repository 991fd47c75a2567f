// Finds the values of a card's states that let most requests of a mix be accepted.
//
// The value of a state is a weighted sum of what one sees of it: for each profile whether it fits
// and the share of its starts that are open; whether the card is empty; the square of the free
// slices, which is best fit; and the values of FGD-MIG and MFI. The weights begin as FGD-MIG's and
// are found by an evolution strategy: each generation tries 16 candidates drawn around the mean on
// the same few short streams of requests, and moves mean and spread to the better half
// (evolution.h). At the end the mean stands against FGD-MIG and MFI on streams of its own, and the
// best of the three stays.
//
// One generation a Step, so that whoever owns the tuner may stop at any time; values() is what
// FGD-MIG says until the last one is made. Deterministic: a function of states, mix and options.
// Takes a few seconds in all. Not thread-safe.
#ifndef SCHEDULER_MIG_TUNER_H_
#define SCHEDULER_MIG_TUNER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/mig/card_states.h"
#include "scheduler/mig/evolution.h"
#include "scheduler/mig/simulation/requests.h"
#include "scheduler/mig/state_values.h"
#include "scheduler/mig/tune_options.h"

namespace tangram::scheduler::mig {

class Tuner {
 public:
  // The mix must have one share per profile, none below 0, and sum to 1.
  Tuner(const model::mig::CardStates& states, Mix mix, const TuneOptions& options);

  // Makes one generation, or the last comparison. False when nothing was left to do.
  bool Step();
  bool done() const { return done_; }
  // The best that is known.
  const StateValues& values() const { return values_; }
  const std::vector<double>& weights() const { return search_.mean(); }

 private:
  StateValues ValuesOf(const std::vector<double>& weights) const;
  // The part accepted, over streams of both loads.
  double Accepted(const StateValues& values, const std::vector<simulation::Stream>& streams) const;
  std::vector<simulation::Stream> Streams(uint32_t count, uint64_t round) const;
  void Generation();
  void Compare();

  const model::mig::CardStates& states_;
  Mix mix_;
  TuneOptions options_;
  std::vector<std::vector<double>> features_;  // by weight, then by state
  Evolution search_;
  uint32_t generation_ = 0;
  bool done_ = false;
  StateValues values_;
};

}  // namespace tangram::scheduler::mig

#endif  // SCHEDULER_MIG_TUNER_H_
