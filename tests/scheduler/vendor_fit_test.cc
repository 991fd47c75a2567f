// Cards of several vendors: who asks for which, and how AMD's compute units are counted.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "scheduler/fit.h"
#include "tests/scheduler/fit_world.h"

namespace tangram::scheduler {
namespace {

using model::ContainerRequest;
using model::PodRequest;
using model::Vendor;

using Cards = std::vector<std::vector<int>>;

TestCard Instinct(int32_t compute_units = 304) {
  TestCard card;
  card.vendor = Vendor::kAmd;
  card.type = "AMD Instinct MI300X";
  card.mode = "";
  card.memory = 196592;
  card.cores = compute_units;
  return card;
}

ContainerRequest Amd(int32_t count, int32_t memory, int32_t percent) {
  ContainerRequest container = Container(count, memory, percent);
  container.vendor = Vendor::kAmd;
  return container;
}

model::Allocation Allocated(FitWorld& world, const PodRequest& request) {
  const CompiledRequest compiled(request, world.snapshot(), CardPolicy());
  Placement placement;
  EXPECT_TRUE(Fit(compiled, world.node("n"), &placement).fits);
  return MakeAllocation(compiled, world.node("n"), placement);
}

TEST(VendorFitTest, EachContainerGetsCardsOfItsVendorAlone) {
  FitWorld world;
  world.Add("n", {TestCard(), Instinct(), TestCard(), Instinct()});
  EXPECT_EQ(Try(world, Pod({Amd(2, 1000, 10)})).cards, Cards({{1, 3}}));
  EXPECT_EQ(Try(world, Pod({Container(2, 1000)})).cards, Cards({{0, 2}}));
  EXPECT_EQ(Try(world, Pod({Amd(2, 1000, 10), Container(2, 1000)})).cards, Cards({{1, 3}, {0, 2}}));
}

TEST(VendorFitTest, CardsOfOtherVendorsAreNoCandidatesAndGiveNoReason) {
  FitWorld world;
  TestCard ill;
  ill.healthy = false;
  world.Add("n", {ill, Instinct()});
  const Tried amd = Try(world, Pod({Amd(2, 1000, 10)}));
  EXPECT_EQ(Words(amd.answer.reasons), "NodeInsufficientDevice");
  EXPECT_FALSE(amd.answer.resolvable);
  EXPECT_EQ(Words(Try(world, Pod({Amd(1, 200000, 10)})).answer.reasons), "CardInsufficientMemory");
  EXPECT_EQ(Words(Try(world, Pod({Container(1, 1)})).answer.reasons), "CardNotHealth");
  world.Add("only-amd", {Instinct()});
  EXPECT_EQ(Words(Try(world, Pod({Container(1, 1)}), "only-amd").answer.reasons),
            "NodeInsufficientDevice");
}

TEST(VendorFitTest, PercentOfComputeIsResolvedToUnitsOfTheCard) {
  struct Case {
    int32_t units, percent, booked;
  };
  for (const Case& c : std::vector<Case>{{304, 100, 304},
                                         {304, 50, 152},
                                         {304, 33, 100},
                                         {304, 1, 3},
                                         {60, 1, 1},
                                         {60, 99, 59},
                                         {304, 0, 1},
                                         {304, 500, 304},
                                         {0, 50, 0}}) {
    SCOPED_TRACE(std::to_string(c.units) + " at " + std::to_string(c.percent));
    FitWorld world;
    world.Add("n", {Instinct(c.units)});
    const model::Allocation allocation = Allocated(world, Pod({Amd(1, 0, c.percent)}));
    ASSERT_EQ(allocation.slots[0].shares.size(), 1u);
    EXPECT_EQ(allocation.slots[0].shares[0].cores.value(), c.booked);
    EXPECT_EQ(allocation.slots[0].shares[0].memory.value(), 196592);
  }
}

TEST(VendorFitTest, SharesSayVendorAndProduct) {
  FitWorld world;
  world.Add("n", {TestCard(), Instinct()});
  const model::Allocation allocation =
      Allocated(world, Pod({Container(1, 1000), Amd(1, 1000, 50)}));
  EXPECT_EQ(allocation.slots[0].shares[0].vendor, Vendor::kNvidia);
  EXPECT_EQ(allocation.slots[0].shares[0].product, "");
  EXPECT_EQ(allocation.slots[1].shares[0].vendor, Vendor::kAmd);
  EXPECT_EQ(allocation.slots[1].shares[0].product, "AMD Instinct MI300X");
}

// 33 percent of 304 is 100 units, so that three of them leave four units, more than one percent.
TEST(VendorFitTest, UnitsLeftByRoundingDownAreUsed) {
  FitWorld world;
  TestCard card = Instinct();
  card.used_slots = 3;
  card.used_cores = 300;
  world.Add("n", {card});
  EXPECT_TRUE(Try(world, Pod({Amd(1, 1, 1)})).answer.fits);
  EXPECT_EQ(Words(Try(world, Pod({Amd(1, 1, 2)})).answer.reasons), "CardInsufficientCore");
}

TEST(VendorFitTest, AllOfTheComputeIsNotExclusiveUse) {
  FitWorld world;
  TestCard card = Instinct(100);
  card.used_slots = 1;
  card.used_memory = 10;
  world.Add("n", {card});
  EXPECT_TRUE(Try(world, Pod({Amd(1, 1000, 100)})).answer.fits) << "the other has no compute";
}

TEST(VendorFitTest, ConstraintsHoldForTheCardsOfTheirVendor) {
  FitWorld world;
  world.Add("n", {TestCard(), TestCard(), Instinct(), Instinct()});
  PodRequest request = Pod({Container(1, 1), Amd(1, 1, 1)});
  request.constraints.use_uuids = {CardUuid(1)};
  request.constraints.use_types = {"a100"};
  request.constraints.modes = "hami-core";
  EXPECT_EQ(Try(world, request).cards, Cards({{1}, {2}}));
  request.other_constraints[Vendor::kAmd].avoid_uuids = {CardUuid(2)};
  EXPECT_EQ(Try(world, request).cards, Cards({{1}, {3}}));
  request.other_constraints[Vendor::kAmd].avoid_types = {"mi300"};
  EXPECT_EQ(Words(Try(world, request).answer.reasons), "CardTypeMismatch");
}

TEST(VendorFitTest, NumaBindHoldsForNvidiaAlone) {
  FitWorld world;
  std::vector<TestCard> cards = {TestCard(), TestCard(), Instinct(), Instinct()};
  cards[0].numa = 1;
  cards[2].numa = 1;
  world.Add("n", cards);
  PodRequest amd = Pod({Amd(2, 1, 1)});
  amd.constraints.numa_bind = true;
  EXPECT_TRUE(Try(world, amd).answer.fits);
  PodRequest nvidia = Pod({Container(2, 1)});
  nvidia.constraints.numa_bind = true;
  EXPECT_FALSE(Try(world, nvidia).answer.fits);
}

TEST(VendorFitTest, KubeletsCountOfNvidiaLeavesAmdOut) {
  EXPECT_EQ(Pod({Container(2, 1), Amd(3, 1, 1)}).kubelet_gpus, 2);
}

TEST(VendorFitTest, TextsNameTheVendorThatIsNotNvidia) {
  ReasonSet reasons;
  reasons.Add(Reason::kNodeInsufficientDevice);
  EXPECT_EQ(ReasonText(reasons, Pod({Amd(2, 1, 1)})),
            "NodeInsufficientDevice (wants 2 AMD cards for one container)");
  EXPECT_EQ(ReasonText(reasons, Pod({Container(1, 1), Amd(1, 1, 1)})),
            "NodeInsufficientDevice (wants 1 card and 1 AMD card for one container)");
}

TEST(VendorFitTest, ExplanationIsInPercentOfTheCard) {
  FitWorld world;
  TestCard card = Instinct();
  card.used_slots = 1;
  card.used_cores = 228;
  world.Add("n", {TestCard(), card});
  const PodRequest request = Pod({Amd(1, 1, 50)});
  const CompiledRequest compiled(request, world.snapshot(), CardPolicy());
  const std::vector<CardVerdict> verdicts = ExplainCards(compiled, world.node("n"));
  ASSERT_EQ(verdicts.size(), 2u);
  EXPECT_EQ(verdicts[0].reason, Reason::kCardTypeMismatch);
  EXPECT_EQ(verdicts[1].reason, Reason::kCardInsufficientCore);
  EXPECT_EQ(verdicts[1].have, 25);
  EXPECT_EQ(verdicts[1].want, 50);
}

}  // namespace
}  // namespace tangram::scheduler
