// The results of a part of a grid, as a file between the machines that ran the parts.
#ifndef API_CLI_SIMULATE_SHARD_H_
#define API_CLI_SIMULATE_SHARD_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "api/cli/simulate/grid.h"
#include "nlohmann/json.hpp"

namespace tangram::api::cli::simulate {

// Schema tangram.dev/simulation-shard/v1: the grid, which part of it, and the figures of each cell.
nlohmann::json ShardJson(const Grid& grid, const ShardPart& part, const GridResults& results);

// "shard-2-of-8.json".
std::string ShardFileName(const ShardPart& part);

struct ShardFile {
  std::string name;
  std::string text;
};

struct MergedGrid {
  Grid grid;
  GridResults results;  // of every cell
};

// Puts the parts together, in whatever order they are given. InvalidArgument names the file that is
// no shard, is of another comparison (and what differs), comes twice, or the shards that are
// missing.
absl::StatusOr<MergedGrid> MergeShards(const std::vector<ShardFile>& files);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_SHARD_H_
