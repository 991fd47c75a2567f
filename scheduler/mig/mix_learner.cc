#include "scheduler/mig/mix_learner.h"

#include "model/check.h"

namespace tangram::scheduler::mig {
namespace {

constexpr std::string_view kTuned = "tangram";

}  // namespace

Mix EvenMix(const model::mig::CardStates& states) {
  const size_t profiles = states.geometry().profiles().size();
  return Mix(profiles, 1.0 / static_cast<double>(profiles));
}

MixLearner::MixLearner(std::string_view policy, const model::mig::CardStates& states,
                       const TuneOptions& tuning)
    : policy_(policy),
      states_(&states),
      tuning_(tuning),
      asked_(states.geometry().profiles().size(), 0),
      mix_(EvenMix(states)) {}

bool MixLearner::Asked(size_t profile) {
  ++asked_[profile];
  if (++requests_ < next_at_) return false;
  next_at_ *= kNextTimes;
  for (size_t p = 0; p < mix_.size(); ++p) {
    mix_[p] = static_cast<double>(asked_[p]) / static_cast<double>(requests_);
  }
  values_.clear();
  tuner_ = policy_ == kTuned ? std::make_unique<Tuner>(*states_, mix_, tuning_) : nullptr;
  return true;
}

bool MixLearner::Tune() {
  if (tuner_ == nullptr || tuner_->Step()) return false;
  values_ = tuner_->values();
  tuner_ = nullptr;
  return true;
}

std::unique_ptr<Policy> MixLearner::MakePolicy() const {
  if (!values_.empty()) return MakeValuePolicy(kTuned, values_);
  auto policy = mig::MakePolicy(policy_, *states_, mix_);
  TANGRAM_CHECK(policy.ok());
  return *std::move(policy);
}

}  // namespace tangram::scheduler::mig
