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

// What one policy did in one scene.
struct Played {
  std::vector<FleetReport> runs;  // fewer than asked for where it was stopped
  double tuning_seconds = 0;
};

absl::StatusOr<Played> PlayAll(const MigSetup& setup, const MigScene& scene,
                               const std::string& policy, const MigWatch& watch) {
  const Fleet& fleet = *scene.mix.fleet;
  Played played;
  const Mix known = setup.workload == "none" ? scheduler::mig::EvenMix(fleet) : scene.mix.shares;
  const absl::StatusOr<Player> play =
      setup.workload == "learned" ? Learning(setup, policy, fleet)
                                  : Knowing(setup, policy, known, fleet, &played.tuning_seconds);
  if (!play.ok()) return play.status();
  scheduler::mig::simulation::StreamOptions stream;
  stream.load = scene.load;
  for (uint32_t run = 0; run < setup.runs && !watch.stopped(); ++run) {
    played.runs.push_back(
        (*play)(MakeFleetStream(fleet, scene.mix.shares, stream, setup.seed + run)));
    watch.progress(1);
  }
  return played;
}

// The first so many runs.
MigRuns Sum(const MigScene& scene, const Played& played, size_t count) {
  const Fleet& fleet = *scene.mix.fleet;
  MigRuns runs;
  runs.tuning_seconds = played.tuning_seconds;
  runs.by_request.resize(fleet.requests.size());
  runs.accepted_by_kind.resize(fleet.kinds.size());
  runs.utilisation_by_kind.resize(fleet.kinds.size());
  for (size_t run = 0; run < count; ++run) Count(played.runs[run], &runs);
  for (double& percent : runs.utilisation_by_kind) {
    percent /= static_cast<double>(std::max<size_t>(1, count));
  }
  return runs;
}

}  // namespace

absl::StatusOr<MigRuns> RunMigPolicy(const MigSetup& setup, const MigScene& scene,
                                     const std::string& policy) {
  const auto played = PlayAll(setup, scene, policy, MigWatch());
  if (!played.ok()) return played.status();
  return Sum(scene, *played, played->runs.size());
}

absl::StatusOr<std::vector<std::vector<MigRuns>>> RunMigGrid(
    const MigSetup& setup, const std::vector<MigScene>& scenes,
    const std::vector<std::string>& policies, size_t threads, const MigWatch& watch) {
  std::vector<absl::StatusOr<Played>> cells(scenes.size() * policies.size(), Played());
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t cell = next++; cell < cells.size(); cell = next++) {
      if (watch.stopped()) return;
      const size_t scene = cell / policies.size();
      cells[cell] = PlayAll(setup, scenes[scene], policies[cell % policies.size()], watch);
    }
  };
  {
    std::vector<std::jthread> workers;
    for (size_t i = 1; i < std::min(threads, cells.size()); ++i) workers.emplace_back(work);
    work();
  }
  size_t done = setup.runs;
  for (const absl::StatusOr<Played>& cell : cells) {
    if (!cell.ok()) return cell.status();
    done = std::min(done, cell->runs.size());
  }
  std::vector<std::vector<MigRuns>> results(scenes.size());
  for (size_t cell = 0; cell < cells.size(); ++cell) {
    const size_t scene = cell / policies.size();
    results[scene].push_back(Sum(scenes[scene], *cells[cell], done));
  }
  return results;
}

}  // namespace tangram::api::cli::simulate
