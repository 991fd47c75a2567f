// What a cluster's MIG cards are cut into, what is in use and what is waited for.
#include "scheduler/mig/census.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "model/cluster.h"
#include "model/mig/products.h"
#include "tests/support/model_builders.h"
#include "tests/support/pool_builders.h"

namespace tangram::scheduler::mig {
namespace {

using model::PoolKind;
using model::mig::Multiset;
using testing::AppSlot;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::MakeMigGpu;
using testing::MakeMigShare;
using testing::MakePool;
using testing::MakePoolNode;
using testing::MigProfiles8;

const std::string kSmall = "nvidia.com/mig-1g.10gb";
const std::string kLarge = "nvidia.com/mig-3g.40gb";

model::Pool Instances(const std::string& resource, int64_t count) {
  return MakePool(resource, count, PoolKind::kMigInstance);
}

class CensusTest : public ::testing::Test {
 protected:
  void Describe(model::NodeSpec spec) {
    ASSERT_TRUE(cluster_.Apply(model::NodeUpserted{std::move(spec)}).ok());
  }
  // A pod that takes instances by count.
  void Run(const std::string& node, model::ResourceCounts counted) {
    model::PodBooked booked;
    booked.uid = "running-" + std::to_string(++pods_);
    booked.node = node;
    booked.counted = std::move(counted);
    ASSERT_TRUE(cluster_.Apply(booked).ok());
  }
  model::Pod& Wait(model::PodRequest request) {
    model::Pod& pod = view_.waiting.emplace_back();
    pod.id = {"default", "waiting-" + std::to_string(++pods_), std::to_string(pods_)};
    pod.request = std::move(request);
    return pod;
  }
  void WaitFor(model::ResourceCounts counted) {
    model::PodRequest request;
    request.counted = std::move(counted);
    Wait(std::move(request));
  }
  void WaitForCut(const std::string& profile, int32_t memory = 0, const std::string& modes = "") {
    model::PodRequest request;
    model::ContainerRequest container;
    container.count = 1;
    container.memory = model::Mebibytes(memory);
    container.mig_profile = profile;
    request.containers = {container};
    request.constraints.modes = modes;
    Wait(std::move(request));
  }
  Census Take() {
    view_.snapshot = cluster_.snapshot();
    return TakeCensus(view_);
  }
  // Instances by the profiles' names, in the order of the geometry.
  static std::string Named(const CensusGroup& group, const Counts& counts) {
    std::string text;
    for (size_t i = 0; i < counts.size(); ++i) {
      if (counts[i] == 0) continue;
      text += group.geometry.profiles()[i].name.text() + ":" + std::to_string(counts[i]) + " ";
    }
    return text;
  }
  static std::string Named(const CensusGroup& group, const Multiset& card) {
    return Named(group, Counts(card.begin(), card.end()));
  }

  model::Cluster cluster_;
  TopView view_;
  int pods_ = 0;
};

TEST_F(CensusTest, NodesThatTheMigManagerCutAreAGroup) {
  Describe(MakePoolNode("b", {Instances(kSmall, 8), Instances(kLarge, 2)}));
  Describe(MakePoolNode("a", {Instances(kSmall, 7)}));
  Describe(MakePoolNode("whole", {MakePool("nvidia.com/gpu", 8)}));
  Run("b", {{kSmall, 3}});
  WaitFor({{kLarge, 2}});
  WaitFor({{"nvidia.com/mig-7g.80gb", 1}});
  const Census census = Take();
  ASSERT_EQ(census.groups.size(), 1u);
  const CensusGroup& group = census.groups[0];
  EXPECT_FALSE(group.on_demand);
  EXPECT_EQ(group.product, "NVIDIA-A100-SXM4-80GB");
  ASSERT_EQ(group.nodes.size(), 2u);
  EXPECT_EQ(group.nodes[0].name, "a");
  ASSERT_EQ(group.nodes[0].cards.size(), 1u);
  EXPECT_EQ(Named(group, group.nodes[0].cards[0]), "1g.10gb:7 ");
  ASSERT_EQ(group.nodes[1].cards.size(), 2u) << "the fewest that have them, alike";
  EXPECT_EQ(Named(group, group.nodes[1].cards[0]), "3g.40gb:1 1g.10gb:4 ");
  EXPECT_EQ(group.nodes[1].cards[0], group.nodes[1].cards[1]);
  EXPECT_EQ(Named(group, group.in_use), "1g.10gb:3 ");
  EXPECT_EQ(Named(group, group.waited_for), "7g.80gb:1 3g.40gb:2 ") << "offered by nobody yet";
  EXPECT_EQ(census.waiting_pods, 2u);
  EXPECT_TRUE(census.left_out.empty());
}

TEST_F(CensusTest, TurnsOnSharedInstancesArePutTogether) {
  model::Pool shared = MakePool(kSmall + ".shared", 28, PoolKind::kSharedMigInstance, 4);
  shared.profile = "1g.10gb";
  Describe(MakePoolNode("a", {shared}));
  Run("a", {{kSmall + ".shared", 5}});
  WaitFor({{kSmall + ".shared", 3}});
  WaitFor({{kSmall + ".shared", 3}});
  const Census census = Take();
  ASSERT_EQ(census.groups.size(), 1u);
  EXPECT_EQ(Named(census.groups[0], census.groups[0].nodes[0].cards[0]), "1g.10gb:7 ");
  EXPECT_EQ(Named(census.groups[0], census.groups[0].in_use), "1g.10gb:2 ");
  EXPECT_EQ(Named(census.groups[0], census.groups[0].waited_for), "1g.10gb:2 ") << "six turns";
}

TEST_F(CensusTest, WhatWaitsIsCountedOnceWhereLeastIsAskedFor) {
  model::Pool other = Instances(kSmall, 14);
  other.product = "NVIDIA-H100-80GB-HBM3";
  Describe(MakePoolNode("a", {Instances(kSmall, 7)}));
  Describe(MakePoolNode("h", {other}));
  for (int i = 0; i < 3; ++i) WaitFor({{kSmall, 4}});
  const Census census = Take();
  ASSERT_EQ(census.groups.size(), 2u);
  EXPECT_EQ(Named(census.groups[0], census.groups[0].waited_for), "1g.10gb:4 ");
  EXPECT_EQ(Named(census.groups[1], census.groups[1].waited_for), "1g.10gb:8 ")
      << "twice the cards";
}

TEST_F(CensusTest, CardsCutOnDemandAreAGroupOfTheirOwn) {
  Describe(testing::MakeNode("n", {MakeMigGpu("a"), MakeMigGpu("b")}));
  TopPod pod;
  pod.id = {"default", "runs", "u"};
  pod.node = "n";
  pod.allocation.slots = {AppSlot({MakeMigShare("b", MigProfiles8()[0], 0)})};
  const std::string profile = MigProfiles8()[0].name;
  view_.pods = {pod};
  WaitForCut("3g.40gb");
  WaitForCut("", 9000, "mig");
  WaitForCut("9g.99gb");
  const Census census = Take();
  ASSERT_EQ(census.groups.size(), 1u);
  const CensusGroup& group = census.groups[0];
  EXPECT_TRUE(group.on_demand);
  ASSERT_EQ(group.nodes[0].cards.size(), 2u);
  EXPECT_EQ(Named(group, group.nodes[0].cards[0]), "");
  EXPECT_EQ(Named(group, group.nodes[0].cards[1]), profile + ":1 ");
  EXPECT_EQ(Named(group, group.in_use), profile + ":1 ");
  EXPECT_EQ(Named(group, group.waited_for), "3g.40gb:1 1g.10gb:1 ");
  EXPECT_EQ(census.waiting_pods, 3u);
  ASSERT_EQ(census.unknown.size(), 1u);
  EXPECT_EQ(census.unknown[0].name, view_.waiting[2].id.name);
}

TEST_F(CensusTest, WhoeverAsksForSlicesOrWholeCardsIsNotCounted) {
  Describe(testing::MakeNode("n", {MakeMigGpu("a"), testing::MakeGpu("plain")}));
  Describe(MakePoolNode("s", {Instances(kSmall, 7)}));
  WaitForCut("", 9000);
  model::PodRequest whole;
  whole.kubelet_gpus = 1;
  Wait(whole);
  EXPECT_EQ(Take().waiting_pods, 0u);
}

TEST_F(CensusTest, NodesThatCannotBePlannedAreLeftOutWithAReason) {
  struct Case {
    model::NodeSpec spec;
    const char* why;
  };
  std::vector<Case> cases;
  model::Pool unknown = Instances(kSmall, 7);
  unknown.product = "Tesla-T4";
  cases.push_back({MakePoolNode("n", {unknown}), "\"Tesla-T4\""});
  unknown.product = "";
  cases.push_back({MakePoolNode("n", {unknown}), "no label"});
  cases.push_back({MakePoolNode("n", {Instances("nvidia.com/gpu", 7)}), "strategy single"});
  model::NodeSpec busy = MakePoolNode("n", {Instances(kSmall, 7)});
  busy.pool_block = model::PoolBlock::kMigConfigPending;
  cases.push_back({busy, "being cut"});
  cases.push_back({MakePoolNode("n", {Instances(kSmall, 100000)}), "more than the cards"});
  cases.push_back({MakePoolNode("n", {Instances("nvidia.com/mig-5g.50gb", 7)}), "5g.50gb"});
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    Describe(c.spec);
    const Census census = Take();
    EXPECT_TRUE(census.groups.empty());
    ASSERT_EQ(census.left_out.size(), 1u);
    EXPECT_EQ(census.left_out[0].node, "n");
    EXPECT_THAT(census.left_out[0].why, HasSubstr(c.why));
  }
}

TEST(CardsBehindTest, UnequalCardsAreFilledOneAfterTheOther) {
  const auto states = *model::mig::CardStates::Create(*model::mig::FindProduct("A30-24GB"));
  // 4g, 2g, 1g and what else the product has; one whole card and three quarters of another.
  Counts counts(states.geometry().profiles().size(), 0);
  const size_t whole = *states.geometry().FindByText("4g");
  const size_t half = *states.geometry().FindByText("2g");
  const size_t quarter = *states.geometry().FindByText("1g");
  counts[whole] = counts[half] = counts[quarter] = 1;
  const auto cards = CardsBehind(states, counts);
  ASSERT_TRUE(cards.has_value());
  ASSERT_EQ(cards->size(), 2u);
  EXPECT_EQ((*cards)[0][whole], 1);
  EXPECT_EQ((*cards)[1][half], 1);
  EXPECT_EQ((*cards)[1][quarter], 1);
  counts[whole] = kMostCardsOfNode + 1;
  EXPECT_FALSE(CardsBehind(states, counts).has_value());
}

}  // namespace
}  // namespace tangram::scheduler::mig
