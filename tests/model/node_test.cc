// The books of one node.
#include "model/node.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/model_builders.h"

namespace tangram::model {
namespace {

using testing::MakeGpu;
using testing::MakeNode;
using testing::MakeUsage;

Node Described(NodeSpec spec) {
  Node node(spec.name);
  const std::vector<CardTypeId> types(spec.gpus.size(), 0);
  node.Describe(std::make_shared<const NodeSpec>(std::move(spec)), types);
  return node;
}

TEST(NodeTest, UnknownUntilDescribed) {
  Node node("n");
  EXPECT_FALSE(node.known());
  EXPECT_EQ(node.name(), "n");
  EXPECT_TRUE(node.cards().empty());
  EXPECT_EQ(node.FindCard("n-0"), -1);
}

TEST(NodeTest, DescribeTakesEveryFieldOfACard) {
  Gpu gpu = MakeGpu("u", 1000);
  gpu.numa = 3;
  gpu.cordoned = true;
  gpu.healthy = false;
  Node node("n");
  const std::vector<CardTypeId> types = {7};
  node.Describe(std::make_shared<const NodeSpec>(MakeNode("n", std::vector<Gpu>{gpu})), types);
  ASSERT_EQ(node.cards().size(), 1u);
  const Card& card = node.cards()[0];
  EXPECT_EQ(card.slots, Slots(10));
  EXPECT_EQ(card.memory, Mebibytes(1000));
  EXPECT_EQ(card.cores, CorePercent(100));
  EXPECT_EQ(card.numa, 3);
  EXPECT_EQ(card.type, 7);
  EXPECT_FALSE(card.healthy);
  EXPECT_TRUE(card.cordoned);
  EXPECT_EQ(card.used, GpuUsage());
  EXPECT_TRUE(node.known());
}

TEST(NodeTest, BookAndReleaseKeepTotals) {
  Node node = Described(MakeNode("n", 2, 1000));
  EXPECT_EQ(node.totals(), (NodeTotals{.slots = 20, .memory_mib = 2000, .cores = 200}));
  const std::vector<CardDemand> demand = {{"n-0", MakeUsage(1, 300, 20)},
                                          {"n-1", MakeUsage(2, 100, 0)}};
  node.Book(demand, 2);
  EXPECT_EQ(node.cards()[0].used, MakeUsage(1, 300, 20));
  EXPECT_EQ(node.cards()[1].used, MakeUsage(2, 100, 0));
  EXPECT_EQ(node.kubelet_gpus(), 2);
  EXPECT_EQ(node.totals(), (NodeTotals{.slots = 20,
                                       .slots_used = 3,
                                       .memory_mib = 2000,
                                       .memory_used_mib = 400,
                                       .cores = 200,
                                       .cores_used = 20}));
  node.Release(demand, 2);
  EXPECT_EQ(node.totals(), (NodeTotals{.slots = 20, .memory_mib = 2000, .cores = 200}));
  EXPECT_EQ(node.cards()[0].used, GpuUsage());
  EXPECT_EQ(node.kubelet_gpus(), 0);
}

TEST(NodeTest, UuidsTheNodeDoesNotHaveArePassedOver) {
  Node node = Described(MakeNode("n", 1, 1000));
  const std::vector<CardDemand> demand = {{"elsewhere", MakeUsage(1, 300, 20)},
                                          {"n-0", MakeUsage(1, 1, 1)}};
  node.Book(demand, 0);
  EXPECT_EQ(node.totals().memory_used_mib, 1);
  node.Release(demand, 0);
  EXPECT_EQ(node.totals().memory_used_mib, 0);
}

TEST(NodeTest, OverCommitmentIsAState) {
  const struct {
    GpuUsage usage;
    bool overcommitted;
  } cases[] = {{MakeUsage(10, 1000, 100), false},
               {MakeUsage(11, 0, 0), true},
               {MakeUsage(0, 1001, 0), true},
               {MakeUsage(0, 0, 101), true}};
  for (const auto& c : cases) {
    Node node = Described(MakeNode("n", 1, 1000));
    node.BookCard(0, c.usage);
    EXPECT_EQ(node.cards()[0].overcommitted(), c.overcommitted);
    node.ReleaseCard(0, c.usage);
    EXPECT_FALSE(node.cards()[0].overcommitted());
  }
}

TEST(NodeTest, ACopyIsIndependent) {
  const Node node = Described(MakeNode("n", 9, 1000));
  Node copy = node;
  copy.BookCard(8, MakeUsage(1, 1, 1));
  EXPECT_EQ(node.cards()[8].used, GpuUsage());
  EXPECT_EQ(copy.cards()[8].used, MakeUsage(1, 1, 1));
  EXPECT_EQ(&copy.spec(), &node.spec()) << "the description must be shared";
}

TEST(NodeTest, ForgetKeepsTheNameOnly) {
  Node node = Described(MakeNode("n", 2, 1000));
  node.BookCard(0, MakeUsage(1, 1, 1));
  node.AddUnaccounted(1);
  node.Forget();
  EXPECT_FALSE(node.known());
  EXPECT_EQ(node.name(), "n");
  EXPECT_TRUE(node.cards().empty());
  EXPECT_EQ(node.totals(), NodeTotals());
  EXPECT_EQ(node.unaccounted_pods(), 0);
}

TEST(NodeTest, BookedAmountsStopAtTheLargestUnit) {
  Node node = Described(MakeNode("n", 1, 1000));
  node.BookCard(0, MakeUsage(1, 2147483647, 0));
  node.BookCard(0, MakeUsage(1, 1000, 0));
  EXPECT_EQ(node.cards()[0].used, MakeUsage(2, 2147483647, 0));
  EXPECT_EQ(node.totals().memory_used_mib, 2147483647);
  const std::vector<CardDemand> demand = {{"n-0", MakeUsage(1, 1, 0)}};
  EXPECT_TRUE(node.MustRebook(demand));
  node.ClearBooks();
  EXPECT_FALSE(node.MustRebook(demand));
  EXPECT_EQ(node.cards()[0].used, GpuUsage());
  EXPECT_EQ(node.totals(), (NodeTotals{.slots = 10, .memory_mib = 1000, .cores = 100}));
}

TEST(NodeDeathTest, ReleasingMoreThanIsBookedStopsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  Node node = Described(MakeNode("n", 1, 1000));
  node.BookCard(0, MakeUsage(1, 10, 10));
  EXPECT_DEATH(node.ReleaseCard(0, MakeUsage(1, 11, 10)), "broken invariant");
  EXPECT_DEATH(node.Release({}, 1), "broken invariant");
  EXPECT_DEATH(node.AddUnaccounted(-1), "broken invariant");
  EXPECT_DEATH(node.BookCard(1, MakeUsage(1, 1, 1)), "broken invariant");
}

}  // namespace
}  // namespace tangram::model
