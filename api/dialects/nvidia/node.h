// A Kubernetes Node object -> what the node offers by count, by NVIDIA's labels.
//
// For nodes run by the stock device plugin, with no agent of HAMi's. Pure functions, callable from
// any thread, for any text.
//
// What counts is status.allocatable: it says how many devices the kubelet will give out. Labels say
// what the devices are (product, memory, shared or not, profile), for the node as a whole: where it
// has cards of several models they cannot be told apart, and no card gets an invented identity.
// Where labels and allocatable disagree, allocatable is believed and a note names both.
//
//   nvidia.com/gpu                  whole cards; replicas where gpu.replicas is above 1
//   (time-slicing,
//                                   or mps by gpu.sharing-strategy); MIG instances under strategy
//                                   single (gpu.product ends with -MIG-<profile>); the virtual card
//                                   of a vGPU guest where vgpu.present is true
//   nvidia.com/gpu.shared           replicas under a name of their own
//   nvidia.com/mig-<profile>        MIG instances (strategy mixed), .shared for replicas of them
//
// The node takes nothing (model::PoolBlock) while mig.config.state is pending or rebooting, or any
// word that is not known; after it became failed; where gpu.product ends with -MIG-INVALID; and
// where the operator's labels (gpu.present, gpu.deploy.*) or a resource of count 0 say that there
// were cards, but none of GFD's labels does any more. A node whose plugin runs without GFD has no
// label at all, and its cards are served as whole ones of unknown product.
#ifndef API_DIALECTS_NVIDIA_NODE_H_
#define API_DIALECTS_NVIDIA_NODE_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "model/node.h"
#include "model/pool.h"
#include "scheduler/observation.h"

namespace tangram::api::nvidia {

// What a Node says of NVIDIA's resources.
struct NodeFacts {
  std::map<std::string, std::string> labels;       // those of kDomain, without it
  std::map<std::string, std::string> allocatable;  // those of kDomain, whole names to quantities
};

struct Offer {
  std::vector<model::Pool> pools;  // sorted by resource
  model::PoolBlock block = model::PoolBlock::kNone;
  // Contradictions, and amounts and names that cannot be read: what is left out and what believed.
  std::vector<std::string> notes;
};
Offer OfferOf(const NodeFacts& facts);

// Reads metadata.labels and status.allocatable of one Node as JSON text. InvalidArgument, naming
// the field, for broken JSON and wrong types.
absl::StatusOr<NodeFacts> ReadNodeFacts(std::string_view json);

// Puts what the node offers by count into the observation of the same Node, unless an agent
// describes its cards. What cannot be read is its problem then.
void AddPools(std::string_view json, scheduler::NodeObservation* node);

}  // namespace tangram::api::nvidia

#endif  // API_DIALECTS_NVIDIA_NODE_H_
