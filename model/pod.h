// What a pod is to us: identity, place, request, and the allocation its annotations carry.
//
// Filled by a dialect from a pod object (watch, list, GET, or the body of a filter call).
#ifndef MODEL_POD_H_
#define MODEL_POD_H_

#include <cstdint>
#include <string>

#include "model/allocation.h"
#include "model/host.h"
#include "model/request.h"

namespace tangram::model {

struct PodId {
  std::string name_space;
  std::string name;
  std::string uid;
  friend bool operator==(const PodId&, const PodId&) = default;
};

// What the pod's own annotations say about its cards.
enum class AllocationState : uint8_t {
  kNone,        // no allocation annotation
  kReadable,    // Pod::allocation holds it
  kUnreadable,  // present, but it cannot be decoded
};

// The node agent's hand-shake (hami.io/bind-phase).
enum class BindPhase : uint8_t { kNone, kAllocating, kSuccess, kFailed };

struct Pod {
  PodId id;
  std::string node;          // spec.nodeName; empty = not bound
  bool terminal = false;     // phase Succeeded or Failed
  bool pending = false;      // phase Pending: bound or not, nothing of it has started
  bool terminating = false;  // has a deletionTimestamp; counts until gone or terminal
  // Has scheduling gates: while it is unbound nobody schedules it (spec.schedulingGates).
  bool gated = false;
  bool init_finished = false;  // every init container that is no sidecar ended with exit code 0
  PodRequest request;
  HostResources host;  // CPU and memory that kube-scheduler counts for it
  AllocationState allocation_state = AllocationState::kNone;
  Allocation allocation;
  // The node the allocation was made for (hami.io/vgpu-node annotation); empty = not said.
  std::string allocation_node;
  std::string node_label;  // value of the label hami.io/vgpu-node
  BindPhase bind_phase = BindPhase::kNone;
  std::string scheduler_name;
  // metadata.resourceVersion, which state of the object this is; empty where nobody counts states.
  std::string resource_version;
  int64_t created_unix_seconds = 0;  // metadata.creationTimestamp; 0 = not said

  bool bound() const { return !node.empty(); }
  // Whether a scheduler has yet to find it a node: what kube-scheduler keeps in its queues.
  bool waits() const { return !bound() && !terminal && !terminating && !gated; }
  bool held_by_gates() const { return !bound() && !terminal && !terminating && gated; }
  friend bool operator==(const Pod&, const Pod&) = default;
};

}  // namespace tangram::model

#endif  // MODEL_POD_H_
