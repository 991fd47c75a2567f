// How long and on what the values of a MIG policy are tuned (tuner.h). Values only.
#ifndef SCHEDULER_MIG_TUNE_OPTIONS_H_
#define SCHEDULER_MIG_TUNE_OPTIONS_H_

#include <cstdint>

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

}  // namespace tangram::scheduler::mig

#endif  // SCHEDULER_MIG_TUNE_OPTIONS_H_
