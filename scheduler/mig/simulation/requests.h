// A stream of requests for MIG instances: Poisson arrivals, exponential lifetimes of mean 1.
//
// Everything is drawn before the first decision, the lifetimes of requests that are rejected too,
// so that every policy meets the same requests: a function of geometry, mix, options and seed.
// Draws are of the Mersenne Twister mt19937_64, three for a request (gap, profile, lifetime), each
// the upper 53 bits as a fraction; times by the inverse of the distribution.
#ifndef SCHEDULER_MIG_SIMULATION_REQUESTS_H_
#define SCHEDULER_MIG_SIMULATION_REQUESTS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/mig/geometry.h"
#include "scheduler/mig/state_values.h"

namespace tangram::scheduler::mig::simulation {

struct StreamOptions {
  // Slices asked for by the requests that are in the system when none is rejected, in parts of the
  // slices that there are.
  double load = 1;
  uint32_t cards = 100;
  double warm_up = 2;  // lifetimes that are not measured
  double measured = 10;
};

struct Stream {
  // What happens, in order of time: an arrival or, for every arrival, its departure, as long as it
  // lies before the end.
  struct Event {
    double time = 0;
    uint32_t request = 0;
    bool arrives = false;
  };
  StreamOptions options;
  std::vector<uint8_t> profiles;  // by request
  std::vector<Event> events;
  double end() const { return options.warm_up + options.measured; }
};

// Arrivals in a time of 1, in the mean.
double RequestsPerLifetime(const model::mig::Geometry& geometry, const Mix& mix,
                           const StreamOptions& options);

Stream MakeStream(const model::mig::Geometry& geometry, const Mix& mix,
                  const StreamOptions& options, uint64_t seed);

}  // namespace tangram::scheduler::mig::simulation

#endif  // SCHEDULER_MIG_SIMULATION_REQUESTS_H_
