// The look for room: who is looked at, on which nodes, in what steps, and that
// no refusal is lost.
#include "scheduler/waker.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/scheduler_world.h"

namespace tangram::scheduler {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::MakeNode;
using testing::MakePod;

SchedulerOptions BinpackOptions() {
  SchedulerOptions options;
  options.node_policy = FindNodePolicy("binpack");
  return options;
}

// A world by hand, so that a refusal can come at any moment between a change
// and a look.
class WakerTest : public ::testing::Test {
 protected:
  WakerTest() : world_(BinpackOptions(), clock_, api_) {
    world_.enter = [this](const std::function<void()>& body) {
      body();
      Flush();
    };
    world_.nodes_listed = world_.pods_listed = true;
  }

  void AddNode(const std::string& name, int memory_mib) {
    ASSERT_TRUE(world_.Apply(model::NodeUpserted{MakeNode(name, 1, memory_mib).spec}).ok());
  }
  void Book(const std::string& uid, const std::string& node, int memory_mib) {
    model::PodBooked booked;
    booked.uid = uid;
    booked.node = node;
    booked.allocation.slots.resize(1);
    booked.allocation.slots[0].shares = {
        {node + "-gpu0", model::Mebibytes(memory_mib), model::CorePercent(0)}};
    world_.ApplyOwn(booked);
  }
  void Release(const std::string& uid) { world_.ApplyOwn(model::PodReleased{uid}); }
  uint64_t version() { return world_.cluster.snapshot().version(); }
  void Flush() {
    for (const auto& call : world_.outbox.Take()) call();
  }

  // The next look that is due within two seconds, done at once; the number of
  // nodes judged, or -1 when none was due.
  int Look() {
    for (int i = 0; i < 100; ++i) {
      clock_.Advance(milliseconds(20));
      auto task = waker_.Prepare(world_);
      if (!task.has_value()) continue;
      int judged = 1;
      while (!Waker::Look(*task, world_.options.card_policy, 1)) ++judged;
      waker_.Finish(world_, *task);
      Flush();
      return judged;
    }
    return -1;
  }
  size_t wakes() const { return api_.Count("wake"); }

  testing::ManualClock clock_;
  testing::ScriptedKubeApi api_;
  World world_;
  Waker waker_;
};

TEST_F(WakerTest, ARefusalThatComesAfterTheLookAtItsRoomIsLookedAtAgain) {
  AddNode("n", 1000);
  Book("holder", "n", 700);
  const model::Pod pod = MakePod("w", 900);
  world_.pods.Upsert(pod, "", kNeverRefused);
  const uint64_t seen_by_filter = version();  // a filter begins here
  Release("holder");
  EXPECT_EQ(Look(), -1) << "kube-scheduler has yet to be answered";
  world_.pods.NoteRefused(pod.id.uid, seen_by_filter);  // and ends here
  EXPECT_GE(Look(), 0);
  EXPECT_EQ(wakes(), 1u);
  EXPECT_EQ(Look(), -1) << "once";
}

TEST_F(WakerTest, ARefusalOfAPodThatTheWatchShowsLaterIsLookedAt) {
  AddNode("n", 1000);
  Book("holder", "n", 700);
  const model::Pod pod = MakePod("w", 900);
  world_.pods.RememberFiltered(pod, clock_.Now());
  const uint64_t seen_by_filter = version();
  Release("holder");
  EXPECT_EQ(Look(), -1);
  world_.pods.NoteRefused(pod.id.uid, seen_by_filter);
  EXPECT_EQ(Look(), -1) << "not known to wait yet";
  world_.pods.Upsert(pod, "", kNeverRefused);
  EXPECT_GE(Look(), 0);
  EXPECT_EQ(wakes(), 1u);
}

TEST_F(WakerTest, ARefusalDuringALookIsNotOverwrittenByIt) {
  AddNode("n", 1000);
  AddNode("full", 1000);
  Book("holder", "n", 700);
  Book("other", "full", 1000);
  const model::Pod pod = MakePod("w", 900);
  const model::Pod big = MakePod("big", 5000);
  world_.pods.Upsert(pod, "", kNeverRefused);
  world_.pods.Upsert(big, "", 0);
  Release("other");
  Book("other", "full", 900);
  const uint64_t seen_by_filter = version();
  clock_.Advance(seconds(1));
  waker_.Prepare(world_);  // the room is noticed
  clock_.Advance(seconds(1));
  auto task = waker_.Prepare(world_);
  ASSERT_TRUE(task.has_value());
  Release("holder");
  world_.pods.NoteRefused(pod.id.uid, seen_by_filter);
  while (!Waker::Look(*task, world_.options.card_policy)) continue;
  waker_.Finish(world_, *task);
  EXPECT_GE(Look(), 0);
  EXPECT_EQ(wakes(), 1u);
}

TEST_F(WakerTest, ASecondLookJudgesOnlyTheNodesThatChanged) {
  for (int i = 0; i < 40; ++i) {
    const std::string node = "n" + std::to_string(i);
    AddNode(node, 1000);
    Book("holder" + std::to_string(i), node, 700);
  }
  for (int i = 0; i < 5; ++i) world_.pods.Upsert(MakePod("w" + std::to_string(i), 2000 + i), "", 0);
  EXPECT_EQ(Look(), 5 * 40) << "nobody has looked yet";
  Release("holder7");
  Release("holder9");
  EXPECT_EQ(Look(), 5 * 2);
  for (int i = 0; i < 5; ++i) {
    world_.pods.NoteRefused("uid-w" + std::to_string(i), version());
  }
  EXPECT_EQ(Look(), -1) << "refused after the room";
  Release("holder11");
  EXPECT_EQ(Look(), 5);
}

TEST_F(WakerTest, EqualRequestsAreJudgedOnce) {
  for (int i = 0; i < 10; ++i) AddNode("n" + std::to_string(i), 1000);
  for (int i = 0; i < 100; ++i) world_.pods.Upsert(MakePod("w" + std::to_string(i), 2000), "", 0);
  EXPECT_EQ(Look(), 10);
}

TEST_F(WakerTest, ADeviceClassHidesNoRoomOnNodesThatCount) {
  for (int i = 0; i < 10; ++i) AddNode("n" + std::to_string(i), 1000);
  world_.ApplyOwn(model::DraResourcesListed{{"nvidia.com/gpu"}});
  world_.pods.Upsert(MakePod("w", 900), "", 0);
  Look();
  EXPECT_EQ(wakes(), 1u);
}

TEST(LookForRoomTest, AdvanceLooksAtNothingAndALookIsDoneInSteps) {
  constexpr int kNodes = 150;
  constexpr int kPods = 40;
  static_assert(kNodes * kPods > 2 * kLookStep);
  std::vector<NodeObservation> nodes;
  for (int i = 0; i < kNodes; ++i) nodes.push_back(MakeNode("n" + std::to_string(i), 1, 1000));
  std::vector<model::Pod> pods;
  for (int i = 0; i < kPods; ++i) pods.push_back(MakePod("w" + std::to_string(i), 5000 + i));
  testing::ManualClock clock;
  testing::ScriptedKubeApi api;
  Scheduler scheduler(BinpackOptions(), clock, api);
  scheduler.OnNodeList(nodes);
  scheduler.OnPodList(pods);
  int steps = 0;
  for (int i = 0; i < 100; ++i) {
    scheduler.Advance();
    clock.Advance(milliseconds(20));
    steps += scheduler.LookForRoom() ? 1 : 0;
  }
  EXPECT_EQ(steps, (kNodes * kPods - 1) / static_cast<int>(kLookStep))
      << "and time went on between them";
}

}  // namespace
}  // namespace tangram::scheduler
