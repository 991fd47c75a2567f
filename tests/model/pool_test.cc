// What nodes offer by count, and the books of it.
#include "model/pool.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "model/cluster.h"
#include "model/invariants.h"
#include "tests/support/model_builders.h"
#include "tests/support/pool_builders.h"

namespace tangram::model {
namespace {

using testing::MakeBooking;
using testing::MakePool;
using testing::MakePoolNode;

constexpr char kOneG[] = "nvidia.com/mig-1g.10gb";
constexpr char kThreeG[] = "nvidia.com/mig-3g.40gb";

ContainerCounts Asks(ContainerKind kind, int64_t count, const char* resource = kOneG) {
  return {kind, {{resource, count}}};
}

TEST(ResourceCountsTest, AreSortedAndHoldNoZeros) {
  ResourceCounts counts;
  AddCount("b", 2, &counts);
  AddCount("a", 1, &counts);
  AddCount("c", 0, &counts);
  AddCount("b", 3, &counts);
  EXPECT_EQ(counts, (ResourceCounts{{"a", 1}, {"b", 5}}));
  EXPECT_EQ(CountOf(counts, "b"), 5);
  EXPECT_EQ(CountOf(counts, "bb"), 0);
}

TEST(KubeletCountsTest, AppContainersAddUpAndInitContainersPeak) {
  using enum ContainerKind;
  EXPECT_EQ(KubeletCounts({Asks(kApp, 1), Asks(kApp, 2)}), (ResourceCounts{{kOneG, 3}}));
  EXPECT_EQ(KubeletCounts({Asks(kInit, 5), Asks(kInit, 4), Asks(kApp, 2)}),
            (ResourceCounts{{kOneG, 5}}));
  EXPECT_EQ(KubeletCounts({Asks(kInit, 2), Asks(kApp, 3)}), (ResourceCounts{{kOneG, 3}}));
}

TEST(KubeletCountsTest, AnInitContainerRunsBesideTheSidecarsStartedBeforeIt) {
  using enum ContainerKind;
  EXPECT_EQ(KubeletCounts({Asks(kSidecar, 2), Asks(kInit, 4), Asks(kApp, 1)}),
            (ResourceCounts{{kOneG, 6}}));
  EXPECT_EQ(KubeletCounts({Asks(kInit, 4), Asks(kSidecar, 2), Asks(kApp, 1)}),
            (ResourceCounts{{kOneG, 4}}));
}

TEST(KubeletCountsTest, ResourcesDoNotMix) {
  using enum ContainerKind;
  EXPECT_EQ(KubeletCounts({Asks(kInit, 4), Asks(kApp, 1, kThreeG)}),
            (ResourceCounts{{kOneG, 4}, {kThreeG, 1}}));
}

class PoolBooksTest : public ::testing::Test {
 protected:
  void Apply(const Event& event) {
    const auto change = cluster_.Apply(event);
    ASSERT_TRUE(change.ok()) << change.status();
    ASSERT_TRUE(CheckInvariants(cluster_).ok()) << CheckInvariants(cluster_);
    made_room_ = change->made_room;
  }
  std::vector<int64_t> Used() const {
    const auto used = cluster_.FindNode("n")->pool_used();
    return {used.begin(), used.end()};
  }
  PodUnaccounted Pod(const std::string& uid, int64_t gpus, ResourceCounts counted = {}) const {
    return {.uid = uid, .node = "n", .kubelet_gpus = gpus, .counted = std::move(counted)};
  }

  Cluster cluster_;
  bool made_room_ = false;
};

TEST_F(PoolBooksTest, TheUseOfAPoolIsTheSumOfWhatPodsAsk) {
  Apply(NodeUpserted{MakePoolNode("n", {MakePool("nvidia.com/gpu", 8), MakePool(kOneG, 7)})});
  Apply(Pod("a", 2));
  Apply(Pod("b", 1, {{kOneG, 3}}));
  Apply(Pod("c", 0, {{kThreeG, 3}}));
  EXPECT_EQ(Used(), (std::vector<int64_t>{3, 3}));
  Apply(PodReleased{"b"});
  EXPECT_TRUE(made_room_);
  EXPECT_EQ(Used(), (std::vector<int64_t>{2, 0}));
}

TEST_F(PoolBooksTest, PodsWithoutAllocationDoNotCloseANodeThatCountsOnly) {
  Apply(NodeUpserted{MakePoolNode("n", {MakePool("nvidia.com/gpu", 8)})});
  Apply(Pod("a", 1));
  EXPECT_EQ(cluster_.FindNode("n")->unaccounted_pods(), 0);
}

TEST_F(PoolBooksTest, ANodeThatBecomesOneWithCardsIsClosedByThem) {
  Apply(NodeUpserted{MakePoolNode("n", {MakePool("nvidia.com/gpu", 8)})});
  Apply(Pod("a", 1));
  Apply(NodeUpserted{testing::MakeNode("n", 2)});
  EXPECT_EQ(cluster_.FindNode("n")->unaccounted_pods(), 1);
  Apply(NodeUpserted{MakePoolNode("n", {MakePool("nvidia.com/gpu", 8)})});
  EXPECT_EQ(cluster_.FindNode("n")->unaccounted_pods(), 0);
  EXPECT_EQ(Used(), (std::vector<int64_t>{1}));
}

TEST_F(PoolBooksTest, PodsThatComeBeforeTheirNodeAreCounted) {
  Apply(Pod("a", 1, {{kOneG, 2}}));
  Apply(NodeUpserted{MakePoolNode("n", {MakePool(kOneG, 7)})});
  EXPECT_EQ(Used(), (std::vector<int64_t>{2}));
}

TEST_F(PoolBooksTest, APoolThatGoesAndReturnsFindsItsUseAgain) {
  Apply(NodeUpserted{MakePoolNode("n", {MakePool(kOneG, 7)})});
  Apply(Pod("a", 0, {{kOneG, 2}}));
  Apply(NodeUpserted{MakePoolNode("n", {MakePool(kThreeG, 2)})});
  EXPECT_EQ(Used(), (std::vector<int64_t>{0}));
  Apply(NodeUpserted{MakePoolNode("n", {MakePool(kOneG, 7)})});
  EXPECT_EQ(Used(), (std::vector<int64_t>{2}));
}

TEST_F(PoolBooksTest, ABookingOfCardsCountsWhereItsNodeCountsOnly) {
  Apply(MakeBooking("a", "n", "GPU-of-former-days", 1000));
  Apply(NodeUpserted{MakePoolNode("n", {MakePool("nvidia.com/gpu", 8)})});
  EXPECT_EQ(Used(), (std::vector<int64_t>{1}));
}

TEST_F(PoolBooksTest, ABlockThatGoesMakesRoom) {
  NodeSpec spec = MakePoolNode("n", {MakePool(kOneG, 7)});
  spec.pool_block = PoolBlock::kMigConfigPending;
  Apply(NodeUpserted{spec});
  spec.pool_block = PoolBlock::kNone;
  Apply(NodeUpserted{spec});
  EXPECT_TRUE(made_room_);
  spec.pools[0].count = 6;
  Apply(NodeUpserted{spec});
  EXPECT_FALSE(made_room_);
  spec.pools[0].count = 9;
  Apply(NodeUpserted{spec});
  EXPECT_TRUE(made_room_);
}

TEST_F(PoolBooksTest, NodesInDifferentPoolStatesAreToldApart) {
  Node node("n");
  const auto key = [&](Pool pool, PoolBlock block = PoolBlock::kNone) {
    NodeSpec spec = MakePoolNode("n", {std::move(pool)});
    spec.pool_block = block;
    node.Describe(std::make_shared<const NodeSpec>(spec), {});
    return StateKey(node);
  };
  const Pool plain = MakePool(kOneG, 7);
  std::vector<std::string> keys = {key(plain), key(plain, PoolBlock::kMigConfigFailed)};
  Pool other = plain;
  other.count = 6;
  keys.push_back(key(other));
  other = plain;
  other.product = "NVIDIA-H100";
  keys.push_back(key(other));
  other = plain;
  other.replicas = 2;
  keys.push_back(key(other));
  other = plain;
  other.kind = PoolKind::kMigInstance;
  keys.push_back(key(other));
  other.profile = "3g.40gb";
  keys.push_back(key(other));
  keys.push_back(key(MakePool(kThreeG, 7)));
  key(plain);
  node.Book({}, 0, ResourceCounts{{kOneG, 1}});
  keys.push_back(StateKey(node));
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(std::adjacent_find(keys.begin(), keys.end()), keys.end());
}

TEST_F(PoolBooksTest, DraResourcesAreAPartOfSnapshots) {
  Apply(DraResourcesListed{{"b", "a", "b"}});
  EXPECT_EQ(cluster_.snapshot().dra_resources(), (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(made_room_);
  const uint64_t version = cluster_.version();
  Apply(DraResourcesListed{{"a", "b"}});
  EXPECT_EQ(cluster_.version(), version);
  Apply(DraResourcesListed{{"a"}});
  EXPECT_TRUE(made_room_);
}

TEST(PoolEventTest, ContradictionsAreNamed) {
  struct Case {
    const char* what;
    std::vector<Pool> pools;
    const char* text;
  };
  Pool negative = MakePool("a", -3);
  Pool unshared = MakePool("a", 1);
  unshared.replicas = 0;
  const std::vector<Case> cases = {
      {"negative", {negative}, "node \"n\", resource \"a\": allocatable is -3: allowed is 0 to"},
      {"replicas", {unshared}, "resource \"a\": replicas is 0: allowed is >= 1"},
      {"twice", {MakePool("a", 1), MakePool("a", 2)}, "resource \"a\" is named twice"},
      {"nameless", {MakePool("", 1)}, "a resource has an empty name"},
  };
  for (const Case& c : cases) {
    const absl::Status status = Validate(NodeUpserted{MakePoolNode("n", c.pools)});
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.what;
    EXPECT_NE(std::string(status.message()).find(c.text), std::string::npos) << status;
  }
  NodeSpec both = testing::MakeNode("n", 1);
  both.pools = {MakePool("a", 1)};
  EXPECT_FALSE(Validate(NodeUpserted{both}).ok());
  EXPECT_FALSE(Validate(PodUnaccounted{.uid = "u", .node = "n", .counted = {{"a", -1}}}).ok());
}

}  // namespace
}  // namespace tangram::model
