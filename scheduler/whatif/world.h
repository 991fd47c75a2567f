// A cluster to ask "what if" of: copies of its nodes, which may be booked and released at will.
//
// The books are those that a server would keep (the same events through model::Cluster), and the
// cards are judged by the same Fit. On top of that a node's CPU and memory count where the source
// says them, and a cordoned node takes nothing. Who asks about one pod may say which nodes
// kube-scheduler's rules bar it from (node_bars.h). Affinity to other pods, quotas and the number
// of pods a kubelet takes are kube-scheduler's and not weighed here.
//
// Values and pure functions; a World may be read from any thread.
#ifndef SCHEDULER_WHATIF_WORLD_H_
#define SCHEDULER_WHATIF_WORLD_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "model/host.h"
#include "model/node.h"
#include "model/pod.h"
#include "model/snapshot.h"
#include "scheduler/fit.h"
#include "scheduler/observation.h"
#include "scheduler/whatif/node_bars.h"

namespace tangram::scheduler::whatif {

// A node with its books, and what its pods leave of CPU and memory.
struct HostedNode {
  explicit HostedNode(model::Node with_books) : node(std::move(with_books)) {}

  model::Node node;
  std::optional<model::HostResources> host_left;  // nullopt: no bound; negative: taken beyond it
  bool unschedulable = false;
  // What keeps the pod that is asked about off this node; none where nobody asked the rules.
  NodeBars bars = {};
};

// A pod on a node of the world.
struct BoundPod {
  model::Pod pod;
  size_t node = 0;                        // index into World::nodes
  bool accounted = true;                  // false: nobody can tell which cards it uses
  std::vector<model::CardDemand> demand;  // what it takes from them
  int64_t kubelet_gpus = 0;               // what the kubelet counts for it
  model::ResourceCounts counted;          // the same of other resources
};

struct World {
  model::Snapshot snapshot;                  // gives the card types
  std::vector<HostedNode> nodes;             // by name
  std::vector<BoundPod> pods;                // by namespace, name and uid
  std::vector<std::vector<size_t>> pods_on;  // by node: indices into `pods`
  // What was left out, and why.
  std::vector<std::string> warnings;

  // Index into `nodes`.
  std::optional<size_t> FindNode(std::string_view name) const;
};

// Pods that are not bound count for nothing. A node whose description contradicts itself is left
// out with a warning, and so are pods on nodes that are not among `nodes`, and a uid's second pod.
// Pods whose cards nobody can tell are named: their nodes take nothing.
// `dra_resources` are those that DRA drivers give out.
World MakeWorld(std::span<const NodeObservation> nodes, std::span<const PodObservation> pods,
                const std::vector<std::string>& dra_resources = {});

// What is asked for.
struct Ask {
  model::PodRequest request;
  model::HostResources host;

  // Whether it fits everywhere and any number of times.
  bool asks_nothing() const { return request.empty() && host == model::HostResources(); }
  friend bool operator==(const Ask&, const Ask&) = default;
};

// What a node lacks besides its cards.
struct HostLacks {
  bool unschedulable = false;
  bool not_ready = false;
  bool tainted = false;
  bool not_selected = false;
  bool no_affinity = false;
  bool not_offered = false;
  bool cpu = false;
  bool memory = false;

  bool any() const { return *this != HostLacks(); }
  friend bool operator==(const HostLacks&, const HostLacks&) = default;
};
// "NodeUnschedulable", "NodeNotReady", "UntoleratedTaint", "NodeSelectorMismatch",
// "NodeAffinityMismatch", "ResourceNotOffered", "InsufficientCpu", "InsufficientMemory": those that
// apply, in this order.
std::vector<std::string_view> Words(const HostLacks& lacks);

struct Verdict {
  FitAnswer cards;  // the live answer
  HostLacks lacks;
  bool fits() const { return cards.fits && !lacks.any(); }
};

// An ask made ready for the nodes of one world, which must outlive it, as must the ask.
class Judge {
 public:
  // `policy` is used where the request names no card policy.
  Judge(const Ask& ask, const World& world, const CardPolicy& policy)
      : ask_(ask), request_(ask.request, world.snapshot, policy) {}

  const CompiledRequest& request() const { return request_; }
  const Ask& ask() const { return ask_; }
  // `placement` may be null; it is filled when the cards fit.
  Verdict On(const HostedNode& node, Placement* placement) const;
  // Books one pod where `placement` of On() says.
  void Book(const Placement& placement, HostedNode* node) const;

 private:
  const Ask& ask_;
  CompiledRequest request_;
};

// The node without one pod of its own.
HostedNode Without(const World& world, size_t pod);

// Among the cards that refuse the one that comes nearest: that fails the latest of the checks, and
// by the least amount. Nullopt when none refuses by itself.
std::optional<size_t> NearestCard(std::span<const CardVerdict> verdicts);

}  // namespace tangram::scheduler::whatif

#endif  // SCHEDULER_WHATIF_WORLD_H_
