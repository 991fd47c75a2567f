// What the scheduler does with watch events, holds, and waiting pods.
#include "scheduler/scheduler.h"

#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/scheduler_world.h"

namespace tangram::scheduler {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Bound;
using testing::MakeNode;
using testing::MakePod;
using testing::SchedulerWorld;

SchedulerOptions WithoutLock() {
  SchedulerOptions options;
  options.node_lock = NodeLockMode::kOff;
  return options;
}

model::Pod BoundTo(const std::string& name, const std::string& node, int memory_mib, int card) {
  BindingWrite write;
  write.node = node;
  write.allocation.slots = {
      {model::ContainerKind::kApp,
       {{node + "-gpu" + std::to_string(card), model::Mebibytes(memory_mib), {}}}}};
  model::Pod pod = Bound(MakePod(name, memory_mib), write);
  pod.bind_phase = model::BindPhase::kSuccess;
  return pod;
}

TEST(SchedulerTest, VerbsAreUnavailableBeforeBothListsAreThere) {
  SchedulerWorld world({MakeNode("n", 1, 1000)});
  SchedulerOptions options;
  options.node_policy = FindNodePolicy("binpack");
  Scheduler fresh(options, world.clock, world.api);
  const std::vector<std::string_view> names = {"n"};
  EXPECT_FALSE(fresh.Filter({MakePod("p", 1), names}).ok());
  fresh.OnNodeList({MakeNode("n", 1, 1000)});
  EXPECT_FALSE(fresh.ready());
  EXPECT_FALSE(fresh.Prioritize({MakePod("p", 1), names}).ok());
  fresh.OnPodList({});
  EXPECT_TRUE(fresh.ready());
  EXPECT_TRUE(fresh.Filter({MakePod("p", 1), names}).ok());
}

TEST(SchedulerTest, RestartRebuildsTheBooksFromTheListedPods) {
  SchedulerWorld world({MakeNode("n", 2, 1000)}, WithoutLock(), {BoundTo("p", "n", 700, 1)});
  EXPECT_EQ(world.UsedMib("n"), 700);
  EXPECT_TRUE(world.scheduler->CheckInvariants().ok());
}

TEST(SchedulerTest, TerminatingPodsCountUntilTheyAreGone) {
  model::Pod pod = BoundTo("p", "n", 700, 0);
  pod.terminating = true;
  SchedulerWorld world({MakeNode("n", 1, 1000)}, WithoutLock(), {pod});
  EXPECT_EQ(world.UsedMib("n"), 700);
  world.scheduler->OnPodDeleted(pod.id);
  EXPECT_EQ(world.UsedMib("n"), 0);
}

TEST(SchedulerTest, ABoundPodWithoutReadableAllocationClosesItsNode) {
  model::Pod pod = MakePod("p", 100);
  pod.node = "n";
  SchedulerWorld world({MakeNode("n", 2, 1000)}, WithoutLock(), {pod});
  EXPECT_TRUE(world.Filter(MakePod("q", 100), {"n"}).empty());
  EXPECT_EQ(world.scheduler->stats().unaccounted_pods, 1);
  world.scheduler->OnPodDeleted(pod.id);
  EXPECT_EQ(world.Filter(MakePod("q", 100), {"n"}).size(), 1u);
}

TEST(SchedulerTest, UnaccountedIgnoreKeepsTheNodeOpen) {
  SchedulerOptions options = WithoutLock();
  options.close_unaccounted = false;
  model::Pod pod = MakePod("p", 100);
  pod.node = "n";
  SchedulerWorld world({MakeNode("n", 2, 1000)}, options, {pod});
  EXPECT_EQ(world.Filter(MakePod("q", 100), {"n"}).size(), 1u);
}

TEST(SchedulerTest, AnAllocationMadeForAnotherNodeIsUnaccounted) {
  model::Pod pod = BoundTo("p", "n", 100, 0);
  pod.allocation_node = "m";
  SchedulerWorld world({MakeNode("n", 2, 1000)}, WithoutLock(), {pod});
  EXPECT_EQ(world.scheduler->stats().unaccounted_pods, 1);
}

// A pod with one of these cards of "n" for each container.
model::Pod OnCards(const std::string& name, const std::vector<std::string>& uuids) {
  model::Pod pod = BoundTo(name, "n", 100, 0);
  pod.allocation.slots.clear();
  for (const std::string& uuid : uuids) {
    pod.allocation.slots.push_back(
        {model::ContainerKind::kApp, {{uuid, model::Mebibytes(100), {}}}});
  }
  return pod;
}

TEST(SchedulerTest, ACardThatTheNodeDoesNotHaveClosesItAndIsNamed) {
  SchedulerWorld world({MakeNode("n", 2, 1000)}, WithoutLock(),
                       {OnCards("p", {"n-gpu1", "GPU-of-yore"})});
  EXPECT_TRUE(world.Filter(MakePod("q", 100), {"n"}).empty());
  EXPECT_EQ(world.UsedMib("n"), 100) << "the known card stays booked";
  const std::vector<UnaccountedPod> pods = world.scheduler->Unaccounted();
  ASSERT_EQ(pods.size(), 1u);
  EXPECT_EQ(pods[0].id.name, "p");
  EXPECT_EQ(pods[0].missing_cards, std::vector<std::string>{"GPU-of-yore"});
  EXPECT_FALSE(pods[0].ignored);
  EXPECT_EQ(WhyUnaccounted(pods[0]),
            "its card GPU-of-yore is not among the cards that node n has registered");
  const TopView top = world.scheduler->Top();
  ASSERT_EQ(top.pods.size(), 1u);
  EXPECT_TRUE(top.pods[0].unaccounted);
  EXPECT_EQ(top.pods[0].missing_cards, pods[0].missing_cards);
  EXPECT_EQ(world.scheduler->stats().unaccounted_pods, 1);
  world.scheduler->OnPodDeleted(pods[0].id);
  EXPECT_EQ(world.Filter(MakePod("q", 100), {"n"}).size(), 1u);
  EXPECT_TRUE(world.scheduler->Unaccounted().empty());
}

TEST(SchedulerTest, ARegisterThatLosesARunningPodsCardClosesTheNodeUntilItReturns) {
  SchedulerWorld world({MakeNode("n", 2, 1000)}, WithoutLock(), {OnCards("p", {"n-gpu1"})});
  EXPECT_EQ(world.Filter(MakePod("q", 100), {"n"}).size(), 1u);
  ASSERT_TRUE(world.scheduler->OnNode(MakeNode("n", 1, 1000, "2")).ok());
  EXPECT_TRUE(world.Filter(MakePod("q", 100), {"n"}).empty());
  EXPECT_EQ(world.scheduler->UnaccountedOn("n").size(), 1u);
  ASSERT_TRUE(world.scheduler->OnNode(MakeNode("n", 2, 1000, "3")).ok());
  EXPECT_EQ(world.Filter(MakePod("q", 100), {"n"}).size(), 1u);
  EXPECT_TRUE(world.scheduler->CheckInvariants().ok());
}

TEST(SchedulerTest, AnIgnoredPodWithAnUnknownCardIsNamedAndClosesNothing) {
  SchedulerOptions options = WithoutLock();
  options.close_unaccounted = false;
  SchedulerWorld world({MakeNode("n", 2, 1000)}, options, {OnCards("p", {"GPU-of-yore"})});
  EXPECT_EQ(world.Filter(MakePod("q", 100), {"n"}).size(), 1u);
  ASSERT_EQ(world.scheduler->Unaccounted().size(), 1u);
  EXPECT_TRUE(world.scheduler->Unaccounted()[0].ignored);
  EXPECT_EQ(world.scheduler->stats().unaccounted_pods, 1);
}

TEST(SchedulerTest, AnOverbookedClusterIsAStateAndNotAnEnd) {
  SchedulerWorld world({MakeNode("n", 1, 1000)}, WithoutLock(),
                       {BoundTo("p", "n", 700, 0), BoundTo("q", "n", 700, 0)});
  EXPECT_EQ(world.scheduler->stats().overcommitted_cards, 1);
  EXPECT_TRUE(world.Filter(MakePod("r", 1), {"n"}).empty());
  world.scheduler->OnPodDeleted(MakePod("q", 1).id);
  EXPECT_EQ(world.Filter(MakePod("r", 1), {"n"}).size(), 1u);
}

TEST(SchedulerTest, ANodeThatIsDeletedAndReturnsFindsItsBooksAgain) {
  SchedulerWorld world({MakeNode("n", 1, 1000)}, WithoutLock(), {BoundTo("p", "n", 700, 0)});
  world.scheduler->OnNodeDeleted("n");
  EXPECT_TRUE(world.Filter(MakePod("q", 100), {"n"}).empty());
  ASSERT_TRUE(world.scheduler->OnNode(MakeNode("n", 1, 1000, "9")).ok());
  EXPECT_EQ(world.UsedMib("n"), 700);
  EXPECT_TRUE(world.Filter(MakePod("q", 400), {"n"}).empty());
}

TEST(SchedulerTest, ARelistWithoutAPodReleasesIt) {
  SchedulerWorld world({MakeNode("n", 1, 1000)}, WithoutLock(), {BoundTo("p", "n", 700, 0)});
  world.scheduler->OnPodList({});
  EXPECT_EQ(world.UsedMib("n"), 0);
}

TEST(SchedulerTest, APodOfTheSameNameWithANewUidReplacesTheOld) {
  SchedulerWorld world({MakeNode("n", 1, 1000)}, WithoutLock(), {BoundTo("p", "n", 700, 0)});
  model::Pod reborn = MakePod("p", 100);
  reborn.id.uid = "uid-2";
  world.scheduler->OnPod(reborn);
  EXPECT_EQ(world.UsedMib("n"), 0);
}

// --- Holds. ---

TEST(SchedulerTest, TheNextFilterCountsTheHoldOfTheLast) {
  SchedulerWorld world({MakeNode("m", 1, 1000), MakeNode("n", 1, 1000)}, WithoutLock());
  const std::vector<std::string> first = world.Filter(MakePod("p", 900), {"m", "n"});
  ASSERT_EQ(first.size(), 2u);
  const std::vector<std::string> second = world.Filter(MakePod("q", 900), {"m", "n"});
  ASSERT_EQ(second.size(), 1u);
  EXPECT_NE(second[0], first[0]);
}

TEST(SchedulerTest, AHoldNeverMakesAPodUnschedulableByItself) {
  SchedulerWorld world({MakeNode("n", 1, 1000)}, WithoutLock());
  EXPECT_EQ(world.Filter(MakePod("p", 900), {"n"}).size(), 1u);
  EXPECT_EQ(world.Filter(MakePod("q", 900), {"n"}).size(), 1u);
}

TEST(SchedulerTest, APatientFilterWaitsForTheBindOfWhoeverIsHeldThere) {
  SchedulerWorld world({MakeNode("n", 1, 1000)}, WithoutLock());
  const model::Pod first = MakePod("p", 900);
  const model::Pod second = MakePod("q", 900);
  const std::vector<std::string_view> names = {"n"};
  world.Filter(first, {"n"});
  const auto held_up = world.scheduler->Filter({second, names}, /*patient=*/true);
  ASSERT_TRUE(held_up.ok());
  EXPECT_TRUE(held_up->held_up);
  bool asked_again = false;
  world.scheduler->AtNextAdvance([&] {
    asked_again = true;
    EXPECT_TRUE(world.Filter(second, {"n"}).empty());
  });
  EXPECT_FALSE(asked_again);
  world.Bind(first, "n");
  world.scheduler->Advance();
  EXPECT_TRUE(asked_again);
  EXPECT_EQ(world.scheduler->stats().bind_conflicts, 0u);
}

TEST(SchedulerTest, AHoldEndsWithItsTime) {
  SchedulerWorld world({MakeNode("m", 1, 1000), MakeNode("n", 1, 1000)}, WithoutLock());
  world.Filter(MakePod("p", 900), {"m", "n"});
  EXPECT_EQ(world.scheduler->stats().holds, 1);
  world.Pass(seconds(3));
  EXPECT_EQ(world.scheduler->stats().holds, 0);
  EXPECT_EQ(world.Filter(MakePod("q", 900), {"m", "n"}).size(), 2u);
}

TEST(SchedulerTest, BindEndsTheHoldWhereverItWas) {
  SchedulerWorld world({MakeNode("m", 1, 1000), MakeNode("n", 1, 1000)}, WithoutLock());
  const model::Pod pod = MakePod("p", 900);
  const std::vector<std::string> offered = world.Filter(pod, {"m", "n"});
  world.Bind(pod, offered[1]);
  EXPECT_EQ(world.scheduler->stats().holds, 0);
  EXPECT_EQ(world.UsedMib(offered[1]), 900);
}

TEST(SchedulerTest, APodsOwnHoldDoesNotStandInItsWay) {
  SchedulerWorld world({MakeNode("n", 1, 1000)}, WithoutLock());
  const model::Pod pod = MakePod("p", 900);
  EXPECT_EQ(world.Filter(pod, {"n"}).size(), 1u);
  EXPECT_EQ(world.Filter(pod, {"n"}).size(), 1u);
  EXPECT_EQ(world.scheduler->stats().holds, 1);
}

// --- Waking. ---

TEST(SchedulerTest, RoomForARefusedPodWakesTheSchedulerOnce) {
  const model::Pod waiting = MakePod("w", 900);
  const model::Pod holder = BoundTo("p", "n", 700, 0);
  SchedulerWorld world({MakeNode("n", 1, 1000)}, WithoutLock(), {waiting, holder});
  EXPECT_TRUE(world.Filter(waiting, {"n"}).empty());
  world.Pass(seconds(2));
  EXPECT_EQ(world.api.Count("wake"), 0u);
  world.scheduler->OnPodDeleted(holder.id);
  world.Pass(seconds(2));
  EXPECT_EQ(world.api.Count("wake"), 1u);
}

TEST(SchedulerTest, NothingIsPatchedWhenTheRoomIsTooSmall) {
  const model::Pod waiting = MakePod("w", 5000);
  const model::Pod holder = BoundTo("p", "n", 700, 0);
  SchedulerWorld world({MakeNode("n", 1, 1000)}, WithoutLock(), {waiting, holder});
  world.Filter(waiting, {"n"});
  world.scheduler->OnPodDeleted(holder.id);
  world.Pass(seconds(2));
  EXPECT_EQ(world.api.Count("wake"), 0u);
}

TEST(SchedulerTest, NothingIsPatchedWhileNothingWaits) {
  const model::Pod holder = BoundTo("p", "n", 700, 0);
  SchedulerWorld world({MakeNode("n", 1, 1000)}, WithoutLock(), {holder});
  world.scheduler->OnPodDeleted(holder.id);
  world.Pass(seconds(2));
  EXPECT_EQ(world.api.Count("wake"), 0u);
}

TEST(SchedulerTest, AGatedPodWaitsForNothingUntilItsLastGateIsGone) {
  model::Pod gated = MakePod("g", 900);
  gated.gated = true;
  const model::Pod holder = BoundTo("p", "n", 700, 0);
  SchedulerWorld world({MakeNode("n", 1, 1000)}, WithoutLock(), {gated, holder});
  world.scheduler->OnPodDeleted(holder.id);
  world.Pass(seconds(2));
  EXPECT_EQ(world.api.Count("wake"), 0u);
  EXPECT_TRUE(world.scheduler->Top().waiting.empty());
  EXPECT_EQ(world.scheduler->Top().gated, 1u);
  EXPECT_EQ(world.scheduler->stats().waiting_pods, 0);
  EXPECT_EQ(world.scheduler->stats().gated_pods, 1);
  model::Pod free = gated;
  free.gated = false;
  world.scheduler->OnPod(free);
  EXPECT_EQ(world.scheduler->Top().waiting.size(), 1u);
  EXPECT_EQ(world.scheduler->Top().gated, 0u);
  EXPECT_EQ(world.scheduler->stats().gated_pods, 0);
  // One that goes with its gates is forgotten.
  world.scheduler->OnPod(gated);
  world.scheduler->OnPodDeleted(gated.id);
  EXPECT_EQ(world.scheduler->stats().gated_pods, 0);
}

TEST(SchedulerTest, APodThatIsBeingDeletedDoesNotWait) {
  model::Pod dying = MakePod("d", 900);
  dying.terminating = true;
  SchedulerWorld world({MakeNode("n", 1, 1000)}, WithoutLock(), {dying});
  EXPECT_TRUE(world.scheduler->Top().waiting.empty());
  EXPECT_EQ(world.scheduler->Top().gated, 0u);
}

TEST(SchedulerTest, AtMostTwoWakeUpsASecond) {
  std::vector<model::Pod> pods = {MakePod("w", 900)};
  for (int i = 0; i < 50; ++i) pods.push_back(BoundTo("p" + std::to_string(i), "n", 10, 0));
  SchedulerWorld world({MakeNode("n", 1, 1000), MakeNode("m", 1, 100)}, WithoutLock(), pods);
  for (int i = 0; i < 50; ++i) {
    world.Filter(pods[0], {"m"});  // refused each time, before the room appears
    world.scheduler->OnPodDeleted(pods[static_cast<size_t>(i) + 1].id);
    world.Pass(milliseconds(60));
  }
  EXPECT_LE(world.api.Count("wake"), 8u);  // about 3.9 s passed
  EXPECT_GE(world.api.Count("wake"), 1u);
}

TEST(SchedulerTest, AFailedWakeUpIsTriedAgain) {
  const model::Pod waiting = MakePod("w", 900);
  const model::Pod holder = BoundTo("p", "n", 700, 0);
  SchedulerWorld world({MakeNode("n", 1, 1000)}, WithoutLock(), {waiting, holder});
  world.Filter(waiting, {"n"});
  world.scheduler->OnPodDeleted(holder.id);
  world.Pass(seconds(1));
  world.api.Answer("wake", WriteOutcome::kUnknown);
  world.Pass(seconds(1));
  EXPECT_EQ(world.api.Count("wake"), 2u);
}

// --- The label. ---

TEST(SchedulerTest, AMissingLabelIsPatchedOnlyWhenTheAgentIsDone) {
  model::Pod pod = BoundTo("p", "n", 700, 0);
  pod.node_label.clear();
  pod.bind_phase = model::BindPhase::kAllocating;
  NodeObservation node = MakeNode("n", 1, 1000);
  node.lock = "2027-01-15T08:00:00Z,default,p";
  SchedulerWorld world({node}, {}, {pod});
  EXPECT_EQ(world.api.Count("label"), 0u);
  pod.bind_phase = model::BindPhase::kSuccess;
  world.scheduler->OnPod(pod);
  EXPECT_EQ(world.api.Count("label"), 1u);
}

TEST(SchedulerTest, ANodeNameTooLongForALabelIsLeftOut) {
  const std::string name(64, 'n');
  model::Pod pod = BoundTo("p", name, 700, 0);
  pod.node_label.clear();
  SchedulerWorld world({MakeNode(name, 1, 1000)}, WithoutLock(), {pod});
  EXPECT_EQ(world.api.Count("label"), 0u);
}

}  // namespace
}  // namespace tangram::scheduler
