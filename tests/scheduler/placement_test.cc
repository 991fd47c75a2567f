#include "scheduler/placement.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "scheduler/ranking.h"
#include "tests/scheduler/fit_world.h"

namespace tangram::scheduler {
namespace {

using model::PodRequest;

// Runs the verbs over a world with everything else at rest.
struct Verbs {
  FitWorld& world;
  PodRequest request;
  std::vector<std::string> names;
  std::string policy = "binpack";
  std::string candidates = "all";
  const NodeOverlay* overlay = nullptr;

  template <typename Verb>
  auto Run(Verb verb) const {
    const CompiledRequest compiled(request, world.snapshot(), CardPolicy());
    const std::vector<std::string_view> views(names.begin(), names.end());
    const absl::StatusOr<Offer> offer = FindOffer(world.snapshot(), views);
    TANGRAM_CHECK(offer.ok());
    FilterInput input;
    input.request = &compiled;
    input.snapshot = &world.snapshot();
    input.offer = &*offer;
    input.policy = FindNodePolicy(policy);
    input.candidates = *Candidates::Parse(candidates);
    input.overlay = overlay;
    return verb(input);
  }
  FilterOutcome Filter() const { return Run(FilterNodes); }
  std::vector<int32_t> Prioritize() const { return Run(PrioritizeNodes); }
  std::vector<std::string> Fitting() const {
    std::vector<std::string> out;
    for (const uint32_t position : Filter().fitting) out.push_back(names[position]);
    return out;
  }
};

TestCard UsedMemory(int32_t memory) {
  TestCard card;
  card.used_slots = 1;
  card.used_memory = memory;
  return card;
}

// Nodes whose single card has so much memory in use.
FitWorld& Fill(FitWorld& world, const std::vector<std::pair<std::string, int32_t>>& nodes) {
  for (const auto& [name, memory] : nodes) world.Add(name, {UsedMemory(memory)});
  return world;
}

TEST(FilterTest, FittingNodesComeBestFirstThenByName) {
  FitWorld world;
  Fill(world, {{"a", 1000}, {"b", 5000}, {"c", 5000}, {"d", 9500}});
  const std::vector<std::string> names = {"c", "d", "a", "b"};
  EXPECT_EQ((Verbs{world, Pod({Container(1, 1000)}), names}.Fitting()),
            (std::vector<std::string>{"b", "c", "a"}));
  EXPECT_EQ((Verbs{world, Pod({Container(1, 1000)}), names, "spread"}.Fitting()),
            (std::vector<std::string>{"a", "b", "c"}));
}

TEST(FilterTest, EveryOtherNodeIsRefusedWithItsReasons) {
  FitWorld world;
  Fill(world, {{"full", 9999}, {"free", 0}});
  TestCard sick;
  sick.healthy = false;
  world.Add("sick", {sick});
  const FilterOutcome outcome =
      Verbs{world, Pod({Container(1, 1000)}), {"stranger", "sick", "free", "full"}}.Filter();
  ASSERT_EQ(outcome.refused.size(), 3u);
  EXPECT_EQ(outcome.refused[0].position, 0u);
  EXPECT_EQ(Words(outcome.refused[0].reasons), "NodeUnknown");
  EXPECT_TRUE(outcome.refused[0].resolvable);
  EXPECT_EQ(outcome.refused[1].position, 1u);
  EXPECT_EQ(Words(outcome.refused[1].reasons), "CardNotHealth");
  EXPECT_FALSE(outcome.refused[1].resolvable);
  EXPECT_EQ(outcome.refused[2].position, 3u);
  EXPECT_EQ(Words(outcome.refused[2].reasons), "CardInsufficientMemory");
  EXPECT_TRUE(outcome.refused[2].resolvable);
  EXPECT_EQ(outcome.fitting, std::vector<uint32_t>{2});
  EXPECT_EQ(outcome.fitting_total, 1u);
  EXPECT_EQ(world.snapshot().At(outcome.best)->name(), "free");
  EXPECT_EQ(outcome.best_placement.cards.size(), 1u);
}

TEST(FilterTest, NothingFitsNamesEveryNodeAndNoBest) {
  FitWorld world;
  Fill(world, {{"a", 1}, {"b", 2}});
  const FilterOutcome outcome = Verbs{world, Pod({ByPercent(1, 100)}), {"b", "a"}}.Filter();
  EXPECT_TRUE(outcome.fitting.empty());
  EXPECT_EQ(outcome.refused.size(), 2u);
  EXPECT_EQ(outcome.best, model::kNoNode);
  EXPECT_TRUE(outcome.best_placement.cards.empty());
}

TEST(FilterTest, EmptyRequestFitsEverywhereEvenOnStrangers) {
  FitWorld world;
  Fill(world, {{"a", 1}});
  const FilterOutcome outcome = Verbs{world, Pod({Container(0, 0)}), {"stranger", "a"}}.Filter();
  EXPECT_EQ(outcome.fitting, (std::vector<uint32_t>{1, 0}));
  EXPECT_TRUE(outcome.refused.empty());
}

TEST(FilterTest, NoNamesGiveAnEmptyAnswer) {
  FitWorld world;
  const FilterOutcome outcome = Verbs{world, Pod({Container(1, 1)}), {}}.Filter();
  EXPECT_TRUE(outcome.fitting.empty());
  EXPECT_TRUE(outcome.refused.empty());
  EXPECT_TRUE((Verbs{world, Pod({Container(1, 1)}), {}}.Prioritize().empty()));
}

TEST(FilterTest, OverlayStandsInForTheNode) {
  FitWorld world;
  Fill(world, {{"a", 0}, {"b", 0}});
  NodeOverlay overlay;
  const model::NodeIndex index = world.snapshot().Find("a");
  model::Node held = *world.snapshot().At(index);
  held.BookCard(0, {model::Slots(1), model::Mebibytes(9500), model::CorePercent(0)});
  overlay.emplace(index, held);
  Verbs verbs{world, Pod({Container(1, 1000)}), {"a", "b"}};
  EXPECT_EQ(verbs.Fitting(), (std::vector<std::string>{"a", "b"}));
  verbs.overlay = &overlay;
  EXPECT_EQ(verbs.Fitting(), std::vector<std::string>{"b"});
  EXPECT_EQ(verbs.Prioritize(), (std::vector<int32_t>{0, 10}));
}

class CandidatesTest : public ::testing::Test {
 protected:
  // `count` nodes, the first three fuller than the others, and one that is full.
  std::vector<std::string> Build(size_t count) {
    std::vector<std::string> names;
    for (size_t i = 0; i < count; ++i) {
      names.push_back("node-" + std::to_string(1000 + i));
      world_.Add(names.back(), {UsedMemory(i < 3 ? 5000 : 100)});
    }
    world_.Add("full", {UsedMemory(10000)});
    names.push_back("full");
    std::mt19937 engine(3);
    std::shuffle(names.begin(), names.end(), engine);
    return names;
  }
  FilterOutcome Filter(const std::vector<std::string>& names, const std::string& candidates) {
    return Verbs{world_, Pod({Container(1, 1000)}), names, "binpack", candidates}.Filter();
  }
  FitWorld world_;
};

TEST_F(CandidatesTest, AutoListsAllUpTo128AndThenTheBest64) {
  const std::vector<std::string> few = Build(kAutoAll);
  EXPECT_EQ(Filter(few, "auto").fitting.size(), kAutoAll);
  world_.Add("one-more", {UsedMemory(0)});
  std::vector<std::string> many = few;
  many.push_back("one-more");
  const FilterOutcome outcome = Filter(many, "auto");
  EXPECT_EQ(outcome.fitting.size(), kAutoShort);
  EXPECT_EQ(outcome.fitting_total, kAutoAll + 1);
  // Cut or not, every refused node is listed.
  EXPECT_EQ(outcome.refused.size(), 1u);
  // The long list begins with the same node; the others stand as they were offered.
  const std::vector<uint32_t> all = Filter(many, "all").fitting;
  ASSERT_EQ(all.size(), kAutoAll + 1);
  EXPECT_EQ(all.front(), outcome.fitting.front());
  EXPECT_TRUE(std::is_sorted(all.begin() + 1, all.end()));
}

TEST_F(CandidatesTest, CountAndBestClass) {
  const std::vector<std::string> names = Build(20);
  EXPECT_EQ(Filter(names, "5").fitting.size(), 5u);
  EXPECT_EQ(Filter(names, "500").fitting.size(), 20u);
  const FilterOutcome best = Filter(names, "best-class");
  ASSERT_EQ(best.fitting.size(), 3u);
  EXPECT_EQ(names[best.fitting[0]], "node-1000");
  EXPECT_EQ(names[best.fitting[2]], "node-1002");
}

TEST(CandidatesParseTest, AllowedTexts) {
  EXPECT_EQ(Candidates::Parse("all")->mode, Candidates::Mode::kAll);
  EXPECT_EQ(Candidates::Parse("auto")->mode, Candidates::Mode::kAuto);
  EXPECT_EQ(Candidates::Parse("best-class")->mode, Candidates::Mode::kBestClass);
  EXPECT_EQ(Candidates::Parse("17")->count, 17u);
  for (const char* text : {"", "0", "-1", "1.5", "+3", " 3", "ALL", "99999999999", "3 "}) {
    const auto parsed = Candidates::Parse(text);
    EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_NE(parsed.status().ToString().find("best-class"), std::string::npos) << text;
  }
}

TEST(PrioritizeTest, BestNodesGetTenOthersTheirShareRefusedNone) {
  FitWorld world;
  Fill(world, {{"a", 0}, {"b", 4500}, {"c", 9000}, {"d", 9000}, {"e", 9500}});
  const std::vector<std::string> names = {"d", "a", "stranger", "b", "e", "c"};
  const Verbs binpack{world, Pod({Container(1, 1000)}), names};
  EXPECT_EQ(binpack.Prioritize(), (std::vector<int32_t>{10, 0, 0, 4, 0, 10}));
  const Verbs spread{world, Pod({Container(1, 1000)}), names, "spread"};
  EXPECT_EQ(spread.Prioritize(), (std::vector<int32_t>{0, 10, 0, 4, 0, 0}));
}

TEST(PrioritizeTest, EqualNodesAllGetTen) {
  FitWorld world;
  Fill(world, {{"a", 3}, {"b", 3}});
  EXPECT_EQ((Verbs{world, Pod({Container(1, 1)}), {"a", "b"}}.Prioritize()),
            (std::vector<int32_t>{10, 10}));
  EXPECT_EQ((Verbs{world, Pod({Container(0, 0)}), {"a", "b"}}.Prioritize()),
            (std::vector<int32_t>{10, 10}));
}

// Scores as far apart as a policy's may be: what is lower says a lesser standing (standing.h).
class ExtremePolicy : public NodePolicy {
 public:
  std::string_view name() const override { return "extreme"; }
  int64_t Score(const CompiledRequest&, const model::Node& node, const Placement&,
                Scratch*) const override {
    if (node.name() == "low") return -(int64_t{1} << 61);
    if (node.name() == "high") return INT64_MAX;
    return node.name() == "nearly" ? INT64_MAX - 1 : 0;
  }
};

TEST(PrioritizeTest, ExtremeScoresDoNotOverflow) {
  FitWorld world;
  Fill(world, {{"low", 0}, {"middle", 0}, {"high", 0}, {"nearly", 0}});
  const PodRequest request = Pod({Container(1, 1)});
  const CompiledRequest compiled(request, world.snapshot(), CardPolicy());
  const std::vector<std::string_view> names = {"low", "middle", "high", "nearly"};
  const ExtremePolicy policy;
  FilterInput input;
  input.request = &compiled;
  input.snapshot = &world.snapshot();
  const absl::StatusOr<Offer> offer = FindOffer(world.snapshot(), names);
  ASSERT_TRUE(offer.ok());
  input.offer = &*offer;
  input.policy = &policy;
  EXPECT_EQ(PrioritizeNodes(input), (std::vector<int32_t>{0, 1, 10, 8}));
}

// kube-scheduler patches the pod when the text changes.
TEST(FilterTest, ReasonsOfAPodThatNeverFitsStayAsTheNodeFills) {
  FitWorld world;
  TestCard full = UsedMemory(9000);
  full.slots = 1;
  TestCard cordoned;
  cordoned.cordoned = true;
  world.Add("empty", {TestCard()}).Add("full", {full}).Add("cordoned", {cordoned});
  world.Add("closed", {TestCard()}).Apply(model::PodUnaccounted{"stranger", "closed", 0});
  const FilterOutcome outcome =
      Verbs{world, Pod({Container(1, 20000)}), {"empty", "full", "cordoned", "closed"}}.Filter();
  ASSERT_EQ(outcome.refused.size(), 4u);
  for (const FilterOutcome::Refusal& refusal : outcome.refused) {
    EXPECT_FALSE(refusal.resolvable);
    EXPECT_EQ(Words(refusal.reasons),
              refusal.position == 2 ? "CardCordoned" : "CardInsufficientMemory");
  }
}

TEST(OfferTest, ANameThatComesTwiceIsRefused) {
  FitWorld world;
  Fill(world, {{"a", 0}, {"b", 0}});
  const auto message = [&world](const std::vector<std::string_view>& names) {
    return std::string(FindOffer(world.snapshot(), names).status().message());
  };
  EXPECT_EQ(message({"a", "b", "c"}), "");
  EXPECT_EQ(message({"a", "b", "a"}), "NodeNames[2]: must name each node once, \"a\" comes twice");
  EXPECT_EQ(message({"c", "a", "c"}), "NodeNames[2]: must name each node once, \"c\" comes twice");
}

TEST(RankingTest, AgreesWithPlainSorting) {
  std::mt19937 engine(11);
  const auto below = [&engine](unsigned bound) { return static_cast<size_t>(engine() % bound); };
  for (int round = 0; round < 400; ++round) {
    std::vector<std::string> owned;
    const size_t count = 1 + below(60);
    for (size_t i = 0; i < count; ++i) {
      // Shared prefixes of several lengths, names that are prefixes of others, long tails.
      std::string name = below(3) == 0 ? "gpu-" : "gpu-node-in-a-long-zone-";
      name += std::to_string(below(40));
      if (below(3) == 0) name += ".cluster.example-" + std::to_string(i);
      if (std::find(owned.begin(), owned.end(), name) == owned.end()) owned.push_back(name);
    }
    const std::vector<std::string_view> names(owned.begin(), owned.end());
    std::vector<Ranked> ranked;
    for (uint32_t i = 0; i < names.size(); ++i) {
      Ranked node;
      node.score = static_cast<int64_t>(below(4)) - 2;
      node.position = i;
      ranked.push_back(node);
    }
    std::vector<Ranked> expected = ranked;
    std::sort(expected.begin(), expected.end(), [&names](const Ranked& a, const Ranked& b) {
      if (a.score != b.score) return a.score > b.score;
      return names[a.position] < names[b.position];
    });
    const size_t keep = below(70);
    KeepBest(names, keep, &ranked);
    ASSERT_EQ(ranked.size(), std::min(keep, expected.size()));
    for (size_t i = 0; i < ranked.size(); ++i) {
      ASSERT_EQ(ranked[i].position, expected[i].position) << "round " << round << " at " << i;
    }
  }
}

// What a large cluster is asked: the same answer whatever the order of the names.
TEST(FilterTest, OrderOfTheNamesDoesNotMatter) {
  FitWorld world;
  std::vector<std::string> names;
  std::mt19937 engine(2);
  for (int i = 0; i < 300; ++i) {
    names.push_back("node-" + std::to_string(i));
    world.Add(names.back(), {UsedMemory(static_cast<int32_t>(engine() % 5) * 2500), TestCard()});
  }
  Verbs verbs{world, Pod({Container(1, 3000), Container(1, 1000)}), names, "binpack", "auto"};
  const std::vector<std::string> first = verbs.Fitting();
  EXPECT_EQ(first.size(), kAutoShort);
  for (int round = 0; round < 5; ++round) {
    std::shuffle(verbs.names.begin(), verbs.names.end(), engine);
    EXPECT_EQ(verbs.Fitting(), first);
  }
}

}  // namespace
}  // namespace tangram::scheduler
