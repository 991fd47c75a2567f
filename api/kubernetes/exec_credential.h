// Credentials from an exec plugin (client.authentication.k8s.io/v1), as kubectl knows them.
//
// The plugin is run when credentials are needed, at most once at a time, and its answer is kept
// until it expires or the server says 401. It is never interactive. It has 30 s to end (client-go
// waits for ever); whoever waits for it meanwhile shares its answer or its failure. Source:
// Kubernetes documentation, "Authenticating", client-go credential plugins.
#ifndef API_KUBERNETES_EXEC_CREDENTIAL_H_
#define API_KUBERNETES_EXEC_CREDENTIAL_H_

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "api/kubernetes/access.h"
#include "api/kubernetes/process.h"

namespace tangram::api::kubernetes {

struct ExecPlugin {
  std::string api_version;  // client.authentication.k8s.io/v1 or .../v1beta1
  ProcessSpec process;
  // The value of spec.cluster in KUBERNETES_EXEC_INFO, as JSON; empty unless provideClusterInfo.
  std::string cluster_json;
  std::string install_hint;  // shown when the program cannot be started
  std::string origin;        // names the setting in errors: "users[0].user.exec"
};

// What a plugin printed.
struct ExecCredential {
  std::string token;
  ClientCertificate certificate;
  std::optional<WallTime> expires;
};

// Reads a plugin's output. InvalidArgument naming the field that is missing or malformed.
absl::StatusOr<ExecCredential> ParseExecCredential(std::string_view output,
                                                   std::string_view api_version);

// "2026-08-01T12:00:00Z", "...+02:00" or with fractions (dropped). InvalidArgument otherwise.
absl::StatusOr<WallTime> ParseRfc3339(std::string_view text);

std::shared_ptr<CredentialSource> MakeExecCredentials(ExecPlugin plugin);

}  // namespace tangram::api::kubernetes

#endif  // API_KUBERNETES_EXEC_CREDENTIAL_H_
