// Several seeds on a command line: "7", "201-206", "1,5,8-10".
#ifndef API_CLI_SIMULATE_SEED_LIST_H_
#define API_CLI_SIMULATE_SEED_LIST_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace tangram::api::cli::simulate {

inline constexpr size_t kSeedsMax = 10'000;

// In the order given. InvalidArgument names the part that is wrong; a seed comes once.
absl::StatusOr<std::vector<uint64_t>> ParseSeeds(std::string_view text);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_SEED_LIST_H_
