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

namespace tangram::scheduler::mig {

struct TuneOptions {
  double load = 1;  // streams are of 0.9 and of 1.1 times this load
  uint32_t cards = 100;
  uint32_t generations = 150;
  uint32_t candidates = 16;
  uint32_t streams = 8;    // of each generation, half of either load
  double requests = 2500;  // measured of each stream, about, after a warm-up of a lifetime
  uint32_t final_streams = 40;
  double spread = 1;  // at the beginning
  uint64_t seed = 1;
};

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
