// Files as texts.
#ifndef API_MANIFESTS_FILES_H_
#define API_MANIFESTS_FILES_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tangram::api::manifests {

// The content of a file, or of stdin when `path` is "-". NotFound with path and the system's reason
// when it cannot be read, ResourceExhausted when it is longer than `bytes_max`.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t bytes_max);

// Replaces the file by `text`, through a neighbour named `path`.PID that is renamed: who looks sees
// the old file or the new one. What is no regular file (a link, a pipe) is kept, and written to as
// it is. Unavailable with path and the system's reason when it cannot be written.
absl::Status WriteFile(const std::string& path, std::string_view text);

}  // namespace tangram::api::manifests

#endif  // API_MANIFESTS_FILES_H_
