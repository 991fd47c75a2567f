// The commit protocol, rule by rule, against a scripted API server.
#include "scheduler/binder.h"

#include <chrono>
#include <optional>
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

constexpr auto kDone = WriteOutcome::kDone;

SchedulerOptions WithoutLock() {
  SchedulerOptions options;
  options.node_lock = NodeLockMode::kOff;
  return options;
}

// The same node, later, with this lock.
NodeObservation Locked(NodeObservation node, const std::string& lock, const std::string& version) {
  node.lock = lock;
  node.resource_version = version;
  return node;
}

// --- Rule 1: unknown is not failure. ---

TEST(BinderTest, DefiniteSuccessAnswersTheCallerAndKeepsTheBooking) {
  SchedulerWorld world({MakeNode("n", 2, 1000)}, WithoutLock());
  const auto answer = world.Bind(MakePod("p", 600), "n");
  EXPECT_FALSE(answer->has_value());
  EXPECT_EQ(world.UsedMib("n"), 600);
  world.api.Answer("bind", kDone);
  EXPECT_EQ(**answer, "");
  EXPECT_EQ(world.UsedMib("n"), 600);
}

TEST(BinderTest, UnknownOutcomeKeepsTheBookingAndRepeatsTheIdenticalBinding) {
  SchedulerWorld world({MakeNode("n", 2, 1000)}, WithoutLock());
  const auto answer = world.Bind(MakePod("p", 600), "n");
  const BindingWrite first = world.api.pending().front().binding;
  world.api.Answer("bind", WriteOutcome::kUnknown);
  EXPECT_FALSE(answer->has_value());
  EXPECT_EQ(world.UsedMib("n"), 600);
  world.Pass(seconds(3));
  ASSERT_EQ(world.api.Count("bind"), 2u);
  const BindingWrite second = world.api.pending().front().binding;
  EXPECT_EQ(first.allocation, second.allocation);
  EXPECT_EQ(first.unix_seconds, second.unix_seconds);
  EXPECT_EQ(first.node, second.node);
  world.api.Answer("bind", kDone);
  EXPECT_EQ(**answer, "");
}

TEST(BinderTest, ConflictWhoseGetShowsOurNodeIsSuccess) {
  SchedulerWorld world({MakeNode("n", 2, 1000)}, WithoutLock());
  const model::Pod pod = MakePod("p", 600);
  const auto answer = world.Bind(pod, "n");
  const BindingWrite write = world.api.pending().front().binding;
  world.api.Answer("bind", WriteOutcome::kUnknown);
  world.Pass(seconds(1));
  world.api.Answer("bind", WriteOutcome::kConflict);
  world.api.AnswerPod(PodReading::Outcome::kFound, Bound(pod, write));
  EXPECT_EQ(**answer, "");
  EXPECT_EQ(world.UsedMib("n"), 600);
}

TEST(BinderTest, ConflictWhoseGetShowsAnotherNodeUndoesTheBookingAndFollowsTheServer) {
  SchedulerWorld world({MakeNode("m", 2, 1000), MakeNode("n", 2, 1000)}, WithoutLock());
  const model::Pod pod = MakePod("p", 600);
  const auto answer = world.Bind(pod, "n");
  BindingWrite elsewhere = world.api.pending().front().binding;
  elsewhere.node = "m";
  elsewhere.allocation.slots[0].shares[0].uuid = "m-gpu1";
  world.api.Answer("bind", WriteOutcome::kConflict);
  world.api.AnswerPod(PodReading::Outcome::kFound, Bound(pod, elsewhere));
  EXPECT_NE(**answer, "");
  EXPECT_EQ(world.UsedMib("n"), 0);
  EXPECT_EQ(world.UsedMib("m"), 600);
}

TEST(BinderTest, RefusalOfAPodThatIsGoneUndoesTheBooking) {
  SchedulerWorld world({MakeNode("n", 2, 1000)}, WithoutLock());
  const auto answer = world.Bind(MakePod("p", 600), "n");
  world.api.Answer("bind", WriteOutcome::kNotFound);
  EXPECT_EQ(world.UsedMib("n"), 600);  // not before the GET has confirmed it
  world.api.AnswerPod(PodReading::Outcome::kGone);
  EXPECT_NE(**answer, "");
  EXPECT_EQ(world.UsedMib("n"), 0);
}

TEST(BinderTest, UnreadablePodAfterARefusalKeepsTheBookingAndAsksAgain) {
  SchedulerWorld world({MakeNode("n", 2, 1000)}, WithoutLock());
  const auto answer = world.Bind(MakePod("p", 600), "n");
  world.api.Answer("bind", WriteOutcome::kRefused);
  world.api.AnswerPod(PodReading::Outcome::kUnknown);
  EXPECT_EQ(world.UsedMib("n"), 600);
  world.Pass(seconds(3));
  EXPECT_EQ(world.api.Count("get pod"), 2u);
  EXPECT_FALSE(answer->has_value());
}

// Answers what is asked of an unbound pod, until nothing is asked any more.
void RefuseAndShow(SchedulerWorld& world, const model::Pod& pod) {
  while (!world.api.pending().empty()) {
    const std::string verb = world.api.pending().front().verb;
    if (verb == "bind") {
      world.api.Answer("bind", WriteOutcome::kRefused);
    } else {
      world.api.Take(verb).pod_done(PodReading{PodReading::Outcome::kFound, pod, ""});
    }
  }
}

TEST(BinderTest, AfterAnUnknownPostNothingIsUndoneBeforeTheServersRequestTimeout) {
  SchedulerWorld world({MakeNode("n", 2, 1000)}, WithoutLock());
  const model::Pod pod = MakePod("p", 600);
  const auto answer = world.Bind(pod, "n");
  world.api.Answer("bind", WriteOutcome::kUnknown);
  for (int second = 0; second < 59; ++second) {
    world.Pass(milliseconds(980));
    RefuseAndShow(world, pod);
    ASSERT_EQ(world.UsedMib("n"), 600) << second;
  }
  EXPECT_EQ(world.api.Count("fence"), 0u);
  world.Pass(seconds(7));
  RefuseAndShow(world, pod);
  // Fenced, so that a POST which hangs longer than it may is refused all the same.
  EXPECT_EQ(world.api.Count("fence"), 1u);
  EXPECT_NE(**answer, "");
  EXPECT_EQ(world.UsedMib("n"), 0);
  EXPECT_EQ(world.scheduler->stats().binds_in_progress, 0);
}

TEST(BinderTest, AnUnknownPostThatTakesEffectLateIsASuccess) {
  SchedulerWorld world({MakeNode("n", 2, 1000)}, WithoutLock());
  const model::Pod pod = MakePod("p", 600);
  const auto answer = world.Bind(pod, "n");
  const BindingWrite write = world.api.pending().front().binding;
  world.api.Answer("bind", WriteOutcome::kUnknown);
  world.Pass(seconds(1));
  RefuseAndShow(world, pod);
  world.Pass(seconds(6));
  world.api.Answer("bind", WriteOutcome::kConflict);
  world.api.AnswerPod(PodReading::Outcome::kFound, Bound(pod, write));
  EXPECT_EQ(**answer, "");
  EXPECT_EQ(world.UsedMib("n"), 600);
}

TEST(BinderTest, ABindingIsOnConditionOfThePodsVersionAndFollowsAPodThatChanged) {
  SchedulerWorld world({MakeNode("n", 2, 1000)}, WithoutLock());
  model::Pod pod = MakePod("p", 600);
  pod.resource_version = "41";
  const auto answer = world.Bind(pod, "n");
  EXPECT_EQ(world.api.pending().front().binding.resource_version, "41");
  world.api.Answer("bind", WriteOutcome::kConflict);
  pod.resource_version = "44";
  world.api.AnswerPod(PodReading::Outcome::kFound, pod);
  EXPECT_EQ(world.api.pending().front().binding.resource_version, "44");
  EXPECT_FALSE(answer->has_value());
  world.api.Answer("bind", kDone);
  EXPECT_EQ(**answer, "");
}

TEST(BinderTest, AConflictOfAPodThatDidNotChangeIsARefusal) {
  SchedulerWorld world({MakeNode("n", 2, 1000)}, WithoutLock());
  model::Pod pod = MakePod("p", 600);
  pod.resource_version = "41";
  const auto answer = world.Bind(pod, "n");
  world.api.Answer("bind", WriteOutcome::kConflict);  // a scheduling gate, say
  world.api.AnswerPod(PodReading::Outcome::kFound, pod);
  EXPECT_NE(**answer, "");
  EXPECT_EQ(world.UsedMib("n"), 0);
}

TEST(BinderTest, AConfirmedBindingThatIsLostIsRepeatedOnceAndThenEnds) {
  SchedulerWorld world({MakeNode("n", 2, 1000)}, WithoutLock());
  const model::Pod pod = MakePod("p", 600);
  world.Bind(pod, "n");
  for (int time = 0; time < 2; ++time) {
    world.api.Answer("bind", kDone);
    world.Pass(seconds(31));
    EXPECT_EQ(world.UsedMib("n"), 600);
    world.api.AnswerPod(PodReading::Outcome::kFound, pod);
  }
  EXPECT_EQ(world.api.Count("bind"), 2u);
  EXPECT_EQ(world.UsedMib("n"), 0);
  EXPECT_EQ(world.scheduler->stats().binds_in_progress, 0);
}

TEST(BinderTest, CallerThatWaitsTooLongIsToldAndTheWriteGoesOn) {
  SchedulerWorld world({MakeNode("n", 2, 1000)}, WithoutLock());
  const auto answer = world.Bind(MakePod("p", 600), "n");
  world.Pass(seconds(26));
  EXPECT_NE(**answer, "");
  EXPECT_EQ(world.UsedMib("n"), 600);
  world.api.Answer("bind", kDone);
  EXPECT_EQ(world.UsedMib("n"), 600);
}

TEST(BinderTest, WatchThatShowsThePodBoundEndsTheBindBeforeTheAnswerComes) {
  SchedulerWorld world({MakeNode("n", 2, 1000)}, WithoutLock());
  const model::Pod pod = MakePod("p", 600);
  const auto answer = world.Bind(pod, "n");
  const BindingWrite write = world.api.pending().front().binding;
  world.scheduler->OnPod(Bound(pod, write));
  EXPECT_EQ(**answer, "");
  world.api.Answer("bind", WriteOutcome::kUnknown);
  world.Pass(seconds(3));
  EXPECT_EQ(world.api.Count("bind"), 1u);
  EXPECT_EQ(world.UsedMib("n"), 600);
}

TEST(BinderTest, BindingTheWatchNeverShowsIsLookedUp) {
  SchedulerWorld world({MakeNode("n", 2, 1000)}, WithoutLock());
  world.Bind(MakePod("p", 600), "n");
  world.api.Answer("bind", kDone);
  world.Pass(seconds(31));
  world.api.AnswerPod(PodReading::Outcome::kGone);
  EXPECT_EQ(world.UsedMib("n"), 0);
}

// --- Rules 2 and 3: order of writes, the node lock. ---

TEST(BinderTest, TheLockIsTakenBeforeTheBindingAndNothingElseIsWritten) {
  SchedulerWorld world({MakeNode("n", 2, 1000, "7")});
  const auto answer = world.Bind(MakePod("p", 600), "n");
  ASSERT_EQ(world.api.pending().size(), 1u);
  EXPECT_EQ(world.api.pending().front().resource_version, "7");
  EXPECT_TRUE(world.api.pending().front().lock->ends_with(",default,p"));
  world.api.Answer("patch lock", kDone, "8");
  world.api.Answer("bind", kDone);
  EXPECT_EQ(**answer, "");
  world.Pass(seconds(1));
  EXPECT_EQ(world.api.log(), (std::vector<std::string>{"patch lock n", "bind p@n"}));
}

TEST(BinderTest, ANodeWithoutAnAgentNeedsNoLock) {
  NodeObservation node = MakeNode("n", 2, 1000);
  node.has_agent = false;
  SchedulerWorld world({node});
  world.Bind(MakePod("p", 600), "n");
  EXPECT_EQ(world.api.log(), std::vector<std::string>{"bind p@n"});
}

TEST(BinderTest, APodWhoseOnlyCardIsAnInitContainersTakesTheLock) {
  SchedulerWorld world({MakeNode("n", 2, 1000)});
  model::Pod pod = MakePod("p", 600);
  pod.request.containers[0].kind = model::ContainerKind::kInit;
  pod.request.containers.push_back({});
  world.Bind(pod, "n");
  EXPECT_EQ(world.api.log(), std::vector<std::string>{"patch lock n"});
}

TEST(BinderTest, APodThatAsksForNoCardIsBoundPlainlyWithoutLock) {
  SchedulerWorld world({MakeNode("n", 2, 1000)});
  model::Pod pod = MakePod("p", 600);
  pod.request.containers[0].count = 0;
  const std::vector<std::string> all = world.Filter(pod, {"n", "unheard-of"});
  EXPECT_EQ(all.size(), 2u);
  const auto answer = world.Bind(pod, "n");
  EXPECT_TRUE(world.api.pending().front().binding.allocation.empty());
  world.api.Answer("bind", kDone);
  EXPECT_EQ(**answer, "");
  EXPECT_EQ(world.api.log(), std::vector<std::string>{"bind p@n"});
}

TEST(BinderTest, ConflictOnTheLockReadsTheNodeAndTriesAgain) {
  SchedulerWorld world({MakeNode("n", 2, 1000, "7")});
  world.Bind(MakePod("p", 600), "n");
  world.api.Answer("patch lock", WriteOutcome::kConflict);
  world.api.AnswerLock("", "9");
  ASSERT_EQ(world.api.pending().front().verb, "patch lock");
  EXPECT_EQ(world.api.pending().front().resource_version, "9");
}

TEST(BinderTest, ALockThatWasWrittenAlthoughTheAnswerWasLostIsUsed) {
  SchedulerWorld world({MakeNode("n", 2, 1000, "7")});
  world.Bind(MakePod("p", 600), "n");
  const std::string text = *world.api.pending().front().lock;
  world.api.Answer("patch lock", WriteOutcome::kUnknown);
  world.api.AnswerLock(text, "9");
  EXPECT_EQ(world.api.log().back(), "bind p@n");
  EXPECT_EQ(world.api.Count("patch lock"), 1u);
}

TEST(BinderTest, DefiniteBindFailureReleasesTheLock) {
  const model::Pod pod = MakePod("p", 600);
  SchedulerWorld world({MakeNode("n", 2, 1000, "7")}, {}, {pod});
  world.Bind(pod, "n");
  world.api.Answer("patch lock", kDone, "8");
  world.api.Answer("bind", WriteOutcome::kRefused);
  world.api.AnswerPod(PodReading::Outcome::kFound, pod);
  const auto release = world.api.Take("patch lock");
  EXPECT_FALSE(release.lock.has_value());
  EXPECT_EQ(release.resource_version, "8");
}

TEST(BinderTest, UnknownBindOutcomeNeverReleasesTheLock) {
  SchedulerWorld world({MakeNode("n", 2, 1000, "7")});
  world.Bind(MakePod("p", 600), "n");
  world.api.Answer("patch lock", kDone, "8");
  for (int i = 0; i < 5; ++i) {
    world.api.Answer("bind", WriteOutcome::kUnknown);
    world.Pass(seconds(3));
  }
  EXPECT_EQ(world.api.Count("patch lock"), 1u);
}

struct LockOwnerCase {
  std::string name;
  std::optional<model::Pod> owner;  // as the watch shows it; nullopt: not there
  bool released;
};

class LockOwnerTest : public ::testing::TestWithParam<LockOwnerCase> {};

TEST_P(LockOwnerTest, LockIsReleasedExactlyWhenItsOwnerCannotUseIt) {
  std::vector<model::Pod> pods;
  if (GetParam().owner.has_value()) pods.push_back(*GetParam().owner);
  const NodeObservation node =
      Locked(MakeNode("n", 2, 1000), FormatNodeLock(1'800'000'990, "default", "p"), "5");
  SchedulerWorld world({node}, {}, pods);
  if (!GetParam().owner.has_value()) world.api.AnswerPod(PodReading::Outcome::kGone);
  EXPECT_EQ(world.api.Count("patch lock"), GetParam().released ? 1u : 0u);
}

model::Pod OwnerOn(const std::string& node) {
  model::Pod pod = MakePod("p", 600);
  pod.node = node;
  return pod;
}

model::Pod UnboundForeignOwner() {
  model::Pod pod = MakePod("p", 600);
  pod.request.containers[0].count = 0;
  pod.allocation_state = model::AllocationState::kReadable;
  return pod;
}

INSTANTIATE_TEST_SUITE_P(
    Owners, LockOwnerTest,
    ::testing::Values(LockOwnerCase{"gone", std::nullopt, true},
                      LockOwnerCase{"neverBound", MakePod("p", 600), true},
                      LockOwnerCase{"boundElsewhere", OwnerOn("m"), true},
                      LockOwnerCase{"boundHere", OwnerOn("n"), false},
                      LockOwnerCase{"foreignAndUnbound", UnboundForeignOwner(), false}),
    [](const ::testing::TestParamInfo<LockOwnerCase>& owner) { return owner.param.name; });

TEST(BinderTest, LockOfAPodThatEndsIsReleasedAtOnce) {
  const model::Pod pod = MakePod("p", 600);
  SchedulerWorld world({MakeNode("n", 2, 1000, "7")}, {}, {pod});
  world.Bind(pod, "n");
  world.api.Answer("patch lock", kDone, "8");
  const BindingWrite write = world.api.pending().front().binding;
  world.api.Answer("bind", kDone);
  world.scheduler->OnPod(Bound(pod, write));
  world.scheduler->OnPodDeleted(pod.id);  // failed, or deleted: it left the watch
  world.api.AnswerPod(PodReading::Outcome::kGone);
  EXPECT_FALSE(world.api.Take("patch lock").lock.has_value());
  EXPECT_EQ(world.UsedMib("n"), 0);
}

TEST(BinderTest, AnExpiredForeignLockIsTakenOverOnlyWhenSomebodyWaits) {
  model::Pod owner = UnboundForeignOwner();
  const NodeObservation node =
      Locked(MakeNode("n", 2, 1000), FormatNodeLock(1'799'999'000, "default", "p"), "5");
  SchedulerWorld world({node}, {}, {owner});
  EXPECT_EQ(world.api.Count("patch lock"), 0u);
  world.Bind(MakePod("q", 600), "n");
  EXPECT_FALSE(world.api.Take("patch lock").lock.has_value());
}

TEST(BinderTest, AnExpiredLockStaysWhileItsOwnerIsToBeServedAndIsOlderThanTheLock) {
  struct Case {
    bool pending;
    model::BindPhase phase;
    int64_t created;
    bool released;
  };
  constexpr int64_t kTaken = 1'799'999'000;
  for (const Case& c : {Case{true, model::BindPhase::kAllocating, kTaken - 5, false},
                        Case{true, model::BindPhase::kAllocating, kTaken + 5, true},
                        Case{false, model::BindPhase::kAllocating, kTaken - 5, true},
                        Case{true, model::BindPhase::kSuccess, kTaken - 5, true}}) {
    for (const bool bound : {true, false}) {
      model::Pod owner = MakePod("p", 600);
      owner.allocation_state = model::AllocationState::kReadable;
      owner.pending = c.pending;
      owner.bind_phase = c.phase;
      owner.created_unix_seconds = c.created;
      if (bound) owner.node = "n";
      // An unbound pod that nobody is binding needs no lock, however old.
      if (!bound && c.phase != model::BindPhase::kAllocating) continue;
      const NodeObservation node =
          Locked(MakeNode("n", 2, 1000), FormatNodeLock(kTaken, "default", "p"), "5");
      SchedulerOptions options;
      options.close_unaccounted = false;
      SchedulerWorld world({node}, options, {owner});
      world.Bind(MakePod("q", 100), "n");
      EXPECT_EQ(world.api.Count("patch lock"), c.released ? 1u : 0u) << c.created << bound;
    }
  }
}

TEST(BinderTest, AnOldLockWithoutOwnerExpiresByItsTime) {
  const NodeObservation node = Locked(MakeNode("n", 2, 1000), "2026-06-14T15:05:03Z", "5");
  SchedulerWorld world({node});
  EXPECT_EQ(world.api.Count("patch lock"), 1u);
}

// --- Rule 4: the queue. ---

TEST(BinderTest, BindsOfOneNodeGoOneAfterAnotherAsTheAgentFreesTheLock) {
  SchedulerWorld world({MakeNode("n", 2, 1000, "7")});
  const model::Pod first = MakePod("first", 100);
  const auto answer1 = world.Bind(first, "n");
  const auto answer2 = world.Bind(MakePod("second", 100), "n");
  world.api.Answer("patch lock", kDone, "8");
  const std::string text = FormatNodeLock(world.clock.UnixSeconds(), "default", "first");
  const BindingWrite write = world.api.pending().front().binding;
  world.api.Answer("bind", kDone);
  world.scheduler->OnPod(Bound(first, write));
  world.scheduler->OnNode(Locked(MakeNode("n", 2, 1000), text, "8")).IgnoreError();
  EXPECT_TRUE(world.api.pending().empty());
  EXPECT_FALSE(answer2->has_value());
  world.scheduler->OnNode(MakeNode("n", 2, 1000, "10")).IgnoreError();  // the agent let it go
  EXPECT_EQ(world.api.pending().front().resource_version, "10");
  world.api.Answer("patch lock", kDone, "11");
  world.api.Answer("bind", kDone);
  EXPECT_EQ(**answer1, "");
  EXPECT_EQ(**answer2, "");
}

TEST(BinderTest, WhileNoWatchIsOpenTheLockThatABindWaitsForIsRead) {
  SchedulerWorld world({MakeNode("n", 2, 1000, "7"), MakeNode("idle", 2, 1000, "7")});
  const model::Pod first = MakePod("first", 100);
  world.Bind(first, "n");
  const auto second = world.Bind(MakePod("second", 100), "n");
  world.api.Answer("patch lock", kDone, "8");
  const std::string text = FormatNodeLock(world.clock.UnixSeconds(), "default", "first");
  const BindingWrite write = world.api.pending().front().binding;
  world.api.Answer("bind", kDone);
  world.scheduler->OnPod(Bound(first, write));
  world.Pass(seconds(5));
  EXPECT_EQ(world.api.Count("get lock"), 0u) << "the watch tells";
  world.scheduler->OnNodeWatch(false);
  world.Pass(seconds(1));
  EXPECT_EQ(world.api.Count("get lock"), 1u);
  world.api.AnswerLock(text, "8");
  world.Pass(milliseconds(500));
  EXPECT_EQ(world.api.Count("get lock"), 1u) << "not in a busy loop";
  world.Pass(seconds(2));
  world.api.AnswerLock("", "10");  // the agent let it go
  world.api.Answer("patch lock", kDone, "11");
  world.api.Answer("bind", kDone);
  EXPECT_EQ(**second, "");
  world.Pass(seconds(5));
  EXPECT_EQ(world.api.Count("get lock"), 2u) << "nobody waits any more";
}

TEST(BinderTest, AStaleNodeEventDoesNotFreeTheLock) {
  SchedulerWorld world({MakeNode("n", 2, 1000, "7")});
  world.Bind(MakePod("first", 100), "n");
  world.Bind(MakePod("second", 100), "n");
  world.api.Answer("patch lock", kDone, "9");
  world.scheduler->OnNode(MakeNode("n", 2, 1000, "8")).IgnoreError();  // from before our write
  EXPECT_EQ(world.api.Count("patch lock"), 1u);
}

TEST(BinderTest, AQueuedBindWhoseConnectionClosedIsDroppedBeforeItsFirstWrite) {
  SchedulerWorld world({MakeNode("n", 2, 1000, "7")});
  world.Bind(MakePod("first", 100), "n");
  world.Bind(MakePod("second", 200), "n");
  EXPECT_EQ(world.UsedMib("n"), 300);
  world.last_ticket->Abandon();
  EXPECT_EQ(world.UsedMib("n"), 100);
}

TEST(BinderTest, ABindPastItsWaitKeepsPlaceAndBookingForTheGraceAndIsThenDropped) {
  SchedulerWorld world({MakeNode("m", 2, 1000), MakeNode("n", 2, 1000, "7")});
  world.Bind(MakePod("first", 100), "n");
  world.api.Answer("patch lock", kDone, "8");
  world.api.Answer("bind", kDone);
  const model::Pod second = MakePod("second", 200);
  const auto late = world.Bind(second, "n");
  world.Pass(seconds(26));
  ASSERT_TRUE(late->has_value());
  EXPECT_NE(**late, "");
  EXPECT_EQ(world.Filter(second, {"m", "n"}), std::vector<std::string>{"n"});
  EXPECT_EQ(world.UsedMib("n"), 300);
  const auto again = world.Bind(second, "n");  // kube-scheduler comes back
  world.Pass(seconds(16));
  EXPECT_FALSE(again->has_value());
  world.Pass(seconds(10));
  EXPECT_NE(**again, "");
  world.Pass(seconds(16));
  EXPECT_EQ(world.UsedMib("n"), 100);
  EXPECT_EQ(world.Filter(second, {"m", "n"}).size(), 2u);
}

TEST(BinderTest, ASecondBindToTheSameNodeJoinsTheFirst) {
  SchedulerWorld world({MakeNode("n", 2, 1000)}, WithoutLock());
  const model::Pod pod = MakePod("p", 600);
  const auto first = world.Bind(pod, "n");
  const auto second = world.Bind(pod, "n");
  world.api.Answer("bind", kDone);
  EXPECT_EQ(**first, "");
  EXPECT_EQ(**second, "");
  EXPECT_EQ(world.api.Count("bind"), 1u);
  const auto third = world.Bind(pod, "n");
  EXPECT_EQ(**third, "");
  EXPECT_EQ(world.api.Count("bind"), 1u);
}

TEST(BinderTest, ABindToAnotherNodeWaitsForTheFirstAndIsRefusedWhenItSucceeds) {
  SchedulerWorld world({MakeNode("m", 2, 1000), MakeNode("n", 2, 1000)}, WithoutLock());
  const model::Pod pod = MakePod("p", 600);
  world.Bind(pod, "n");
  const auto other = world.Bind(pod, "m");
  EXPECT_FALSE(other->has_value());
  world.api.Answer("bind", kDone);
  EXPECT_NE(**other, "");
  EXPECT_EQ(world.UsedMib("m"), 0);
}

TEST(BinderTest, ABindToAnotherNodeStartsWhenTheFirstFailed) {
  SchedulerWorld world({MakeNode("m", 2, 1000), MakeNode("n", 2, 1000)}, WithoutLock());
  const model::Pod pod = MakePod("p", 600);
  const auto first = world.Bind(pod, "n");
  const auto other = world.Bind(pod, "m");
  // Filter has shown the pod only once the second bind needs it again.
  world.Filter(pod, {"m"});
  world.api.Answer("bind", WriteOutcome::kRefused);
  world.api.AnswerPod(PodReading::Outcome::kFound, pod);
  EXPECT_NE(**first, "");
  EXPECT_EQ(world.api.log().back(), "bind p@m");
  world.api.Answer("bind", kDone);
  EXPECT_EQ(**other, "");
  EXPECT_EQ(world.UsedMib("n"), 0);
  EXPECT_EQ(world.UsedMib("m"), 600);
}

// --- Rule 6: which pod is meant. ---

TEST(BinderTest, APodNobodyHasShownIsReadOnce) {
  SchedulerWorld world({MakeNode("n", 2, 1000)}, WithoutLock());
  const model::Pod pod = MakePod("p", 600);
  const auto answer = std::make_shared<std::optional<std::string>>();
  world.scheduler->Bind({pod.id, "n"}, [answer](std::string error) { *answer = error; });
  world.api.AnswerPod(PodReading::Outcome::kFound, pod);
  world.api.Answer("bind", kDone);
  EXPECT_EQ(**answer, "");
}

TEST(BinderTest, ABindForAnotherUidOfTheSameNameIsRefused) {
  SchedulerWorld world({MakeNode("n", 2, 1000)}, WithoutLock());
  model::Pod pod = MakePod("p", 600);
  pod.id.uid = "stale";
  const auto answer = std::make_shared<std::optional<std::string>>();
  world.scheduler->Bind({pod.id, "n"}, [answer](std::string error) { *answer = error; });
  world.api.AnswerPod(PodReading::Outcome::kFound, MakePod("p", 600));
  EXPECT_NE(**answer, "");
  EXPECT_EQ(world.api.Count("bind"), 0u);
}

TEST(BinderTest, APodTheWatchDeletedIsNeverRevivedFromFiltersCopy) {
  const model::Pod pod = MakePod("p", 600);
  SchedulerWorld world({MakeNode("n", 2, 1000)}, WithoutLock(), {pod});
  world.Filter(pod, {"n"});
  world.scheduler->OnPodDeleted(pod.id);
  world.Filter(pod, {"n"});  // kube-scheduler lags behind
  const auto answer = world.Bind(pod, "n");
  EXPECT_NE(**answer, "");
  EXPECT_EQ(world.api.Count("bind"), 0u);
  EXPECT_EQ(world.UsedMib("n"), 0);
}

TEST(BinderTest, ABindToAnUnknownNodeIsRefused) {
  SchedulerWorld world({MakeNode("n", 2, 1000)}, WithoutLock());
  const auto answer = world.Bind(MakePod("p", 600), "elsewhere");
  EXPECT_NE((*answer)->find("elsewhere"), std::string::npos);
}

TEST(BinderTest, ABindThatNoLongerFitsIsAConflictAndIsCounted) {
  SchedulerWorld world({MakeNode("n", 1, 1000)}, WithoutLock());
  world.Bind(MakePod("p", 600), "n");
  const auto answer = world.Bind(MakePod("q", 600), "n");
  EXPECT_NE((*answer)->find("CardInsufficientMemory"), std::string::npos);
  EXPECT_EQ(world.scheduler->stats().bind_conflicts, 1u);
}

TEST(BinderTest, APodDeletedWhileItsBindingIsPostedFreesItsCards) {
  const model::Pod pod = MakePod("p", 600);
  SchedulerWorld world({MakeNode("n", 1, 1000)}, WithoutLock(), {pod});
  const auto answer = world.Bind(pod, "n");
  world.scheduler->OnPodDeleted(pod.id);  // its uid is a precondition of the POST
  EXPECT_EQ(world.UsedMib("n"), 0);
  EXPECT_NE(**answer, "");
  world.api.Answer("bind", WriteOutcome::kNotFound);
  EXPECT_EQ(world.api.Count("get pod"), 0u);
}

// --- Rule 9: what a predecessor may have on its way. ---

// Pods of a first list, right after the start.
class RestartTest : public ::testing::Test {
 protected:
  static SchedulerOptions Settling(NodeLockMode lock) {
    SchedulerOptions options;
    options.node_lock = lock;
    options.settle = seconds(45);
    return options;
  }
  static model::Pod Versioned(model::Pod pod, const std::string& version) {
    pod.resource_version = version;
    return pod;
  }
  const model::Pod waiting_ = Versioned(MakePod("w", 600), "10");
};

TEST_F(RestartTest, ABindThatCouldMeetAPredecessorsWriteWaits) {
  SchedulerWorld world({MakeNode("n", 1, 1000)}, Settling(NodeLockMode::kOff), {waiting_});
  const auto answer = world.Bind(MakePod("p", 600), "n");
  world.Pass(seconds(20));
  EXPECT_EQ(world.api.Count("bind"), 0u);
  EXPECT_EQ(world.UsedMib("n"), 600);  // nobody else is sent there meanwhile
  EXPECT_TRUE(world.Filter(MakePod("q", 600), {"n"}).empty());
  world.Pass(seconds(10));
  EXPECT_NE(**answer, "");  // its wait is over; kube-scheduler comes again
  const auto again = world.Bind(MakePod("p", 600), "n");
  world.Pass(seconds(10));
  EXPECT_EQ(world.api.Count("bind"), 0u);
  world.Pass(seconds(5));
  EXPECT_EQ(world.api.Count("bind"), 1u);
}

TEST_F(RestartTest, ABindWaitsForNoPodThatDoesNotFitThere) {
  model::Pod big = Versioned(MakePod("big", 1100), "11");
  SchedulerWorld world({MakeNode("n", 1, 1000)}, Settling(NodeLockMode::kOff), {big});
  world.Bind(MakePod("p", 600), "n");
  EXPECT_EQ(world.api.Count("bind"), 1u);
}

TEST_F(RestartTest, APodsOwnEarlierBindingHoldsUpNothing) {
  SchedulerWorld world({MakeNode("n", 1, 1000)}, Settling(NodeLockMode::kOff), {waiting_});
  world.Bind(waiting_, "n");
  EXPECT_EQ(world.api.Count("bind"), 1u);
}

TEST_F(RestartTest, APlaceThatIsOnlyBookedDoesNotHideOneThatMayBeTaken) {
  // Neither would fit beside the other's booking; a predecessor's write of w knows of neither.
  SchedulerWorld world({MakeNode("n", 1, 1000)}, Settling(NodeLockMode::kOff), {waiting_});
  world.Bind(MakePod("p", 300), "n");
  world.Bind(MakePod("q", 500), "n");
  world.Pass(seconds(10));
  EXPECT_EQ(world.api.Count("bind"), 0u);
}

TEST_F(RestartTest, APodThatHasChangedSinceIsWaitedForNoMore) {
  SchedulerWorld world({MakeNode("n", 1, 1000)}, Settling(NodeLockMode::kOff), {waiting_});
  world.Bind(MakePod("p", 600), "n");
  EXPECT_EQ(world.api.Count("bind"), 0u);
  world.scheduler->OnPod(Versioned(waiting_, "12"));  // kube-scheduler wrote its condition
  world.Pass(seconds(1));
  EXPECT_EQ(world.api.Count("bind"), 1u);
}

TEST_F(RestartTest, APlaceThatAPredecessorsWriteTookIsJudgedAnew) {
  SchedulerWorld world({MakeNode("n", 1, 1000)}, Settling(NodeLockMode::kOff), {waiting_});
  const auto answer = world.Bind(MakePod("p", 600), "n");
  BindingWrite write;
  write.node = "n";
  write.allocation.slots = {{model::ContainerKind::kApp, {{"n-gpu0", model::Mebibytes(600), {}}}}};
  world.scheduler->OnPod(Versioned(Bound(waiting_, write), "12"));
  world.Pass(seconds(1));
  EXPECT_NE((*answer)->find("CardInsufficientMemory"), std::string::npos);
  EXPECT_EQ(world.UsedMib("n"), 600);
}

TEST_F(RestartTest, TheLockOfAnUnboundPodIsReleasedOnlyOnceThePodIsFenced) {
  const NodeObservation node =
      Locked(MakeNode("n", 1, 1000), FormatNodeLock(1'800'000'990, "default", "w"), "5");
  SchedulerWorld world({node}, Settling(NodeLockMode::kAuto), {waiting_});
  world.Bind(MakePod("p", 300), "n");
  EXPECT_EQ(world.api.Count("patch lock"), 0u);
  const auto fence = world.api.Take("fence");
  EXPECT_EQ(fence.object, "default/w");
  EXPECT_EQ(fence.resource_version, "10");
  fence.pod_done(PodReading{PodReading::Outcome::kFound, Versioned(waiting_, "12"), ""});
  EXPECT_FALSE(world.api.Take("patch lock").lock.has_value());
}

TEST_F(RestartTest, AFenceThatShowsThePodBoundKeepsItsLock) {
  const NodeObservation node =
      Locked(MakeNode("n", 1, 1000), FormatNodeLock(1'800'000'990, "default", "w"), "5");
  SchedulerWorld world({node}, Settling(NodeLockMode::kAuto), {waiting_});
  BindingWrite write;
  write.node = "n";
  write.allocation.slots = {{model::ContainerKind::kApp, {{"n-gpu0", model::Mebibytes(600), {}}}}};
  world.api.Take("fence").pod_done(
      PodReading{PodReading::Outcome::kFound, Versioned(Bound(waiting_, write), "12"), ""});
  world.Pass(seconds(20));
  EXPECT_EQ(world.api.Count("patch lock"), 0u);
  EXPECT_EQ(world.UsedMib("n"), 600);
}

TEST_F(RestartTest, AFenceThatFailsIsTriedAgain) {
  const NodeObservation node =
      Locked(MakeNode("n", 1, 1000), FormatNodeLock(1'800'000'990, "default", "w"), "5");
  SchedulerWorld world({node}, Settling(NodeLockMode::kAuto), {waiting_});
  world.api.Take("fence").pod_done(PodReading());
  world.Pass(seconds(6));
  EXPECT_EQ(world.api.Count("fence"), 2u);
  EXPECT_EQ(world.api.Count("patch lock"), 0u);
}

}  // namespace
}  // namespace tangram::scheduler
