// Which cards a wish for a type means: as HAMi finds them, and whole words before parts of words.
#include "scheduler/type_match.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "scheduler/placement.h"
#include "tests/scheduler/fit_world.h"
#include "tests/support/pool_builders.h"

namespace tangram::scheduler {
namespace {

using ::testing::ElementsAre;

TypeMatch Match(const std::string& type, std::vector<std::string> use,
                std::vector<std::string> avoid = {}) {
  model::CardConstraints constraints;
  constraints.use_types = std::move(use);
  constraints.avoid_types = std::move(avoid);
  return TypeMatcher(constraints).Of(type);
}

TEST(TypeMatchTest, WholeWordsAreToldFromPartsOfThem) {
  struct Case {
    const char *type, *wish;
    TypeMatch match;
  };
  for (const Case& c :
       {Case{"NVIDIA A10", "a10", TypeMatch::kWhole},
        Case{"NVIDIA A100-SXM4-80GB", "a10", TypeMatch::kPart},
        Case{"NVIDIA A100-SXM4-80GB", "a100", TypeMatch::kWhole},
        Case{"NVIDIA A100-SXM4-80GB", "nvidia a100", TypeMatch::kWhole},
        Case{"NVIDIA A100-SXM4-80GB", "nvidia-a100-sxm4-80gb", TypeMatch::kWhole},
        Case{"NVIDIA A100-SXM4-80GB", "80", TypeMatch::kPart},
        Case{"NVIDIA A100X", "A100", TypeMatch::kPart}, Case{"NVIDIA L40S", "l4", TypeMatch::kPart},
        Case{"Tesla V100-PCIE-32GB", "v100_pcie", TypeMatch::kWhole},
        Case{"NVIDIA H800 H80", "h80", TypeMatch::kWhole},
        Case{"AMD Instinct MI300X (VF)", "vf", TypeMatch::kWhole},
        Case{"NVIDIA T4", "p4", TypeMatch::kNone}, Case{"NVIDIA T4", "-", TypeMatch::kPart},
        Case{"", "t4", TypeMatch::kNone}}) {
    EXPECT_EQ(Match(c.type, {c.wish}), c.match) << c.type << " / " << c.wish;
  }
  EXPECT_EQ(Match("NVIDIA T4", {}), TypeMatch::kWhole) << "no wish";
  EXPECT_EQ(Match("NVIDIA A100", {"p4", "a10", "a100"}), TypeMatch::kWhole) << "any of several";
}

TEST(TypeMatchTest, SeparatorsAndDoubledVendorsAreOneSpelling) {
  for (const char* type : {"NVIDIA RTX A6000", "NVIDIA-RTX-A6000", "nvidia_rtx_a6000",
                           "NVIDIA-NVIDIA RTX A6000", "NVIDIA-NVIDIA-NVIDIA RTX  A6000"}) {
    for (const char* wish : {"NVIDIA RTX A6000", "NVIDIA-RTX_A6000", "NVIDIA-NVIDIA RTX A6000"}) {
      EXPECT_EQ(Match(type, {wish}), TypeMatch::kWhole) << type << " / " << wish;
      EXPECT_EQ(Match(type, {}, {wish}), TypeMatch::kNone) << type << " / " << wish;
    }
  }
  EXPECT_EQ(Match("AMD-AMD Instinct MI250", {"amd instinct"}), TypeMatch::kWhole);
}

TEST(TypeMatchTest, WhatHamiFindsOrExcludesIsFoundOrExcluded) {
  // Pieces that come together in all the ways that spelling could get wrong.
  const std::vector<std::string> pieces = {"nvidia", "-", " ", "_", "a10", "a100", "x", "amd"};
  std::mt19937 random(7);
  const auto text = [&](size_t longest) {
    std::string out;
    for (size_t n = 1 + random() % longest; n > 0; --n) out += pieces[random() % pieces.size()];
    return out;
  };
  for (int i = 0; i < 200'000; ++i) {
    const std::string type = text(7);
    const std::string word = text(4);
    const bool found_by_hami = type.find(word) != std::string::npos;
    if (!found_by_hami) continue;
    ASSERT_NE(Match(type, {word}), TypeMatch::kNone) << type << " / " << word;
    ASSERT_EQ(Match(type, {}, {word}), TypeMatch::kNone) << type << " / " << word;
  }
}

TestCard Of(const std::string& type, int32_t used_memory = 0) {
  TestCard card;
  card.type = type;
  card.used_memory = used_memory;
  card.used_slots = used_memory > 0 ? 1 : 0;
  return card;
}

struct Verbs {
  FitWorld& world;
  model::PodRequest request;
  std::vector<std::string> names;
  std::string policy = "binpack";

  template <typename Verb>
  auto Run(Verb verb) const {
    const CompiledRequest compiled(request, world.snapshot(), CardPolicy());
    const std::vector<std::string_view> views(names.begin(), names.end());
    const absl::StatusOr<Offer> offer = FindOffer(world.snapshot(), views);
    VerdictCache cache;
    FilterInput input;
    input.request = &compiled;
    input.snapshot = &world.snapshot();
    input.offer = &*offer;
    input.policy = FindNodePolicy(policy);
    input.candidates = *Candidates::Parse("all");
    input.verdicts = &cache;
    return verb(input);
  }
  std::vector<int32_t> Scores() const { return Run(PrioritizeNodes); }
  std::vector<std::string> Fitting() const {
    std::vector<std::string> out;
    for (const uint32_t position : Run(FilterNodes).fitting) out.push_back(names[position]);
    return out;
  }
};

model::PodRequest Wishing(const std::string& type, int32_t cards = 1, int32_t memory = 1000) {
  model::PodRequest request = Pod({Container(cards, memory)});
  request.constraints.use_types = {type};
  return request;
}

TEST(TypeOrderTest, NodesWithTheWholeWordComeFirstUnderEveryPolicy) {
  FitWorld world;
  world.Add("a-part-full", {Of("NVIDIA A100", 8000)});
  world.Add("b-whole", {Of("NVIDIA A10", 3000)});
  world.Add("c-whole-free", {Of("NVIDIA A10")});
  world.Add("d-part-free", {Of("NVIDIA A100")});
  const std::vector<std::string> names = {"a-part-full", "b-whole", "c-whole-free", "d-part-free"};
  EXPECT_THAT((Verbs{world, Wishing("a10"), names, "binpack"}.Scores()), ElementsAre(0, 10, 1, 0));
  EXPECT_THAT((Verbs{world, Wishing("a10"), names, "spread"}.Scores()), ElementsAre(0, 1, 10, 0));
  EXPECT_THAT((Verbs{world, Wishing("a10"), names, "binpack"}.Fitting()),
              ElementsAre("b-whole", "c-whole-free", "a-part-full", "d-part-free"));
  EXPECT_THAT((Verbs{world, Wishing("a10"), names, "spread"}.Fitting()),
              ElementsAre("c-whole-free", "b-whole", "d-part-free", "a-part-full"));
  // Where nobody has the whole word, the policy alone decides.
  const std::vector<int32_t> by_policy = Verbs{world, Pod({Container(1, 1000)}), names}.Scores();
  EXPECT_EQ(by_policy[0], 10);
  EXPECT_EQ((Verbs{world, Wishing("a1"), names}.Scores()), by_policy);
}

TEST(TypeOrderTest, AmongTheCardsOfANodeTheWholeWordComesFirst) {
  FitWorld world;
  world.Add("mixed",
            {Of("NVIDIA L40S", 9000), Of("NVIDIA L4", 2000), Of("NVIDIA L40S"), Of("NVIDIA L4")});
  const auto cards = [&](const model::PodRequest& request, const char* card_policy) {
    model::PodRequest asked = request;
    asked.card_policy = card_policy;
    const CompiledRequest compiled(asked, world.snapshot(), CardPolicy());
    Placement placement;
    const model::Node& node = *world.snapshot().At(world.snapshot().Find("mixed"));
    EXPECT_TRUE(Fit(compiled, node, &placement).fits);
    return std::vector<uint16_t>(placement.cards.begin(), placement.cards.end());
  };
  EXPECT_THAT(cards(Wishing("l4"), "binpack"), ElementsAre(1));
  EXPECT_THAT(cards(Wishing("l4"), "spread"), ElementsAre(3));
  EXPECT_THAT(cards(Wishing("l4", 2), "binpack"), ElementsAre(1, 3));
  EXPECT_THAT(cards(Wishing("l4", 3), "binpack"), ElementsAre(0, 1, 3)) << "one part to help out";
  EXPECT_THAT(cards(Wishing("l4", 2, 9500), "binpack"), ElementsAre(2, 3));
}

TEST(TypeOrderTest, ANodeCountsAsPartWhereThePlacementNeedsOne) {
  FitWorld world;
  world.Add("a", {Of("NVIDIA L40"), Of("NVIDIA L4")});
  world.Add("b", {Of("NVIDIA L4"), Of("NVIDIA L4")});
  EXPECT_THAT((Verbs{world, Wishing("l4"), {"a", "b"}}.Scores()), ElementsAre(10, 10));
  EXPECT_THAT((Verbs{world, Wishing("l4", 2), {"a", "b"}}.Scores()), ElementsAre(0, 10));
}

TEST(TypeOrderTest, NodesThatCountAreOrderedByTheirProductsAlike) {
  model::Cluster cluster;
  const auto add = [&cluster](const std::string& name, const std::string& product) {
    model::Pool pool = testing::MakePool("nvidia.com/gpu", 4);
    pool.product = product;
    EXPECT_TRUE(cluster.Apply(model::NodeUpserted{testing::MakePoolNode(name, {pool})}).ok());
  };
  add("part", "NVIDIA-H200");
  add("whole", "NVIDIA-H20");
  model::PodRequest request = Pod({ByPercent(1, 100)});
  request.constraints.use_types = {"nvidia h20"};
  const CompiledRequest compiled(request, cluster.snapshot(), CardPolicy());
  for (const char* name : {"part", "whole"}) {
    const model::Node& node = *cluster.FindNode(name);
    EXPECT_TRUE(Fit(compiled, node, nullptr).fits) << name;
    EXPECT_EQ(IsPartOfWord(compiled, node, Placement()), std::string(name) == "part");
  }
}

// Rows, kept verdicts and the node itself must say the same of names too.
TEST(TypeOrderTest, RowsAndNodesAgreeOnRandomClusters) {
  const std::vector<std::string> types = {"NVIDIA A10", "NVIDIA A100", "NVIDIA-A10 G", "NVIDIA A2"};
  std::mt19937 random(20);
  for (int round = 0; round < 60; ++round) {
    FitWorld world;
    std::vector<std::string> names;
    for (int n = 0; n < 12; ++n) {
      std::vector<TestCard> cards(1 + random() % 4);
      const bool alike = random() % 2 == 0;
      const size_t first = random() % types.size();
      for (TestCard& card : cards) {
        const size_t type = alike ? first : random() % types.size();
        card = Of(types[type], static_cast<int32_t>(random() % 3) * 3000);
      }
      names.push_back("n" + std::to_string(n));
      world.Add(names.back(), cards);
    }
    model::PodRequest request = Wishing("a10", 1 + static_cast<int32_t>(random() % 2), 4500);
    const CompiledRequest compiled(request, world.snapshot(), CardPolicy());
    const std::vector<int32_t> by_rows = Verbs{world, request, names}.Scores();
    // UUIDs that all cards have or none, so that every node is judged by itself.
    model::PodRequest naming = request;
    naming.constraints.avoid_uuids = {"nobody"};
    EXPECT_EQ(by_rows, (Verbs{world, naming, names}.Scores())) << round;
    int32_t worst_whole = 11;
    int32_t best_part = -1;
    for (size_t i = 0; i < names.size(); ++i) {
      Placement placement;
      const model::Node& node = *world.snapshot().At(world.snapshot().Find(names[i]));
      if (!Fit(compiled, node, &placement).fits) continue;
      const bool part = IsPartOfWord(compiled, node, placement);
      if (part) best_part = std::max(best_part, by_rows[i]);
      if (!part) worst_whole = std::min(worst_whole, by_rows[i]);
    }
    EXPECT_LT(best_part, worst_whole) << round;
  }
}

}  // namespace
}  // namespace tangram::scheduler
