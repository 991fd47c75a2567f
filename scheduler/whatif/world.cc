#include "scheduler/whatif/world.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "model/cluster.h"
#include "model/string_map.h"
#include "scheduler/unaccounted.h"

namespace tangram::scheduler::whatif {
namespace {

// A pod of a hand-written file may have no uid.
std::string UidOf(const model::Pod& pod) {
  if (!pod.id.uid.empty()) return pod.id.uid;
  return absl::StrCat("(no uid) ", pod.id.name_space, "/", pod.id.name);
}

bool InOrder(const BoundPod& a, const BoundPod& b) {
  const auto key = [](const model::PodId& id) { return std::tie(id.name_space, id.name, id.uid); };
  return key(a.pod.id) < key(b.pod.id);
}

void TakeHost(const model::HostResources& taken, HostedNode* node) {
  if (node->host_left.has_value()) *node->host_left -= taken;
}

// Fills world->nodes with copies of the cluster's nodes.
void CopyNodes(model::Cluster& cluster, std::span<const NodeObservation> nodes, World* world) {
  world->snapshot = cluster.snapshot();
  for (const model::Node* node : world->snapshot.NodesByName()) world->nodes.emplace_back(*node);
  for (const NodeObservation& node : nodes) {
    const std::optional<size_t> index = world->FindNode(node.spec.name);
    if (!index.has_value()) continue;
    world->nodes[*index].host_left = node.host;
    world->nodes[*index].unschedulable = node.unschedulable;
  }
}

// Names the pods whose cards nobody can tell: their nodes take nothing.
void WarnOfUnaccounted(const model::Cluster& cluster, World* world) {
  constexpr size_t kMost = 20;
  size_t found = 0;
  for (const BoundPod& bound : world->pods) {
    if (bound.accounted || ++found > kMost) continue;
    const model::Node& node = world->nodes[bound.node].node;
    UnaccountedPod pod;
    pod.id = bound.pod.id;
    pod.node = node.name();
    pod.missing_cards = MissingCards(*cluster.FindBooking(pod.id.uid), node);
    pod.unreadable = bound.pod.allocation_state == model::AllocationState::kUnreadable;
    world->warnings.push_back(absl::StrCat("pod ", pod.id.name_space, "/", pod.id.name, ": ",
                                           WhyUnaccounted(pod), ": node ", pod.node,
                                           " takes no new GPU pod"));
  }
  if (found > kMost) {
    world->warnings.push_back(
        absl::StrCat("and so it is with the cards of ", found - kMost, " pods more"));
  }
}

}  // namespace

std::optional<size_t> World::FindNode(std::string_view name) const {
  const auto found =
      std::lower_bound(nodes.begin(), nodes.end(), name,
                       [](const HostedNode& a, std::string_view b) { return a.node.name() < b; });
  if (found == nodes.end() || found->node.name() != name) return std::nullopt;
  return static_cast<size_t>(found - nodes.begin());
}

World MakeWorld(std::span<const NodeObservation> nodes, std::span<const PodObservation> pods,
                const std::vector<std::string>& dra_resources) {
  World world;
  model::Cluster cluster;
  if (const auto change = cluster.Apply(model::DraResourcesListed{dra_resources}); !change.ok()) {
    world.warnings.push_back(absl::StrCat("left out: ", change.status().message()));
  }
  for (const NodeObservation& node : nodes) {
    const auto change = cluster.Apply(model::NodeUpserted{node.spec});
    if (!change.ok()) {
      world.warnings.push_back(absl::StrCat("left out: ", change.status().message()));
    }
  }
  CopyNodes(cluster, nodes, &world);
  size_t elsewhere = 0;
  size_t twice = 0;
  model::StringSet uids;
  for (const PodObservation& pod : pods) {
    if (!pod.bound() || pod.terminal) continue;
    const std::optional<size_t> node = world.FindNode(pod.node);
    if (!node.has_value()) {
      ++elsewhere;
      continue;
    }
    BoundPod bound;
    bound.pod = pod;
    bound.pod.id.uid = UidOf(pod);
    bound.node = *node;
    if (!uids.insert(bound.pod.id.uid).second) {
      ++twice;
      continue;
    }
    const auto event = EventOfBound(bound.pod, /*close_unaccounted=*/true);
    // What was validated is refused by no cluster.
    if (event.has_value()) cluster.Apply(*event).IgnoreError();
    world.pods.push_back(std::move(bound));
  }
  if (elsewhere > 0) {
    world.warnings.push_back(
        absl::StrCat(elsewhere, " pods are bound to nodes that are not there"));
  }
  if (twice > 0) world.warnings.push_back(absl::StrCat(twice, " pods have the uid of another"));
  std::stable_sort(world.pods.begin(), world.pods.end(), InOrder);
  world.pods_on.resize(world.nodes.size());
  for (size_t i = 0; i < world.pods.size(); ++i) {
    BoundPod& bound = world.pods[i];
    world.pods_on[bound.node].push_back(i);
    TakeHost(bound.pod.host, &world.nodes[bound.node]);
    const model::Booking* booking = cluster.FindBooking(bound.pod.id.uid);
    if (booking == nullptr) continue;
    const model::Node& node = world.nodes[bound.node].node;
    bound.accounted = !IsUnaccounted(*booking, node) || node.counts_only();
    bound.demand = booking->demand;
    bound.kubelet_gpus = booking->kubelet_gpus;
    bound.counted = booking->counted;
  }
  world.snapshot = cluster.snapshot();
  for (HostedNode& node : world.nodes) node.node = *cluster.FindNode(node.node.name());
  WarnOfUnaccounted(cluster, &world);
  return world;
}

std::vector<std::string_view> Words(const HostLacks& lacks) {
  std::vector<std::string_view> words;
  if (lacks.unschedulable) words.push_back("NodeUnschedulable");
  if (lacks.not_ready) words.push_back("NodeNotReady");
  if (lacks.tainted) words.push_back("UntoleratedTaint");
  if (lacks.not_selected) words.push_back("NodeSelectorMismatch");
  if (lacks.no_affinity) words.push_back("NodeAffinityMismatch");
  if (lacks.not_offered) words.push_back("ResourceNotOffered");
  if (lacks.cpu) words.push_back("InsufficientCpu");
  if (lacks.memory) words.push_back("InsufficientMemory");
  return words;
}

Verdict Judge::On(const HostedNode& node, Placement* placement) const {
  Verdict verdict;
  verdict.cards = Fit(request_, node.node, placement);
  verdict.lacks.unschedulable = node.unschedulable;
  verdict.lacks.not_ready = node.bars.not_ready;
  verdict.lacks.tainted = node.bars.tainted;
  verdict.lacks.not_selected = node.bars.not_selected;
  verdict.lacks.no_affinity = node.bars.no_affinity;
  verdict.lacks.not_offered = node.bars.not_offered;
  if (node.host_left.has_value()) {
    verdict.lacks.cpu = !node.host_left->Holds({ask_.host.cpu_milli, 0});
    verdict.lacks.memory = !node.host_left->Holds({0, ask_.host.memory_mib});
  }
  return verdict;
}

void Judge::Book(const Placement& placement, HostedNode* node) const {
  for (const CardTake& take : TakenBy(request_, node->node, placement)) {
    node->node.BookCard(take.card, take.usage, take.placements);
  }
  node->node.Book({}, request_.request().kubelet_gpus, request_.request().counted);
  TakeHost(ask_.host, node);
}

HostedNode Without(const World& world, size_t pod) {
  const BoundPod& gone = world.pods[pod];
  HostedNode node = world.nodes[gone.node];
  // Booked anew instead of released: a saturated amount cannot tell what remains.
  node.node.ClearBooks();
  for (const size_t i : world.pods_on[gone.node]) {
    if (i == pod) continue;
    const BoundPod& bound = world.pods[i];
    node.node.Book(bound.demand, bound.kubelet_gpus, bound.counted);
    if (!bound.accounted) node.node.AddUnaccounted(1);
  }
  if (node.host_left.has_value()) *node.host_left += gone.pod.host;
  return node;
}

std::optional<size_t> NearestCard(std::span<const CardVerdict> verdicts) {
  // No amount makes a card in MIG mode take a slice.
  const auto stage = [](const CardVerdict& verdict) {
    return verdict.reason == Reason::kCardMigTopologyInfeasible ? 0
                                                                : static_cast<int>(verdict.reason);
  };
  const auto key = [&](const CardVerdict& verdict) {
    return std::pair(-stage(verdict), verdict.want - verdict.have);
  };
  std::optional<size_t> nearest;
  for (size_t i = 0; i < verdicts.size(); ++i) {
    if (verdicts[i].fits) continue;
    if (!nearest.has_value() || key(verdicts[i]) < key(verdicts[*nearest])) nearest = i;
  }
  return nearest;
}

}  // namespace tangram::scheduler::whatif
