// Which cards a node has, by its ResourceSlices as they come and go.
#include "api/cli/card_inventory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace tangram::api::cli {
namespace {

using nvidia::KnownCard;
using nvidia::ResourceSlice;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

KnownCard Card(const std::string& uuid) { return {uuid, "NVIDIA A100-SXM4-80GB", 81920}; }

ResourceSlice Slice(const std::string& name, std::vector<KnownCard> cards, int64_t generation = 1,
                    const std::string& pool = "n") {
  ResourceSlice slice;
  slice.name = name;
  slice.node = "n";
  slice.pool = pool;
  slice.generation = generation;
  slice.cards = std::move(cards);
  return slice;
}

TEST(CardInventoryTest, SlicesOfOnePoolAddUp) {
  CardInventory inventory;
  inventory.Put(Slice("two", {Card("GPU-b")}));
  inventory.Put(Slice("one", {Card("GPU-a"), Card("GPU-b")}));
  EXPECT_THAT(inventory.CardsOf("n"), ElementsAre(Card("GPU-a"), Card("GPU-b")));
  EXPECT_THAT(inventory.CardsOf("other"), IsEmpty());
  inventory.Remove("one");
  EXPECT_THAT(inventory.CardsOf("n"), ElementsAre(Card("GPU-b")));
  inventory.Remove("two");
  EXPECT_THAT(inventory.CardsOf("n"), IsEmpty());
}

TEST(CardInventoryTest, OfAPoolTheNewestGenerationCountsAlone) {
  CardInventory inventory;
  inventory.Put(Slice("old", {Card("GPU-a"), Card("GPU-broken")}, 1));
  inventory.Put(Slice("new", {Card("GPU-a")}, 2));
  inventory.Put(Slice("else", {Card("GPU-z")}, 1, "second pool"));
  EXPECT_THAT(inventory.CardsOf("n"), ElementsAre(Card("GPU-a"), Card("GPU-z")));
}

TEST(CardInventoryTest, ASliceThatMovesLeavesItsNode) {
  CardInventory inventory;
  inventory.Put(Slice("one", {Card("GPU-a")}));
  ResourceSlice moved = Slice("one", {Card("GPU-b")});
  moved.node = "other";
  inventory.Put(moved);
  EXPECT_THAT(inventory.CardsOf("n"), IsEmpty());
  EXPECT_THAT(inventory.CardsOf("other"), ElementsAre(Card("GPU-b")));
  moved.node = "";
  inventory.Put(moved);
  EXPECT_THAT(inventory.CardsOf("other"), IsEmpty());
}

TEST(CardInventoryTest, APoolThatIsNotCompleteNamesNoCards) {
  CardInventory inventory;
  ResourceSlice one = Slice("one", {Card("GPU-a")});
  ResourceSlice two = Slice("two", {Card("GPU-b")});
  one.pool_slices = two.pool_slices = 2;
  inventory.Put(one);
  inventory.Put(Slice("else", {Card("GPU-z")}, 1, "second pool"));
  EXPECT_THAT(inventory.CardsOf("n"), ElementsAre(Card("GPU-z")));
  inventory.Put(two);
  EXPECT_THAT(inventory.CardsOf("n"), ElementsAre(Card("GPU-a"), Card("GPU-b"), Card("GPU-z")));
  // Written anew, one slice after the other: what was is no more, what comes is not all there.
  one.generation = two.generation = 2;
  inventory.Put(two);
  EXPECT_THAT(inventory.CardsOf("n"), ElementsAre(Card("GPU-z")));
  inventory.Put(one);
  EXPECT_THAT(inventory.CardsOf("n"), SizeIs(3));
  inventory.Remove("two");
  EXPECT_THAT(inventory.CardsOf("n"), ElementsAre(Card("GPU-z")));
}

TEST(CardInventoryTest, SlicesOfAPoolMayBeOfSeveralNodesOrOfNone) {
  CardInventory inventory;
  ResourceSlice here = Slice("here", {Card("GPU-a")});
  ResourceSlice there = Slice("there", {Card("GPU-b")});
  ResourceSlice nowhere = Slice("nowhere", {});
  there.node = "m";
  nowhere.node = "";
  here.pool_slices = there.pool_slices = nowhere.pool_slices = 3;
  inventory.Replace({here, there});
  EXPECT_THAT(inventory.CardsOf("n"), IsEmpty());
  inventory.Put(nowhere);
  EXPECT_THAT(inventory.CardsOf("n"), ElementsAre(Card("GPU-a")));
  EXPECT_THAT(inventory.CardsOf("m"), ElementsAre(Card("GPU-b")));
  EXPECT_THAT(inventory.CardsOf(""), IsEmpty());
}

TEST(CardInventoryTest, KnowsWhetherTheServerHasAnswered) {
  CardInventory listed;
  listed.Put(Slice("one", {Card("GPU-a")}));
  EXPECT_FALSE(listed.heard());
  listed.Replace({});
  EXPECT_TRUE(listed.heard());
  EXPECT_THAT(listed.CardsOf("n"), IsEmpty());
  CardInventory refused;
  refused.NoteRefused();
  EXPECT_TRUE(refused.heard());
}

class ResourceSliceSinkTest : public ::testing::Test {
 protected:
  // The text with what simdjson may read behind it.
  std::string_view Object(const std::string& name, const std::string& uuid) {
    const std::string text = absl::StrCat(
        R"({"metadata": {"name": ")", name,
        R"("}, "spec": {"driver": "gpu.nvidia.com", "nodeName": "n", "pool": {"name": "n",
           "generation": 1}, "devices": [{"name": "gpu-0", "attributes": {
           "type": {"string": "gpu"}, "uuid": {"string": ")",
        uuid, R"("}}}]}})");
    buffer_ = text + std::string(64, ' ');
    return std::string_view(buffer_).substr(0, text.size());
  }

  std::vector<std::string> lines_;
  std::unique_ptr<telemetry::Logger> log_ =
      telemetry::Logger::ToSink(telemetry::LogLevel::kWarn, telemetry::Logger::Form::kText,
                                [this](std::string_view l) { lines_.emplace_back(l); });
  CardInventory inventory_;
  ResourceSliceSink sink_{inventory_, *log_};
  std::string buffer_;
};

TEST_F(ResourceSliceSinkTest, AListReplacesAndEventsChange) {
  sink_.Upsert(Object("gone", "GPU-gone"));
  sink_.BeginReplace();
  sink_.Object(Object("one", "GPU-a"));
  EXPECT_THAT(inventory_.CardsOf("n"), ElementsAre(KnownCard{"GPU-gone", "", 0}));
  sink_.EndReplace("7");
  EXPECT_THAT(inventory_.CardsOf("n"), ElementsAre(KnownCard{"GPU-a", "", 0}));
  sink_.Upsert(Object("two", "GPU-b"));
  EXPECT_THAT(inventory_.CardsOf("n"), SizeIs(2));
  sink_.Delete(Object("one", "GPU-a"));
  EXPECT_THAT(inventory_.CardsOf("n"), ElementsAre(KnownCard{"GPU-b", "", 0}));
}

TEST_F(ResourceSliceSinkTest, WhatCannotBeReadIsLoggedAndTellsNothing) {
  sink_.Upsert("[]");
  ASSERT_THAT(lines_, SizeIs(1));
  EXPECT_THAT(lines_[0], HasSubstr("object passed over kind=ResourceSlice"));
}

TEST_F(ResourceSliceSinkTest, WhatCanNoLongerBeReadIsForgotten) {
  const std::string broken = R"({"metadata": {"name": "one"}, "spec": {"driver": 7}})";
  sink_.Upsert(Object("one", "GPU-a"));
  sink_.Upsert(broken);
  EXPECT_THAT(inventory_.CardsOf("n"), IsEmpty());
  EXPECT_THAT(lines_, SizeIs(1));
  sink_.Upsert(Object("one", "GPU-a"));
  EXPECT_THAT(inventory_.CardsOf("n"), SizeIs(1));
  sink_.Delete(broken);
  EXPECT_THAT(inventory_.CardsOf("n"), IsEmpty());
  EXPECT_THAT(lines_, SizeIs(1)) << "what is gone needs no reading";
}

}  // namespace
}  // namespace tangram::api::cli
