// Which Kubernetes the server is, and whether that is new enough for us.
#ifndef API_KUBERNETES_SERVER_VERSION_H_
#define API_KUBERNETES_SERVER_VERSION_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "api/kubernetes/rest_client.h"

namespace tangram::api::kubernetes {

struct ServerVersion {
  int major = 0;
  int minor = 0;
  std::string git_version;  // "v1.36.3"; for people
};

// The oldest server that is supported.
inline constexpr int kMajorMin = 1;
inline constexpr int kMinorMin = 32;

// Reads the answer of GET /version. Tolerates what vendors add ("36+"); when the numbers are empty
// they are taken from gitVersion. InvalidArgument naming the field when neither can be read.
absl::StatusOr<ServerVersion> ParseServerVersion(std::string_view body);

// FailedPrecondition, saying both versions, for a server older than 1.32.
absl::Status CheckSupported(const ServerVersion& version);

// Asks the server. Errors as ToStatus(Reply).
absl::StatusOr<ServerVersion> GetServerVersion(RestClient& client, const CallOptions& options);

}  // namespace tangram::api::kubernetes

#endif  // API_KUBERNETES_SERVER_VERSION_H_
