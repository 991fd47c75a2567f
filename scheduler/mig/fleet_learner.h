// The mix of requests learned as they come, for cards of several kinds.
//
// Each kind counts what it could serve, as the live server does (mix_learner.h), and learns at its
// own numbers of requests. What part of all requests a kind serves, which the choice between kinds
// needs (fleet_policy.h), is counted at the same moments; until the first it is 1 for every kind.
//
// Deterministic: a function of the requests in their order. Not thread-safe. Refers to the Fleet it
// was made of, which must outlive it.
#ifndef SCHEDULER_MIG_FLEET_LEARNER_H_
#define SCHEDULER_MIG_FLEET_LEARNER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "scheduler/mig/fleet.h"
#include "scheduler/mig/fleet_policy.h"
#include "scheduler/mig/mix_learner.h"

namespace tangram::scheduler::mig {

class FleetLearner {
 public:
  // `policy` must be one of PolicyNames(). `tuning` is for `tangram` alone.
  FleetLearner(std::string_view policy, const Fleet& fleet, const TuneOptions& tuning);

  const Fleet& fleet() const { return *fleet_; }

  // Counts a request, and tunes to the end what it has to. True when MakePolicy() is another now.
  bool Asked(size_t request);
  FleetPolicy MakePolicy() const;

 private:
  std::string policy_;
  const Fleet* fleet_;
  std::vector<MixLearner> learners_;  // by kind
  std::vector<uint64_t> served_;      // by kind: requests that it could serve
  uint64_t requests_ = 0;
  std::vector<double> parts_;  // by kind, as of the last time that anything was learned
};

}  // namespace tangram::scheduler::mig

#endif  // SCHEDULER_MIG_FLEET_LEARNER_H_
