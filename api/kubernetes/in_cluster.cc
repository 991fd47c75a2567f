#include "api/kubernetes/in_cluster.h"

#include <cstdlib>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "api/kubernetes/proxy.h"

namespace tangram::api::kubernetes {
namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

bool RunsInCluster() {
  return !Variable("KUBERNETES_SERVICE_HOST").empty() &&
         !Variable("KUBERNETES_SERVICE_PORT").empty();
}

absl::StatusOr<std::shared_ptr<const ClusterAccess>> InClusterAccess(const std::string& directory) {
  const std::string host = Variable("KUBERNETES_SERVICE_HOST");
  const std::string port = Variable("KUBERNETES_SERVICE_PORT");
  if (host.empty() || port.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("not in a cluster: environment variable KUBERNETES_SERVICE_",
                     host.empty() ? "HOST" : "PORT", " is not set; give a kubeconfig"));
  }
  auto access = std::make_shared<ClusterAccess>();
  const bool v6 = host.find(':') != std::string::npos;
  absl::Status url =
      ParseServerUrl(absl::StrCat("https://", v6 ? "[" : "", host, v6 ? "]" : "", ":", port),
                     "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT", *access);
  if (!url.ok()) return url;
  auto proxy = ProxyFromEnvironment(*access);
  if (!proxy.ok()) return proxy.status();
  access->proxy = *std::move(proxy);

  const WallTime now = std::chrono::system_clock::now();
  auto token = TextSource::File(absl::StrCat(directory, "/token"), "service account token");
  access->ca = TextSource::File(absl::StrCat(directory, "/ca.crt"), "service account CA");
  access->credentials = MakeTextCredentials({.token = token, .certificate = {}, .key = {}});
  if (auto read = access->credentials->BearerToken(now); !read.ok()) return read.status();
  if (auto read = access->ca->Get(now); !read.ok()) return read.status();
  if (auto name = TextSource::File(absl::StrCat(directory, "/namespace"), "namespace")->Get(now);
      name.ok()) {
    access->name_space = std::string(absl::StripAsciiWhitespace(*name));
  }
  access->origin = absl::StrCat("service account in ", directory);
  return std::shared_ptr<const ClusterAccess>(std::move(access));
}

}  // namespace tangram::api::kubernetes
