// The mix of requests for one kind of cards, learned as they come, and the policy made of it.
//
// Requests are counted by profile. At fixed numbers of them (100, then four times as many each
// time) what was counted by then becomes the mix that policies know; until the first all profiles
// are taken to be alike. `tangram` begins to be tuned for each mix anew, one generation a Tune(),
// and goes by FGD-MIG for the same mix until that is done. The live server (keeper.h) and the
// simulator (simulation/loss_system.h) learn by this alone.
//
// Deterministic: a function of the requests in their order. Not thread-safe. Refers to the
// CardStates it was made of, which must outlive it.
#ifndef SCHEDULER_MIG_MIX_LEARNER_H_
#define SCHEDULER_MIG_MIX_LEARNER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/mig/card_states.h"
#include "scheduler/mig/policy.h"
#include "scheduler/mig/tuner.h"

namespace tangram::scheduler::mig {

// One share for each profile: nothing is known.
Mix EvenMix(const model::mig::CardStates& states);

class MixLearner {
 public:
  static constexpr uint64_t kFirstAt = 100;  // requests
  static constexpr uint64_t kNextTimes = 4;

  // `policy` must be one of PolicyNames(). `tuning` is for `tangram` alone.
  MixLearner(std::string_view policy, const model::mig::CardStates& states,
             const TuneOptions& tuning);

  const model::mig::CardStates& states() const { return *states_; }
  // As of the last time that it was learned; sums to 1.
  const Mix& mix() const { return mix_; }

  // Counts a request. True when the mix was learned by it, so that Policy() is another.
  bool Asked(size_t profile);
  bool tuning() const { return tuner_ != nullptr; }
  // One generation, if any is left; true when that was the last, so that Policy() is another.
  bool Tune();

  // The policy of what is known now.
  std::unique_ptr<Policy> MakePolicy() const;

 private:
  std::string policy_;
  const model::mig::CardStates* states_;
  TuneOptions tuning_;
  std::vector<uint64_t> asked_;  // by profile
  uint64_t requests_ = 0;
  uint64_t next_at_ = kFirstAt;
  Mix mix_;
  StateValues values_;  // what was tuned for the mix; empty until then
  std::unique_ptr<Tuner> tuner_;
};

}  // namespace tangram::scheduler::mig

#endif  // SCHEDULER_MIG_MIX_LEARNER_H_
