// Cards that a pod with policy `mutex` has alone: others join them only where nothing else takes
// them, under every policy.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "scheduler/observation.h"
#include "scheduler/placement.h"
#include "scheduler/view_node_policy.h"
#include "tests/scheduler/fit_world.h"

namespace tangram::scheduler {
namespace {

using model::PodRequest;

std::vector<std::shared_ptr<const NodePolicy>> EveryPolicy() {
  std::vector<std::shared_ptr<const NodePolicy>> policies;
  for (const std::string_view name : NodePolicyNames()) {
    policies.push_back({std::shared_ptr<const void>(), FindNodePolicy(name)});
  }
  for (const std::string_view name : ViewPolicyNames()) {
    auto made = MakeViewPolicy(name, {});
    EXPECT_TRUE(made.ok()) << made.status();
    policies.push_back(
        std::make_shared<const ViewNodePolicy>(*std::move(made), 1, model::HostBuckets()));
  }
  return policies;
}

// A bound pod of `memory` MiB on the card, which it has alone or not.
void Hold(FitWorld& world, const std::string& node, size_t card, int32_t memory, bool alone) {
  model::Pod pod;
  pod.id = {"default", "holds-" + node, "uid-" + node + std::to_string(card)};
  pod.node = node;
  pod.request = Pod({Container(1, memory)});
  if (alone) pod.request.card_policy = "mutex";
  pod.allocation_state = model::AllocationState::kReadable;
  pod.allocation.slots.push_back(
      {model::ContainerKind::kApp,
       {{CardUuid(card), model::Mebibytes(memory), model::CorePercent(0)}}});
  const auto event = EventOfBound(pod, true);
  ASSERT_TRUE(event.has_value());
  world.Apply(*event);
}

struct Answer {
  std::vector<int32_t> scores;
  FilterOutcome filtered;
};

Answer Ask(FitWorld& world, const PodRequest& request, const NodePolicy& policy,
           const std::vector<std::string_view>& names, uint64_t seed = 0) {
  const model::Snapshot snapshot = world.snapshot();
  const CompiledRequest compiled(request, snapshot, CardPolicy());
  const auto offer = FindOffer(snapshot, names);
  EXPECT_TRUE(offer.ok());
  FilterInput input;
  input.request = &compiled;
  input.snapshot = &snapshot;
  input.offer = &*offer;
  input.policy = &policy;
  input.seed = seed;
  VerdictCache cache;
  input.verdicts = &cache;
  Answer answer{PrioritizeNodes(input), FilterNodes(input)};
  EXPECT_EQ(answer.scores, PrioritizeNodes(input)) << "kept verdicts";
  return answer;
}

TEST(AloneTest, AmongTheCardsOfANodeAHeldOneComesLast) {
  for (const auto& policy : EveryPolicy()) {
    for (const char* cards : {"", "binpack", "spread", "numa", "numa,binpack"}) {
      SCOPED_TRACE(std::string(policy->name()) + " " + cards);
      FitWorld world;
      world.Add("n", {TestCard(), TestCard{.numa = 1}, TestCard{.numa = 1}});
      Hold(world, "n", 0, 1000, true);
      PodRequest later = Pod({Container(1, 1000)});
      later.card_policy = cards;
      const Answer one = Ask(world, later, *policy, {"n"});
      ASSERT_EQ(one.filtered.best_placement.cards.size(), 1u);
      EXPECT_NE(one.filtered.best_placement.cards[0], 0);
      // Two containers, one of which would fill a card: the others are enough for both.
      PodRequest two = Pod({Container(1, 1000), Container(1, 9500)});
      two.card_policy = cards;
      for (const uint16_t card : Ask(world, two, *policy, {"n"}).filtered.best_placement.cards) {
        EXPECT_NE(card, 0);
      }
      // Three cards are wanted: then it is joined, as HAMi's filter says.
      const Answer all = Ask(world, Pod({Container(3, 1000)}), *policy, {"n"});
      EXPECT_EQ(all.filtered.fitting.size(), 1u);
    }
  }
}

TEST(AloneTest, AHeldCardIsJoinedWhereNoOtherFits) {
  for (const auto& policy : EveryPolicy()) {
    FitWorld world;
    world.Add("n", {TestCard(), TestCard()});
    Hold(world, "n", 0, 1000, true);
    Hold(world, "n", 1, 9500, false);
    const Answer answer = Ask(world, Pod({Container(1, 1000)}), *policy, {"n"});
    ASSERT_EQ(answer.filtered.best_placement.cards.size(), 1u) << policy->name();
    EXPECT_EQ(answer.filtered.best_placement.cards[0], 0) << policy->name();
    PodRequest also = Pod({Container(1, 1000)});
    also.card_policy = "mutex";
    EXPECT_TRUE(Ask(world, also, *policy, {"n"}).filtered.fitting.empty());
  }
}

TEST(AloneTest, AmongNodesOneWhereAHeldCardIsJoinedComesLast) {
  for (const auto& policy : EveryPolicy()) {
    SCOPED_TRACE(policy->name());
    // a and b are as full as each other, and only a's card is held; c is fuller, d empty.
    FitWorld world;
    for (const char* name : {"a", "b", "c", "d"}) world.Add(name, {TestCard()});
    Hold(world, "a", 0, 4000, true);
    Hold(world, "b", 0, 4000, false);
    Hold(world, "c", 0, 8000, false);
    for (uint64_t seed = 0; seed < 20; ++seed) {
      const Answer answer =
          Ask(world, Pod({Container(1, 1000)}), *policy, {"a", "b", "c", "d"}, seed);
      EXPECT_EQ(answer.filtered.fitting.size(), 4u);
      EXPECT_EQ(answer.filtered.fitting.back(), 0u);
      for (size_t i = 1; i < 4; ++i) EXPECT_GT(answer.scores[i], answer.scores[0]);
    }
    // Alone among its like it is as good as any.
    EXPECT_EQ(Ask(world, Pod({Container(1, 1000)}), *policy, {"a"}).scores[0], 10);
  }
}

TEST(AloneTest, ReleasedAndBookedAgainTheCountIsWhatThePodsSay) {
  FitWorld world;
  world.Add("n", {TestCard(), TestCard()});
  Hold(world, "n", 0, 1000, true);
  EXPECT_EQ(world.node("n").cards()[0].used.alone, 1);
  EXPECT_EQ(world.node("n").cards()[1].used.alone, 0);
  world.Apply(model::PodReleased{"uid-n0"});
  EXPECT_EQ(world.node("n").cards()[0].used, model::GpuUsage());
}

// What is placed is booked as the watch will read it back.
TEST(AloneTest, APlacedPodIsBookedAsTheOneThatTheWatchTellsOf) {
  FitWorld world;
  world.Add("n", {TestCard(), TestCard()});
  PodRequest request = Pod({Container(2, 1000)});
  request.card_policy = "mutex";
  const CompiledRequest compiled(request, world.snapshot(), CardPolicy());
  Placement placement;
  ASSERT_TRUE(Fit(compiled, world.node("n"), &placement).fits);
  const model::Allocation allocation = MakeAllocation(compiled, world.node("n"), placement);
  EXPECT_TRUE(allocation.alone);
  const auto folded = model::FoldDemand(allocation, false);
  const CardTakes takes = TakenBy(compiled, world.node("n"), placement);
  ASSERT_EQ(folded.size(), takes.size());
  for (size_t i = 0; i < takes.size(); ++i) EXPECT_EQ(folded[i].usage, takes[i].usage);
}

}  // namespace
}  // namespace tangram::scheduler
