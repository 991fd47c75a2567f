// The access that a pod gets from its service account.
#ifndef API_KUBERNETES_IN_CLUSTER_H_
#define API_KUBERNETES_IN_CLUSTER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "api/kubernetes/access.h"

namespace tangram::api::kubernetes {

// Where the kubelet mounts the projected service account.
inline constexpr char kServiceAccountDirectory[] = "/var/run/secrets/kubernetes.io/serviceaccount";

// True when the environment says that this process runs in a pod.
bool RunsInCluster();

// The access from KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT and the files token, ca.crt and
// namespace of `directory`. Token and CA are read again every minute, the token also after a 401.
// FailedPrecondition naming the variable, NotFound naming the file, that is missing.
absl::StatusOr<std::shared_ptr<const ClusterAccess>> InClusterAccess(
    const std::string& directory = kServiceAccountDirectory);

}  // namespace tangram::api::kubernetes

#endif  // API_KUBERNETES_IN_CLUSTER_H_
