// Random small clusters with pods that were placed one after the other, as a server would have.
#ifndef TESTS_SCHEDULER_WHATIF_RANDOM_WORLD_H_
#define TESTS_SCHEDULER_WHATIF_RANDOM_WORLD_H_

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "model/cluster.h"
#include "scheduler/whatif/world.h"
#include "tests/scheduler/random_fit.h"

namespace tangram::scheduler::whatif {

// What a source tells of a cluster.
struct Told {
  std::vector<NodeObservation> nodes;
  std::vector<PodObservation> pods;

  World Make() const { return MakeWorld(nodes, pods); }
};

inline NodeObservation TellNode(const std::string& name, const std::vector<TestCard>& cards) {
  FitWorld world;
  std::vector<TestCard> unused = cards;
  for (TestCard& card : unused) card.used_slots = 0;
  world.Add(name, unused);
  NodeObservation node;
  node.spec = world.node(name).spec();
  return node;
}

inline PodObservation TellPod(const std::string& name, const std::string& node,
                              const model::PodRequest& request,
                              const model::Allocation& allocation) {
  PodObservation pod;
  pod.id = {"default", name, "uid-" + name};
  pod.node = node;
  pod.request = request;
  pod.allocation_state = model::AllocationState::kReadable;
  pod.allocation = allocation;
  return pod;
}

// Up to `nodes` nodes, some with CPU and memory, and at most `pods` pods on them.
inline Told RandomTold(Random& random, int nodes, int pods) {
  Told told;
  model::Cluster cluster;
  const int count = random.Between(1, nodes);
  for (int i = 0; i < count; ++i) {
    NodeObservation node = TellNode("n" + std::to_string(i), RandomCards(random));
    if (random.Once(2)) {
      node.host = model::HostResources{random.Between(0, 12) * 1000, random.Between(0, 12) * 1024};
    }
    node.unschedulable = random.Once(12);
    EXPECT_TRUE(cluster.Apply(model::NodeUpserted{node.spec}).ok());
    told.nodes.push_back(std::move(node));
  }
  for (int i = 0; i < pods; ++i) {
    const NodeObservation& node = told.nodes[static_cast<size_t>(random.Below(count))];
    const model::PodRequest request = RandomRequest(random, node.spec.gpus.size());
    if (request.empty()) continue;
    const CompiledRequest compiled(request, cluster.snapshot(), CardPolicy::Parse("spread"));
    const model::Node& live = *cluster.FindNode(node.spec.name);
    Placement placement;
    if (!Fit(compiled, live, &placement).fits) continue;
    PodObservation pod = TellPod("p" + std::to_string(i), node.spec.name, request,
                                 MakeAllocation(compiled, live, placement));
    pod.host = {random.Below(3) * 500, random.Below(3) * 512};
    EXPECT_TRUE(cluster.Apply(*EventOfBound(pod, true)).ok());
    told.pods.push_back(std::move(pod));
  }
  return told;
}

inline Ask RandomAsk(Random& random) {
  Ask ask{RandomRequest(random, 4), {}};
  if (random.Once(2)) ask.host = {random.Below(4) * 1000, random.Below(4) * 1024};
  return ask;
}

}  // namespace tangram::scheduler::whatif

#endif  // TESTS_SCHEDULER_WHATIF_RANDOM_WORLD_H_
