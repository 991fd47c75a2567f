// The draws behind requests.h, for requests that are more than the profiles of one kind of card.
//
// Pure function, callable from any thread.
#ifndef SCHEDULER_MIG_SIMULATION_DRAW_STREAM_H_
#define SCHEDULER_MIG_SIMULATION_DRAW_STREAM_H_

#include <cstddef>
#include <cstdint>

#include "scheduler/mig/simulation/requests.h"

namespace tangram::scheduler::mig::simulation {

// So many different requests may a stream have.
inline constexpr size_t kMostRequests = 255;

// As MakeStream, with Stream::profiles being indexes into `shares`. Of the options `load` and
// `cards` are carried along and change nothing.
Stream DrawStream(double requests_per_lifetime, const Mix& shares, const StreamOptions& options,
                  uint64_t seed);

}  // namespace tangram::scheduler::mig::simulation

#endif  // SCHEDULER_MIG_SIMULATION_DRAW_STREAM_H_
