// The access that a kubeconfig describes, read as kubectl reads it.
//
// Understood: several files in KUBECONFIG (the first definition of a name wins), current-context,
// server with a path prefix, proxy-url (proxy.h), certificate-authority[-data],
// insecure-skip-tls-verify, tls-server-name, token, tokenFile (wins over token),
// client-certificate[-data], client-key[-data]
// (-data wins), exec; paths relative to the file they stand in. Unknown keys are passed over, as
// kubectl does. Refused, because ignoring them would connect in another way than was asked for:
// auth-provider, username and password, impersonation (as, as-uid, as-groups,
// as-user-extra).
#ifndef API_KUBERNETES_KUBECONFIG_H_
#define API_KUBERNETES_KUBECONFIG_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "api/kubernetes/access.h"

namespace tangram::api::kubernetes {

// `path` empty: the list in $KUBECONFIG, else ~/.kube/config; files of a list that do not exist are
// passed over unless none does. `context` empty: the first current-context. Files that the
// kubeconfig names are read here once, so that a wrong path is an error now. An exec plugin is not
// run yet. Errors name file, field, value and what is allowed.
absl::StatusOr<std::shared_ptr<const ClusterAccess>> LoadKubeconfig(const std::string& path,
                                                                    const std::string& context);

}  // namespace tangram::api::kubernetes

#endif  // API_KUBERNETES_KUBECONFIG_H_
