// Nodes of 1 to 64 cards, pods of several containers, every policy: the verdict is that of a plain
// reading of the rules, and nothing ends the process.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "scheduler/placement.h"
#include "scheduler/view_node_policy.h"
#include "tests/scheduler/fit_world.h"
#include "tests/scheduler/random_fit.h"

namespace tangram::scheduler {
namespace {

using model::ContainerKind;
using model::ContainerRequest;
using model::PodRequest;

constexpr model::HostBuckets kBuckets = {.cpu_milli = 1, .memory_mib = 1};

// All there are; those of views know a workload with slices and pods of many cards.
std::vector<std::shared_ptr<const NodePolicy>> EveryPolicy() {
  std::vector<std::shared_ptr<const NodePolicy>> policies;
  for (const std::string_view name : NodePolicyNames()) {
    policies.push_back({std::shared_ptr<const void>(), FindNodePolicy(name)});
  }
  WorkloadKnowledge knowledge;
  for (const int32_t cards : {1, 2, 8, 17, 40, 64}) {
    knowledge.pods.push_back(
        {.demand = {.cpu = 1000, .cards = cards, .milli = 1000}, .model_text = {}});
    knowledge.pods.push_back(
        {.demand = {.cpu = 1000, .cards = cards, .milli = 300}, .model_text = {}});
  }
  knowledge.typical = TypicalPods(knowledge.pods);
  knowledge.nodes.resize(1);
  for (const std::string_view name : ViewPolicyNames()) {
    auto made = MakeViewPolicy(name, knowledge);
    EXPECT_TRUE(made.ok()) << made.status();
    policies.push_back(std::make_shared<const ViewNodePolicy>(*std::move(made), 1, kBuckets));
  }
  return policies;
}

struct Use {
  int64_t slots = 0, memory = 0, cores = 0;
};

// Whether the card takes the container with so much in use, and what is in use then.
bool Takes(const TestCard& card, const ContainerRequest& container, Use* use) {
  const int64_t memory = container.memory.value() > 0
                             ? container.memory.value()
                             : int64_t{card.memory} * container.memory_percent / 100;
  const int64_t cores = container.cores.value();
  if (!card.healthy || card.cordoned || use->slots >= card.slots) return false;
  if (use->memory + memory > card.memory || use->cores + cores > card.cores) return false;
  if (cores == 100 && use->slots > 0) return false;
  if (cores == 0 && use->cores == card.cores) return false;
  *use = {use->slots + 1, use->memory + memory, use->cores + cores};
  return true;
}

// Card by card, all open demands of the containers that can be reached: slow and plainly right.
bool AnyPlacement(const std::vector<TestCard>& cards, const PodRequest& request) {
  const std::vector<ContainerRequest>& all = request.containers;
  std::vector<int32_t> start;
  for (const ContainerRequest& container : all) start.push_back(container.count);
  std::set<std::vector<int32_t>> open = {start};
  for (const TestCard& card : cards) {
    std::set<std::vector<int32_t>> next;
    for (uint32_t set = 0; set < (1u << all.size()); ++set) {
      Use use{card.used_slots, card.used_memory, card.used_cores};
      bool takes = true;
      for (size_t i = 0; i < all.size() && takes; ++i) {
        if (((set >> i) & 1u) == 0) continue;
        Use with = use;
        takes = Takes(card, all[i], &with);
        if (all[i].kind != ContainerKind::kInit) use = with;  // an init container ends
      }
      if (!takes) continue;
      for (std::vector<int32_t> left : open) {
        for (size_t i = 0; i < left.size(); ++i) {
          if (((set >> i) & 1u) != 0) left[i] = std::max(left[i] - 1, 0);
        }
        next.insert(std::move(left));
      }
    }
    open = std::move(next);
  }
  return open.contains(std::vector<int32_t>(start.size(), 0));
}

// Cards of two or three kinds, as nodes have them, some in use.
std::vector<TestCard> ManyCards(Random& random) {
  std::vector<TestCard> cards(static_cast<size_t>(random.Between(1, 64)));
  std::vector<TestCard> kinds(static_cast<size_t>(random.Between(1, 3)));
  for (TestCard& kind : kinds) {
    kind.slots = random.Between(1, 4);
    kind.memory = 10 * random.Between(1, 3);
    kind.healthy = !random.Once(10);
    if (random.Once(2)) continue;
    kind.used_slots = random.Between(1, kind.slots);
    kind.used_memory = random.Below(kind.memory + 1);
    kind.used_cores = 10 * random.Below(11);
  }
  for (TestCard& card : cards) card = kinds[static_cast<size_t>(random.Below(3)) % kinds.size()];
  return cards;
}

PodRequest ManyContainers(Random& random, size_t cards) {
  std::vector<ContainerRequest> containers;
  const int how_many = random.Between(1, 3);
  for (int i = 0; i < how_many; ++i) {
    const int most = std::max(static_cast<int>(cards) / (i == 2 ? 8 : 1), 1);
    ContainerRequest container = random.Once(3) ? ByPercent(1, random.Once(2) ? 100 : 40)
                                                : Container(1, random.Between(1, 20));
    container.count = random.Between(1, most);
    container.cores = model::CorePercent(random.Once(4) ? 100 : 10 * random.Below(6));
    container.kind = random.Once(6) ? ContainerKind::kInit : ContainerKind::kApp;
    containers.push_back(container);
  }
  PodRequest request = Pod(containers);
  const char* policies[] = {"", "binpack", "spread", "numa"};
  request.card_policy = policies[random.Below(4)];
  return request;
}

FilterOutcome Ask(FitWorld& world, const PodRequest& request, const NodePolicy& policy) {
  static constexpr std::string_view kNames[] = {"n"};
  const model::Snapshot snapshot = world.snapshot();
  const CompiledRequest compiled(request, snapshot, CardPolicy(), {500, 100});
  const auto offer = FindOffer(snapshot, kNames);
  EXPECT_TRUE(offer.ok());
  FilterInput input;
  input.request = &compiled;
  input.snapshot = &snapshot;
  input.offer = &*offer;
  input.policy = &policy;
  const std::vector<int32_t> scores = PrioritizeNodes(input);
  FilterOutcome outcome = FilterNodes(input);
  EXPECT_EQ(scores[0], outcome.fitting.empty() ? 0 : 10) << policy.name();
  return outcome;
}

// The cards of each container, in slot order, pass every rule one after the other.
void ExpectObeysTheRules(const std::vector<TestCard>& cards, const PodRequest& request,
                         const Placement& placement) {
  std::vector<Use> running;
  for (const TestCard& card : cards) {
    running.push_back({card.used_slots, card.used_memory, card.used_cores});
  }
  size_t at = 0;
  for (const ContainerRequest& container : request.containers) {
    std::vector<Use> books = running;
    std::set<uint16_t> taken;
    for (int32_t i = 0; i < container.count; ++i) {
      ASSERT_LT(at, placement.cards.size());
      const uint16_t card = placement.cards[at++];
      EXPECT_TRUE(taken.insert(card).second) << "card twice";
      EXPECT_TRUE(Takes(cards[card], container, &books[card])) << "card " << card;
    }
    if (container.kind != ContainerKind::kInit) running = books;
  }
  EXPECT_EQ(at, placement.cards.size());
}

TEST(ManyCardsTest, EveryPolicySaysWhatAPlainReadingOfTheRulesSays) {
  const auto policies = EveryPolicy();
  Random random(64);
  int fits = 0, refused = 0, limited = 0, wide = 0;
  for (int round = 0; round < 400; ++round) {
    SCOPED_TRACE(round);
    const std::vector<TestCard> cards = ManyCards(random);
    const PodRequest request = ManyContainers(random, cards.size());
    FitWorld world(kBuckets);
    world.Add("n", cards, std::nullopt, model::HostResources{64000, 64000});
    const bool possible = AnyPlacement(cards, request);
    for (const auto& policy : policies) {
      const FilterOutcome outcome = Ask(world, request, *policy);
      if (!outcome.fitting.empty()) {
        ASSERT_TRUE(possible) << policy->name();
        ExpectObeysTheRules(cards, request, outcome.best_placement);
        ++fits;
        wide += cards.size() > 16 ? 1 : 0;
      } else if (Words(outcome.refused[0].reasons) == "SearchLimit") {
        ++limited;
      } else {
        ASSERT_FALSE(possible) << policy->name() << ": " << Words(outcome.refused[0].reasons);
        ++refused;
      }
    }
  }
  EXPECT_GT(fits, 1000);
  EXPECT_GT(wide, 700);
  EXPECT_GT(refused, 700);
  EXPECT_LT(limited, 20);
}

TEST(ManyCardsTest, NineAndNineOfTwentyAndMixedContainersBesideFullCards) {
  for (const auto& policy : EveryPolicy()) {
    FitWorld world(kBuckets);
    std::vector<TestCard> cards(20);
    world.Add("n", cards);
    EXPECT_FALSE(Ask(world, Pod({Container(17, 0, 100)}), *policy).fitting.empty());
    EXPECT_FALSE(Ask(world, Pod({Container(9, 0), Container(9, 0)}), *policy).fitting.empty());
    for (size_t i = 0; i < 16; ++i) {
      cards[i].used_slots = 1;
      cards[i].used_memory = 10000;
      cards[i].used_cores = 100;
    }
    FitWorld full(kBuckets);
    full.Add("n", cards);
    const PodRequest mixed =
        Pod({Container(1, 0, 100), Container(1, 3000, 10), Container(2, 5000)});
    const FilterOutcome outcome = Ask(full, mixed, *policy);
    ASSERT_FALSE(outcome.fitting.empty()) << policy->name();
    ExpectObeysTheRules(cards, mixed, outcome.best_placement);
    EXPECT_TRUE(
        Ask(full, Pod({Container(3, 0, 100), Container(2, 0, 100)}), *policy).fitting.empty());
  }
}

TEST(ManyCardsTest, SixtyFiveCardsAreRefusedInWordsAndPodsWithoutCardsAreNot) {
  for (const size_t count : {size_t{65}, size_t{300}}) {
    for (const auto& policy : EveryPolicy()) {
      FitWorld world(kBuckets);
      world.Add("n", std::vector<TestCard>(count));
      const PodRequest one = Pod({Container(1, 100)});
      const FilterOutcome outcome = Ask(world, one, *policy);
      ASSERT_EQ(outcome.refused.size(), 1u);
      EXPECT_EQ(Words(outcome.refused[0].reasons), "NodeTooManyCards");
      EXPECT_FALSE(outcome.refused[0].resolvable);
      EXPECT_NE(ReasonText(outcome.refused[0].reasons, one).find("64"), std::string::npos);
      EXPECT_FALSE(Ask(world, Pod({Container(0, 0)}), *policy).fitting.empty());
    }
  }
}

// No number of containers or cards that somebody writes into a pod ends the process.
TEST(ManyCardsTest, NonsenseNumbersOfContainersAndCardsAreRefused) {
  FitWorld world(kBuckets);
  world.Add("n", std::vector<TestCard>(4));
  for (const auto& policy : EveryPolicy()) {
    const PodRequest huge = Pod({Container(2147483647, 0), Container(2147483647, 2147483647, 100)});
    EXPECT_TRUE(Ask(world, huge, *policy).fitting.empty());
    std::vector<ContainerRequest> many(70000, Container(1, 1, 0, ContainerKind::kInit));
    EXPECT_FALSE(Ask(world, Pod(many), *policy).fitting.empty());
    many.assign(70000, Container(1, 1));
    EXPECT_TRUE(Ask(world, Pod(many), *policy).fitting.empty());
  }
}

}  // namespace
}  // namespace tangram::scheduler
