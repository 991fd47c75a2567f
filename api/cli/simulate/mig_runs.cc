#include "api/cli/simulate/mig_runs.h"

#include <time.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <thread>
#include <utility>

#include "scheduler/mig/fleet_chooser.h"
#include "scheduler/mig/fleet_learner.h"
#include "scheduler/mig/fleet_policy.h"
#include "scheduler/mig/simulation/fleet_run.h"

namespace tangram::api::cli::simulate {
namespace {

using scheduler::mig::Fleet;
using scheduler::mig::FleetChooser;
using scheduler::mig::Mix;
using scheduler::mig::simulation::FleetReport;
using scheduler::mig::simulation::Stream;

// What this thread has had of a processor.
double ThreadSeconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

scheduler::mig::TuneOptions Tuning(const MigSetup& setup) {
  scheduler::mig::TuneOptions tuning;
  tuning.generations = setup.generations;
  return tuning;
}

// What places the requests of a run; what it was made of must outlive it.
using Player = std::function<FleetReport(const Stream&)>;

// By a policy that never changes, tuned where that is what it lives by.
absl::StatusOr<Player> Knowing(const MigSetup& setup, const std::string& name, const Mix& known,
                               const Fleet& fleet, double* tuning_seconds) {
  auto policy = scheduler::mig::MakeFleetPolicy(name, fleet, known);
  if (!policy.ok()) return policy.status();
  if (name == "tangram") {
    const double began = ThreadSeconds();
    policy = scheduler::mig::TuneFleetPolicy(fleet, known, Tuning(setup));
    *tuning_seconds = ThreadSeconds() - began;
  }
  return Player([chooser = FleetChooser(fleet, *std::move(policy))](const Stream& stream) {
    return scheduler::mig::simulation::PlayFleet(stream, chooser);
  });
}

// By one that knows nothing when a run begins.
absl::StatusOr<Player> Learning(const MigSetup& setup, const std::string& name,
                                const Fleet& fleet) {
  const auto named = scheduler::mig::MakeFleetPolicy(name, fleet, scheduler::mig::EvenMix(fleet));
  if (!named.ok()) return named.status();
  return Player([&setup, &name, &fleet](const Stream& stream) {
    scheduler::mig::FleetLearner learner(name, fleet, Tuning(setup));
    return scheduler::mig::simulation::PlayFleetLearning(stream, learner);
  });
}

void Count(const FleetReport& report, MigRuns* runs) {
  runs->accepted.push_back(100 * report.loss.all.accepted_part());
  runs->utilisation.push_back(100 * report.loss.utilisation);
  for (size_t i = 0; i < runs->by_request.size(); ++i) {
    runs->by_request[i].arrived += report.loss.by_profile[i].arrived;
    runs->by_request[i].accepted += report.loss.by_profile[i].accepted;
  }
  for (size_t k = 0; k < report.kinds.size(); ++k) {
    runs->accepted_by_kind[k] += report.kinds[k].accepted;
    runs->utilisation_by_kind[k] += 100 * report.kinds[k].utilisation;
  }
}

}  // namespace

absl::StatusOr<MigRuns> RunMigPolicy(const MigSetup& setup, const MigScene& scene,
                                     const std::string& policy) {
  const Fleet& fleet = *scene.mix.fleet;
  MigRuns runs;
  const Mix known = setup.workload == "none" ? scheduler::mig::EvenMix(fleet) : scene.mix.shares;
  const absl::StatusOr<Player> play =
      setup.workload == "learned" ? Learning(setup, policy, fleet)
                                  : Knowing(setup, policy, known, fleet, &runs.tuning_seconds);
  if (!play.ok()) return play.status();
  runs.by_request.resize(fleet.requests.size());
  runs.accepted_by_kind.resize(fleet.kinds.size());
  runs.utilisation_by_kind.resize(fleet.kinds.size());
  scheduler::mig::simulation::StreamOptions stream;
  stream.load = scene.load;
  for (uint32_t run = 0; run < setup.runs; ++run) {
    Count((*play)(MakeFleetStream(fleet, scene.mix.shares, stream, setup.seed + run)), &runs);
  }
  for (double& percent : runs.utilisation_by_kind) percent /= setup.runs;
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
