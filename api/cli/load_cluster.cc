#include "api/cli/load_cluster.h"

#include <cstddef>
#include <optional>

#include "api/cli/simulate/progress.h"

namespace tangram::api::cli {

absl::StatusOr<standalone::ClusterFile> LoadCluster(const std::string& path) {
  std::optional<simulate::Progress> progress;
  return standalone::LoadClusterFile(path, [&progress](size_t bytes, size_t total) {
    if (!progress.has_value()) progress.emplace(total);
    progress->Add(bytes);
  });
}

}  // namespace tangram::api::cli
