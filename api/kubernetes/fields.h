// Paths and queries of the Kubernetes API. Pure text; every function escapes what it is given.
//
// Source: "Kubernetes API Concepts" and the OpenAPI of core/v1.
#ifndef API_KUBERNETES_FIELDS_H_
#define API_KUBERNETES_FIELDS_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace tangram::api::kubernetes {

inline constexpr char kNodesPath[] = "/api/v1/nodes";
inline constexpr char kPodsPath[] = "/api/v1/pods";
// Of DRA; servers below 1.34 do not know the version.
inline constexpr char kDeviceClassesPath[] = "/apis/resource.k8s.io/v1/deviceclasses";
inline constexpr char kResourceSlicesPath[] = "/apis/resource.k8s.io/v1/resourceslices";

// Pods that still use something. A pod that ends arrives on such a watch as DELETED.
inline constexpr char kLivePods[] = "status.phase!=Succeeded,status.phase!=Failed";

// Percent-encodes everything but letters, digits, '-', '.', '_' and '~' (RFC 3986 unreserved).
std::string Escape(std::string_view text);

std::string NodePath(std::string_view name);
std::string PodPath(std::string_view name_space, std::string_view name);
std::string BindingPath(std::string_view name_space, std::string_view name);
std::string EventsPath(std::string_view name_space);

// One page of a consistent list: `continue_token` empty asks for the first page, without a
// resourceVersion, so that the server answers with the newest state.
std::string ListPath(std::string_view resource, std::string_view field_selector, int limit,
                     std::string_view continue_token);

// A watch with bookmarks that begins after `resource_version` and that the server ends after
// `timeout_seconds`.
std::string WatchPath(std::string_view resource, std::string_view field_selector,
                      std::string_view resource_version, int64_t timeout_seconds);

}  // namespace tangram::api::kubernetes

#endif  // API_KUBERNETES_FIELDS_H_
