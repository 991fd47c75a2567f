#include "scheduler/mig/tuner.h"

#include <algorithm>
#include <utility>

#include "model/check.h"
#include "scheduler/mig/chooser.h"
#include "scheduler/mig/policy.h"
#include "scheduler/mig/simulation/loss_system.h"

namespace tangram::scheduler::mig {
namespace {

using model::mig::CardStates;
using model::mig::StateId;
using simulation::Stream;

std::vector<std::vector<double>> FeaturesOf(const CardStates& states, const Mix& mix) {
  const auto profiles = states.geometry().profiles();
  std::vector<std::vector<double>> features;
  for (size_t i = 0; i < profiles.size(); ++i) {
    std::vector<double> fits, open;
    for (StateId state = 0; state < states.size(); ++state) {
      fits.push_back(states.open(state, i) > 0 ? 1 : 0);
      open.push_back(static_cast<double>(states.open(state, i)) /
                     static_cast<double>(profiles[i].starts.size()));
    }
    features.push_back(std::move(fits));
    features.push_back(std::move(open));
  }
  const double slices = states.geometry().slices();
  std::vector<double> empty, square;
  for (StateId state = 0; state < states.size(); ++state) {
    const double free = states.free_slices(state);
    empty.push_back(state == CardStates::kEmpty ? 1 : 0);
    square.push_back(free * free / slices);
  }
  features.push_back(std::move(empty));
  features.push_back(std::move(square));
  StateValues mfi = MfiValues(states);
  for (double& value : mfi) value /= slices;
  features.push_back(std::move(mfi));
  features.push_back(FgdMigValues(states, mix));
  for (double& value : features.back()) value *= 8 / slices;
  return features;
}

// The weights whose values are those of FGD-MIG.
std::vector<double> FgdMigOnly(size_t features) {
  std::vector<double> weights(features, 0);
  weights.back() = 1;
  return weights;
}

}  // namespace

Tuner::Tuner(const CardStates& states, Mix mix, const TuneOptions& options)
    : states_(states),
      mix_(std::move(mix)),
      options_(options),
      features_(FeaturesOf(states, mix_)),
      search_(FgdMigOnly(features_.size()), options.spread, options.candidates, options.seed),
      values_(FgdMigValues(states, mix_)) {}

StateValues Tuner::ValuesOf(const std::vector<double>& weights) const {
  StateValues values(states_.size(), 0);
  for (size_t i = 0; i < weights.size(); ++i) {
    for (size_t state = 0; state < values.size(); ++state) {
      values[state] += weights[i] * features_[i][state];
    }
  }
  return values;
}

double Tuner::Accepted(const StateValues& values, const std::vector<Stream>& streams) const {
  const auto policy = MakeValuePolicy("candidate", values);
  const Chooser chooser(states_, *policy);
  double sum = 0;
  for (const Stream& stream : streams) sum += simulation::Play(stream, chooser).all.accepted_part();
  return sum / static_cast<double>(streams.size());
}

std::vector<Stream> Tuner::Streams(uint32_t count, uint64_t round) const {
  std::vector<Stream> streams;
  for (uint32_t i = 0; i < count; ++i) {
    simulation::StreamOptions options;
    options.load = options_.load * (i % 2 == 0 ? 0.9 : 1.1);
    options.cards = options_.cards;
    options.warm_up = 1;
    options.measured =
        std::max(2.0, options_.requests / RequestsPerLifetime(states_.geometry(), mix_, options));
    // Far from the small seeds that people choose.
    const uint64_t seed = (options_.seed << 40) + (round << 16) + i;
    streams.push_back(MakeStream(states_.geometry(), mix_, options, seed));
  }
  return streams;
}

void Tuner::Generation() {
  const std::vector<Stream> streams = Streams(options_.streams, generation_ + 1);
  std::vector<double> accepted;
  for (const std::vector<double>& weights : search_.Ask()) {
    accepted.push_back(Accepted(ValuesOf(weights), streams));
  }
  search_.Tell(accepted);
}

void Tuner::Compare() {
  const std::vector<Stream> streams = Streams(options_.final_streams, 0);
  double best = Accepted(values_, streams);
  for (StateValues values : {ValuesOf(search_.mean()), MfiValues(states_)}) {
    const double accepted = Accepted(values, streams);
    if (accepted <= best) continue;
    best = accepted;
    values_ = std::move(values);
  }
}

bool Tuner::Step() {
  if (done_) return false;
  if (generation_ < options_.generations) {
    Generation();
    ++generation_;
  } else {
    Compare();
    done_ = true;
  }
  return true;
}

}  // namespace tangram::scheduler::mig
