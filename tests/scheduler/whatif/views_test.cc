// Nodes and pods as milli-GPU.
#include "scheduler/whatif/views.h"

#include "tests/scheduler/whatif/random_world.h"

namespace tangram::scheduler::whatif {
namespace {

// One node with cards of 1,000 MiB, one with cards of 500.
Told TwoKinds() {
  Told told;
  const TestCard small{.memory = 500, .type = "NVIDIA T4-16GB"};
  told.nodes = {TellNode("big", {TestCard{.memory = 1000}, TestCard{.memory = 1000}}),
                TellNode("small", {small, small})};
  return told;
}

Views::Wanted Want(const World& world, const model::PodRequest& request) {
  const auto views = Views::Of(world);
  EXPECT_TRUE(views.ok()) << views.status();
  const auto wanted = views->DemandOf(world, {request, {500, 64}});
  EXPECT_TRUE(wanted.has_value());
  return wanted.value_or(Views::Wanted{});
}

TEST(ViewsTest, TheLargerOfTheSharesCountsAndClosedCardsHaveNothing) {
  Told told;
  told.nodes = {TellNode("n", {TestCard{.memory = 1000}, TestCard{.memory = 1000},
                               TestCard{.memory = 1000, .cordoned = true}})};
  told.nodes[0].host = model::HostResources{4000, 8192};
  model::Allocation allocation;
  allocation.slots.push_back(
      {model::ContainerKind::kApp, {{CardUuid(1), model::Mebibytes(101), model::CorePercent(30)}}});
  told.pods = {TellPod("p", "n", Pod({Container(1, 101, 30)}), allocation)};
  told.pods[0].host = {1000, 1024};
  const World world = told.Make();
  const auto views = Views::Of(world);
  ASSERT_TRUE(views.ok()) << views.status();
  const NodeView view = views->ViewOf(world.nodes[0]);
  ASSERT_EQ(view.cards, 3);
  EXPECT_EQ(view.left[0], 1000);
  EXPECT_EQ(view.left[1], 700);
  EXPECT_EQ(view.left[2], 0);
  EXPECT_EQ(view.cpu_left, 3000);
  EXPECT_EQ(view.memory_left, 7168);
}

TEST(ViewsTest, ASliceByMebibytesCountsAsOnTheSmallerOfEquallyFrequentCardsThatHoldIt) {
  const World world = TwoKinds().Make();
  const Views::Wanted wanted = Want(world, Pod({Container(1, 250, 10)}));
  EXPECT_EQ(wanted.pod.demand.cards, 1);
  EXPECT_EQ(wanted.pod.demand.milli, 500);
  EXPECT_EQ(wanted.pod.demand.models, 3u);
  EXPECT_TRUE(wanted.rounded);
  EXPECT_EQ(wanted.pod.demand.cpu, 500);
  EXPECT_EQ(Want(world, Pod({Container(1, 600, 10)})).pod.demand.milli, 600);
  EXPECT_EQ(Want(world, Pod({Container(1, 600, 10)})).pod.demand.models, 1u);
}

TEST(ViewsTest, ContainersLieWhereTheCardPolicyPutsThem) {
  const World world = TwoKinds().Make();
  model::PodRequest request = Pod({ByPercent(1, 30, 10), ByPercent(1, 40, 10)});
  const Views::Wanted apart = Want(world, request);
  EXPECT_EQ(apart.pod.demand.cards, 2);
  EXPECT_EQ(apart.pod.demand.milli, 400);
  EXPECT_TRUE(apart.rounded);
  request.card_policy = "binpack";
  const Views::Wanted shared = Want(world, request);
  EXPECT_EQ(shared.pod.demand.cards, 1);
  EXPECT_EQ(shared.pod.demand.milli, 700);
  EXPECT_FALSE(shared.rounded);
  const Views::Wanted two = Want(world, Pod({ByPercent(2, 30, 10)}));
  EXPECT_EQ(two.pod.demand.cards, 2);
  EXPECT_EQ(two.pod.demand.milli, 300);
  EXPECT_FALSE(two.rounded);
}

TEST(ViewsTest, ConstraintsChooseModels) {
  const World world = TwoKinds().Make();
  model::PodRequest request = Pod({ByPercent(1, 50)});
  request.constraints.use_types = {"t4"};
  EXPECT_EQ(Want(world, request).pod.demand.models, 2u);
  request.constraints.use_types = {"h100"};
  EXPECT_EQ(Want(world, request).pod.demand.models, 0u);
}

TEST(ViewsTest, ANodeOfManyCardsIsSeenWholeAndOneOfTooManyIsClosed) {
  Told told;
  told.nodes = {TellNode("wide", std::vector<TestCard>(64)),
                TellNode("wider", std::vector<TestCard>(65))};
  const World world = told.Make();
  const auto views = Views::Of(world);
  ASSERT_TRUE(views.ok()) << views.status();
  EXPECT_EQ(views->ViewOf(world.nodes[0]).cards, 64);
  EXPECT_EQ(views->ViewOf(world.nodes[0]).gpu_left(), 64000);
  EXPECT_EQ(views->ViewOf(world.nodes[1]).cards, 0);
}

}  // namespace
}  // namespace tangram::scheduler::whatif
