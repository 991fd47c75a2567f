// CPU and memory in Kubernetes' own objects: what a Node has to give, what a Pod asks for.
//
// Pure functions, callable from any thread, for any text. Amounts beyond model::kHostMost are cut
// to it.
#ifndef API_DIALECTS_CORE_HOST_H_
#define API_DIALECTS_CORE_HOST_H_

#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "model/host.h"

namespace tangram::api::core {

struct NodeHost {
  // status.allocatable cpu and memory, rounded down to MiB; nullopt when it names neither. Of which
  // it names one, the other has no bound.
  std::optional<model::HostResources> allocatable;
  bool unschedulable = false;  // spec.unschedulable, as kubectl cordon sets it
};

// Reads one Node as JSON text. InvalidArgument, naming the field, for broken JSON, wrong types and
// what is no quantity.
absl::StatusOr<NodeHost> ReadNodeHost(std::string_view json);

// What kube-scheduler counts for one Pod, given as JSON text (k8s.io/component-helpers
// PodRequests): the larger of the sum over app containers and sidecars, and of any init container
// together with the sidecars started before it; instead of that what spec.resources asks for the
// pod as a whole, where it does; and spec.overhead on top. A container without a request asks for
// its limit, as the API server fills it in. CPU is rounded up to thousandths, memory to MiB. Errors
// as above.
absl::StatusOr<model::HostResources> ReadPodHost(std::string_view json);

}  // namespace tangram::api::core

#endif  // API_DIALECTS_CORE_HOST_H_
