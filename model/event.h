// The closed set of inputs of the cluster's state machine.
//
// Everything that changes the books is one of these, whether it comes from a watch, from a bind of
// ours, from a journal, or from a simulation. Applying the same events in the same order gives the
// same cluster.
#ifndef MODEL_EVENT_H_
#define MODEL_EVENT_H_

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "model/allocation.h"
#include "model/node.h"

namespace tangram::model {

// A node appeared or its description changed. Books of its pods are kept.
struct NodeUpserted {
  NodeSpec spec;
};

// The node object is gone. Pods booked there stay booked, so that a node that returns under the
// same name finds its books again.
struct NodeRemoved {
  std::string name;
};

// A pod holds this allocation on this node, from now until it is released. Replaces whatever the
// uid held before, on whichever node. A pod without cards has an empty one, and takes CPU and
// memory alone. While the node lacks one of its cards the pod is unaccounted: it keeps the cards
// that are there, and closes the node to new GPU pods unless `ignored`.
struct PodBooked {
  std::string uid;
  std::string node;
  Allocation allocation;
  bool init_finished = false;
  int64_t kubelet_gpus = 0;
  HostResources host = {};
  ResourceCounts counted = {};
  bool ignored = false;
};

// A pod is bound to this node and uses cards nobody can tell (HAMi annotation missing or
// unreadable). Replaces whatever the uid held before. On a node that counts only (NodeSpec::pools)
// this is how pods are: what they take is told by their counts. It closes the node to new GPU pods
// unless `ignored`.
struct PodUnaccounted {
  std::string uid;
  std::string node;
  int64_t kubelet_gpus = 0;
  HostResources host = {};
  ResourceCounts counted = {};
  bool ignored = false;
};

// The pod holds nothing any more. Harmless when it held nothing.
struct PodReleased {
  std::string uid;
};

// These resources, and no others, are given out by DRA drivers: kube-scheduler itself allocates
// them, and who allocated them a second time would give one device to two pods.
struct DraResourcesListed {
  std::vector<std::string> resources;  // in any order
};

using Event = std::variant<NodeUpserted, NodeRemoved, PodBooked, PodUnaccounted, PodReleased,
                           DraResourcesListed>;

// The largest `kubelet_gpus` of one pod: far above any real one, and small enough that no number of
// pods makes a sum overflow.
inline constexpr int64_t kMaxKubeletGpus = int64_t{1} << 40;

// Whether an event makes sense by itself, without looking at any cluster: InvalidArgument for an
// empty uid or name, an empty UUID or one named twice on a node, a negative amount, a kubelet_gpus
// or another count outside 0 to kMaxKubeletGpus, pools on a node with cards, a resource without a
// name or named twice, CPU or memory outside 0 to kHostMost. The message names the object, the
// field, the value and what is allowed.
absl::Status Validate(const Event& event);

}  // namespace tangram::model

#endif  // MODEL_EVENT_H_
