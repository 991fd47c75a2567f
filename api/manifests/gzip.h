// Files packed by gzip, as texts.
#ifndef API_MANIFESTS_GZIP_H_
#define API_MANIFESTS_GZIP_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace tangram::api::manifests {

// Whether the bytes begin as a gzip file does (RFC 1952: 1f 8b).
bool IsGzip(std::string_view bytes);

// What was packed; of several members one after the other, as gzip -d does. InvalidArgument with
// `path` for broken or cut data, ResourceExhausted when it is longer than `bytes_max`.
absl::StatusOr<std::string> Unpack(std::string_view bytes, std::string_view path, size_t bytes_max);

// The file (files.h), unpacked when it is packed; `bytes_max` holds for both forms.
absl::StatusOr<std::string> ReadTextFile(const std::string& path, size_t bytes_max);

}  // namespace tangram::api::manifests

#endif  // API_MANIFESTS_GZIP_H_
