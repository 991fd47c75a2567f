// Which observation is the newer one, and that an older one changes nothing.
#include "scheduler/order.h"

#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "scheduler/node_lock.h"
#include "tests/support/scheduler_world.h"

namespace tangram::scheduler {
namespace {

using std::chrono::seconds;
using testing::Bound;
using testing::MakeNode;
using testing::MakePod;
using testing::SchedulerWorld;

TEST(OrderTest, VersionsCompareAsNumbersOfAnyLength) {
  EXPECT_TRUE(IsOlderVersion("9", "10"));
  EXPECT_TRUE(IsOlderVersion("99999999999999999998", "99999999999999999999"));
  EXPECT_TRUE(IsOlderVersion("99999999999999999999", "100000000000000000000"));
  EXPECT_FALSE(IsOlderVersion("10", "9"));
  EXPECT_FALSE(IsOlderVersion("10", "10"));
  EXPECT_FALSE(IsOlderVersion("010", "10"));
  EXPECT_TRUE(IsOlderVersion("009", "10"));
}

TEST(OrderTest, WhatIsNoNumberIsNeverOlder) {
  for (const char* odd : {"", "abc", "12a", "-1", " 5"}) {
    EXPECT_FALSE(IsOlderVersion(odd, "10")) << odd;
    EXPECT_FALSE(IsOlderVersion("10", odd)) << odd;
  }
}

TEST(OrderTest, AnOlderSightingIsStaleWhateverItsUid) {
  EXPECT_EQ(Compare({"u", "10"}, {"u", "9"}), Freshness::kStale);
  EXPECT_EQ(Compare({"u", "10"}, {"v", "9"}), Freshness::kStale);
  EXPECT_EQ(Compare({"", "10"}, {"v", "9"}), Freshness::kStale);
  EXPECT_EQ(Compare({"u", "10"}, {"u", "10"}), Freshness::kNews);
  EXPECT_EQ(Compare({"u", "10"}, {"u", "11"}), Freshness::kNews);
  EXPECT_EQ(Compare({"u", "10"}, {"v", "11"}), Freshness::kSuccessor);
  EXPECT_EQ(Compare({"", "10"}, {"v", "11"}), Freshness::kNews);
  EXPECT_EQ(Compare({"u", ""}, {"v", ""}), Freshness::kSuccessor);
}

TEST(OrderTest, AListEndsOnlyWhatIsNotNewerThanItself) {
  EXPECT_TRUE(ListEnds("10", "10"));
  EXPECT_TRUE(ListEnds("9", "10"));
  EXPECT_FALSE(ListEnds("11", "10"));
  EXPECT_TRUE(ListEnds("", "10"));
  EXPECT_TRUE(ListEnds("10", ""));
}

// --- What comes of it. ---

SchedulerOptions WithoutLock() {
  SchedulerOptions options;
  options.node_lock = NodeLockMode::kOff;
  return options;
}

model::Pod At(model::Pod pod, const std::string& version) {
  pod.resource_version = version;
  return pod;
}

NodeObservation At(NodeObservation node, const std::string& lock, const std::string& version) {
  node.lock = lock;
  node.resource_version = version;
  return node;
}

// A bind of the pod whose answer is lost, and that a GET shows to be done at that version.
BindingWrite ConfirmByGet(SchedulerWorld& world, const model::Pod& pod,
                          const std::string& version) {
  const BindingWrite write = world.api.pending().front().binding;
  world.api.Answer("bind", WriteOutcome::kUnknown);
  world.Pass(seconds(1));
  world.api.Answer("bind", WriteOutcome::kConflict);
  world.api.AnswerPod(PodReading::Outcome::kFound, At(Bound(pod, write), version));
  return write;
}

TEST(OrderTest, AWatchThatIsBehindDoesNotReleaseTheLockUnderABoundPod) {
  SchedulerWorld world({MakeNode("n", 2, 1000, "100")});
  const model::Pod pod = At(MakePod("p", 600), "101");
  const auto answer = world.Bind(pod, "n");
  world.api.Answer("patch lock", WriteOutcome::kDone, "102");
  ConfirmByGet(world, pod, "103");
  EXPECT_EQ(**answer, "");
  world.scheduler->OnPod(pod);  // the watch arrives at its birth
  world.Pass(seconds(20));
  EXPECT_EQ(world.api.Count("patch lock"), 1u);
  EXPECT_EQ(world.UsedMib("n"), 600);
}

TEST(OrderTest, EventsOfAnEarlierPodOfTheNameDoNotEvictTheLaterOne) {
  SchedulerWorld world({MakeNode("n", 1, 1000)}, WithoutLock());
  const model::Pod later = At(MakePod("web", 600), "204");
  world.Bind(later, "n");
  ConfirmByGet(world, later, "205");
  model::Pod earlier = At(MakePod("web", 600), "201");
  earlier.id.uid = "earlier";
  world.scheduler->OnPod(earlier);
  world.scheduler->OnPodDeleted(earlier.id);
  world.scheduler->OnPod(later);
  EXPECT_EQ(world.UsedMib("n"), 600);
  EXPECT_TRUE(world.Filter(MakePod("q", 600), {"n"}).empty());
}

TEST(OrderTest, AListFromBeforeAPodWasBornDoesNotDeleteIt) {
  SchedulerWorld world({MakeNode("n", 1, 1000)}, WithoutLock());
  const model::Pod pod = At(MakePod("p", 600), "301");
  world.Bind(pod, "n");
  ConfirmByGet(world, pod, "302");
  world.scheduler->OnPodList({}, "300");
  EXPECT_EQ(world.UsedMib("n"), 600);
  world.scheduler->OnPodList({}, "303");
  EXPECT_EQ(world.UsedMib("n"), 0);
}

TEST(OrderTest, AnItemOfAListIsAsNewAsTheList) {
  SchedulerWorld world({MakeNode("n", 1, 1000)}, WithoutLock());
  BindingWrite write;
  write.node = "n";
  write.allocation.slots = {{model::ContainerKind::kApp, {{"n-gpu0", model::Mebibytes(600), {}}}}};
  world.scheduler->OnPod(At(Bound(MakePod("p", 600), write), "310"));
  // Of a server that was set back to a backup: the pod is as it was at 305.
  world.scheduler->OnPodList({At(MakePod("p", 600), "305")}, "320");
  world.scheduler->OnPod(At(MakePod("p", 600), "321"));
  EXPECT_EQ(world.scheduler->stats().waiting_pods, 1);
}

TEST(OrderTest, ASlowGetOfANodeDoesNotOverwriteANewerLock) {
  SchedulerWorld world({MakeNode("n", 2, 1000, "400")});
  world.Bind(MakePod("p", 600), "n");
  world.api.Answer("patch lock", WriteOutcome::kConflict);  // so the node is read
  const std::string theirs = FormatNodeLock(world.clock.UnixSeconds(), "other", "x");
  world.scheduler->OnNode(At(MakeNode("n", 2, 1000), theirs, "403")).IgnoreError();
  world.api.AnswerLock("", "401");  // it was free then
  EXPECT_EQ(world.api.Count("patch lock"), 1u);
  world.api.AnswerPod(PodReading::Outcome::kUnknown);  // whose lock it is
  world.scheduler->OnNode(At(MakeNode("n", 2, 1000), "", "404")).IgnoreError();
  EXPECT_EQ(world.api.Count("patch lock"), 2u);
}

TEST(OrderTest, ALockThatWasLostAgainBeforeTheAnswerCameIsNotReliedOn) {
  SchedulerWorld world({MakeNode("n", 2, 1000, "400")});
  world.Bind(MakePod("p", 600), "n");
  const std::string theirs = FormatNodeLock(world.clock.UnixSeconds(), "other", "x");
  world.scheduler->OnNode(At(MakeNode("n", 2, 1000), theirs, "403")).IgnoreError();
  world.api.Answer("patch lock", WriteOutcome::kDone, "402");
  EXPECT_EQ(world.api.Count("bind"), 0u);
}

TEST(OrderTest, AnOlderDescriptionOfANodeChangesNothing) {
  SchedulerWorld world({MakeNode("n", 1, 1000, "500")}, WithoutLock());
  world.scheduler->OnNode(MakeNode("n", 2, 1000, "499")).IgnoreError();
  EXPECT_EQ(world.scheduler->snapshot().At(world.scheduler->snapshot().Find("n"))->cards().size(),
            1u);
  world.scheduler->OnNodeDeleted("n", "498");
  EXPECT_EQ(world.Filter(MakePod("p", 600), {"n"}).size(), 1u);
  world.scheduler->OnNodeList({}, "499");
  EXPECT_EQ(world.Filter(MakePod("p", 600), {"n"}).size(), 1u);
  world.scheduler->OnNodeDeleted("n", "501");
  EXPECT_TRUE(world.Filter(MakePod("p", 600), {"n"}).empty());
}

TEST(OrderTest, WithoutVersionsWhatArrivesLastCounts) {
  SchedulerWorld world({MakeNode("n", 1, 1000, "")}, WithoutLock());
  BindingWrite write;
  write.node = "n";
  write.allocation.slots = {{model::ContainerKind::kApp, {{"n-gpu0", model::Mebibytes(600), {}}}}};
  world.scheduler->OnPod(At(MakePod("p", 600), "77"));  // of a dump
  world.scheduler->OnPod(Bound(MakePod("p", 600), write));
  EXPECT_EQ(world.UsedMib("n"), 600);
  world.scheduler->OnPodList({});
  EXPECT_EQ(world.UsedMib("n"), 0);
}

}  // namespace
}  // namespace tangram::scheduler
