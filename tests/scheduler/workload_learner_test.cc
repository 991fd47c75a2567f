#include "scheduler/workload_learner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace tangram::scheduler {
namespace {

NodeView Node(uint8_t cards, uint8_t model = 0) {
  NodeView node;
  node.cpu_left = 16000 * cards;
  node.memory_left = 64000 * cards;
  node.cards = cards;
  node.model = model;
  std::fill_n(node.left.begin(), cards, static_cast<int16_t>(kWholeCard));
  return node;
}

WorkloadPod Pod(int32_t milli, int64_t cpu = 4000, ModelSet models = kAnyModel) {
  return {{.cpu = cpu, .memory = 16000, .cards = 1, .milli = milli, .models = models},
          models == kAnyModel ? "" : std::to_string(models)};
}

WorkloadLearner Learner(std::string_view policy = "tangram") {
  return *WorkloadLearner::Create(policy, {Node(4), Node(4, 1)});
}

std::vector<WorkloadPod> SomePods(size_t count) {
  std::mt19937 random(8);
  std::vector<WorkloadPod> pods;
  for (size_t i = 0; i < count; ++i) {
    pods.push_back(Pod(110 * static_cast<int32_t>(1 + random() % 9),
                       1000 * static_cast<int64_t>(1 + random() % 9),
                       random() % 4 == 0 ? 2 : kAnyModel));
  }
  return pods;
}

// What two policies say of nodes in many states.
void ExpectSame(const ViewPolicy& a, const ViewPolicy& b) {
  std::mt19937 random(2);
  for (int i = 0; i < 2000; ++i) {
    NodeView node = Node(4, static_cast<uint8_t>(random() % 2));
    for (size_t card = 0; card < 4; ++card) node.left[card] = static_cast<int16_t>(random() % 1001);
    node.cpu_left = static_cast<int64_t>(random() % 64000);
    const Demand demand = Pod(static_cast<int32_t>(1 + random() % 1000), 0).demand;
    if (!Fits(node, demand)) continue;
    const ViewPolicy::Choice left = a.Judge(node, demand), right = b.Judge(node, demand);
    ASSERT_EQ(left.score, right.score);
    ASSERT_EQ(left.card, right.card);
  }
}

TEST(WorkloadLearnerTest, APolicyIsDueAt50ArrivalsAndHalfAsManyMoreEachTime) {
  WorkloadLearner learner = Learner();
  std::vector<uint64_t> due;
  for (uint64_t i = 1; i <= 1000; ++i) {
    if (!learner.Arrived(Pod(500))) continue;
    due.push_back(i);
    EXPECT_EQ(learner.version(), due.size());
    EXPECT_EQ(learner.Make().version, due.size());
  }
  EXPECT_EQ(due, (std::vector<uint64_t>{50, 75, 112, 168, 252, 378, 567, 850}));
  EXPECT_EQ(learner.arrivals(), 1000u);
}

TEST(WorkloadLearnerTest, LearnsFromTheArrivalsWhatIsKnownFromTheList) {
  const std::vector<WorkloadPod> pods = SomePods(400);
  const std::vector<NodeView> nodes = {Node(4), Node(4, 1)};
  for (const std::string policy : {"fgd", "tangram"}) {
    const auto known = *MakeViewPolicy(policy, {pods, nodes, TypicalPods(pods)});
    WorkloadLearner learner = *WorkloadLearner::Create(policy, nodes);
    for (const WorkloadPod& pod : pods) learner.Arrived(pod);
    ExpectSame(*learner.Make().policy, *known);
  }
}

TEST(WorkloadLearnerTest, TheOrderOfArrivalDoesNotMatter) {
  std::vector<WorkloadPod> pods = SomePods(200);
  WorkloadLearner one = Learner(), other = Learner();
  for (const WorkloadPod& pod : pods) one.Arrived(pod);
  std::reverse(pods.begin(), pods.end());
  for (const WorkloadPod& pod : pods) other.Arrived(pod);
  ExpectSame(*one.Make().policy, *other.Make().policy);
}

TEST(WorkloadLearnerTest, APolicyStaysAsItWasMade) {
  WorkloadLearner learner = Learner(), copy = Learner();
  for (int i = 0; i < 60; ++i) {
    learner.Arrived(Pod(500));
    copy.Arrived(Pod(500));
  }
  const WorkloadLearner::Policy before = learner.Make();
  for (int i = 0; i < 500; ++i) learner.Arrived(Pod(810));
  ExpectSame(*before.policy, *copy.Make().policy);
}

// Half a card is worth half a card, though nobody ever asked for less than 810.
TEST(WorkloadLearnerTest, BeforeTheFirstPolicyNothingIsKnown) {
  WorkloadLearner learner = Learner();
  for (int i = 0; i < 49; ++i) learner.Arrived(Pod(810));
  const WorkloadLearner::Policy none = learner.Make();
  EXPECT_EQ(none.version, 0u);
  ExpectSame(*none.policy, *Learner().Make().policy);
  NodeView node = Node(1);
  const Demand half = Pod(500, 0).demand;
  const int64_t whole_card = none.policy->Judge(node, half).score;
  node.left[0] = 500;
  EXPECT_GT(none.policy->Judge(node, half).score, whole_card) << "only because it is fuller";
  learner.Arrived(Pod(810));
  EXPECT_GT(learner.Make().policy->Judge(node, half).score, none.policy->Judge(node, half).score)
      << "now the half is known to be worthless";
}

TEST(WorkloadLearnerTest, ForgetsTheRarestWhenThereAreTooManyKinds) {
  WorkloadLearner learner = Learner();
  for (int i = 0; i < 100; ++i) learner.Arrived(Pod(500));
  for (size_t i = 0; i < 3 * WorkloadLearner::kMostKinds; ++i) {
    learner.Arrived(Pod(300, 10000 + static_cast<int64_t>(i)));
    if (i % 100 == 0) {
      ASSERT_LE(learner.pods().size(), WorkloadLearner::kMostKinds);
    }
  }
  const std::vector<WorkloadPod> pods = learner.pods();
  EXPECT_LE(pods.size(), WorkloadLearner::kMostKinds);
  const auto common = std::find_if(pods.begin(), pods.end(),
                                   [](const WorkloadPod& pod) { return pod.demand.milli == 500; });
  ASSERT_NE(common, pods.end());
  EXPECT_EQ(common->count, 12u) << "100, halved three times";
}

TEST(WorkloadLearnerTest, UnknownPoliciesAreRefused) {
  EXPECT_EQ(WorkloadLearner::Create("fdg", {}).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace tangram::scheduler
