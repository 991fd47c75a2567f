// CPU and memory of a Node: what it has to give. What a Pod asks for is read with the rest of it
// (pod_host.h).
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

}  // namespace tangram::api::core

#endif  // API_DIALECTS_CORE_HOST_H_
