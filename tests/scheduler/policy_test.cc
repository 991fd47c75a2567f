#include "scheduler/policy.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/scheduler/fit_world.h"

namespace tangram::scheduler {
namespace {

int64_t ScoreOf(FitWorld& world, const std::string& policy, const model::PodRequest& request,
                const std::string& node) {
  const CompiledRequest compiled(request, world.snapshot(), CardPolicy());
  Placement placement;
  EXPECT_TRUE(Fit(compiled, world.node(node), &placement).fits);
  NodePolicy::Scratch scratch;
  return FindNodePolicy(policy)->Score(compiled, world.node(node), placement, &scratch);
}

TEST(NodePolicyTest, NamesAreSortedAndFound) {
  const std::vector<std::string_view> names = NodePolicyNames();
  EXPECT_EQ(names, (std::vector<std::string_view>{"binpack", "spread"}));
  for (const std::string_view name : names) EXPECT_EQ(FindNodePolicy(name)->name(), name);
  EXPECT_EQ(FindNodePolicy("Binpack"), nullptr);
  EXPECT_EQ(FindNodePolicy(""), nullptr);
}

TEST(NodePolicyTest, PodsOwnPolicyWinsAndUnknownIsBinpack) {
  const NodePolicy& fallback = *FindNodePolicy("spread");
  EXPECT_EQ(NodePolicyFor("", fallback).name(), "spread");
  EXPECT_EQ(NodePolicyFor("binpack", fallback).name(), "binpack");
  EXPECT_EQ(NodePolicyFor("best-of-all", fallback).name(), "binpack");
}

TEST(NodePolicyTest, BinpackLikesTheFullerNodeAndSpreadTheEmptier) {
  FitWorld world;
  TestCard used;
  used.used_slots = 2, used.used_memory = 4000, used.used_cores = 20;
  world.Add("empty", {TestCard(), TestCard()}).Add("used", {used, TestCard()});
  const model::PodRequest request = Pod({Container(1, 1000, 10)});
  EXPECT_GT(ScoreOf(world, "binpack", request, "used"),
            ScoreOf(world, "binpack", request, "empty"));
  EXPECT_LT(ScoreOf(world, "spread", request, "used"), ScoreOf(world, "spread", request, "empty"));
  EXPECT_EQ(ScoreOf(world, "spread", request, "used"), -ScoreOf(world, "binpack", request, "used"));
}

TEST(NodePolicyTest, NodesOfEqualBooksScoreEqual) {
  FitWorld world;
  TestCard a, b;
  a.used_slots = 1, a.used_memory = 3000, a.used_cores = 10;
  b.used_slots = 1, b.used_memory = 1000, b.used_cores = 30;
  // The same sums on other cards.
  world.Add("x", {a, b, TestCard()}).Add("y", {TestCard(), b, a});
  for (const model::PodRequest& request : {Pod({Container(1, 777, 7)}), Pod({ByPercent(2, 13)}),
                                           Pod({Container(1, 5), Container(1, 6)})}) {
    EXPECT_EQ(ScoreOf(world, "binpack", request, "x"), ScoreOf(world, "binpack", request, "y"));
  }
}

TEST(NodePolicyTest, ScoreCountsWhatThePlacementWouldTake) {
  FitWorld world;
  world.Add("n", {TestCard()});
  // 1 of 10 slots, half of the memory, a quarter of the cores.
  const int64_t score = ScoreOf(world, "binpack", Pod({ByPercent(1, 50, 25)}), "n");
  const int64_t tenth = (Share::kFullShare + 5) / 10;
  const int64_t expected = tenth + Share::kFullShare / 2 + Share::kFullShare / 4;
  EXPECT_NEAR(static_cast<double>(score), static_cast<double>(expected), 2.0);
  // An init container that needs no more than the app container adds nothing.
  const int64_t folded = ScoreOf(
      world, "binpack",
      Pod({Container(1, 1000, 25, model::ContainerKind::kInit), ByPercent(1, 50, 25)}), "n");
  EXPECT_EQ(folded, score);
}

TEST(NodePolicyTest, AmountsThatNoCardChangesNeedNoPlacement) {
  FitWorld world;
  TestCard large;
  large.memory = 20000;
  world.Add("even", {TestCard(), TestCard()}).Add("uneven", {TestCard(), large});
  const model::PodRequest by_mib = Pod({Container(2, 1000, 10), Container(1, 500)});
  const model::PodRequest by_percent = Pod({ByPercent(2, 10, 10), Container(1, 500)});
  const model::PodRequest with_init =
      Pod({Container(1, 1000, 0, model::ContainerKind::kInit), Container(1, 500)});
  const auto amounts = [&world](const model::PodRequest& request, const char* node) {
    return CompiledRequest(request, world.snapshot(), CardPolicy())
        .AmountsOn(world.node(node).memory_of_each());
  };
  EXPECT_EQ(amounts(by_mib, "uneven"), (PodAmounts{3, 2500, 20}));
  EXPECT_EQ(amounts(by_percent, "even"), (PodAmounts{3, 2500, 20}));
  EXPECT_EQ(amounts(by_percent, "uneven"), std::nullopt);
  EXPECT_EQ(amounts(with_init, "even"), std::nullopt);
  for (const std::string_view name : NodePolicyNames()) {
    const NodePolicy& policy = *FindNodePolicy(name);
    if (policy.needs_cards()) continue;
    const CompiledRequest compiled(by_percent, world.snapshot(), CardPolicy());
    NodePolicy::Scratch scratch;
    EXPECT_EQ(policy.Score(compiled, world.node("even"), Placement(), &scratch),
              ScoreOf(world, std::string(name), by_percent, "even"));
  }
}

TEST(NodePolicyTest, NodeWithoutATotalScoresWithoutThatShare) {
  FitWorld world;
  TestCard card;
  card.cores = 0;
  world.Add("n", {card});
  EXPECT_EQ(ScoreOf(world, "binpack", Pod({ByPercent(1, 100)}), "n"),
            Share().Of(1, 10) + Share::kFullShare);
}

}  // namespace
}  // namespace tangram::scheduler
