// Counts of what still fits, against pods booked one by one in a cluster of their own.
#include "scheduler/whatif/capacity.h"

#include "tests/scheduler/whatif/random_world.h"

namespace tangram::scheduler::whatif {
namespace {

const CardPolicy kSpread = CardPolicy::Parse("spread");

// Books the pod on that node through events until Fit refuses it.
int64_t CountByEvents(const Told& told, const std::string& name, const Ask& ask) {
  model::Cluster cluster;
  std::optional<model::HostResources> left;
  for (const NodeObservation& node : told.nodes) {
    EXPECT_TRUE(cluster.Apply(model::NodeUpserted{node.spec}).ok());
    if (node.spec.name != name) continue;
    if (node.unschedulable) return 0;
    left = node.host;
  }
  for (const PodObservation& pod : told.pods) {
    EXPECT_TRUE(cluster.Apply(*EventOfBound(pod, true)).ok());
    if (pod.node == name && left.has_value()) *left -= pod.host;
  }
  for (int64_t count = 0; count < 1000; ++count) {
    const CompiledRequest compiled(ask.request, cluster.snapshot(), kSpread);
    const model::Node& node = *cluster.FindNode(name);
    Placement placement;
    const bool host = !left.has_value() || left->Holds(ask.host);
    if (!host || !Fit(compiled, node, &placement).fits) return count;
    const PodObservation pod = TellPod("more" + std::to_string(count), name, ask.request,
                                       MakeAllocation(compiled, node, placement));
    EXPECT_TRUE(cluster.Apply(*EventOfBound(pod, true)).ok());
    if (left.has_value()) *left -= ask.host;
  }
  return 1000;
}

TEST(CapacityTest, IsWhatBookingOneByOneComesTo) {
  Random random(1);
  int64_t total = 0;
  for (int round = 0; round < 400; ++round) {
    const Told told = RandomTold(random, 3, 8);
    const World world = told.Make();
    const Ask ask = RandomAsk(random);
    if (ask.request.empty()) continue;
    const Capacity capacity = CountFits(world, ask, kSpread);
    int64_t sum = 0;
    for (size_t i = 0; i < world.nodes.size(); ++i) {
      const int64_t expected = CountByEvents(told, world.nodes[i].node.name(), ask);
      EXPECT_EQ(capacity.nodes[i].count, expected) << "round " << round << " node " << i;
      EXPECT_FALSE(capacity.nodes[i].cut);
      EXPECT_FALSE(capacity.nodes[i].stop.fits());
      sum += expected;
    }
    EXPECT_EQ(capacity.total, sum);
    total += sum;
  }
  EXPECT_GT(total, 100) << "the rounds must meet pods that fit";
}

TEST(CapacityTest, CpuAndMemoryBoundTheCountAndAreNamed) {
  Told told;
  told.nodes = {TellNode("n", {TestCard{.memory = 100}})};
  told.nodes[0].host = model::HostResources{3500, 100'000};
  const World world = told.Make();
  const Capacity capacity = CountFits(world, {Pod({Container(1, 10)}), {1000, 1}}, kSpread);
  EXPECT_EQ(capacity.total, 3);
  EXPECT_TRUE(capacity.nodes[0].stop.lacks.cpu);
  EXPECT_FALSE(capacity.nodes[0].stop.lacks.memory);
  EXPECT_EQ(capacity.nodes[0].host_left->cpu_milli, 500);
}

TEST(CapacityTest, TheNearestCardSaysWhatItHasAndWhatIsWanted) {
  Told told;
  told.nodes = {TellNode("n", {TestCard{.memory = 25}, TestCard{.memory = 38},
                               TestCard{.memory = 9, .healthy = false}})};
  const World world = told.Make();
  const Capacity capacity = CountFits(world, {Pod({Container(1, 10)}), {}}, kSpread);
  EXPECT_EQ(capacity.total, 5);
  ASSERT_TRUE(capacity.nodes[0].nearest.has_value());
  EXPECT_EQ(capacity.nodes[0].nearest->card, 1u);
  EXPECT_EQ(capacity.nodes[0].nearest->have, 8);
  EXPECT_EQ(capacity.nodes[0].nearest->want, 10);
}

TEST(CapacityTest, CountingEndsWhereNothingBoundsIt) {
  Told told;
  told.nodes = {TellNode("n", {TestCard{}})};
  const Capacity capacity = CountFits(told.Make(), {Pod({}), {1000, 1}}, kSpread);
  EXPECT_EQ(capacity.total, kMostOnNode);
  EXPECT_TRUE(capacity.nodes[0].cut);
}

TEST(PlanTest, IsTheLeastNumberOfNodesThatDo) {
  Random random(2);
  int planned = 0;
  for (int round = 0; round < 300; ++round) {
    const Told told = RandomTold(random, 2, 6);
    const Ask ask = RandomAsk(random);
    if (ask.request.empty()) continue;
    Told shape;
    shape.nodes = {TellNode("new", RandomCards(random))};
    const int64_t before = CountFits(told.Make(), ask, kSpread).total;
    const int64_t wanted = random.Between(1, 25);
    const Plan plan = PlanNodes(before, wanted, shape.Make(), ask, kSpread);
    const auto with = [&](int64_t nodes) {
      Told more = told;
      for (int64_t i = 0; i < nodes; ++i) {
        more.nodes.push_back(shape.nodes[0]);
        more.nodes.back().spec.name = "new-" + std::to_string(i);
      }
      return CountFits(more.Make(), ask, kSpread).total;
    };
    if (!plan.nodes.has_value()) {
      EXPECT_LT(with(3), wanted);
      EXPECT_EQ(with(3), before);
      continue;
    }
    ++planned;
    EXPECT_GE(with(*plan.nodes), wanted);
    EXPECT_EQ(with(*plan.nodes), plan.after);
    if (*plan.nodes == 0) continue;
    EXPECT_LT(with(*plan.nodes - 1), wanted);
  }
  EXPECT_GT(planned, 50);
}

TEST(WorldTest, WhatCannotBeUsedIsLeftOutWithAWarning) {
  Told told;
  told.nodes = {TellNode("a", {TestCard{}}), TellNode("b", {TestCard{}, TestCard{}})};
  told.nodes[1].spec.gpus[1].uuid = told.nodes[1].spec.gpus[0].uuid;
  told.pods = {TellPod("p", "b", Pod({Container(1, 10)}), {}),
               TellPod("q", "a", Pod({Container(1, 10)}), {}),
               TellPod("q", "a", Pod({Container(1, 10)}), {})};
  told.pods[1].allocation_state = model::AllocationState::kUnreadable;
  const World world = told.Make();
  ASSERT_EQ(world.nodes.size(), 1u);
  ASSERT_EQ(world.warnings.size(), 4u);
  EXPECT_EQ(world.warnings[3],
            "pod default/q: the annotation hami.io/vgpu-devices-allocated cannot be read: node a "
            "takes no new GPU pod");
  ASSERT_EQ(world.pods.size(), 1u);
  EXPECT_FALSE(world.pods[0].accounted);
  const Ask ask{Pod({Container(1, 10)}), {}};
  const Verdict verdict = Judge(ask, world, kSpread).On(world.nodes[0], nullptr);
  EXPECT_TRUE(verdict.cards.reasons.Has(Reason::kUnaccountedPod));
  EXPECT_TRUE(Judge(ask, world, kSpread).On(Without(world, 0), nullptr).fits());
}

}  // namespace
}  // namespace tangram::scheduler::whatif
