// The short scenario form of a cluster file (see cluster_file.h).
#ifndef API_STANDALONE_SCENARIO_H_
#define API_STANDALONE_SCENARIO_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "scheduler/observation.h"

namespace tangram::api::standalone {

// The nodes of a scenario: a mapping with `nodes` that is well-formed by ForEachDocument
// (api/manifests/documents.h). InvalidArgument with path, line, column, field, value and what is
// allowed.
absl::StatusOr<std::vector<scheduler::NodeObservation>> ParseScenario(const std::string& text,
                                                                      std::string_view path);

}  // namespace tangram::api::standalone

#endif  // API_STANDALONE_SCENARIO_H_
