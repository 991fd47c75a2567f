// A cluster file, for somebody who waits at a terminal.
#ifndef API_CLI_LOAD_CLUSTER_H_
#define API_CLI_LOAD_CLUSTER_H_

#include <string>

#include "absl/status/statusor.h"
#include "api/standalone/cluster_file.h"

namespace tangram::api::cli {

// standalone::LoadClusterFile, with a bar on stderr where reading takes longer than a moment.
absl::StatusOr<standalone::ClusterFile> LoadCluster(const std::string& path);

}  // namespace tangram::api::cli

#endif  // API_CLI_LOAD_CLUSTER_H_
