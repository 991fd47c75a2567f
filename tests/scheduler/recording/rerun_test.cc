// A recording under another policy: who goes where, who waits, who leaves.
#include "scheduler/recording/rerun.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "scheduler/policy.h"
#include "scheduler/recording/recorder.h"
#include "scheduler/view_policy.h"
#include "tests/support/scheduler_world.h"

namespace tangram::scheduler::recording {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

constexpr int kMemory = 40000;

// A scheduler under `spread` on nodes a and b of one card each, recorded.
class RerunTest : public ::testing::Test {
 protected:
  RerunTest() : world_({Node("a"), Node("b")}, Options("spread", &queue_), {Held()}) {}

  static SchedulerOptions Options(std::string_view policy, RecordQueue* queue = nullptr) {
    SchedulerOptions options;
    options.node_policy = FindNodePolicy(policy);
    if (options.node_policy == nullptr) {
      options.node_policy = FindNodePolicy("binpack");
      options.view_policies = {std::string(policy)};
      options.default_views = policy;
      options.host_buckets = BucketsFor(policy);
    }
    options.record = queue;
    return options;
  }

  static NodeObservation Node(const std::string& name) {
    NodeObservation node = testing::MakeNode(name, 1, kMemory);
    node.has_agent = false;  // no lock
    return node;
  }

  // Bound to b before the recording began.
  static model::Pod Held() {
    const model::Pod pod = testing::MakePod("held", 1000);
    BindingWrite write;
    write.pod = pod.id;
    write.node = "b";
    write.allocation.slots = {
        {model::ContainerKind::kApp, {{"b-gpu0", model::Mebibytes(1000), {}}}}};
    return testing::Bound(pod, write);
  }

  // Filters, and binds where filter says.
  void Place(const model::Pod& pod) {
    world_.scheduler->OnPod(pod);
    const auto fitting = world_.Filter(pod, {"a", "b"});
    if (fitting.empty()) return;
    world_.Bind(pod, fitting[0]);
    const auto binding = world_.api.Take("bind");
    binding.write_done({WriteOutcome::kDone, "", ""});
    world_.scheduler->OnPod(testing::Bound(pod, binding.binding));
  }

  RerunReport Under(std::string_view policy) {
    for (Record& record : queue_.Take()) records_.push_back(std::move(record));
    Survey survey;
    for (const Record& record : records_) EXPECT_TRUE(survey.Take(record).ok());
    Rerun rerun(Options(policy), survey.pods());
    for (const Record& record : records_) EXPECT_TRUE(rerun.Take(record).ok());
    return rerun.Report();
  }

  static std::vector<std::string> NodesOf(const RerunReport& report) {
    std::vector<std::string> nodes;
    for (const auto& placed : report.placements) nodes.push_back(placed.node);
    return nodes;
  }

  RecordQueue queue_;
  testing::SchedulerWorld world_;
  std::vector<Record> records_;
};

TEST_F(RerunTest, AnotherPolicyPlacesThePodsElsewhereAndLeavesTheOthersWhereTheyAre) {
  Place(testing::MakePod("p", 10000));
  Place(testing::MakePod("q", 10000));
  EXPECT_THAT(NodesOf(Under("spread")), ElementsAre("a", "b"));
  const RerunReport packed = Under("binpack");
  EXPECT_THAT(NodesOf(packed), ElementsAre("b", "b"));
  EXPECT_EQ(packed.pods, 2u);
  EXPECT_EQ(packed.tried.cards_free, 1);
  EXPECT_EQ(packed.recorded.cards_free, 0);
  EXPECT_THAT(packed.placements[0].cards, ElementsAre("b-gpu0"));
  ASSERT_EQ(packed.tried.curve.size(), 101u);
  // 21,000 of 80,000 MiB: whole thousandths of each card, rounded up.
  EXPECT_DOUBLE_EQ(packed.tried.curve[100].allocated, 100 * 525.0 / 2000);
}

TEST_F(RerunTest, APodThatFindsNoRoomWaitsUntilOneLeaves) {
  const model::Pod first = testing::MakePod("first", 30000);
  Place(first);
  Place(testing::MakePod("second", 20000));
  Place(testing::MakePod("third", 25000));
  Place(testing::MakePod("giant", 60000));
  world_.scheduler->OnPodDeleted(first.id);
  const RerunReport report = Under("binpack");
  EXPECT_THAT(NodesOf(report), ElementsAre("b", "a", "b", ""));
  EXPECT_EQ(report.placed_late, 1u);
  EXPECT_THAT(report.failed_by_reason, ElementsAre(Pair("CardInsufficientMemory", 1)));
  const auto share = static_cast<size_t>(simulation::PodClass::kShare);
  EXPECT_EQ(report.tried.classes[share].placed, 3u);
  EXPECT_EQ(report.recorded.classes[share].placed, 2u);
}

TEST_F(RerunTest, WhoWaitsIsTriedWhenDraGivesAResourceOutNoLonger) {
  // The kubelet counts none, so that all of it is the driver's.
  for (const char* name : {"a", "b"}) {
    NodeObservation node = Node(name);
    node.spec.allocatable_gpus.reset();
    ASSERT_TRUE(world_.scheduler->OnNode(node).ok());
  }
  world_.scheduler->OnDraResources({"nvidia.com/gpu"});
  Place(testing::MakePod("p", 10000));
  Place(testing::MakePod("giant", 60000));
  EXPECT_THAT(NodesOf(Under("binpack")), ElementsAre("", ""));
  world_.scheduler->OnDraResources({});
  const RerunReport report = Under("binpack");
  EXPECT_THAT(NodesOf(report), ElementsAre("b", ""));
  EXPECT_EQ(report.placed_late, 1u);
}

TEST_F(RerunTest, APolicyThatLearnsIsTaughtByThePodsAsTheyComeAndDecidesAlikeEachTime) {
  for (int i = 0; i < 120; ++i) {
    const model::Pod pod = testing::MakePod("pod-" + std::to_string(i), 3000 + 1000 * (i % 3));
    Place(pod);
    if (i % 2 == 1) world_.scheduler->OnPodDeleted(pod.id);
  }
  const RerunReport report = Under("tangram");
  EXPECT_GE(report.policy_versions, 2u);
  EXPECT_EQ(NodesOf(report), NodesOf(Under("tangram")));
}

}  // namespace
}  // namespace tangram::scheduler::recording
