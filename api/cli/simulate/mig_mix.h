// A mix of MIG requests as it is written on the command line.
#ifndef API_CLI_SIMULATE_MIG_MIX_H_
#define API_CLI_SIMULATE_MIG_MIX_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "model/mig/geometry.h"
#include "scheduler/mig/state_values.h"

namespace tangram::api::cli::simulate {

struct MigMix {
  // The product with its plain profiles and those that the mix names.
  model::mig::Geometry geometry;
  scheduler::mig::Mix mix;  // by profile of it; sums to 1
  double sum = 0;           // of the shares as written
  // Whether the sum was 1 but for what comes of writing decimals.
  bool was_whole() const;
};

// "7g:0.1,1gd:0.2,...": short or full names and shares, in any order; what is not named has none.
// An empty text is every plain profile alike. InvalidArgument names the part, its place and what is
// allowed for a part without a colon, unknown or repeated names, shares that are no number,
// negative or beyond 1e9, and a sum of 0.
absl::StatusOr<MigMix> ReadMigMix(const model::mig::Geometry& product, std::string_view text);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_MIG_MIX_H_
