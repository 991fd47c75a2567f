// The cluster as it was at the end of a recording.
#ifndef API_CLI_SIMULATE_RECORDED_CLUSTER_H_
#define API_CLI_SIMULATE_RECORDED_CLUSTER_H_

#include <string>

#include "absl/status/statusor.h"
#include "api/cli/api_access.h"

namespace tangram::api::cli::simulate {

// Its nodes, and the pods that hold something. A pod that the recording never describes is called
// by its uid and asks for nothing. InvalidArgument with file, line and field.
absl::StatusOr<Listed> ReadRecordedCluster(const std::string& path);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_RECORDED_CLUSTER_H_
