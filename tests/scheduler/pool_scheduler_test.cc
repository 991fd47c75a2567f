// The live scheduler on nodes that count only: holds, plain Bindings, books, changes of kind.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/pool_builders.h"
#include "tests/support/scheduler_world.h"

namespace tangram::scheduler {
namespace {

using testing::MakeNode;
using testing::MakePod;
using testing::MakePool;
using testing::MakePoolNode;
using testing::SchedulerWorld;

constexpr char kGpu[] = "nvidia.com/gpu";
constexpr char kOneG[] = "nvidia.com/mig-1g.10gb";

NodeObservation PoolNode(const std::string& name, std::vector<model::Pool> pools) {
  NodeObservation node;
  node.spec = MakePoolNode(name, std::move(pools));
  node.resource_version = "1";
  return node;
}

model::Pod Whole(const std::string& name) { return MakePod(name, 0); }

model::Pod MigPod(const std::string& name, int64_t count = 1) {
  model::Pod pod = MakePod(name, 0, 0, 0);
  pod.request.counted = {{kOneG, count}};
  return pod;
}

// As a watch shows a pod that was bound without any annotation.
model::Pod BoundPlainly(model::Pod pod, const std::string& node) {
  pod.node = node;
  return pod;
}

TEST(PoolSchedulerTest, ABindIsAPlainBindingWithoutALock) {
  SchedulerOptions options;
  options.node_lock = NodeLockMode::kOn;
  SchedulerWorld world({PoolNode("n", {MakePool(kGpu, 1)})}, options);
  const auto answer = world.Bind(Whole("a"), "n");
  EXPECT_EQ(world.api.Count("patch lock"), 0u);
  const auto call = world.api.Take("bind");
  EXPECT_TRUE(call.binding.allocation.slots.empty());
  EXPECT_EQ(call.binding.node, "n");
  call.write_done({WriteOutcome::kDone, "", ""});
  EXPECT_EQ(*answer, "");
  EXPECT_TRUE(world.Filter(Whole("b"), {"n"}).empty()) << "booked before the watch shows it";
  world.scheduler->OnPod(BoundPlainly(Whole("a"), "n"));
  EXPECT_TRUE(world.Filter(Whole("b"), {"n"}).empty());
  EXPECT_EQ(world.scheduler->stats().unaccounted_pods, 0);
  EXPECT_TRUE(world.scheduler->CheckInvariants().ok());
  world.scheduler->OnPodDeleted(Whole("a").id);
  EXPECT_EQ(world.Filter(Whole("b"), {"n"}), std::vector<std::string>{"n"});
}

TEST(PoolSchedulerTest, TheHoldOfAFilterCounts) {
  SchedulerWorld world({PoolNode("a", {MakePool(kOneG, 1)}), PoolNode("b", {MakePool(kOneG, 1)})});
  const std::vector<std::string> names = {"a", "b"};
  EXPECT_EQ(world.Filter(MigPod("p"), names), names);
  EXPECT_EQ(world.Filter(MigPod("q"), names), std::vector<std::string>{"b"});
}

TEST(PoolSchedulerTest, ABindThatLostItsRoomIsRefused) {
  SchedulerWorld world({PoolNode("n", {MakePool(kOneG, 2)})});
  world.Filter(MigPod("late", 2), {"n"});
  world.scheduler->OnPod(BoundPlainly(MigPod("other"), "n"));
  const auto answer = world.Bind(MigPod("late", 2), "n");
  ASSERT_TRUE(answer->has_value());
  EXPECT_NE((*answer)->find("PoolExhausted (wants 2 nvidia.com/mig-1g.10gb)"), std::string::npos);
  EXPECT_EQ(world.api.Count("bind"), 0u);
}

TEST(PoolSchedulerTest, ARestartCountsThePodsThatAreThere) {
  SchedulerWorld world({PoolNode("n", {MakePool(kGpu, 2), MakePool(kOneG, 1)})}, {},
                       {BoundPlainly(Whole("a"), "n"), BoundPlainly(MigPod("m"), "n")});
  EXPECT_EQ(world.Filter(Whole("b"), {"n"}), std::vector<std::string>{"n"});
  EXPECT_TRUE(world.Filter(MigPod("c"), {"n"}).empty());
  const TopView top = world.scheduler->Top();
  ASSERT_EQ(top.pods.size(), 2u);
  EXPECT_FALSE(top.pods[0].unaccounted);
  EXPECT_EQ(top.pods[0].kubelet_gpus, 1);
  EXPECT_EQ(top.pods[1].counted, (model::ResourceCounts{{kOneG, 1}}));
}

TEST(PoolSchedulerTest, ANodeThatGetsAnAgentIsClosedUntilItsOldPodsAreGone) {
  SchedulerWorld world({PoolNode("n", {MakePool(kGpu, 4)})}, {}, {BoundPlainly(Whole("a"), "n")});
  EXPECT_FALSE(world.Filter(Whole("b"), {"n"}).empty());
  ASSERT_TRUE(world.scheduler->OnNode(MakeNode("n", 4, 81920)).ok());
  EXPECT_TRUE(world.Filter(MakePod("slice", 1000), {"n"}).empty());
  world.scheduler->OnPodDeleted(Whole("a").id);
  EXPECT_FALSE(world.Filter(MakePod("slice", 1000), {"n"}).empty());
}

TEST(PoolSchedulerTest, ARelabelledNodeWakesWhoWaitsForItsNewLayout) {
  NodeObservation node = PoolNode("n", {});
  node.spec.pool_block = model::PoolBlock::kMigConfigPending;
  SchedulerWorld world({node});
  world.scheduler->OnPod(MigPod("waits"));
  EXPECT_TRUE(world.Filter(MigPod("waits"), {"n"}).empty());
  ASSERT_TRUE(world.scheduler->OnNode(PoolNode("n", {MakePool(kOneG, 7)})).ok());
  world.Pass(std::chrono::seconds(1));
  EXPECT_EQ(world.api.Count("wake"), 1u);
}

TEST(PoolSchedulerTest, AProfileThatNobodyOffersIsNeverRetriedInVain) {
  SchedulerWorld world({PoolNode("n", {MakePool(kGpu, 4)})}, {}, {BoundPlainly(Whole("a"), "n")});
  world.scheduler->OnPod(MigPod("waits"));
  EXPECT_TRUE(world.Filter(MigPod("waits"), {"n"}).empty());
  world.scheduler->OnPodDeleted(Whole("a").id);
  world.Pass(std::chrono::seconds(1));
  EXPECT_EQ(world.api.Count("wake"), 0u);
}

TEST(PoolSchedulerTest, ResourcesThatDraTakesOverAreRefusedAndThoseItLeavesServed) {
  SchedulerWorld world({PoolNode("n", {MakePool(kGpu, 4)}), PoolNode("m", {MakePool(kGpu, 0)})});
  world.scheduler->OnDraResources({kGpu});
  EXPECT_EQ(world.Filter(Whole("a"), {"m", "n"}), std::vector<std::string>{"n"})
      << "who counts it serves it";
  ASSERT_TRUE(world.scheduler->OnNode(PoolNode("n", {MakePool(kGpu, 0)})).ok());
  EXPECT_TRUE(world.Filter(Whole("a"), {"m", "n"}).empty());
  world.scheduler->OnDraResources({});
  ASSERT_TRUE(world.scheduler->OnNode(PoolNode("n", {MakePool(kGpu, 4)})).ok());
  EXPECT_FALSE(world.Filter(Whole("a"), {"n"}).empty());
}

TEST(PoolSchedulerTest, PodsAskingByCountOnANodeWithCardsDoNotCloseIt) {
  SchedulerWorld world({MakeNode("n", 4, 81920)}, {}, {BoundPlainly(MigPod("m"), "n")});
  EXPECT_FALSE(world.Filter(MakePod("slice", 1000), {"n"}).empty());
}

}  // namespace
}  // namespace tangram::scheduler
