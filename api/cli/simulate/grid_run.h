// Runs the cells of a grid, many at a time.
#ifndef API_CLI_SIMULATE_GRID_RUN_H_
#define API_CLI_SIMULATE_GRID_RUN_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "api/cli/simulate/grid.h"
#include "api/cli/simulate/input.h"
#include "scheduler/fragmentation.h"
#include "scheduler/simulation/workload.h"

namespace tangram::api::cli::simulate {

// What the cells of one list need.
struct ListInput {
  scheduler::simulation::Workload workload;
  std::vector<scheduler::WorkloadPod> known;
  scheduler::simulation::Foresight foresight = scheduler::simulation::Foresight::kKnown;
  std::vector<scheduler::simulation::Arrivals> orders;  // by seed
};

// The lists of a grid, read, and the grid that is made of them.
struct GridInput {
  Grid grid;
  std::vector<ListInput> lists;
};

struct GridOptions {
  InputOptions input;                 // but for pods and arrivals
  std::vector<std::string> pods;      // files, one a list; a list is named as its file
  std::vector<std::string> arrivals;  // none, or one a list
  std::vector<std::string> policies;
  std::vector<uint64_t> seeds;
};

// Reads all files. InvalidArgument also for two lists of one name.
absl::StatusOr<GridInput> ReadGrid(const GridOptions& options);

struct GridWatch {
  std::function<void(uint64_t arrivals)> progress;  // called now and then, from any thread
  std::function<bool()> stopped;                    // asked before every arrival, from any thread
};

// How many pods arrive in the cells of the part.
uint64_t ArrivalsOf(const GridInput& input, const ShardPart& part);

// Runs the cells of the part on so many threads. The results do not depend on how many. Cells that
// were not finished when `stopped` said so are empty, as are those of other parts.
absl::StatusOr<GridResults> RunGrid(const GridInput& input, const ShardPart& part, size_t threads,
                                    const GridWatch& watch);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_GRID_RUN_H_
