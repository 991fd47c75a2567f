// No bind without an end: every stage of a bind, whatever happens to its caller, its pod or its
// node there, and however the call that is in progress ends.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "scheduler/bind_job.h"
#include "scheduler/node_lock.h"
#include "tests/support/scheduler_world.h"

namespace tangram::scheduler {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Bound;
using testing::MakeNode;
using testing::MakePod;
using testing::SchedulerWorld;
using Call = testing::ScriptedKubeApi::Call;

enum class Event { kNone, kCallerGone, kLate, kPodDeleted, kNodeGone };
enum class Answer { kDone, k409, k404, k403, k5xx, kLost };

using Case = std::tuple<BindStage, Event, Answer>;

constexpr const char* kStages[] = {"Settling", "Reading",   "Queued", "Locking",
                                   "Posting",  "Verifying", "Bound"};
constexpr const char* kEvents[] = {"Nothing", "CallerGone", "Late", "PodDeleted", "NodeGone"};
constexpr const char* kAnswers[] = {"Done", "409", "404", "403", "5xx", "Lost"};

// What is really so, and answers by it but for the one call that the case is about.
class EndTest : public ::testing::TestWithParam<Case> {
 protected:
  EndTest() {
    SchedulerOptions options;
    // Another pod of the start, which fits beside nobody, holds up binds where there is no lock.
    if (stage_ == BindStage::kSettling) {
      options.node_lock = NodeLockMode::kOff;
      options.settle = seconds(59);
    }
    NodeObservation node = MakeNode("n", 1, 1000, version_);
    if (stage_ == BindStage::kQueued) node.lock = foreign_;
    lock_ = node.lock;
    std::vector<model::Pod> pods;
    if (stage_ == BindStage::kSettling) pods.push_back(MakePod("other", 900));
    if (stage_ == BindStage::kQueued) {
      model::Pod owner = MakePod("owner", 100);
      owner.id.name_space = "foreign";
      owner.node = "n";
      owner.allocation_state = model::AllocationState::kReadable;
      owner.allocation = Card(100);
      pods.push_back(owner);
      others_mib_ = 100;
    }
    world_ = std::make_unique<SchedulerWorld>(std::vector<NodeObservation>{node}, options, pods);
    if (stage_ != BindStage::kReading) world_->Filter(pod_, {"n"});
    ticket_ = world_->scheduler->Bind({pod_.id, "n"}, [this](std::string error) {
      EXPECT_FALSE(answer_.has_value()) << "answered twice";
      answer_ = std::move(error);
    });
  }

  static model::Allocation Card(int mib) {
    model::Allocation allocation;
    allocation.slots = {{model::ContainerKind::kApp, {{"n-gpu0", model::Mebibytes(mib), {}}}}};
    return allocation;
  }

  // Until the call of the stage is pending.
  void Reach() {
    if (stage_ == BindStage::kPosting) RespondTruly(world_->api.Take("patch lock"));
    if (stage_ == BindStage::kVerifying) {
      RespondTruly(world_->api.Take("patch lock"));
      world_->api.Answer("bind", WriteOutcome::kConflict);
    }
    if (stage_ == BindStage::kBound) {
      RespondTruly(world_->api.Take("patch lock"));
      RespondTruly(world_->api.Take("bind"));
      Pass(seconds(31));
    }
  }

  void Happen(Event event) {
    switch (event) {
      case Event::kNone:
        return;
      case Event::kCallerGone:
        return ticket_->Abandon();
      case Event::kLate:
        return Pass(seconds(26));
      case Event::kPodDeleted:
        there_ = false;
        return world_->scheduler->OnPodDeleted(pod_.id);
      case Event::kNodeGone:
        node_there_ = false;
        return world_->scheduler->OnNodeDeleted("n");
    }
  }

  // The pending call of the stage ends as the case says.
  void End(Answer how) {
    if (world_->api.pending().empty()) return;
    Call call = std::move(world_->api.pending().front());
    world_->api.pending().pop_front();
    if (how == Answer::kDone) return RespondTruly(call);
    if (call.pod_done != nullptr) {
      if (how == Answer::k404) there_ = false;
      if (how == Answer::kLost) bound_.reset();  // of a confirmed write: it is not there
      const bool says = how == Answer::k404 || how == Answer::kLost;
      return says ? RespondTruly(call) : call.pod_done(PodReading());
    }
    if (how == Answer::kLost) TakeEffect(call);
    constexpr WriteOutcome kOutcomes[] = {WriteOutcome::kDone,     WriteOutcome::kConflict,
                                          WriteOutcome::kNotFound, WriteOutcome::kRefused,
                                          WriteOutcome::kUnknown,  WriteOutcome::kUnknown};
    if (how == Answer::k404) (call.verb == "bind" ? there_ : node_there_) = false;
    call.write_done({kOutcomes[static_cast<size_t>(how)], "as the case says", ""});
  }

  WriteOutcome TakeEffect(const Call& call) {
    if (call.verb == "bind") {
      if (!there_) return WriteOutcome::kNotFound;
      if (bound_.has_value()) return WriteOutcome::kConflict;
      bound_ = Bound(pod_, call.binding);
      return WriteOutcome::kDone;
    }
    if (!node_there_) return WriteOutcome::kNotFound;
    if (call.verb != "patch lock") return WriteOutcome::kDone;
    if (call.resource_version != version_) return WriteOutcome::kConflict;
    lock_ = call.lock.value_or("");
    version_ = std::to_string(std::stoi(version_) + 1);
    return WriteOutcome::kDone;
  }

  void RespondTruly(const Call& call) {
    if (call.pod_done != nullptr) {
      if (call.object == "foreign/owner") return call.pod_done(PodReading());
      if (!there_) return call.pod_done({PodReading::Outcome::kGone, {}, ""});
      return call.pod_done({PodReading::Outcome::kFound, bound_.value_or(pod_), ""});
    }
    if (call.lock_done != nullptr) {
      const auto outcome =
          node_there_ ? NodeLockReading::Outcome::kFound : NodeLockReading::Outcome::kGone;
      return call.lock_done({outcome, lock_, version_, ""});
    }
    const WriteOutcome outcome = TakeEffect(call);
    call.write_done({outcome, "", outcome == WriteOutcome::kDone ? version_ : ""});
  }

  void Pass(Duration duration) {
    for (Duration passed{}; passed < duration; passed += milliseconds(50)) {
      world_->clock.Advance(milliseconds(50));
      world_->scheduler->Advance();
    }
  }

  // Time goes by, and every call is answered truly. The watches stay silent.
  void LiveOn(Duration duration) {
    for (Duration passed{}; passed < duration; passed += milliseconds(250)) {
      Pass(milliseconds(250));
      while (!world_->api.pending().empty()) {
        Call call = std::move(world_->api.pending().front());
        world_->api.pending().pop_front();
        RespondTruly(call);
      }
    }
  }

  const BindStage stage_ = std::get<0>(GetParam());
  const model::Pod pod_ = MakePod("p", 600);
  const std::string foreign_ = "2027-01-15T08:16:00Z,foreign,owner";
  bool there_ = true;
  bool node_there_ = true;
  std::optional<model::Pod> bound_;
  std::string lock_;
  std::string version_ = "7";
  int64_t others_mib_ = 0;
  std::optional<std::string> answer_;
  std::unique_ptr<SchedulerWorld> world_;
  std::shared_ptr<BindTicket> ticket_;
};

TEST_P(EndTest, TheBindEndsAndBooksLocksAndHoldsAgree) {
  Reach();
  Happen(std::get<1>(GetParam()));
  End(std::get<2>(GetParam()));
  // The longest way to an end: a wait, a grace, a request time-out, two looks at a success.
  LiveOn(seconds(150));
  // A bind in the line of a lock that never comes is over by now, as is every other.
  EXPECT_EQ(world_->scheduler->stats().binds_in_progress, 0);
  EXPECT_EQ(world_->scheduler->stats().binds_queued, 0);
  if (std::get<1>(GetParam()) != Event::kCallerGone) {
    ASSERT_TRUE(answer_.has_value());
    if (stage_ != BindStage::kBound && !bound_.has_value()) {
      EXPECT_NE(*answer_, "");
    }
  }
  EXPECT_EQ(world_->scheduler->stats().holds, 0);
  EXPECT_TRUE(world_->scheduler->CheckInvariants().ok());
  const bool holds_cards = there_ && bound_.has_value();
  if (!node_there_) world_->scheduler->OnNode(MakeNode("n", 1, 1000, "90")).IgnoreError();
  EXPECT_EQ(world_->UsedMib("n"), others_mib_ + (holds_cards ? 600 : 0));
  const std::string own = "default,p";
  if (node_there_ && lock_.find(own) != std::string::npos) {
    EXPECT_TRUE(holds_cards) << "a lock without an owner: " << lock_;
  }
}

std::string NameOf(const ::testing::TestParamInfo<Case>& info) {
  return std::string(kStages[static_cast<size_t>(std::get<0>(info.param))]) +
         kEvents[static_cast<size_t>(std::get<1>(info.param))] +
         kAnswers[static_cast<size_t>(std::get<2>(info.param))];
}

INSTANTIATE_TEST_SUITE_P(
    All, EndTest,
    ::testing::Combine(::testing::Values(BindStage::kSettling, BindStage::kReading,
                                         BindStage::kQueued, BindStage::kLocking,
                                         BindStage::kPosting, BindStage::kVerifying,
                                         BindStage::kBound),
                       ::testing::Values(Event::kNone, Event::kCallerGone, Event::kLate,
                                         Event::kPodDeleted, Event::kNodeGone),
                       ::testing::Values(Answer::kDone, Answer::k409, Answer::k404, Answer::k403,
                                         Answer::k5xx, Answer::kLost)),
    NameOf);

// --- Binds to another node. ---

TEST(BindEndTest, ABindToAnotherNodeTakesThePlaceOfOneThatPostedNothing) {
  SchedulerWorld world({MakeNode("m", 1, 1000, "5"), MakeNode("n", 1, 1000, "7")});
  const model::Pod pod = MakePod("p", 600);
  const auto first = world.Bind(pod, "n");  // the PATCH of its lock is in progress
  const auto other = world.Bind(pod, "m");
  ASSERT_TRUE(first->has_value());
  EXPECT_NE(**first, "");
  EXPECT_EQ(world.UsedMib("n"), 0);
  EXPECT_EQ(world.UsedMib("m"), 600);
  const Call late = world.api.Take("patch lock");
  world.api.Answer("patch lock", WriteOutcome::kDone, "6");
  world.api.Answer("bind", WriteOutcome::kDone);
  EXPECT_EQ(**other, "");
  // The lock of n was taken all the same, for nobody now.
  late.write_done({WriteOutcome::kDone, "", "8"});
  const Call release = world.api.Take("patch lock");
  EXPECT_EQ(release.object, "n");
  EXPECT_FALSE(release.lock.has_value());
}

TEST(BindEndTest, WhomTheLockNamesGoesBeforeAllOthersOfTheLine) {
  const std::string lock = FormatNodeLock(1'800'000'990, "default", "second");
  NodeObservation node = MakeNode("n", 1, 1000, "7");
  node.lock = lock;
  SchedulerWorld world({node}, {}, {MakePod("x", 1)});
  world.api.AnswerPod(PodReading::Outcome::kUnknown);  // the owner cannot be read
  world.Bind(MakePod("first", 100), "n");
  world.Bind(MakePod("second", 100), "n");
  world.Pass(seconds(1));
  // Whether it is still so, a PATCH on condition of the node's version tells.
  const Call patch = world.api.Take("patch lock");
  EXPECT_TRUE(patch.lock->ends_with(",default,second"));
  EXPECT_EQ(patch.resource_version, "7");
}

}  // namespace
}  // namespace tangram::scheduler
