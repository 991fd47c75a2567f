// Files as texts.
#ifndef API_MANIFESTS_FILES_H_
#define API_MANIFESTS_FILES_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace tangram::api::manifests {

// The content of a file, or of stdin when `path` is "-". NotFound with path and the system's reason
// when it cannot be read, ResourceExhausted when it is longer than `bytes_max`.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t bytes_max);

}  // namespace tangram::api::manifests

#endif  // API_MANIFESTS_FILES_H_
