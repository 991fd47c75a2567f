// Policies for MIG instances, each on the same requests (scheduler/mig/simulation).
#ifndef API_CLI_SIMULATE_MIG_RUNS_H_
#define API_CLI_SIMULATE_MIG_RUNS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "api/cli/simulate/mig_cards.h"
#include "api/cli/simulate/mig_mix.h"
#include "scheduler/mig/simulation/loss_system.h"
#include "scheduler/mig/tune_options.h"

namespace tangram::api::cli::simulate {

// What all runs have in common.
struct MigSetup {
  MigCards cards;
  uint32_t runs = 40;  // number r draws its requests by seed + r
  uint64_t seed = 1;
  std::string workload = "known";  // of the mix; or learned, none
  uint32_t generations = scheduler::mig::TuneOptions().generations;
};

// What is asked of the cards, which are those of the setup.
struct MigScene {
  std::string name;  // the mix as it was written
  MigMix mix;
  double load = 1;
};

// One policy in one scene.
struct MigRuns {
  std::vector<double> accepted;     // percent, by run
  std::vector<double> utilisation;  // percent of the slices, by run
  std::vector<scheduler::mig::simulation::Tally> by_request;
  // By kind: the requests that its cards took, and percent of its slices in use, mean of the runs.
  std::vector<uint64_t> accepted_by_kind;
  std::vector<double> utilisation_by_kind;
  double tuning_seconds = 0;  // of a processor, before the runs
};

// Called from any thread.
struct MigWatch {
  std::function<void(uint64_t runs)> progress = [](uint64_t) {};
  std::function<bool()> stopped = [] { return false; };  // asked before every run
};

// InvalidArgument lists the policies there are.
absl::StatusOr<MigRuns> RunMigPolicy(const MigSetup& setup, const MigScene& scene,
                                     const std::string& policy);

// By scene, then by policy; `threads` at a time. Where it was stopped all have the runs that each
// of them came to, which may be none.
absl::StatusOr<std::vector<std::vector<MigRuns>>> RunMigGrid(
    const MigSetup& setup, const std::vector<MigScene>& scenes,
    const std::vector<std::string>& policies, size_t threads, const MigWatch& watch = {});

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_MIG_RUNS_H_
