// Requests on nodes that count only: who fits, why not, and how nodes compare.
#include "scheduler/pool_fit.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "scheduler/placement.h"
#include "scheduler/policy.h"
#include "tests/scheduler/fit_world.h"
#include "tests/support/model_builders.h"
#include "tests/support/pool_builders.h"

namespace tangram::scheduler {
namespace {

using model::ContainerKind;
using model::PodRequest;
using model::Pool;
using model::PoolBlock;
using model::PoolKind;
using model::ResourceCounts;
using testing::MakePool;
using testing::MakePoolNode;

constexpr char kGpu[] = "nvidia.com/gpu";
constexpr char kShared[] = "nvidia.com/gpu.shared";
constexpr char kOneG[] = "nvidia.com/mig-1g.10gb";
constexpr char kThreeG[] = "nvidia.com/mig-3g.40gb";

// limits: nvidia.com/gpu: count, and nothing else.
PodRequest Whole(int32_t count = 1) { return Pod({Container(count, 0)}); }

PodRequest ByName(const char* resource, int64_t count = 1) {
  PodRequest request;
  request.containers.resize(1);
  request.counted = {{resource, count}};
  request.counted_at_once = request.counted;
  return request;
}

class PoolFitTest : public ::testing::Test {
 protected:
  void Offer(std::vector<Pool> pools, PoolBlock block = PoolBlock::kNone) {
    model::NodeSpec spec = MakePoolNode("n", std::move(pools));
    spec.pool_block = block;
    world_.Apply(model::NodeUpserted{spec});
  }
  void Use(int64_t gpus, ResourceCounts counted = {}) {
    world_.Apply(model::PodUnaccounted{.uid = "used-" + std::to_string(++pods_),
                                       .node = "n",
                                       .kubelet_gpus = gpus,
                                       .counted = std::move(counted)});
  }
  FitAnswer Ask(const PodRequest& request) {
    const CompiledRequest compiled(request, world_.snapshot(), CardPolicy());
    Placement placement;
    const FitAnswer answer = Fit(compiled, world_.node("n"), &placement);
    EXPECT_TRUE(placement.cards.empty()) << "a card was promised";
    return answer;
  }
  // "" when it fits.
  std::string Why(const PodRequest& request) { return ReasonText(Ask(request).reasons, request); }

  FitWorld world_;
  int pods_ = 0;
};

TEST_F(PoolFitTest, AWholeCardIsServedUntilTheyAreAllTaken) {
  Offer({MakePool(kGpu, 2)});
  EXPECT_EQ(Why(Whole(2)), "");
  Use(1);
  EXPECT_EQ(Why(Whole(1)), "");
  EXPECT_EQ(Why(Whole(2)), "PoolExhausted (wants 2 nvidia.com/gpu)");
  EXPECT_TRUE(Ask(Whole(2)).resolvable);
  EXPECT_FALSE(Ask(Whole(3)).resolvable) << "the node never has three";
}

TEST_F(PoolFitTest, TheFirstPodGetsAReplicaWhereCardsAreShared) {
  Offer({MakePool(kGpu, 40, PoolKind::kTimeSlicedReplica, 10)});
  Use(39);
  EXPECT_EQ(Why(Whole()), "");
  Use(1);
  EXPECT_EQ(Why(Whole()), "PoolExhausted (wants 1 nvidia.com/gpu)");
}

TEST_F(PoolFitTest, ContainersAreFoldedAsTheKubeletDoes) {
  Offer({MakePool(kGpu, 3)});
  EXPECT_EQ(Why(Pod({Container(3, 0, 0, ContainerKind::kInit), Container(2, 0)})), "");
  EXPECT_NE(Why(Pod({Container(2, 0), Container(2, 0)})), "");
  EXPECT_NE(Why(Pod({Container(1, 0, 0, ContainerKind::kSidecar),
                     Container(3, 0, 0, ContainerKind::kInit), Container(1, 0)})),
            "");
}

TEST_F(PoolFitTest, PartsOfCardsAreNotServed) {
  Offer({MakePool(kGpu, 8)});
  const std::string why =
      "NodeSharesNoSlices (wants a part of a card, which takes a HAMi agent on the node)";
  EXPECT_EQ(Why(Pod({Container(1, 3000)})), why);
  EXPECT_EQ(Why(Pod({ByPercent(1, 50)})), why);
  EXPECT_EQ(Why(Pod({Container(1, 0, 30)})), why);
  EXPECT_EQ(Why(Pod({Container(1, 0), Container(1, 3000)})), why);
  EXPECT_FALSE(Ask(Pod({Container(1, 3000)})).resolvable);
}

TEST_F(PoolFitTest, AnExclusiveWholeCardIsServedWhereCardsAreWhole) {
  Offer({MakePool(kGpu, 8)});
  EXPECT_EQ(Why(Pod({Container(1, 0, 100)})), "");
  Offer({MakePool(kGpu, 8, PoolKind::kVgpuGuest)});
  EXPECT_EQ(Why(Pod({Container(1, 0, 100)})), "");
  Offer({MakePool(kGpu, 8, PoolKind::kMpsReplica, 4)});
  EXPECT_NE(Why(Pod({Container(1, 0, 100)})), "");
}

TEST_F(PoolFitTest, SharedAndMigResourcesAreServedByTheirName) {
  Offer({MakePool(kShared, 4, PoolKind::kTimeSlicedReplica, 4),
         MakePool(kOneG, 2, PoolKind::kMigInstance)});
  EXPECT_EQ(Why(ByName(kShared)), "");
  EXPECT_EQ(Why(ByName(kOneG, 2)), "");
  EXPECT_EQ(Why(ByName(kOneG, 3)), "PoolExhausted (wants 3 nvidia.com/mig-1g.10gb)");
  EXPECT_EQ(Why(ByName(kThreeG)), "ResourceNotOffered (wants 1 nvidia.com/mig-3g.40gb)");
  EXPECT_FALSE(Ask(ByName(kThreeG)).resolvable);
  EXPECT_EQ(Why(Whole()), "ResourceNotOffered (wants 1 nvidia.com/gpu)");
}

TEST_F(PoolFitTest, AProfileThatNoCardCanHaveIsUnresolvable) {
  Offer({MakePool(kOneG, 7, PoolKind::kMigInstance)});
  EXPECT_FALSE(Ask(ByName("nvidia.com/mig-9g.90gb")).resolvable);
}

TEST_F(PoolFitTest, ResourcesOfOnePodAreCountedEach) {
  Offer({MakePool(kGpu, 1), MakePool(kOneG, 1, PoolKind::kMigInstance)});
  PodRequest both = Whole();
  both.counted = {{kOneG, 1}};
  EXPECT_EQ(Why(both), "");
  Use(0, {{kOneG, 1}});
  EXPECT_EQ(Why(both), "PoolExhausted (wants 1 nvidia.com/gpu; 1 nvidia.com/mig-1g.10gb)");
  EXPECT_EQ(Why(Whole()), "");
}

TEST_F(PoolFitTest, ASliceAndAProfileInOnePodFitNowhere) {
  PodRequest both = Pod({Container(1, 3000), Container(0, 0)});
  both.counted = {{kOneG, 1}};
  Offer({MakePool(kGpu, 1), MakePool(kOneG, 1, PoolKind::kMigInstance)});
  EXPECT_NE(Why(both).find("NodeSharesNoSlices"), std::string::npos);
  world_.Add("n", {TestCard()});
  EXPECT_NE(Why(both).find("ResourceNotOffered"), std::string::npos);
}

TEST_F(PoolFitTest, EveryBlockHasItsOwnReason) {
  const std::vector<std::pair<PoolBlock, std::string>> blocks = {
      {PoolBlock::kMigConfigPending, "MigConfigPending"},
      {PoolBlock::kMigConfigFailed, "MigConfigFailed"},
      {PoolBlock::kMigInvalid, "MigInvalid"},
      {PoolBlock::kDriverGone, "DriverGone"},
  };
  for (const auto& [block, word] : blocks) {
    Offer({MakePool(kGpu, 8)}, block);
    EXPECT_EQ(Why(Whole()), word);
    EXPECT_FALSE(Ask(Whole()).resolvable);
    Offer({}, block);
    EXPECT_EQ(Why(ByName(kOneG)), word);
  }
}

TEST_F(PoolFitTest, ABlockOfOneVendorIsNothingToAnother) {
  model::NodeSpec spec = MakePoolNode("n", {MakePool("gpu.intel.com/xe", 2), MakePool(kGpu, 2)});
  spec.pool_block = PoolBlock::kMigConfigPending;
  spec.blocked_prefix = "nvidia.com/";
  world_.Apply(model::NodeUpserted{spec});
  EXPECT_EQ(Why(ByName("gpu.intel.com/xe", 2)), "");
  EXPECT_EQ(Why(Whole()), "MigConfigPending");
  EXPECT_EQ(Why(ByName(kOneG)), "MigConfigPending") << "it may be cut just now";
  EXPECT_EQ(Why(ByName("gpu.intel.com/i915")), "ResourceNotOffered (wants 1 gpu.intel.com/i915)");
}

TEST_F(PoolFitTest, MpsGivesAContainerOneReplica) {
  Offer({MakePool(kGpu, 8, PoolKind::kMpsReplica, 4),
         MakePool(kShared, 8, PoolKind::kMpsReplica, 4)});
  EXPECT_EQ(Why(Whole()), "");
  EXPECT_EQ(Why(Pod({Container(1, 0), Container(1, 0)})), "") << "one for each";
  EXPECT_EQ(Why(Whole(2)),
            "MpsOneReplica (wants 2 nvidia.com/gpu in one container, where MPS gives 1)");
  EXPECT_FALSE(Ask(Whole(2)).resolvable);
  EXPECT_EQ(Why(ByName(kShared, 3)),
            "MpsOneReplica (wants 3 nvidia.com/gpu.shared in one container, where MPS gives 1)");
  PodRequest each = ByName(kShared, 2);
  each.counted_at_once = {{kShared, 1}};
  EXPECT_EQ(Why(each), "");
  Offer({MakePool(kGpu, 8, PoolKind::kTimeSlicedReplica, 4)});
  EXPECT_EQ(Why(Whole(2)), "");
}

TEST_F(PoolFitTest, WhatOnlyAnAgentCanPromiseIsRefused) {
  Offer({MakePool(kGpu, 8)});
  PodRequest request = Whole(2);
  request.constraints.numa_bind = true;
  EXPECT_EQ(Why(request), "NumaNotFit (wants 2 cards of one NUMA node)");
  request = Whole();
  request.constraints.use_uuids = {"GPU-1"};
  EXPECT_EQ(Why(request), "CardUuidMismatch (wants cards named by the pod)");
  request = Whole();
  request.constraints.modes = "hami-core";
  EXPECT_EQ(Why(request), "CardTypeMismatch (wants mode hami-core)");
}

TEST_F(PoolFitTest, ProductsAreMatchedAsLabelsSpellThem) {
  Offer({MakePool(kGpu, 8)});
  PodRequest request = Whole();
  for (const char* word : {"a100", "nvidia a100", "a100-sxm4"}) {
    request.constraints.use_types = {word};
    EXPECT_EQ(Why(request), "") << word;
  }
  request.constraints.use_types = {"h100"};
  EXPECT_NE(Why(request), "");
  request.constraints.use_types = {};
  request.constraints.avoid_types = {"a100"};
  EXPECT_NE(Why(request), "");
}

TEST_F(PoolFitTest, NodesWithCardsOfferNothingByCount) {
  world_.Add("n", {TestCard()});
  EXPECT_EQ(Why(ByName(kOneG)), "ResourceNotOffered (wants 1 nvidia.com/mig-1g.10gb)");
  EXPECT_FALSE(Ask(ByName(kOneG)).resolvable);
  EXPECT_TRUE(Try(world_, Whole()).answer.fits);
}

TEST_F(PoolFitTest, WhatDraGivesOutIsLeftToItWhereTheNodeCountsNone) {
  Offer({MakePool(kGpu, 0), MakePool(kOneG, 8)});
  world_.Apply(model::DraResourcesListed{{kGpu}});
  EXPECT_EQ(Why(Whole()), "ManagedByDRA (wants 1 nvidia.com/gpu)");
  EXPECT_FALSE(Ask(Whole()).resolvable);
  EXPECT_EQ(Why(ByName(kOneG)), "");
  world_.Apply(model::NodeUpserted{testing::MakeNode("n", 0)});
  EXPECT_EQ(Why(Whole()), "ManagedByDRA (wants 1 nvidia.com/gpu)");
  world_.Apply(model::DraResourcesListed{});
  EXPECT_EQ(Why(Whole()), "ResourceNotOffered (wants 1 nvidia.com/gpu)");
}

TEST_F(PoolFitTest, ANodeThatCountsAResourceServesItBesideADeviceClass) {
  world_.Apply(model::DraResourcesListed{{kGpu, "nvidia.com/mig-1g.10gb"}});
  Offer({MakePool(kGpu, 8)});
  EXPECT_EQ(Why(Whole(2)), "");
  EXPECT_EQ(Why(ByName(kOneG)), "ManagedByDRA (wants 1 nvidia.com/mig-1g.10gb)");
  Use(8);
  EXPECT_EQ(Why(Whole()), "PoolExhausted (wants 1 nvidia.com/gpu)");
}

TEST_F(PoolFitTest, AnAgentsCardsAreServedBesideADeviceClassWhereTheKubeletCountsThem) {
  world_.Apply(model::DraResourcesListed{{kGpu}});
  model::NodeSpec spec = testing::MakeNode("n", 1);
  spec.allocatable_gpus = 10;
  world_.Apply(model::NodeUpserted{spec});
  EXPECT_TRUE(Try(world_, Pod({Container(1, 3000)})).answer.fits);
  spec.allocatable_gpus.reset();
  world_.Apply(model::NodeUpserted{spec});
  EXPECT_EQ(Why(Pod({Container(1, 3000)})), "ManagedByDRA (wants 1 nvidia.com/gpu)");
}

TEST_F(PoolFitTest, ExplainTellsWhatThereIsAndWhatIsWanted) {
  Offer({MakePool(kOneG, 7, PoolKind::kMigInstance)});
  Use(0, {{kOneG, 5}});
  PodRequest request = ByName(kOneG, 3);
  request.counted.push_back({kThreeG, 1});
  const CompiledRequest compiled(request, world_.snapshot(), CardPolicy());
  const auto verdicts = ExplainPools(compiled, world_.node("n"));
  ASSERT_EQ(verdicts.size(), 2u);
  EXPECT_EQ(verdicts[0].have, 2);
  EXPECT_EQ(verdicts[0].want, 3);
  EXPECT_TRUE(verdicts[0].offered);
  EXPECT_FALSE(verdicts[1].offered);
  EXPECT_TRUE(ExplainCards(compiled, world_.node("n")).empty());
}

// Filters over nodes, best first.
class PoolRankingTest : public ::testing::Test {
 protected:
  void Add(const std::string& name, std::vector<Pool> pools, int64_t used,
           ResourceCounts counted = {}) {
    world_.Apply(model::NodeUpserted{MakePoolNode(name, std::move(pools))});
    world_.Apply(model::PodUnaccounted{
        .uid = "on-" + name, .node = name, .kubelet_gpus = used, .counted = std::move(counted)});
    names_.push_back(name);
  }
  std::vector<std::string> Rank(const PodRequest& request, const char* policy) {
    const model::Snapshot snapshot = world_.snapshot();
    const std::vector<std::string_view> views(names_.begin(), names_.end());
    const auto offer = FindOffer(snapshot, views);
    const CompiledRequest compiled(request, snapshot, CardPolicy());
    FilterInput input;
    input.request = &compiled;
    input.snapshot = &snapshot;
    input.offer = &*offer;
    input.policy = FindNodePolicy(policy);
    std::vector<std::string> ranked;
    for (const uint32_t position : FilterNodes(input).fitting) ranked.push_back(names_[position]);
    return ranked;
  }

  FitWorld world_;
  std::vector<std::string> names_;
};

TEST_F(PoolRankingTest, BinpackFillsTheFullerNodeAndSpreadTheEmptierOne) {
  Add("empty", {MakePool(kGpu, 8)}, 0);
  Add("fuller", {MakePool(kGpu, 8)}, 5);
  Add("full", {MakePool(kGpu, 8)}, 8);
  EXPECT_EQ(Rank(Whole(), "binpack"), (std::vector<std::string>{"fuller", "empty"}));
  EXPECT_EQ(Rank(Whole(), "spread"), (std::vector<std::string>{"empty", "fuller"}));
}

TEST_F(PoolRankingTest, ANodeIsAsFullAsItsCardsAreTaken) {
  const Pool one = MakePool(kOneG, 7, PoolKind::kMigInstance);
  const Pool three = MakePool(kThreeG, 2, PoolKind::kMigInstance);
  Add("small", {one, three}, 0, {{kOneG, 2}});
  Add("large", {one, three}, 0, {{kThreeG, 2}});
  EXPECT_EQ(Rank(ByName(kOneG), "binpack"), (std::vector<std::string>{"large", "small"}));
}

TEST_F(PoolRankingTest, PoolsAndCardsAreWeighedByOneMeasure) {
  Add("half", {MakePool(kGpu, 2)}, 1);
  Add("quarter", {MakePool(kGpu, 4)}, 1);
  TestCard used;
  used.used_slots = 10;
  used.used_memory = 10000;
  used.used_cores = 100;
  world_.Add("cards", {used, used, used, TestCard()});
  names_.push_back("cards");
  PodRequest exclusive = Pod({Container(1, 0, 100)});
  EXPECT_EQ(Rank(exclusive, "binpack"), (std::vector<std::string>{"half", "cards", "quarter"}));
}

TEST_F(PoolRankingTest, WholeCardsComeBeforeSharesForWhoWantsSeveral) {
  Add("shares", {MakePool(kGpu, 8, PoolKind::kTimeSlicedReplica, 4)}, 5);
  Add("whole", {MakePool(kGpu, 4)}, 0);
  for (const char* policy : {"binpack", "spread"}) {
    EXPECT_EQ(Rank(Whole(2), policy), (std::vector<std::string>{"whole", "shares"})) << policy;
  }
  EXPECT_EQ(Rank(Whole(1), "binpack"), (std::vector<std::string>{"shares", "whole"}));
}

// limits: amd.com/gpu: count; the name is counted as well, as its dialect does.
PodRequest AmdCards(int32_t count, int32_t memory = 0) {
  model::ContainerRequest container = Container(count, memory);
  container.vendor = model::Vendor::kAmd;
  container.cores = model::CorePercent(100);
  PodRequest request = Pod({container});
  request.counted = {{"amd.com/gpu", count}};
  return request;
}

TEST_F(PoolFitTest, AmdsCardsAreCountedWhereNoAgentRegistersThem) {
  Pool cards = MakePool("amd.com/gpu", 4);
  cards.product = "AMD_Instinct_MI300X_OAM";
  Offer({cards});
  EXPECT_EQ(Why(AmdCards(4)), "");
  EXPECT_EQ(Why(AmdCards(1, 1000)),
            "NodeSharesNoSlices (wants a part of a card, which takes a HAMi agent on the node)");
  EXPECT_EQ(Why(Whole()), "ResourceNotOffered (wants 1 nvidia.com/gpu)");
  Use(0, {{"amd.com/gpu", 3}});
  EXPECT_EQ(Why(AmdCards(1)), "");
  EXPECT_EQ(Why(AmdCards(2)), "PoolExhausted (wants 2 amd.com/gpu)");
  PodRequest uncounted = AmdCards(1);
  uncounted.counted.clear();
  EXPECT_EQ(Why(uncounted), "ResourceNotOffered") << "nobody can say how many it takes";
}

TEST_F(PoolFitTest, TypesAreAskedOfTheVendorTheyBelongTo) {
  Pool amd = MakePool("amd.com/gpu", 4);
  amd.product = "AMD_Instinct_MI300X_OAM";
  Pool intel = MakePool("gpu.intel.com/i915", 4);
  intel.product = "Max_1550";
  Offer({amd, intel});
  PodRequest cards = AmdCards(1);
  cards.constraints.use_types = {"a100"};
  EXPECT_EQ(Why(cards), "") << "of NVIDIA's cards that is";
  cards.other_constraints[model::Vendor::kAmd].use_types = {"instinct mi300x"};
  EXPECT_EQ(Why(cards), "");
  cards.other_constraints[model::Vendor::kAmd].avoid_types = {"mi300x"};
  EXPECT_NE(Why(cards), "");
  PodRequest device = ByName("gpu.intel.com/i915");
  device.constraints.use_types = {"a100"};
  EXPECT_EQ(Why(device), "");
}

TEST_F(PoolFitTest, AmdsCountIsNothingToANodeThatRegistersItsCards) {
  FitWorld world;
  TestCard card;
  card.vendor = model::Vendor::kAmd;
  card.memory = 196592;
  card.cores = 304;
  world.Add("n", {card});
  EXPECT_TRUE(Try(world, AmdCards(1, 1000)).answer.fits);
  PodRequest both = AmdCards(1, 1000);
  both.counted.push_back({"gpu.intel.com/i915", 1});
  EXPECT_EQ(ReasonText(Try(world, both).answer.reasons, PodRequest()), "ResourceNotOffered");
}

}  // namespace
}  // namespace tangram::scheduler
