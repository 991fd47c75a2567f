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

TEST(BinderTest, RefusalAfterALostAnswerIsLookedAtTwiceBeforeItIsUndone) {
  SchedulerWorld world({MakeNode("n", 2, 1000)}, WithoutLock());
  const model::Pod pod = MakePod("p", 600);
  const auto answer = world.Bind(pod, "n");
  world.api.Answer("bind", WriteOutcome::kUnknown);
  world.Pass(seconds(1));
  world.api.Answer("bind", WriteOutcome::kRefused);
  world.api.AnswerPod(PodReading::Outcome::kFound, pod);  // unbound, yet the first may still land
  EXPECT_EQ(world.UsedMib("n"), 600);
  world.Pass(seconds(2));
  world.api.AnswerPod(PodReading::Outcome::kFound, pod);
  EXPECT_NE(**answer, "");
  EXPECT_EQ(world.UsedMib("n"), 0);
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
  world.scheduler->OnPodDeleted(pod.id);
  EXPECT_EQ(world.UsedMib("n"), 0);
  world.api.Answer("bind", WriteOutcome::kNotFound);
  world.api.AnswerPod(PodReading::Outcome::kGone);
  EXPECT_NE(**answer, "");
}

// --- Rule 11: the first bind waits for the settling time. ---

TEST(BinderTest, TheFirstBindWaitsUntilTheStartHasSettled) {
  SchedulerOptions options = WithoutLock();
  SchedulerWorld world({MakeNode("n", 1, 1000)}, options);
  scheduler::Scheduler fresh(
      [&] {
        options.node_policy = FindNodePolicy("binpack");
        return options;
      }(),
      world.clock, world.api);
  fresh.OnNodeList({MakeNode("n", 1, 1000)});
  fresh.OnPodList({});
  const model::Pod pod = MakePod("p", 600);
  const std::vector<std::string_view> names = {"n"};
  ASSERT_TRUE(fresh.Filter({pod, names}).ok());
  fresh.Bind({pod.id, "n"}, [](const std::string&) {});
  world.clock.Advance(milliseconds(1900));
  fresh.Advance();
  EXPECT_TRUE(world.api.log().empty());
  // Nothing is written, but the place is taken: the next pod is not sent there.
  const auto next = fresh.Filter({MakePod("q", 600), names});
  EXPECT_TRUE(next->outcome.fitting.empty());
  world.clock.Advance(milliseconds(200));
  fresh.Advance();
  EXPECT_EQ(world.api.log(), std::vector<std::string>{"bind p@n"});
}

}  // namespace
}  // namespace tangram::scheduler
