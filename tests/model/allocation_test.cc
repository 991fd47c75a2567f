// The fold of slots into what each card must set aside.
#include "model/allocation.h"

#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/model_builders.h"

namespace tangram::model {
namespace {

using testing::AppSlot;
using testing::InitSlot;
using testing::MakeShare;
using testing::MakeUsage;
using testing::SidecarSlot;

struct Case {
  const char* what;
  std::vector<AllocationSlot> slots;
  bool init_finished;
  std::vector<CardDemand> demand;
};

void ExpectFolds(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    const std::vector<CardDemand> demand = FoldDemand(Allocation{c.slots}, c.init_finished);
    ASSERT_EQ(demand.size(), c.demand.size());
    for (size_t i = 0; i < demand.size(); ++i) {
      EXPECT_EQ(demand[i].uuid, c.demand[i].uuid);
      EXPECT_EQ(demand[i].usage.slots, c.demand[i].usage.slots);
      EXPECT_EQ(demand[i].usage.memory, c.demand[i].usage.memory);
      EXPECT_EQ(demand[i].usage.cores, c.demand[i].usage.cores);
    }
  }
}

TEST(AllocationTest, AppContainersAddUpPerCard) {
  ExpectFolds({
      {"nothing", {}, false, {}},
      {"empty slots", {AppSlot({}), InitSlot({})}, false, {}},
      {"one share", {AppSlot({MakeShare("a", 10, 5)})}, false, {{"a", MakeUsage(1, 10, 5)}}},
      {"two containers on one card",
       {AppSlot({MakeShare("a", 10, 5)}), AppSlot({MakeShare("a", 20, 7)})},
       false,
       {{"a", MakeUsage(2, 30, 12)}}},
      {"sorted by UUID",
       {AppSlot({MakeShare("b", 1), MakeShare("a", 2)})},
       false,
       {{"a", MakeUsage(1, 2, 0)}, {"b", MakeUsage(1, 1, 0)}}},
      {"one container twice on a card",
       {AppSlot({MakeShare("a", 1), MakeShare("a", 2)})},
       false,
       {{"a", MakeUsage(2, 3, 0)}}},
  });
}

TEST(AllocationTest, InitContainersCountByTheirPeak) {
  ExpectFolds({
      {"the largest init container",
       {InitSlot({MakeShare("a", 10, 50)}), InitSlot({MakeShare("a", 30, 20)})},
       false,
       {{"a", MakeUsage(1, 30, 50)}}},
      {"memory and cores each for itself",
       {InitSlot({MakeShare("a", 100, 1)}), AppSlot({MakeShare("a", 10, 90)})},
       false,
       {{"a", MakeUsage(1, 100, 90)}}},
      {"below the sum of the apps",
       {InitSlot({MakeShare("a", 15, 0)}), AppSlot({MakeShare("a", 10, 0)}),
        AppSlot({MakeShare("a", 10, 0)})},
       false,
       {{"a", MakeUsage(2, 20, 0)}}},
      {"on another card",
       {InitSlot({MakeShare("b", 15, 3)}), AppSlot({MakeShare("a", 10, 0)})},
       false,
       {{"a", MakeUsage(1, 10, 0)}, {"b", MakeUsage(1, 15, 3)}}},
  });
}

TEST(AllocationTest, SidecarsCountAsAppContainers) {
  ExpectFolds({
      {"sidecar and app add up",
       {SidecarSlot({MakeShare("a", 10, 5)}), AppSlot({MakeShare("a", 20, 5)})},
       false,
       {{"a", MakeUsage(2, 30, 10)}}},
      {"sidecar stays after init is finished",
       {SidecarSlot({MakeShare("a", 10, 5)}), InitSlot({MakeShare("a", 99, 99)})},
       true,
       {{"a", MakeUsage(1, 10, 5)}}},
  });
}

TEST(AllocationTest, AnInitContainerCountsBesideTheSidecarsBeforeIt) {
  ExpectFolds({
      {"sidecar, then init",
       {SidecarSlot({MakeShare("a", 10, 5)}), InitSlot({MakeShare("a", 30, 1)}),
        AppSlot({MakeShare("a", 20, 5)})},
       false,
       {{"a", MakeUsage(2, 40, 10)}}},
      {"init, then sidecar",
       {InitSlot({MakeShare("a", 30, 1)}), SidecarSlot({MakeShare("a", 10, 5)})},
       false,
       {{"a", MakeUsage(1, 30, 5)}}},
      {"of two init containers the later one has more beside it",
       {InitSlot({MakeShare("a", 30, 0)}), SidecarSlot({MakeShare("a", 10, 0)}),
        SidecarSlot({MakeShare("a", 5, 0)}), InitSlot({MakeShare("a", 20, 0)})},
       false,
       {{"a", MakeUsage(3, 35, 0)}}},
      {"sidecars on other cards are not in the way",
       {SidecarSlot({MakeShare("b", 10, 0)}), InitSlot({MakeShare("a", 30, 0)})},
       false,
       {{"a", MakeUsage(1, 30, 0)}, {"b", MakeUsage(1, 10, 0)}}},
  });
}

AllocationSlot Instances(ContainerKind kind, const std::vector<int32_t>& starts) {
  AllocationSlot slot{kind, {}};
  for (const int32_t start : starts) {
    slot.shares.push_back(MakeShare("a", 100));
    slot.shares.back().instance = MigInstance{"1g.10gb", {start, 1}};
  }
  return slot;
}

TEST(AllocationTest, ContainersThatRunInTurnHoldOneInstance) {
  constexpr auto kInit = ContainerKind::kInit;
  constexpr auto kSidecar = ContainerKind::kSidecar;
  constexpr auto kApp = ContainerKind::kApp;
  const auto held = [](std::vector<AllocationSlot> slots) {
    const auto demand = FoldDemand(Allocation{std::move(slots)}, false);
    EXPECT_EQ(demand.size(), 1u);
    return demand.empty() ? size_t{0} : demand[0].instances.size();
  };
  EXPECT_EQ(held({Instances(kInit, {3}), Instances(kApp, {3})}), 1u);
  EXPECT_EQ(held({Instances(kInit, {3}), Instances(kInit, {3}), Instances(kApp, {4})}), 2u);
  EXPECT_EQ(held({Instances(kInit, {3}), Instances(kSidecar, {3}), Instances(kApp, {2})}), 2u);
  // Side by side they cannot: the card then shows that it is taken twice.
  EXPECT_EQ(held({Instances(kApp, {3}), Instances(kApp, {3})}), 2u);
  EXPECT_EQ(held({Instances(kInit, {3, 3})}), 2u);
  EXPECT_EQ(held({Instances(kSidecar, {3}), Instances(kInit, {3})}), 2u);
  EXPECT_EQ(held({Instances(kInit, {3}), Instances(kSidecar, {3}), Instances(kApp, {3})}), 2u);
}

TEST(AllocationTest, FinishedInitContainersCountForNothing) {
  ExpectFolds({
      {"app only",
       {InitSlot({MakeShare("a", 99, 99)}), AppSlot({MakeShare("a", 10, 1)})},
       true,
       {{"a", MakeUsage(1, 10, 1)}}},
      {"card only used by init", {InitSlot({MakeShare("a", 99, 99)})}, true, {}},
  });
}

TEST(AllocationTest, FillerSharesAreLeftOut) {
  ExpectFolds({
      {"shares without a UUID",
       {AppSlot({MakeShare("", 0, 0), MakeShare("a", 5, 0), MakeShare("", 7, 7)})},
       false,
       {{"a", MakeUsage(1, 5, 0)}}},
  });
}

TEST(AllocationTest, SumsStopAtTheLargestUnit) {
  ExpectFolds({
      {"two of the largest",
       {AppSlot({MakeShare("a", 2147483647, 2147483647)}),
        AppSlot({MakeShare("a", 2147483647, 1)})},
       false,
       {{"a", MakeUsage(2, 2147483647, 2147483647)}}},
  });
}

TEST(AllocationTest, InstancesAreListedAndNeverFolded) {
  const auto profiles = testing::MigProfiles8();
  Allocation allocation;
  allocation.slots = {InitSlot({testing::MakeMigShare("b", profiles[2], 1)}),
                      AppSlot({testing::MakeMigShare("b", profiles[0], 3), MakeShare("a", 1)})};
  allocation.spare_instances = {{"c", {"1g.10gb", {0, 1}}}, {"b", {"1g.10gb", {0, 1}}}};
  for (const bool init_finished : {false, true}) {
    const std::vector<CardDemand> demand = FoldDemand(allocation, init_finished);
    ASSERT_EQ(demand.size(), 3u);
    EXPECT_TRUE(demand[0].uncut && !demand[0].spare && demand[0].instances.empty());
    EXPECT_EQ(
        demand[1].instances,
        (std::vector<MigInstance>{{"1g.10gb", {0, 1}}, {"1g.10gb", {3, 1}}, {"3g.40gb", {4, 4}}}));
    EXPECT_TRUE(!demand[1].uncut && demand[1].spare);
    EXPECT_EQ(demand[1].usage, MakeUsage(1, init_finished ? 9728 : 40448, init_finished ? 15 : 43));
    EXPECT_EQ(demand[2].uuid, "c");
    EXPECT_EQ(demand[2].usage, GpuUsage());
    EXPECT_TRUE(demand[2].spare);
  }
}

TEST(AllocationTest, EmptyMeansNoShare) {
  EXPECT_TRUE(Allocation{}.empty());
  EXPECT_TRUE((Allocation{{AppSlot({}), InitSlot({})}}.empty()));
  EXPECT_FALSE((Allocation{{AppSlot({}), AppSlot({MakeShare("a", 0)})}}.empty()));
}

}  // namespace
}  // namespace tangram::model
