// Policies on the command line: "fgd,tangram".
#ifndef API_CLI_SIMULATE_WORD_LISTS_H_
#define API_CLI_SIMULATE_WORD_LISTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace tangram::api::cli::simulate {

// Names of policies with commas, in the order given, or "all". InvalidArgument lists the names
// there are.
absl::StatusOr<std::vector<std::string>> ParsePolicies(const std::string& text);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_WORD_LISTS_H_
