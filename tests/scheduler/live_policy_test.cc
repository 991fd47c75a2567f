// Policies of views in the live scheduler: what they see, what they learn, what they choose.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "scheduler/view_policy.h"
#include "tests/support/scheduler_world.h"

namespace tangram::scheduler {
namespace {

using testing::Bound;
using ::testing::ElementsAre;
using testing::MakeNode;
using testing::MakePod;
using ::testing::Pair;
using testing::SchedulerWorld;

constexpr int kCardMib = 40960;

SchedulerOptions By(const std::string& policy) {
  SchedulerOptions options;
  options.view_policies = {policy};
  options.default_views = policy;
  options.host_buckets = BucketsFor(policy);
  options.node_lock = NodeLockMode::kOff;
  return options;
}

NodeObservation NodeWithHost(const std::string& name, int64_t cores) {
  NodeObservation node = MakeNode(name, 2, kCardMib);
  node.host = model::HostResources{.cpu_milli = cores * 1000, .memory_mib = 1 << 18};
  return node;
}

model::Pod CpuPod(const std::string& name, const std::string& node, int64_t cores) {
  model::Pod pod;
  pod.id = {"default", name, "uid-" + name};
  pod.node = node;
  pod.host = {.cpu_milli = cores * 1000, .memory_mib = 1024};
  return pod;
}

int64_t CpuUsedOn(SchedulerWorld& world, const std::string& node) {
  const model::Snapshot snapshot = world.scheduler->snapshot();
  return snapshot.At(snapshot.Find(node))->host_used().cpu_milli;
}

// The card that a bound pod got.
std::string CardOf(SchedulerWorld& world, const model::Pod& pod, const std::string& node) {
  world.Bind(pod, node);
  const BindingWrite write = world.api.pending().front().binding;
  world.api.Answer("bind", WriteOutcome::kDone);
  world.scheduler->OnPod(Bound(pod, write));
  return write.allocation.slots.at(0).shares.at(0).uuid;
}

TEST(LivePolicyTest, PodsWithoutCardsCountByTheirCpuUntilTheyAreGone) {
  SchedulerWorld world({NodeWithHost("a", 32)}, By("best-fit"), {CpuPod("web", "a", 8)});
  EXPECT_EQ(CpuUsedOn(world, "a"), 8000);
  world.scheduler->OnPod(CpuPod("db", "a", 4));
  EXPECT_EQ(CpuUsedOn(world, "a"), 12000);
  world.scheduler->OnPodDeleted(CpuPod("db", "a", 4).id);
  EXPECT_EQ(CpuUsedOn(world, "a"), 8000);
  world.scheduler->OnPodList({});
  EXPECT_EQ(CpuUsedOn(world, "a"), 0) << "a list that does not name a pod says that it is gone";
  EXPECT_TRUE(world.scheduler->CheckInvariants().ok());
}

TEST(LivePolicyTest, CpuIsNotBookedWhereNoPolicyLooksAtIt) {
  SchedulerWorld world({NodeWithHost("a", 32)}, {}, {CpuPod("web", "a", 8)});
  EXPECT_EQ(CpuUsedOn(world, "a"), 0);
}

TEST(LivePolicyTest, BestFitTakesTheNodeWithTheLeastCpuLeft) {
  SchedulerWorld world({NodeWithHost("a", 64), NodeWithHost("b", 64)}, By("best-fit"),
                       {CpuPod("web", "b", 40)});
  EXPECT_THAT(world.Filter(MakePod("p", 1000), {"a", "b"}), ElementsAre("b", "a"));
}

TEST(LivePolicyTest, PodsThatNameAPolicyOfTheirOwnGoByIt) {
  SchedulerWorld world({NodeWithHost("a", 64), NodeWithHost("b", 64)}, By("best-fit"));
  CardOf(world, MakePod("first", kCardMib / 2), "b");
  model::Pod pod = MakePod("p", 1000);
  EXPECT_THAT(world.Filter(pod, {"a", "b"}), ElementsAre("b", "a"));
  pod.request.node_policy = "spread";
  EXPECT_THAT(world.Filter(pod, {"a", "b"}), ElementsAre("a", "b"));
  pod.request.node_policy = "best-fit";
  EXPECT_THAT(world.Filter(pod, {"a", "b"}), ElementsAre("b", "a"));
}

TEST(LivePolicyTest, PodsOfAProfileGoByItsPolicyUnlessTheyNameOne) {
  SchedulerOptions options = By("best-fit");
  options.profile_policies = {{"wide", "spread"}};
  SchedulerWorld world({NodeWithHost("a", 64), NodeWithHost("b", 64)}, options);
  CardOf(world, MakePod("first", kCardMib / 2), "b");
  model::Pod pod = MakePod("p", 1000);
  pod.request.profile = "wide";
  EXPECT_THAT(world.Filter(pod, {"a", "b"}), ElementsAre("a", "b"));
  pod.request.profile = "other";
  EXPECT_THAT(world.Filter(pod, {"a", "b"}), ElementsAre("b", "a"));
  pod.request.profile = "wide";
  pod.request.node_policy = "binpack";
  EXPECT_THAT(world.Filter(pod, {"a", "b"}), ElementsAre("b", "a"));
}

TEST(LivePolicyTest, APolicyOfViewsMayServeOneProfileAlone) {
  SchedulerOptions options = By("best-fit");
  options.default_views = "";
  options.profile_policies = {{"packed", "best-fit"}};
  SchedulerWorld world({NodeWithHost("a", 64), NodeWithHost("b", 64)}, options,
                       {CpuPod("web", "b", 40)});
  model::Pod pod = MakePod("p", 1000);
  EXPECT_THAT(world.Filter(pod, {"a", "b"}), ElementsAre("a", "b")) << "binpack sees no CPU";
  pod.request.profile = "packed";
  EXPECT_THAT(world.Filter(pod, {"a", "b"}), ElementsAre("b", "a"));
}

TEST(LivePolicyTest, SeveralPoliciesOfViewsServeSideBySide) {
  SchedulerOptions options = By("best-fit");
  options.view_policies = {"best-fit", "dotprod"};
  options.profile_policies = {{"batch", "dotprod"}};
  // Best fit takes the node with the least left; the dot product wants the emptier one.
  SchedulerWorld world({NodeWithHost("a", 64), NodeWithHost("b", 64)}, options,
                       {CpuPod("web", "b", 40)});
  model::Pod pod = MakePod("p", 1000);
  pod.host = {.cpu_milli = 8000, .memory_mib = 4096};
  EXPECT_THAT(world.Filter(pod, {"a", "b"}), ElementsAre("b", "a"));
  pod.request.node_policy = "dotprod";
  const std::vector<std::string> named = world.Filter(pod, {"a", "b"});
  pod.request.node_policy = "";
  pod.request.profile = "batch";
  EXPECT_EQ(world.Filter(pod, {"a", "b"}), named);
  pod.request.node_policy = "best-fit";
  EXPECT_THAT(world.Filter(pod, {"a", "b"}), ElementsAre("b", "a"));
}

TEST(LivePolicyTest, EachPolicyThatLearnsLearnsForItself) {
  SchedulerOptions options = By("tangram");
  options.view_policies = {"best-fit", "fgd", "tangram"};
  SchedulerWorld world({NodeWithHost("a", 64)}, options);
  for (int i = 0; i < 80; ++i) {
    world.scheduler->OnPod(MakePod("p" + std::to_string(i), 1000 + i % 7 * 4000));
    world.scheduler->LearnPolicy();
  }
  EXPECT_THAT(world.scheduler->stats().policy_versions,
              ElementsAre(Pair("fgd", 2u), Pair("tangram", 2u)));
}

TEST(LivePolicyTest, SecondHalfOfACardGoesToTheFirst) {
  SchedulerWorld world({NodeWithHost("a", 64)}, By("tangram"));
  const std::string first = CardOf(world, MakePod("first", kCardMib / 2), "a");
  EXPECT_EQ(CardOf(world, MakePod("second", kCardMib / 2), "a"), first);
  EXPECT_NE(CardOf(world, MakePod("third", kCardMib / 2), "a"), first);
}

TEST(LivePolicyTest, PodsThatNameACardPolicyGetTheCardOfIt) {
  SchedulerWorld world({NodeWithHost("a", 64)}, By("tangram"));
  const std::string first = CardOf(world, MakePod("first", kCardMib / 2), "a");
  model::Pod pod = MakePod("second", kCardMib / 2);
  pod.request.card_policy = "spread";
  EXPECT_NE(CardOf(world, pod, "a"), first);
}

// Two nodes of two cards each, one of them full: 1/2 for the node with one card left, 1/4 for each
// card of the other. Filter, prioritize and bind must draw the same lot.
TEST(LivePolicyTest, RandomTakesAnyNodeThatFitsAndAnyCardOfItAndStaysWithIt) {
  SchedulerWorld world({NodeWithHost("a", 64), NodeWithHost("b", 64)}, By("random"));
  const std::string full = CardOf(world, MakePod("full", kCardMib), "a");
  std::map<std::string, int> drawn;
  constexpr int kPods = 2000;
  for (int i = 0; i < kPods; ++i) {
    const model::Pod pod = MakePod("p" + std::to_string(i), kCardMib / 2);
    const std::vector<std::string> names = world.Filter(pod, {"a", "b"});
    ASSERT_EQ(names.size(), 2u);
    const std::vector<std::string_view> offered = {"a", "b"};
    const auto scores = world.scheduler->Prioritize({pod, offered});
    ASSERT_TRUE(scores.ok());
    EXPECT_THAT(scores->scores, names[0] == "a" ? ElementsAre(10, 0) : ElementsAre(0, 10));
    ++drawn[CardOf(world, pod, names[0])];
    world.scheduler->OnPodDeleted(pod.id);
  }
  EXPECT_FALSE(drawn.contains(full));
  ASSERT_EQ(drawn.size(), 3u);
  for (const auto& [card, times] : drawn) {
    EXPECT_NEAR(times, card[0] == 'a' ? kPods / 2 : kPods / 4, kPods / 20) << card;
  }
}

TEST(LivePolicyTest, RandomLeavesPodsWithoutCardsToOthers) {
  SchedulerWorld world({NodeWithHost("a", 64), NodeWithHost("b", 64)}, By("random"));
  const std::vector<std::string_view> offered = {"a", "b"};
  for (int i = 0; i < 20; ++i) {
    const auto scores =
        world.scheduler->Prioritize({CpuPod("web" + std::to_string(i), "", 1), offered});
    ASSERT_TRUE(scores.ok());
    EXPECT_THAT(scores->scores, ElementsAre(10, 10));
  }
}

TEST(LivePolicyTest, PolicyIsMadeAnewAfterFiftyPodsAndThenHalfAsManyAgain) {
  SchedulerWorld world({NodeWithHost("a", 64)}, By("tangram"));
  EXPECT_FALSE(world.scheduler->LearnPolicy());
  std::vector<int> made;
  for (int i = 1; i <= 120; ++i) {
    world.scheduler->OnPod(MakePod("p" + std::to_string(i), 1000 + i % 7 * 4000));
    if (world.scheduler->LearnPolicy()) made.push_back(i);
  }
  EXPECT_THAT(made, ElementsAre(50, 75, 112));
  EXPECT_THAT(world.scheduler->stats().policy_versions, ElementsAre(Pair("tangram", 3u)));
  EXPECT_FALSE(world.scheduler->LearnPolicy()) << "nothing new";
}

TEST(LivePolicyTest, ARestartLearnsFromThePodsThatAreListed) {
  std::vector<model::Pod> pods;
  for (int i = 0; i < 80; ++i) pods.push_back(MakePod("p" + std::to_string(i), 8000));
  SchedulerWorld world({NodeWithHost("a", 64)}, By("fgd"), pods);
  EXPECT_TRUE(world.scheduler->LearnPolicy());
}

}  // namespace
}  // namespace tangram::scheduler
