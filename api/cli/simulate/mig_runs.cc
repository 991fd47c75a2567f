#include "api/cli/simulate/mig_runs.h"

#include <time.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <thread>
#include <utility>

#include "scheduler/mig/chooser.h"
#include "scheduler/mig/mix_learner.h"
#include "scheduler/mig/policy.h"

namespace tangram::api::cli::simulate {
namespace {

using model::mig::CardStates;
using scheduler::mig::Chooser;
using scheduler::mig::Mix;
using scheduler::mig::simulation::LossReport;
using scheduler::mig::simulation::Stream;

// What this thread has had of a processor.
double ThreadSeconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

scheduler::mig::TuneOptions Tuning(const MigSetup& setup) {
  scheduler::mig::TuneOptions tuning;
  tuning.cards = std::min(tuning.cards, setup.gpus);
  tuning.generations = setup.generations;
  return tuning;
}

// What places the requests of a run; what it was made of must outlive it.
using Player = std::function<LossReport(const Stream&)>;

// By a policy that never changes, tuned where that is what it lives by.
absl::StatusOr<Player> Knowing(const MigSetup& setup, const std::string& name, const Mix& known,
                               const CardStates& states, double* tuning_seconds) {
  auto policy = scheduler::mig::MakePolicy(name, states, known);
  if (!policy.ok()) return policy.status();
  if (name == "tangram") {
    const double began = ThreadSeconds();
    scheduler::mig::Tuner tuner(states, known, Tuning(setup));
    while (tuner.Step()) {
    }
    *tuning_seconds = ThreadSeconds() - began;
    policy = scheduler::mig::MakeValuePolicy("tangram", tuner.values());
  }
  return Player([chooser = Chooser(states, **policy)](const Stream& stream) {
    return scheduler::mig::simulation::Play(stream, chooser);
  });
}

// By one that knows nothing when a run begins.
absl::StatusOr<Player> Learning(const MigSetup& setup, const std::string& name,
                                const CardStates& states) {
  const auto named = scheduler::mig::MakePolicy(name, states, scheduler::mig::EvenMix(states));
  if (!named.ok()) return named.status();
  return Player([&setup, &name, &states](const Stream& stream) {
    scheduler::mig::MixLearner learner(name, states, Tuning(setup));
    return scheduler::mig::simulation::PlayLearning(stream, learner);
  });
}

}  // namespace

absl::StatusOr<MigRuns> RunMigPolicy(const MigSetup& setup, const MigScene& scene,
                                     const std::string& policy) {
  const auto states = CardStates::Create(scene.mix.geometry);
  if (!states.ok()) return states.status();
  MigRuns runs;
  const Mix known = setup.workload == "none" ? scheduler::mig::EvenMix(*states) : scene.mix.mix;
  const absl::StatusOr<Player> play =
      setup.workload == "learned" ? Learning(setup, policy, *states)
                                  : Knowing(setup, policy, known, *states, &runs.tuning_seconds);
  if (!play.ok()) return play.status();
  runs.by_profile.resize(scene.mix.mix.size());
  scheduler::mig::simulation::StreamOptions stream;
  stream.load = scene.load;
  stream.cards = setup.gpus;
  for (uint32_t run = 0; run < setup.runs; ++run) {
    const LossReport report =
        (*play)(MakeStream(scene.mix.geometry, scene.mix.mix, stream, setup.seed + run));
    runs.accepted.push_back(100 * report.all.accepted_part());
    runs.utilisation.push_back(100 * report.utilisation);
    for (size_t i = 0; i < runs.by_profile.size(); ++i) {
      runs.by_profile[i].arrived += report.by_profile[i].arrived;
      runs.by_profile[i].accepted += report.by_profile[i].accepted;
    }
  }
  return runs;
}

absl::StatusOr<std::vector<std::vector<MigRuns>>> RunMigGrid(
    const MigSetup& setup, const std::vector<MigScene>& scenes,
    const std::vector<std::string>& policies, size_t threads) {
  std::vector<std::vector<MigRuns>> results(scenes.size(), std::vector<MigRuns>(policies.size()));
  std::vector<absl::Status> errors(scenes.size() * policies.size());
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t cell = next++; cell < errors.size(); cell = next++) {
      const size_t scene = cell / policies.size();
      const size_t policy = cell % policies.size();
      auto runs = RunMigPolicy(setup, scenes[scene], policies[policy]);
      errors[cell] = runs.status();
      if (runs.ok()) results[scene][policy] = *std::move(runs);
    }
  };
  {
    std::vector<std::jthread> workers;
    for (size_t i = 1; i < std::min(threads, errors.size()); ++i) workers.emplace_back(work);
    work();
  }
  for (const absl::Status& error : errors) {
    if (!error.ok()) return error;
  }
  return results;
}

}  // namespace tangram::api::cli::simulate
