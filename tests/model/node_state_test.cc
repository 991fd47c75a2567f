// States, kinds, and their rows.
#include "model/node_state.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "model/state_row.h"

namespace tangram::model {
namespace {

Gpu MakeGpu(const std::string& uuid, int32_t memory, int32_t slots = 10) {
  Gpu gpu;
  gpu.uuid = uuid;
  gpu.slots = Slots(slots);
  gpu.memory = Mebibytes(memory);
  gpu.cores = CorePercent(100);
  gpu.type = "T";
  gpu.healthy = true;
  return gpu;
}

Node MakeNode(std::vector<Gpu> gpus) {
  NodeSpec spec;
  spec.name = "n";
  spec.gpus = std::move(gpus);
  Node node("n");
  const std::vector<CardTypeId> types(spec.gpus.size(), 0);
  node.Describe(std::make_shared<const NodeSpec>(std::move(spec)), types);
  return node;
}

TEST(NodeStateTest, NamesAndOrderAreNoPartOfAState) {
  EXPECT_EQ(StateKey(MakeNode({MakeGpu("a", 1), MakeGpu("b", 2)})),
            StateKey(MakeNode({MakeGpu("c", 2), MakeGpu("d", 1)})));
  EXPECT_NE(StateKey(MakeNode({MakeGpu("a", 1), MakeGpu("b", 2)})),
            StateKey(MakeNode({MakeGpu("a", 1), MakeGpu("b", 1)})));
}

TEST(NodeStateTest, WhatIsTakenIsPartOfAState) {
  const Node idle = MakeNode({MakeGpu("a", 100), MakeGpu("b", 100)});
  Node first = idle, second = idle;
  first.BookCard(0, {Slots(1), Mebibytes(5), CorePercent(0)});
  second.BookCard(1, {Slots(1), Mebibytes(5), CorePercent(0)});
  EXPECT_NE(StateKey(idle), StateKey(first));
  EXPECT_EQ(StateKey(first), StateKey(second));
  Node closed = idle;
  closed.AddUnaccounted(1);
  EXPECT_NE(StateKey(idle), StateKey(closed));
}

TEST(StateTableTest, ANumberIsGivenAgainWithAnotherAge) {
  internal::StateTable table;
  bool added = false;
  const StateRef one = table.Enter("one", &added);
  EXPECT_TRUE(added);
  EXPECT_EQ(table.Enter("one", &added), one);
  EXPECT_FALSE(added);
  EXPECT_EQ(table.NodesIn(one), 2u);
  table.Leave(one);
  EXPECT_EQ(table.Enter("two").number, 1u);
  table.Leave(one);
  const StateRef three = table.Enter("three", &added);
  EXPECT_TRUE(added);
  EXPECT_EQ(three.number, one.number);
  EXPECT_NE(three.age, one.age);
  EXPECT_EQ(table.size(), 2u);
  EXPECT_EQ(table.capacity(), 2u);
}

TEST(StateRowTest, HoldsWhatIsLeftInTheOrderOfTheKind) {
  Node node = MakeNode({MakeGpu("a", 300), MakeGpu("b", 100, 4)});
  node.BookCard(0, {Slots(2), Mebibytes(30), CorePercent(60)});
  const KindRow kind = KindRow::Of(node);
  const StateRow row = StateRow::Of(node, 3);
  ASSERT_TRUE(kind.complete && row.complete);
  EXPECT_EQ(row.kind, 3);
  EXPECT_EQ(kind.cards, 2);
  EXPECT_EQ(kind.memory_of_each, -1);
  // Sorted by slots first.
  EXPECT_EQ(kind.memory[0], 100);
  EXPECT_EQ(kind.memory[1], 300);
  EXPECT_EQ(row.memory_left[0], 100);
  EXPECT_EQ(row.memory_left[1], 270);
  EXPECT_EQ(row.slots_left[1], 8);
  EXPECT_EQ(row.cores_left[1], 40);
  EXPECT_EQ(kind.card_flags[2], KindRow::kNoCard);
}

TEST(StateRowTest, SumsTellWhatIsUsed) {
  Node node = MakeNode({MakeGpu("a", 300), MakeGpu("b", 100)});
  node.BookCard(0, {Slots(1), Mebibytes(400), CorePercent(10)});  // over-committed
  const StateRow row = StateRow::Of(node, 0);
  ASSERT_TRUE(row.complete);
  EXPECT_EQ(std::accumulate(row.memory_left, row.memory_left + kRowCards, int64_t{0}),
            node.totals().memory_mib - node.totals().memory_used_mib);
  EXPECT_EQ(row.overcommitted, 2);
}

TEST(StateRowTest, WhatDoesNotFitIsNotComplete) {
  EXPECT_FALSE(StateRow::Of(MakeNode(std::vector<Gpu>(9, MakeGpu("a", 1))), 0).complete);
  EXPECT_FALSE(KindRow::Of(MakeNode(std::vector<Gpu>(9, MakeGpu("a", 1)))).complete);
  EXPECT_FALSE(StateRow::Of(MakeNode({MakeGpu("a", 1, 300)}), 0).complete);
  EXPECT_FALSE(StateRow::Of(MakeNode({MakeGpu("a", 1)}), 70000).complete);
}

}  // namespace
}  // namespace tangram::model
