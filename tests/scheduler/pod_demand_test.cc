// One mapping of a pod to what a policy sees: what learning, judging, surveys and questions make of
// it is what the books then say.
#include "scheduler/pod_demand.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <string>
#include <vector>

#include "scheduler/live_view.h"
#include "scheduler/recording/survey.h"
#include "scheduler/whatif/views.h"
#include "tests/scheduler/fit_world.h"
#include "tests/scheduler/whatif/random_world.h"
#include "tests/support/pool_builders.h"

namespace tangram::scheduler {
namespace {

using model::ContainerKind;
using model::PodRequest;

struct Case {
  const char* what;
  std::vector<model::ContainerRequest> containers;
  const char* card_policy;
  int32_t cards;
  int32_t milli;
};

// On cards of 10,000 MiB and 100 percent.
std::vector<Case> Cases() {
  const auto init = ContainerKind::kInit;
  const auto sidecar = ContainerKind::kSidecar;
  return {
      {"a slice by memory", {Container(1, 3001)}, "", 1, 301},
      {"a slice by cores", {Container(1, 100, 40)}, "", 1, 400},
      {"a whole card", {Container(1, 0, 100)}, "", 1, 1000},
      {"whole cards", {Container(4, 0)}, "", 4, 1000},
      {"parts of two cards", {Container(2, 3000)}, "", 2, 300},
      {"two slices that share a card", {Container(1, 3000), Container(1, 3000)}, "binpack", 1, 600},
      {"two slices apart", {Container(1, 3000), Container(1, 3000)}, "spread", 2, 300},
      {"slices that no card holds both of",
       {Container(1, 6000), Container(1, 7000)},
       "binpack",
       2,
       700},
      {"init and app on one card", {Container(1, 8000, 0, init), Container(1, 2000)}, "", 1, 800},
      {"init wants more cards", {Container(3, 2000, 0, init), Container(1, 5000)}, "", 3, 500},
      {"a sidecar and an app",
       {Container(1, 1000, 10, sidecar), Container(1, 2000, 30)},
       "binpack",
       1,
       400},
      {"many", {Container(1, 0, 100), Container(1, 2000), Container(2, 3000)}, "binpack", 3, 1000},
  };
}

PodRequest RequestOf(const Case& c) {
  PodRequest request = Pod(c.containers);
  request.card_policy = c.card_policy;
  return request;
}

// What the books set aside for the pod on an empty node.
std::vector<int32_t> Booked(FitWorld& world, const PodRequest& request, Placement* placement) {
  const CompiledRequest compiled(request, world.snapshot(), CardPolicy());
  EXPECT_TRUE(Fit(compiled, world.node("n"), placement).fits);
  std::vector<int32_t> milli;
  const auto demand =
      model::FoldDemand(MakeAllocation(compiled, world.node("n"), *placement), false);
  for (const model::CardDemand& part : demand) {
    milli.push_back(
        std::max(MilliTaken(part.usage.memory.value(), part.usage.cores.value(), 10000, 100), 1));
  }
  return milli;
}

Demand Surveyed(const PodRequest& request) {
  recording::Survey survey;
  FitWorld world;
  world.Add("n", std::vector<TestCard>(8));
  EXPECT_TRUE(
      survey.Take({.entry = recording::EventApplied{model::NodeUpserted{world.node("n").spec()}}})
          .ok());
  recording::VerbBegun begun;
  begun.call = 1;
  begun.filter = true;
  begun.pod = {"default", "p", "uid"};
  begun.request = request;
  EXPECT_TRUE(survey.Take({.entry = begun}).ok());
  recording::FilterAnswered answered;
  answered.call = 1;
  EXPECT_TRUE(survey.Take({.entry = answered}).ok());
  return survey.pods().empty() ? Demand() : survey.pods()[0].demand;
}

TEST(PodDemandTest, AllWhoAskGetWhatIsBooked) {
  for (const Case& c : Cases()) {
    SCOPED_TRACE(c.what);
    const PodRequest request = RequestOf(c);
    FitWorld world;
    world.Add("n", std::vector<TestCard>(8));
    Placement placement;
    const std::vector<int32_t> booked = Booked(world, request, &placement);
    EXPECT_EQ(booked.size(), static_cast<size_t>(c.cards));
    EXPECT_EQ(*std::max_element(booked.begin(), booked.end()), c.milli);

    const CompiledRequest compiled(request, world.snapshot(), CardPolicy());
    const Demand learned = DemandOf(compiled, DeviceKindsOf(world.snapshot())).demand;
    EXPECT_EQ(learned.cards, c.cards);
    EXPECT_EQ(learned.milli, c.milli);

    absl::InlinedVector<uint16_t, kViewCards> sorted;
    const Demand judged = HypothesisOn(compiled, world.node("n"), placement, {}, &sorted).demand;
    EXPECT_EQ(judged.cards, c.cards);
    EXPECT_EQ(judged.milli, c.milli);

    const Demand surveyed = Surveyed(request);
    EXPECT_EQ(surveyed.cards, c.cards);
    EXPECT_EQ(surveyed.milli, c.milli);

    whatif::Told told;
    told.nodes = {whatif::TellNode("n", std::vector<TestCard>(8))};
    const whatif::World asked_of = told.Make();
    const auto views = whatif::Views::Of(asked_of);
    ASSERT_TRUE(views.ok());
    const auto asked = views->DemandOf(asked_of, {request, {}});
    ASSERT_TRUE(asked.has_value());
    EXPECT_EQ(asked->pod.demand.cards, c.cards);
    EXPECT_EQ(asked->pod.demand.milli, c.milli);
  }
}

// The view shows every other card as it is: a pod of two containers is no reason to see less.
TEST(PodDemandTest, OneContainerOfTwoCardsAndTwoOfOneAreTheSameToAPolicy) {
  FitWorld world;
  std::vector<TestCard> cards(8);
  cards[7].used_slots = 1;
  cards[7].used_memory = 4000;
  world.Add("n", cards);
  const auto hypothesis = [&](const PodRequest& request) {
    const CompiledRequest compiled(request, world.snapshot(), CardPolicy());
    Placement placement;
    EXPECT_TRUE(Fit(compiled, world.node("n"), &placement).fits);
    absl::InlinedVector<uint16_t, kViewCards> sorted;
    return HypothesisOn(compiled, world.node("n"), placement, {}, &sorted);
  };
  const LiveHypothesis one = hypothesis(Pod({Container(2, 0)}));
  const LiveHypothesis two = hypothesis(Pod({Container(1, 0), Container(1, 0)}));
  EXPECT_EQ(one.node, two.node);
  EXPECT_EQ(one.demand, two.demand);
  EXPECT_EQ(one.node.left[0], 600);
  EXPECT_EQ(one.node.left[1], 1000);
}

TEST(PodDemandTest, TheMostFrequentKindThatHoldsThePodMeasuresIt) {
  FitWorld world;
  const TestCard small{.memory = 5000, .type = "NVIDIA T4"};
  world.Add("many", std::vector<TestCard>(6, small)).Add("few", std::vector<TestCard>(2));
  const DeviceKinds kinds = DeviceKindsOf(world.snapshot());
  const auto demand = [&](const PodRequest& request) {
    return DemandOf(CompiledRequest(request, world.snapshot(), CardPolicy()), kinds);
  };
  EXPECT_EQ(demand(Pod({Container(1, 2500)})).demand.milli, 500);
  EXPECT_TRUE(demand(Pod({Container(1, 2500)})).rounded);
  EXPECT_FALSE(demand(Pod({ByPercent(1, 50)})).rounded);
  EXPECT_EQ(demand(Pod({Container(1, 6000)})).demand.milli, 600);
  EXPECT_EQ(std::popcount(demand(Pod({Container(1, 6000)})).demand.models), 1);
  EXPECT_EQ(std::popcount(demand(Pod({Container(1, 2500)})).demand.models), 2);
  EXPECT_EQ(demand(Pod({Container(1, 60000)})).demand.models, 0u) << "no card holds it";
  EXPECT_EQ(demand(Pod({Container(1, 60000)})).demand.milli, 1000);
}

TEST(PodDemandTest, MoreCardsThanANodeMayHaveAreSaid) {
  FitWorld world;
  world.Add("n", std::vector<TestCard>(2));
  const DeviceKinds kinds = DeviceKindsOf(world.snapshot());
  for (const PodRequest& request :
       {Pod({Container(65, 0)}), Pod({Container(40, 1), Container(40, 1)}),
        Pod({Container(2147483647, 0), Container(2147483647, 0)})}) {
    const PodDemand made = DemandOf(CompiledRequest(request, world.snapshot(), {}), kinds);
    EXPECT_TRUE(made.too_many);
    EXPECT_EQ(made.demand.cards, 64);
  }
  EXPECT_FALSE(
      DemandOf(CompiledRequest(Pod({Container(64, 0)}), world.snapshot(), {}), kinds).too_many);
}

TEST(PodDemandTest, WhatIsAskedByCountIsThePartOfACardThatTheDevicesAre) {
  FitWorld world;
  model::NodeSpec spec = tangram::testing::MakePoolNode("pools", {});
  spec.pools.push_back(
      tangram::testing::MakePool("nvidia.com/gpu", 8, model::PoolKind::kTimeSlicedReplica, 4));
  world.Apply(model::NodeUpserted{spec});
  const DeviceKinds kinds = DeviceKindsOf(world.snapshot());
  const auto both = [&](const PodRequest& request) {
    const CompiledRequest compiled(request, world.snapshot(), CardPolicy());
    const Demand learned = DemandOf(compiled, kinds).demand;
    absl::InlinedVector<uint16_t, kViewCards> sorted;
    const Demand judged =
        HypothesisOn(compiled, world.node("pools"), Placement(), {}, &sorted).demand;
    EXPECT_EQ(learned.cards, judged.cards);
    EXPECT_EQ(learned.milli, judged.milli);
    return learned;
  };
  EXPECT_EQ(both(Pod({Container(1, 0)})).milli, 250);
  // As the kubelet counts: the init container is over when the others begin.
  const PodRequest folded =
      Pod({Container(2, 0, 0, ContainerKind::kInit), Container(1, 0), Container(1, 0)});
  EXPECT_EQ(both(folded).milli, 500);
  EXPECT_EQ(both(Pod({Container(6, 0)})).cards, 2);
}

}  // namespace
}  // namespace tangram::scheduler
