// The HTTP proxy between us and an API server, found as client-go finds it: `proxy-url` of the
// kubeconfig's cluster, else the environment.
//
// Source: golang.org/x/net/http/httpproxy. HTTPS_PROXY (or https_proxy) for https servers,
// HTTP_PROXY (or http_proxy) for http ones, unless NO_PROXY (or no_proxy) says otherwise. NO_PROXY
// holds, with commas: "*"; addresses; CIDR ranges; names, which mean their subdomains too; ".name"
// and "*.name", which mean the subdomains alone; each with a ":port" where one port is meant.
// localhost and loopback addresses are never proxied by the environment.
//
// Proxies of HTTP alone: client-go also knows https:// and socks5:// ones, which are refused in
// words.
#ifndef API_KUBERNETES_PROXY_H_
#define API_KUBERNETES_PROXY_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "api/kubernetes/access.h"

namespace tangram::api::kubernetes {

// "http://[USER:PASSWORD@]HOST[:PORT]"; the scheme may be left out, the port is 80 then, user and
// password may be percent-encoded. InvalidArgument naming `field` and what is allowed; a password
// is never quoted.
absl::StatusOr<Proxy> ParseProxyUrl(std::string_view text, std::string_view field);

// Whether the list in NO_PROXY's form, or the host itself, rules a proxy out.
bool GoesWithoutProxy(std::string_view no_proxy, std::string_view host, int port);

// What the environment says for the server; none where it is to be met directly. The errors are
// those of ParseProxyUrl.
absl::StatusOr<std::optional<Proxy>> ProxyFromEnvironment(const ClusterAccess& access);

}  // namespace tangram::api::kubernetes

#endif  // API_KUBERNETES_PROXY_H_
