// The grid of a comparison: every list of pods with every policy and every seed.
//
// Cells are numbered list by list, in it seed by seed, in it policy by policy, so that a comparison
// that is cut short has all policies for the seeds that it has. Values only: what a grid is, which
// cells a shard runs, and both as JSON. Results carry no times, so that they are a function of the
// grid alone.
#ifndef API_CLI_SIMULATE_GRID_H_
#define API_CLI_SIMULATE_GRID_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"
#include "scheduler/simulation/comparison.h"

namespace tangram::api::cli::simulate {

struct GridList {
  std::string name;
  size_t nodes = 0;
  int64_t gpu_milli = 0;
  size_t pods = 0;
  // Over nodes, pods, what the policies know, and the orders of arrival.
  std::string input_sha256;
};

// What a comparison is of. Two that are equal in this come to the same results.
struct Grid {
  std::string version;  // of Tangram
  std::vector<GridList> lists;
  std::vector<std::string> policies;
  std::vector<uint64_t> seeds;
  std::string workload;  // what the policies know, as asked for
  double inflate = 0;

  size_t cells() const { return lists.size() * policies.size() * seeds.size(); }
  size_t CellOf(size_t list, size_t seed, size_t policy) const {
    return (list * seeds.size() + seed) * policies.size() + policy;
  }
};

// Positions in the grid's vectors.
struct Cell {
  size_t list = 0, seed = 0, policy = 0;
};
Cell CellAt(const Grid& grid, size_t number);

// By cell; empty where it was not run.
using GridResults = std::vector<std::optional<scheduler::simulation::RunFigures>>;

inline constexpr size_t kShardsMax = 100'000;

// One of `count` parts of a grid. `index` counts from 0, as JOB_COMPLETION_INDEX does.
struct ShardPart {
  size_t index = 0;
  size_t count = 1;
};
// "2/8"; or "env": JOB_COMPLETION_INDEX and TANGRAM_SHARDS. InvalidArgument says what is allowed.
absl::StatusOr<ShardPart> ParseShard(const std::string& text);
// Every cell is of exactly one part. The cells of one order of arrival are spread over the parts,
// because policies differ in how long they take.
bool IsOf(const Grid& grid, size_t cell, const ShardPart& part);
// How many cells the part has.
size_t CellsOf(const Grid& grid, const ShardPart& part);

nlohmann::json GridJson(const Grid& grid);
// Throws nlohmann::json::exception where the JSON is of another form.
Grid GridFromJson(const nlohmann::json& json);

// Figures with their curves; curves are objects from whole percent arrived to the value.
nlohmann::json FiguresJson(const scheduler::simulation::RunFigures& figures);
scheduler::simulation::RunFigures FiguresFromJson(const nlohmann::json& json);
// Figures without their curves: what there is at 100 % (null where the run ended before) and last.
nlohmann::json SummaryJson(const scheduler::simulation::RunFigures& figures);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_GRID_H_
