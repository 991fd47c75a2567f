#include "scheduler/whatif/explain.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "model/check.h"

namespace tangram::scheduler::whatif {
namespace {

using model::ContainerRequest;

// The largest number from `low` to below `from` that fits, when some does; `from` does not. Exact
// where less always fits when more does.
template <typename FitsWith>
std::optional<int64_t> LargestThatFits(int64_t low, int64_t from, FitsWith fits_with) {
  if (low >= from || !fits_with(low)) return std::nullopt;
  int64_t fits = low;
  int64_t too_much = from;
  while (too_much - fits > 1) {
    const int64_t middle = fits + (too_much - fits) / 2;
    (fits_with(middle) ? fits : too_much) = middle;
  }
  return fits;
}

// What a pod holds: memory, then cores, of all cards.
std::pair<int64_t, int64_t> Held(const BoundPod& pod) {
  std::pair<int64_t, int64_t> held;
  for (const model::CardDemand& part : pod.demand) {
    held.first += part.usage.memory.value();
    held.second += part.usage.cores.value();
  }
  return held;
}

// The search on one node.
class Search {
 public:
  Search(const World& world, size_t node, const Ask& ask, const CardPolicy& policy)
      : world_(world), node_(node), ask_(ask), policy_(policy) {}

  std::vector<Change> Go() {
    for (size_t slot = 0; slot < ask_.request.containers.size(); ++slot) TryContainer(slot);
    TryAmount({.kind = ChangeKind::kLessCpu, .from = ask_.host.cpu_milli}, 0);
    TryAmount({.kind = ChangeKind::kLessHostMemory, .from = ask_.host.memory_mib}, 0);
    const model::CardConstraints& constraints = ask_.request.constraints;
    const bool types = !constraints.use_types.empty() || !constraints.avoid_types.empty();
    const bool uuids = !constraints.use_uuids.empty() || !constraints.avoid_uuids.empty();
    if (constraints.numa_bind) TryPlain({.kind = ChangeKind::kWithoutNumaBind});
    if (types) TryPlain({.kind = ChangeKind::kWithoutTypes});
    if (uuids) TryPlain({.kind = ChangeKind::kWithoutUuids});
    TryPods();
    std::vector<Change> changes;
    for (const std::optional<Change>& change : best_) {
      if (change.has_value()) changes.push_back(*change);
    }
    return changes;
  }

 private:
  bool Fits(const Change& change) const {
    const Ask ask = WithChange(ask_, change);
    return Judge(ask, world_, policy_).On(world_.nodes[node_], nullptr).fits();
  }

  // Keeps the change that gives up least of its kind.
  void Keep(const Change& change) {
    std::optional<Change>& best = best_[static_cast<size_t>(change.kind)];
    if (!best.has_value() || change.from - change.to < best->from - best->to) best = change;
  }

  void TryPlain(const Change& change) {
    if (Fits(change)) Keep(change);
  }

  // Whether some amount from `low` up does.
  bool TryAmount(Change change, int64_t low) {
    const auto to = LargestThatFits(low, change.from, [this, &change](int64_t value) {
      change.to = value;
      return Fits(change);
    });
    if (!to.has_value()) return false;
    change.to = *to;
    Keep(change);
    return true;
  }

  void TryContainer(size_t slot) {
    const ContainerRequest& container = ask_.request.containers[slot];
    if (container.count <= 0) return;
    const int64_t memory = container.memory.value();
    const int64_t cores = std::min(container.cores.value(), 100);
    bool fits = false;
    if (memory > 0) {
      fits |= TryAmount({.kind = ChangeKind::kLessMemory, .container = slot, .from = memory}, 1);
    } else {
      fits |= TryAmount(
          {.kind = ChangeKind::kLowerPercent, .container = slot, .from = container.memory_percent},
          1);
    }
    // None at all would be another thing: compute without a limit.
    fits |= TryAmount({.kind = ChangeKind::kFewerCores, .container = slot, .from = cores}, 1);
    if (!fits && memory > 0 && cores > 0) TryBoth(slot, memory, cores);
    TryAmount({.kind = ChangeKind::kFewerCards, .container = slot, .from = container.count}, 1);
  }

  // As much memory as fits with the least of cores, then as many cores as fit with that.
  void TryBoth(size_t slot, int64_t memory, int64_t cores) {
    Change change{.kind = ChangeKind::kLessMemoryAndCores,
                  .container = slot,
                  .from = memory,
                  .to = 1,
                  .cores_from = cores,
                  .cores_to = 1};
    const auto less_memory = LargestThatFits(1, memory, [&](int64_t value) {
      change.to = value;
      return Fits(change);
    });
    if (!less_memory.has_value()) return;
    change.to = *less_memory;
    const auto fewer_cores = LargestThatFits(1, cores, [&](int64_t value) {
      change.cores_to = value;
      return Fits(change);
    });
    TANGRAM_CHECK(fewer_cores.has_value());
    change.cores_to = *fewer_cores;
    Keep(change);
  }

  void TryPods() {
    const Judge judge(ask_, world_, policy_);
    std::optional<Change> best;
    size_t alike = 0;
    for (const size_t i : world_.pods_on[node_]) {
      const BoundPod& pod = world_.pods[i];
      if (!judge.On(Without(world_, i), nullptr).fits()) continue;
      ++alike;
      if (!best.has_value() || Held(pod) < Held(world_.pods[best->pod])) {
        best = Change{.kind = ChangeKind::kPodLeaves, .pod = i};
      }
    }
    if (!best.has_value()) return;
    best->pods_alike = alike;
    best_[static_cast<size_t>(ChangeKind::kPodLeaves)] = best;
  }

  const World& world_;
  const size_t node_;
  const Ask& ask_;
  const CardPolicy& policy_;
  std::array<std::optional<Change>, kChangeKinds> best_;
};

// What is given up, in a unit of the kind.
std::pair<int64_t, int64_t> Cost(const World& world, const Change& change) {
  if (change.kind == ChangeKind::kPodLeaves) return Held(world.pods[change.pod]);
  return {change.from - change.to, change.cores_from - change.cores_to};
}

}  // namespace

std::string_view ChangeName(ChangeKind kind) {
  constexpr std::string_view kNames[kChangeKinds] = {"less-memory",      "lower-memory-percent",
                                                     "fewer-cores",      "less-memory-and-cores",
                                                     "fewer-cards",      "less-cpu",
                                                     "less-host-memory", "without-numa-bind",
                                                     "without-types",    "without-uuids",
                                                     "pod-leaves"};
  return kNames[static_cast<size_t>(kind)];
}

Ask WithChange(const Ask& ask, const Change& change) {
  Ask changed = ask;
  model::PodRequest& request = changed.request;
  model::CardConstraints& constraints = request.constraints;
  const auto container = [&]() -> ContainerRequest& {
    return request.containers[change.container];
  };
  switch (change.kind) {
    case ChangeKind::kLessMemoryAndCores:
      container().cores = model::CorePercent::Checked(change.cores_to);
      container().memory = model::Mebibytes::Checked(change.to);
      break;
    case ChangeKind::kLessMemory:
      container().memory = model::Mebibytes::Checked(change.to);
      break;
    case ChangeKind::kLowerPercent:
      container().memory_percent = static_cast<int32_t>(change.to);
      break;
    case ChangeKind::kFewerCores:
      container().cores = model::CorePercent::Checked(change.to);
      break;
    case ChangeKind::kFewerCards: {
      // The kubelet may count cards of containers whose request was dropped.
      const int64_t beyond = request.kubelet_gpus - model::KubeletGpuCount(request.containers);
      container().count = static_cast<int32_t>(change.to);
      request.kubelet_gpus = beyond + model::KubeletGpuCount(request.containers);
      break;
    }
    case ChangeKind::kLessCpu:
      changed.host.cpu_milli = change.to;
      break;
    case ChangeKind::kLessHostMemory:
      changed.host.memory_mib = change.to;
      break;
    case ChangeKind::kWithoutNumaBind:
      constraints.numa_bind = false;
      break;
    case ChangeKind::kWithoutTypes:
      constraints.use_types.clear();
      constraints.avoid_types.clear();
      break;
    case ChangeKind::kWithoutUuids:
      constraints.use_uuids.clear();
      constraints.avoid_uuids.clear();
      break;
    case ChangeKind::kPodLeaves:
      break;
  }
  return changed;
}

NodeExplanation ExplainNode(const World& world, size_t node, const Ask& ask,
                            const CardPolicy& policy) {
  NodeExplanation explanation;
  explanation.node = node;
  const Judge judge(ask, world, policy);
  explanation.verdict = judge.On(world.nodes[node], &explanation.placement);
  const model::Node& known = world.nodes[node].node;
  explanation.cards = ExplainCards(judge.request(), known);
  if (known.counts_only()) explanation.pools = ExplainPools(judge.request(), known);
  if (explanation.verdict.fits()) return explanation;
  explanation.nearest = NearestCard(explanation.cards);
  explanation.changes = Search(world, node, ask, policy).Go();
  return explanation;
}

std::vector<BestChange> SmallestChanges(const World& world,
                                        const std::vector<NodeExplanation>& nodes) {
  std::array<std::optional<BestChange>, kChangeKinds> best;
  for (const NodeExplanation& node : nodes) {
    for (const Change& change : node.changes) {
      std::optional<BestChange>& kept = best[static_cast<size_t>(change.kind)];
      if (kept.has_value() && Cost(world, kept->change) <= Cost(world, change)) continue;
      kept = BestChange{node.node, change};
    }
  }
  std::vector<BestChange> changes;
  for (const std::optional<BestChange>& change : best) {
    if (change.has_value()) changes.push_back(*change);
  }
  return changes;
}

}  // namespace tangram::scheduler::whatif
