// Requests that cannot be meant: refused everywhere and for ever, in words of the request alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "scheduler/reason.h"
#include "tests/support/pool_builders.h"
#include "tests/support/scheduler_world.h"

namespace tangram::scheduler {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MakeNode;
using testing::MakePod;
using testing::MakePool;
using testing::MakePoolNode;
using ::testing::Not;
using testing::SchedulerWorld;

NodeObservation PoolNode(const std::string& name) {
  NodeObservation node;
  node.spec = MakePoolNode(name, {MakePool("nvidia.com/gpu", 4)});
  node.resource_version = "1";
  return node;
}

NodeObservation Offering(NodeObservation node, std::vector<std::string> resources) {
  node.spec.extended_resources = std::move(resources);
  return node;
}

model::Pod Faulty(const std::string& name, std::vector<model::RequestFault> faults) {
  model::Pod pod = MakePod(name, 0, 0, 0);
  pod.request.faults = std::move(faults);
  return pod;
}

FilterReply Filter(SchedulerWorld& world, const model::Pod& pod) {
  static const std::vector<std::string_view> kNames = {"cards", "count", "bare", "unheard"};
  const auto reply = world.scheduler->Filter({.pod = pod, .names = kNames}, /*patient=*/false);
  EXPECT_TRUE(reply.ok());
  return *reply;
}

SchedulerWorld Cluster(std::vector<std::string> offered = {}) {
  NodeObservation bare;
  bare.spec.name = "bare";
  return SchedulerWorld({MakeNode("cards", 2, 10'000), Offering(PoolNode("count"), offered), bare});
}

TEST(InvalidRequestTest, EveryNodeRefusesItUnresolvablyInWordsOfTheRequest) {
  SchedulerWorld world = Cluster();
  model::Pod pod = Faulty("p", {{"container \"c\": wants half a card"}});
  for (const int cards : {0, 1}) {
    pod.request.containers[0].count = cards;
    const FilterReply reply = Filter(world, pod);
    EXPECT_THAT(reply.outcome.fitting, IsEmpty());
    ASSERT_EQ(reply.outcome.refused.size(), 4u);
    for (const auto& refusal : reply.outcome.refused) {
      EXPECT_FALSE(refusal.resolvable);
      EXPECT_EQ(ReasonText(refusal.reasons, reply.request),
                "InvalidRequest (container \"c\": wants half a card)");
    }
  }
}

TEST(InvalidRequestTest, ABindOfItIsRefusedAndWritesNothing) {
  SchedulerWorld world = Cluster();
  for (const char* node : {"cards", "count", "bare"}) {
    const auto answer = world.Bind(Faulty(node, {{"what is asked for is none"}}), node);
    ASSERT_TRUE(answer->has_value());
    EXPECT_THAT(**answer, HasSubstr("what is asked for is none"));
  }
  EXPECT_THAT(world.api.log(), IsEmpty());
  EXPECT_TRUE(world.scheduler->CheckInvariants().ok());
}

TEST(InvalidRequestTest, ANameThatSomeNodeOffersIsNoFault) {
  const model::Pod pod = Faulty("p", {{"no node offers a-100", "nvidia.com/a-100"}});
  SchedulerWorld without = Cluster({"example.com/other"});
  EXPECT_THAT(Filter(without, pod).outcome.fitting, IsEmpty());
  SchedulerWorld with = Cluster({"example.com/other", "nvidia.com/a-100"});
  EXPECT_EQ(Filter(with, pod).outcome.fitting.size(), 4u);
  const auto answer = with.Bind(pod, "bare");
  EXPECT_EQ(with.api.Count("bind"), 1u);
}

TEST(InvalidRequestTest, WhatIsOfferedFollowsTheNodes) {
  const model::Pod pod = Faulty("p", {{"no node offers b", "nvidia.com/b"}});
  SchedulerWorld world = Cluster();
  EXPECT_THAT(Filter(world, pod).outcome.fitting, IsEmpty());
  for (const char* name : {"count", "cards"}) {
    world.scheduler->OnNode(Offering(PoolNode(name), {"nvidia.com/b"})).IgnoreError();
  }
  EXPECT_EQ(Filter(world, pod).outcome.fitting.size(), 4u);
  world.scheduler->OnNodeDeleted("cards");
  EXPECT_EQ(Filter(world, pod).outcome.fitting.size(), 4u);
  world.scheduler->OnNode(PoolNode("count")).IgnoreError();
  EXPECT_THAT(Filter(world, pod).outcome.fitting, IsEmpty());
  EXPECT_TRUE(world.scheduler->CheckInvariants().ok());
}

TEST(InvalidRequestTest, TheTextTellsWhatIsWrongEverywhereFirst) {
  model::PodRequest request;
  request.faults = {{"maybe", "nvidia.com/x"}, {"one"}, {"two"}};
  EXPECT_EQ(FaultText(request), "one; two");
  request.faults = {{"maybe", "nvidia.com/x"}};
  EXPECT_EQ(FaultText(request), "maybe");
  request.faults.assign(6, {std::string(5000, 'x') + "100%"});
  EXPECT_THAT(FaultText(request), AllOf(HasSubstr("; and more"), Not(HasSubstr("%"))));
  EXPECT_LT(FaultText(request).size(), 2200u);
  EXPECT_EQ(FaultText({}), "");
}

TEST(InvalidRequestTest, LettersOfAnyScriptStayAsTheyCame) {
  model::PodRequest request;
  request.faults = {{"名前 é 🙂 \x80\xff\xc3(\xed\xa0\x80\x01 end"}};
  EXPECT_EQ(FaultText(request), "名前 é 🙂 ?\?\?(?\?\?\? end");
}

}  // namespace
}  // namespace tangram::scheduler
