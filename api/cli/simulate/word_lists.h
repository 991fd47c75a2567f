// Lists on the command line: "42-51,60", "fgd,tangram".
#ifndef API_CLI_SIMULATE_WORD_LISTS_H_
#define API_CLI_SIMULATE_WORD_LISTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace tangram::api::cli::simulate {

inline constexpr size_t kSeedsMax = 10'000;

// Numbers and ranges with commas, in the order given. InvalidArgument for anything else, a number
// that comes twice, and more than kSeedsMax.
absl::StatusOr<std::vector<uint64_t>> ParseSeeds(const std::string& text);

// Names of policies with commas, in the order given, or "all". InvalidArgument lists the names
// there are.
absl::StatusOr<std::vector<std::string>> ParsePolicies(const std::string& text);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_WORD_LISTS_H_
