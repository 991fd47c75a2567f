#include "scheduler/fit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <string>
#include <vector>

#include "tests/scheduler/fit_world.h"
#include "tests/support/model_builders.h"

namespace tangram::scheduler {
namespace {

using model::ContainerKind;
using model::PodRequest;

using Cards = std::vector<std::vector<int>>;

struct OneCardCase {
  const char* fact;
  TestCard card;
  model::ContainerRequest container;
  const char* words;  // "" = fits
  bool resolvable;
};

class OneCardTest : public ::testing::TestWithParam<OneCardCase> {};

TEST_P(OneCardTest, Verdict) {
  const OneCardCase& c = GetParam();
  FitWorld world;
  world.Add("n", {c.card});
  const Tried tried = Try(world, Pod({c.container}));
  EXPECT_EQ(Words(tried.answer.reasons), c.words);
  EXPECT_EQ(tried.answer.fits, std::string(c.words).empty());
  if (!tried.answer.fits) {
    EXPECT_EQ(tried.answer.resolvable, c.resolvable);
  }
}

TestCard Used(int32_t slots, int32_t memory, int32_t cores) {
  TestCard card;
  card.used_slots = slots;
  card.used_memory = memory;
  card.used_cores = cores;
  return card;
}

TestCard With(void (*change)(TestCard&)) {
  TestCard card;
  change(card);
  return card;
}

INSTANTIATE_TEST_SUITE_P(
    Facts, OneCardTest,
    ::testing::Values(
        OneCardCase{"FreeCardFits", TestCard(), Container(1, 1000, 10), "", true},
        OneCardCase{"UnhealthyCard", With([](TestCard& c) { c.healthy = false; }),
                    Container(1, 1000), "CardNotHealth", false},
        OneCardCase{"CordonedCard", With([](TestCard& c) { c.cordoned = true; }),
                    Container(1, 1000), "CardCordoned", false},
        OneCardCase{"HealthComesBeforeCordon",
                    With([](TestCard& c) { c.healthy = false, c.cordoned = true; }),
                    Container(1, 1000), "CardNotHealth", false},
        OneCardCase{"MigCardTakesNothing", With([](TestCard& c) { c.mode = "mig"; }),
                    Container(1, 1000), "CardMigTopologyInfeasible", false},
        OneCardCase{"ExactMemoryFits", Used(1, 7000, 0), Container(1, 3000), "", true},
        OneCardCase{"OneMebibyteTooMuch", Used(1, 7000, 0), Container(1, 3001),
                    "CardInsufficientMemory", true},
        OneCardCase{"MemoryBeyondTheCard", TestCard(), Container(1, 10001),
                    "CardInsufficientMemory", false},
        OneCardCase{"PercentIsTruncated", With([](TestCard& c) {
                      c.memory = 199, c.used_slots = 1, c.used_memory = 100;
                    }),
                    ByPercent(1, 50), "", true},
        OneCardCase{"PercentBeyondWhatIsLeft", Used(1, 5001, 0), ByPercent(1, 50),
                    "CardInsufficientMemory", true},
        OneCardCase{"WholeCardNeedsAllMemory", Used(1, 1, 0), ByPercent(1, 100),
                    "CardInsufficientMemory", true},
        OneCardCase{"LargeCardPercentDoesNotOverflow",
                    With([](TestCard& c) { c.memory = 2000000000; }), ByPercent(1, 100), "", true},
        OneCardCase{"ExactCoresFit", Used(1, 0, 70), Container(1, 1, 30), "", true},
        OneCardCase{"TooManyCores", Used(1, 0, 71), Container(1, 1, 30), "CardInsufficientCore",
                    true},
        OneCardCase{"CoresBeyondTheCard", With([](TestCard& c) { c.cores = 50; }),
                    Container(1, 1, 60), "CardInsufficientCore", false},
        OneCardCase{"CoresAreCutTo100", TestCard(), Container(1, 1, 250), "", true},
        OneCardCase{"MemoryComesBeforeCores", Used(1, 9999, 100), Container(1, 2, 1),
                    "CardInsufficientMemory", true},
        OneCardCase{"NoSlotLeft", Used(10, 0, 0), Container(1, 1), "CardTimeSlicingExhausted",
                    true},
        OneCardCase{"CardWithoutSlots", With([](TestCard& c) { c.slots = 0; }), Container(1, 1),
                    "CardTimeSlicingExhausted", false},
        OneCardCase{"SlotsComeBeforeMemory", Used(10, 10000, 0), Container(1, 1),
                    "CardTimeSlicingExhausted", true},
        OneCardCase{"ExclusiveNeedsAnUnusedCard", Used(1, 0, 0), Container(1, 1, 100),
                    "ExclusiveDeviceAllocateConflict", true},
        OneCardCase{"ExclusiveOnlyOnCardsOfExactly100",
                    With([](TestCard& c) { c.cores = 200, c.used_slots = 1, c.used_cores = 100; }),
                    Container(1, 1, 100), "", true},
        OneCardCase{"NoCoresOnATakenCard", Used(1, 0, 100), Container(1, 1, 0),
                    "CardComputeUnitsExhausted", true},
        OneCardCase{"CardWithoutCoresTakesZero", With([](TestCard& c) { c.cores = 0; }),
                    Container(1, 1, 0), "", true},
        OneCardCase{"OvercommittedMemory", Used(1, 10001, 0), Container(1, 1), "CardOvercommitted",
                    true},
        OneCardCase{"OvercommittedCores", Used(1, 0, 101), Container(1, 1), "CardOvercommitted",
                    true},
        OneCardCase{"OvercommittedSlots", Used(11, 0, 0), Container(1, 1),
                    "CardTimeSlicingExhausted", true},
        OneCardCase{"MoreCardsThanTheNodeHas", TestCard(), Container(2, 1),
                    "NodeInsufficientDevice", false}),
    [](const auto& param) { return std::string(param.param.fact); });

TEST(FitTest, EmptyRequestFitsEverywhere) {
  FitWorld world;
  world.Add("bare", {});
  const Tried tried = Try(world, Pod({Container(0, 0)}), "bare");
  EXPECT_TRUE(tried.answer.fits);
  EXPECT_TRUE(tried.cards.empty());
  model::PodRequest request = Pod({Container(0, 0)});
  const CompiledRequest compiled(request, world.snapshot(), CardPolicy());
  EXPECT_TRUE(Fit(compiled, model::Node("unheard-of"), nullptr).fits);
}

TEST(FitTest, UnknownNodeIsResolvableAndNodeWithoutCardsIsNot) {
  FitWorld world;
  world.Add("bare", {});
  const PodRequest request = Pod({Container(1, 1)});
  const CompiledRequest compiled(request, world.snapshot(), CardPolicy());
  const FitAnswer unknown = Fit(compiled, model::Node("unheard-of"), nullptr);
  EXPECT_EQ(Words(unknown.reasons), "NodeUnknown");
  EXPECT_TRUE(unknown.resolvable);
  const Tried bare = Try(world, request, "bare");
  EXPECT_EQ(Words(bare.answer.reasons), "ResourceNotOffered");
  EXPECT_FALSE(bare.answer.resolvable);
}

TEST(FitTest, WhyANodeHasNoCardsIsWhatIsSaid) {
  using model::Cardless;
  FitWorld world;
  for (const auto& [why, text] :
       {std::pair(Cardless::kUnregistered, "NodeUnknown"),
        {Cardless::kUnusable, "NoCardsRegistered (no cards registered that can be used)"}}) {
    model::NodeSpec spec = tangram::testing::MakeNode("n", 0);
    spec.cardless = why;
    world.Apply(model::NodeUpserted{spec});
    const PodRequest request = Pod({Container(1, 1)});
    const FitAnswer answer = Try(world, request, "n").answer;
    EXPECT_EQ(ReasonText(answer.reasons, request), text);
    EXPECT_FALSE(answer.resolvable) << "no pod's departure helps";
  }
}

TEST(FitTest, UnaccountedPodClosesTheNode) {
  FitWorld world;
  world.Add("n", {TestCard()});
  world.Apply(model::PodUnaccounted{"stranger", "n", 1});
  const Tried tried = Try(world, Pod({Container(1, 1)}));
  EXPECT_EQ(Words(tried.answer.reasons), "UnaccountedPod");
  EXPECT_TRUE(tried.answer.resolvable);
  const Tried never = Try(world, Pod({Container(1, 20000)}));
  EXPECT_EQ(Words(never.answer.reasons), "UnaccountedPod CardInsufficientMemory");
  EXPECT_FALSE(never.answer.resolvable);
}

TEST(FitTest, KubeletCountIsKeptWithinAllocatable) {
  FitWorld world;
  TestCard card;
  card.used_slots = 1;
  world.Add("n", {card, TestCard()}, 3);
  EXPECT_TRUE(Try(world, Pod({Container(2, 1)})).answer.fits);
  // One is in use, so three more of three are too many for the kubelet, though not for the cards.
  const Tried full = Try(world, Pod({Container(2, 1), Container(1, 1)}));
  EXPECT_EQ(Words(full.answer.reasons), "NodeAllocatableExhausted");
  EXPECT_TRUE(full.answer.resolvable);
  const Tried never = Try(world, Pod({Container(2, 1), Container(2, 1)}));
  EXPECT_EQ(Words(never.answer.reasons), "NodeAllocatableExhausted");
  EXPECT_FALSE(never.answer.resolvable);
}

TEST(FitTest, FullSlotsAreNotReportedAsKubeletCount) {
  FitWorld world;
  TestCard card;
  card.slots = 1;
  card.used_slots = 1;
  world.Add("n", {card}, 1);
  EXPECT_EQ(Words(Try(world, Pod({Container(1, 1)})).answer.reasons), "CardTimeSlicingExhausted");
}

struct TypeCase {
  const char* fact;
  std::vector<std::string> use_types, avoid_types;
  const char* modes;
  bool fits;
};

class TypeTest : public ::testing::TestWithParam<TypeCase> {};

TEST_P(TypeTest, Verdict) {
  FitWorld world;
  world.Add("n", {TestCard()});  // NVIDIA A100-SXM4-80GB, hami-core
  PodRequest request = Pod({Container(1, 1)});
  request.constraints.use_types = GetParam().use_types;
  request.constraints.avoid_types = GetParam().avoid_types;
  request.constraints.modes = GetParam().modes;
  const Tried tried = Try(world, request);
  EXPECT_EQ(tried.answer.fits, GetParam().fits);
  if (!GetParam().fits) {
    EXPECT_EQ(Words(tried.answer.reasons), "CardTypeMismatch");
    EXPECT_FALSE(tried.answer.resolvable);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Facts, TypeTest,
    ::testing::Values(TypeCase{"NoConstraint", {}, {}, "", true},
                      TypeCase{"SubstringOfLowerCase", {"a100"}, {}, "", true},
                      TypeCase{"AnyOfTheList", {"h100", "sxm4"}, {}, "", true},
                      TypeCase{"NoneOfTheList", {"h100", "t4"}, {}, "", false},
                      TypeCase{"AvoidedType", {}, {"a100"}, "", false},
                      TypeCase{"BothKeysApply", {"nvidia"}, {"80gb"}, "", false},
                      TypeCase{"AvoidingOthers", {}, {"h100"}, "", true},
                      TypeCase{"ModeWithinTheText", {}, {}, "hami-core,mig", true},
                      TypeCase{"ModeNotWithinTheText", {}, {}, "mig", false},
                      TypeCase{"PartOfTheModeIsNotEnough", {}, {}, "hami", false}),
    [](const auto& param) { return std::string(param.param.fact); });

TEST(FitTest, CardTypeNewerThanTheRequestIsMatchedByText) {
  FitWorld world;
  world.Add("n", {TestCard()});
  PodRequest request = Pod({Container(1, 1)});
  request.constraints.use_types = {"h100"};
  const CompiledRequest compiled(request, world.snapshot(), CardPolicy());
  TestCard late;
  late.type = "NVIDIA H100 80GB HBM3";
  world.Add("late", {late});
  EXPECT_TRUE(Fit(compiled, world.node("late"), nullptr).fits);
  EXPECT_FALSE(Fit(compiled, world.node("n"), nullptr).fits);
}

TEST(FitTest, UuidConstraintsPickAndAvoidCards) {
  FitWorld world;
  world.Add("n", {TestCard(), TestCard(), TestCard()});
  PodRequest request = Pod({Container(1, 1)});
  request.constraints.use_uuids = {CardUuid(1), CardUuid(2)};
  EXPECT_EQ(Try(world, request).cards, Cards({{1}}));
  request.constraints.avoid_uuids = {CardUuid(1)};
  EXPECT_EQ(Try(world, request).cards, Cards({{2}}));
  request.constraints.avoid_uuids.push_back(CardUuid(2));
  const Tried none = Try(world, request);
  EXPECT_EQ(Words(none.answer.reasons), "CardUuidMismatch");
  EXPECT_FALSE(none.answer.resolvable);
}

TEST(FitTest, CardsThatPassButAreTooFewAreSaid) {
  FitWorld world;
  TestCard full;
  full.used_slots = 1;
  full.used_memory = 10000;
  world.Add("n", {TestCard(), full});
  const Tried tried = Try(world, Pod({Container(2, 1)}));
  EXPECT_EQ(Words(tried.answer.reasons),
            "CardInsufficientMemory AllocatedCardsInsufficientRequest");
  EXPECT_TRUE(tried.answer.resolvable);
}

TEST(FitTest, MigCardsAreNotCountedAsTooFew) {
  FitWorld world;
  TestCard mig;
  mig.mode = "mig";
  world.Add("n", {mig});
  EXPECT_EQ(Words(Try(world, Pod({Container(3, 1)})).answer.reasons), "CardMigTopologyInfeasible");
  PodRequest request = Pod({Container(3, 1)});
  request.constraints.modes = "hami-core";
  EXPECT_EQ(Words(Try(world, request).answer.reasons), "NodeInsufficientDevice");
}

TEST(FitTest, MutexTakesOnlyUnusedCards) {
  FitWorld world;
  TestCard used;
  used.used_slots = 1;
  world.Add("n", {used, TestCard()});
  PodRequest request = Pod({Container(1, 1)});
  request.card_policy = "mutex";
  EXPECT_EQ(Try(world, request).cards, Cards({{1}}));
  PodRequest both = Pod({Container(2, 1)});
  both.card_policy = "mutex,binpack";
  EXPECT_EQ(Words(Try(world, both).answer.reasons),
            "ExclusiveDeviceAllocateConflict AllocatedCardsInsufficientRequest");
  // Within one pod as well.
  PodRequest two = Pod({Container(1, 1), Container(1, 1)});
  two.card_policy = "mutex";
  EXPECT_FALSE(Try(world, two).answer.fits);
}

TEST(FitTest, CardPoliciesChooseByUsageThenNumaThenUuid) {
  FitWorld world;
  TestCard busy, some, far;
  busy.used_slots = 1, busy.used_memory = 5000;
  some.used_slots = 1, some.used_memory = 2000, some.numa = 1;
  far.numa = 1;
  TestCard idle;
  idle.numa = 2;
  world.Add("n", {busy, some, idle, far, idle});
  const PodRequest request = Pod({Container(1, 1)});
  EXPECT_EQ(Try(world, request, "n", "binpack").cards, Cards({{0}}));
  EXPECT_EQ(Try(world, request, "n", "spread").cards, Cards({{3}}));
  EXPECT_EQ(Try(world, request, "n", "numa").cards, Cards({{0}}));
  EXPECT_EQ(Try(world, request, "n", "numa,spread").cards, Cards({{0}}));
  EXPECT_EQ(Try(world, Pod({Container(3, 1)}), "n", "spread").cards, Cards({{2, 3, 4}}));
  EXPECT_EQ(Try(world, Pod({Container(2, 1)}), "n", "binpack").cards, Cards({{0, 1}}));
}

TEST(FitTest, PodChoosesItsOwnCardPolicy) {
  FitWorld world;
  TestCard busy;
  busy.used_slots = 1;
  world.Add("n", {TestCard(), busy});
  PodRequest request = Pod({Container(1, 1)});
  request.card_policy = "binpack";
  EXPECT_EQ(Try(world, request, "n", "spread").cards, Cards({{1}}));
}

TEST(FitTest, NumaBindTakesOneNumaNode) {
  FitWorld world;
  TestCard zero, one;
  one.numa = 1;
  zero.used_slots = 1;
  world.Add("n", {zero, one, zero, one});
  PodRequest request = Pod({Container(2, 1)});
  request.constraints.numa_bind = true;
  EXPECT_EQ(Try(world, request).cards, Cards({{1, 3}}));
  EXPECT_EQ(Try(world, request, "n", "binpack").cards, Cards({{0, 2}}));
}

TEST(FitTest, NumaBindRefusesASplit) {
  FitWorld world;
  TestCard zero, one;
  one.numa = 1;
  world.Add("n", {zero, one});
  PodRequest request = Pod({Container(2, 1)});
  EXPECT_TRUE(Try(world, request).answer.fits);
  request.constraints.numa_bind = true;
  const Tried tried = Try(world, request);
  EXPECT_EQ(Words(tried.answer.reasons), "NumaNotFit AllocatedCardsInsufficientRequest");
  EXPECT_FALSE(tried.answer.resolvable);
}

TEST(FitTest, ContainersMayShareACardUpToItsEnd) {
  FitWorld world;
  world.Add("n", {TestCard()});
  EXPECT_EQ(Try(world, Pod({Container(1, 6000), Container(1, 4000)})).cards, Cards({{0}, {0}}));
  EXPECT_EQ(Words(Try(world, Pod({Container(1, 6000), Container(1, 4001)})).answer.reasons),
            "CardInsufficientMemory");
}

TEST(FitTest, InitContainersAreJudgedOnTheNodesBooksAlone) {
  FitWorld world;
  world.Add("n", {TestCard()});
  const Tried tried =
      Try(world, Pod({Container(1, 10000, 100, ContainerKind::kInit),
                      Container(1, 9000, 0, ContainerKind::kInit), Container(1, 10000, 100)}));
  EXPECT_EQ(tried.cards, Cards({{0}, {0}, {0}}));
}

TEST(FitTest, SidecarsAddToAppContainers) {
  FitWorld world;
  world.Add("n", {TestCard()});
  EXPECT_FALSE(Try(world, Pod({Container(1, 6000, 0, ContainerKind::kSidecar), Container(1, 6000)}))
                   .answer.fits);
  EXPECT_TRUE(Try(world, Pod({Container(1, 6000, 0, ContainerKind::kInit), Container(1, 6000)}))
                  .answer.fits);
}

TEST(FitTest, AnInitContainerFindsTheSidecarsBeforeItOnTheCards) {
  const auto sidecar = Container(1, 6000, 0, ContainerKind::kSidecar);
  const auto init = Container(1, 5000, 0, ContainerKind::kInit);
  FitWorld world;
  world.Add("n", {TestCard()});
  EXPECT_TRUE(Try(world, Pod({init, sidecar})).answer.fits);
  const Tried refused = Try(world, Pod({sidecar, init}));
  EXPECT_EQ(Words(refused.answer.reasons), "CardInsufficientMemory");
  EXPECT_FALSE(refused.answer.resolvable);
  // The search moves the sidecar out of the init container's way.
  TestCard small;
  small.memory = 6000;
  FitWorld two;
  two.Add("n", {TestCard(), small});
  EXPECT_EQ(Try(two, Pod({sidecar, Container(1, 9000, 0, ContainerKind::kInit)})).cards,
            Cards({{1}, {0}}));
}

TEST(FitTest, ACardWithMoreContainersThanSlotsLacksSlots) {
  TestCard full;
  full.slots = 2;
  full.used_slots = 3;
  full.used_memory = 1000;
  FitWorld world;
  world.Add("n", {full});
  const Tried tried = Try(world, Pod({Container(1, 1000)}));
  EXPECT_EQ(Words(tried.answer.reasons), "CardTimeSlicingExhausted");
  EXPECT_TRUE(tried.answer.resolvable);
}

TEST(FitTest, SearchFindsWhatTheGreedyOrderMisses) {
  FitWorld world;
  TestCard large, small;
  large.memory = 10000;
  small.memory = 4000;
  world.Add("n", {large, small});
  // Spread puts the first container on the large card (equal usage, lower UUID); the second then
  // needs the large card as well.
  const Tried tried = Try(world, Pod({Container(1, 4000), Container(1, 8000)}));
  ASSERT_TRUE(tried.answer.fits);
  EXPECT_EQ(tried.cards, Cards({{1}, {0}}));
}

TEST(FitTest, SearchHonoursNumaBind) {
  FitWorld world;
  TestCard zero, one;
  one.numa = 1;
  zero.memory = one.memory = 1000;
  TestCard zero_large = zero;
  zero_large.memory = 2000;
  world.Add("n", {zero_large, zero_large, one, one});
  PodRequest request = Pod({Container(2, 1000), Container(2, 2000)});
  request.constraints.numa_bind = true;
  const Tried tried = Try(world, request);
  ASSERT_TRUE(tried.answer.fits);
  EXPECT_EQ(tried.cards, Cards({{2, 3}, {0, 1}}));
}

// One card of many is large. The greedy order, which takes the card with fewer slots first among
// the unused, spends it on the first container.
TEST(FitTest, TheSearchGoesOnOnNodesOfManyCards) {
  TestCard small, large;
  small.memory = 4000;
  small.slots = large.slots + 1;
  for (const size_t cards : {kCompleteCards, kCompleteCards + 1, size_t{40}, kSearchCards}) {
    FitWorld world;
    std::vector<TestCard> list(cards, small);
    list[0] = large;
    world.Add("n", list);
    EXPECT_TRUE(Try(world, Pod({Container(1, 4000), Container(1, 8000)})).answer.fits) << cards;
    const Tried no = Try(world, Pod({Container(1, 4001), Container(1, 8000)}));
    EXPECT_EQ(Words(no.answer.reasons), "CardInsufficientMemory") << cards;
  }
}

// More containers than the search takes: other orders are tried.
TEST(FitTest, MoreContainersThanTheSearchTakesArePlacedLargeOnesFirst) {
  FitWorld world;
  TestCard large;
  TestCard small;
  small.memory = 9000;
  world.Add("n", {large, small});
  std::vector<model::ContainerRequest> containers;
  for (size_t i = 0; i < kSearchContainers; ++i) containers.push_back(Container(1, 1000));
  containers.push_back(Container(1, 10000));
  EXPECT_TRUE(Try(world, Pod(containers)).answer.fits);
}

// Eighteen pieces of 1,000 leave 500 on each card, which is too little for the one of 600, though
// the sum would do.
TEST(FitTest, WhatNoSearchSettlesSaysSearchLimit) {
  FitWorld world;
  TestCard card;
  card.memory = 9500;
  card.slots = 100;
  world.Add("n", {card, card});
  std::vector<model::ContainerRequest> containers(18, Container(1, 1000));
  containers.push_back(Container(1, 600));
  const Tried tried = Try(world, Pod(containers));
  EXPECT_EQ(Words(tried.answer.reasons), "SearchLimit");
  EXPECT_TRUE(tried.answer.resolvable);
}

TEST(FitTest, WhatLacksInSumIsNamedInsteadOfTheSearch) {
  FitWorld world;
  TestCard card;
  card.slots = 100;
  card.memory = 32000;
  world.Add("n", {card});
  const std::vector<model::ContainerRequest> eleven(11, Container(1, 3000));
  EXPECT_EQ(Words(Try(world, Pod(eleven)).answer.reasons), "CardInsufficientMemory");
  EXPECT_FALSE(Try(world, Pod(eleven)).answer.resolvable);
  const std::vector<model::ContainerRequest> cores(11, Container(1, 10, 10));
  EXPECT_EQ(Words(Try(world, Pod(cores)).answer.reasons), "CardInsufficientCore");
  const std::vector<model::ContainerRequest> percent(11, ByPercent(1, 10));
  EXPECT_EQ(Words(Try(world, Pod(percent)).answer.reasons), "CardInsufficientMemory");
}

// Init containers are judged one by one, and their places stored one after the other.
TEST(FitTest, ManyInitContainersCostTimeInProportion) {
  FitWorld world;
  world.Add("n", std::vector<TestCard>(8));
  const auto seconds = [&](size_t count) {
    std::vector<model::ContainerRequest> containers(count,
                                                    Container(2, 1000, 10, ContainerKind::kInit));
    containers.push_back(Container(1, 1000, 10));
    const model::PodRequest request = Pod(containers);
    const CompiledRequest compiled(request, world.snapshot(), CardPolicy());
    double best = 1e9;
    for (int i = 0; i < 3; ++i) {
      const std::clock_t begin = std::clock();
      Placement placement;
      EXPECT_TRUE(Fit(compiled, world.node("n"), &placement).fits);
      EXPECT_EQ(TakenBy(compiled, world.node("n"), placement).size(), 2u);
      EXPECT_EQ(MakeAllocation(compiled, world.node("n"), placement).slots.size(), count + 1);
      best = std::min(best, static_cast<double>(std::clock() - begin));
    }
    return best;
  };
  // Thirty-two times as many: a thousand times as long where each looks at all before it.
  EXPECT_LT(seconds(64000), 200 * seconds(2000));
}

TEST(FitTest, ContainerThatNeverFitsIsNotBlamedOnTheSearch) {
  FitWorld world;
  world.Add("n", std::vector<TestCard>(kCompleteCards + 1));
  const Tried tried = Try(world, Pod({Container(1, 1), Container(1, 20000)}));
  EXPECT_EQ(Words(tried.answer.reasons), "CardInsufficientMemory");
  EXPECT_FALSE(tried.answer.resolvable);
}

TEST(FitTest, TogetherTooMuchForAnEmptyNodeIsUnresolvable) {
  FitWorld world;
  TestCard used;
  used.used_slots = 1;
  used.used_memory = 4000;
  world.Add("n", {TestCard()}).Add("used", {used});
  EXPECT_FALSE(Try(world, Pod({Container(1, 6000), Container(1, 6000)})).answer.resolvable);
  const Tried later = Try(world, Pod({Container(1, 6000), Container(1, 4000)}), "used");
  EXPECT_FALSE(later.answer.fits);
  EXPECT_TRUE(later.answer.resolvable);
}

TEST(FitTest, AllocationHasASlotForEveryContainer) {
  FitWorld world;
  TestCard odd;
  odd.memory = 10001;
  world.Add("n", {odd, odd});
  const PodRequest request =
      Pod({Container(0, 0, 0, ContainerKind::kInit), Container(1, 500, 10, ContainerKind::kSidecar),
           Container(0, 0), ByPercent(2, 50, 250 - 200)});
  const CompiledRequest compiled(request, world.snapshot(), CardPolicy());
  Placement placement;
  ASSERT_TRUE(Fit(compiled, world.node("n"), &placement).fits);
  const model::Allocation allocation = MakeAllocation(compiled, world.node("n"), placement);
  ASSERT_EQ(allocation.slots.size(), 4u);
  EXPECT_TRUE(allocation.slots[0].shares.empty());
  EXPECT_EQ(allocation.slots[1].kind, ContainerKind::kSidecar);
  ASSERT_EQ(allocation.slots[1].shares.size(), 1u);
  EXPECT_EQ(allocation.slots[1].shares[0].memory, model::Mebibytes(500));
  EXPECT_TRUE(allocation.slots[2].shares.empty());
  ASSERT_EQ(allocation.slots[3].shares.size(), 2u);
  EXPECT_EQ(allocation.slots[3].shares[0].uuid, CardUuid(0));
  EXPECT_EQ(allocation.slots[3].shares[1].uuid, CardUuid(1));
  EXPECT_EQ(allocation.slots[3].shares[1].memory, model::Mebibytes(5000));
  EXPECT_EQ(allocation.slots[3].shares[1].cores, model::CorePercent(50));
}

TEST(ExplainCardsTest, EveryCardSaysWhatItHasAndWhatIsWanted) {
  FitWorld world;
  TestCard memory, cores, sick, over;
  memory.used_slots = 1, memory.used_memory = 9000;
  cores.used_slots = 1, cores.used_cores = 80;
  sick.healthy = false;
  over.used_slots = 1, over.used_memory = 10500;
  world.Add("n", {memory, cores, sick, over, TestCard()});
  const PodRequest request = Pod({ByPercent(2, 30, 40)});
  const CompiledRequest compiled(request, world.snapshot(), CardPolicy());
  const std::vector<CardVerdict> verdicts = ExplainCards(compiled, world.node("n"));
  ASSERT_EQ(verdicts.size(), 5u);
  EXPECT_EQ(verdicts[0].reason, Reason::kCardInsufficientMemory);
  EXPECT_EQ(verdicts[0].have, 1000);
  EXPECT_EQ(verdicts[0].want, 3000);
  EXPECT_EQ(verdicts[1].reason, Reason::kCardInsufficientCore);
  EXPECT_EQ(verdicts[1].have, 20);
  EXPECT_EQ(verdicts[1].want, 40);
  EXPECT_EQ(verdicts[2].reason, Reason::kCardNotHealth);
  EXPECT_EQ(verdicts[3].reason, Reason::kCardOvercommitted);
  EXPECT_EQ(verdicts[3].have, -500);
  EXPECT_TRUE(verdicts[4].fits);
}

TEST(ExplainCardsTest, TheContainerThatCannotBePlacedIsExplained) {
  FitWorld world;
  world.Add("n", {TestCard()});
  const PodRequest request = Pod({Container(1, 6000), Container(1, 5000)});
  const CompiledRequest compiled(request, world.snapshot(), CardPolicy());
  const std::vector<CardVerdict> verdicts = ExplainCards(compiled, world.node("n"));
  ASSERT_EQ(verdicts.size(), 1u);
  EXPECT_FALSE(verdicts[0].fits);
  EXPECT_EQ(verdicts[0].have, 4000);
  EXPECT_EQ(verdicts[0].want, 5000);
}

TEST(ExplainCardsTest, UnknownNodeAndEmptyRequestHaveNothingToExplain) {
  FitWorld world;
  world.Add("n", {TestCard()});
  const PodRequest none = Pod({Container(0, 0)});
  EXPECT_TRUE(
      ExplainCards(CompiledRequest(none, world.snapshot(), CardPolicy()), world.node("n")).empty());
  const PodRequest one = Pod({Container(1, 1)});
  EXPECT_TRUE(
      ExplainCards(CompiledRequest(one, world.snapshot(), CardPolicy()), model::Node("unheard-of"))
          .empty());
}

}  // namespace
}  // namespace tangram::scheduler
