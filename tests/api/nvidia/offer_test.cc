// What labels and allocatable of nodes of NVIDIA's own stack come to.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "api/dialects/nvidia/device_class.h"
#include "api/dialects/nvidia/keys.h"
#include "api/dialects/nvidia/node.h"
#include "api/dialects/stock/node.h"
#include "model/event.h"

namespace tangram::api::nvidia {
namespace {

using model::Pool;
using model::PoolBlock;
using model::PoolKind;

// Eight cards of a node that GFD describes.
NodeFacts WholeCards() {
  return {.labels = {{"gpu.present", "true"},
                     {"gpu.product", "NVIDIA-A100-SXM4-80GB"},
                     {"gpu.memory", "81920"},
                     {"gpu.count", "8"},
                     {"gpu.replicas", "1"},
                     {"gpu.sharing-strategy", "none"}},
          .allocatable = {{"nvidia.com/gpu", "8"}}};
}

NodeFacts Mixed() {
  NodeFacts facts = WholeCards();
  facts.labels["mig.strategy"] = "mixed";
  facts.labels["mig.config"] = "custom";
  facts.labels["mig.config.state"] = "success";
  facts.labels["mig-1g.10gb.count"] = "14";
  facts.labels["mig-1g.10gb.replicas"] = "1";
  facts.labels["mig-1g.10gb.memory"] = "9728";
  facts.labels["mig-1g.10gb.product"] = "NVIDIA-A100-SXM4-80GB-MIG-1g.10gb";
  facts.allocatable = {{"nvidia.com/gpu", "6"}, {"nvidia.com/mig-1g.10gb", "14"}};
  return facts;
}

// The only pool of an offer without notes.
Pool OnlyPool(const NodeFacts& facts) {
  const Offer offer = OfferOf(facts);
  EXPECT_TRUE(offer.notes.empty()) << offer.notes[0];
  EXPECT_EQ(offer.block, PoolBlock::kNone);
  EXPECT_EQ(offer.pools.size(), 1u);
  return offer.pools.empty() ? Pool() : offer.pools[0];
}

TEST(OfferTest, WholeCardsAreCountedAndStayAnonymous) {
  const Pool pool = OnlyPool(WholeCards());
  EXPECT_EQ(pool.resource, "nvidia.com/gpu");
  EXPECT_EQ(pool.count, 8);
  EXPECT_EQ(pool.kind, PoolKind::kWholeCard);
  EXPECT_EQ(pool.memory.value(), 81920);
  EXPECT_EQ(pool.product, "NVIDIA-A100-SXM4-80GB");
}

TEST(OfferTest, ReplicasAreTimeSlicedOrMps) {
  NodeFacts facts = WholeCards();
  facts.labels["gpu.replicas"] = "10";
  facts.labels["gpu.sharing-strategy"] = "time-slicing";
  facts.labels["gpu.product"] = "NVIDIA-A100-SXM4-80GB-SHARED";
  facts.allocatable["nvidia.com/gpu"] = "80";
  Pool pool = OnlyPool(facts);
  EXPECT_EQ(pool.kind, PoolKind::kTimeSlicedReplica);
  EXPECT_EQ(pool.replicas, 10);
  EXPECT_EQ(pool.count, 80);
  EXPECT_EQ(pool.product, "NVIDIA-A100-SXM4-80GB");
  facts.labels["gpu.sharing-strategy"] = "mps";
  EXPECT_EQ(OnlyPool(facts).kind, PoolKind::kMpsReplica);
}

TEST(OfferTest, RenamedReplicasHaveAPoolOfTheirOwn) {
  NodeFacts facts = WholeCards();
  facts.labels["gpu.replicas"] = "4";
  facts.labels["gpu.sharing-strategy"] = "time-slicing";
  facts.allocatable = {{"nvidia.com/gpu", "0"}, {"nvidia.com/gpu.shared", "32"}};
  const Pool pool = OnlyPool(facts);
  EXPECT_EQ(pool.resource, "nvidia.com/gpu.shared");
  EXPECT_EQ(pool.kind, PoolKind::kTimeSlicedReplica);
  EXPECT_EQ(pool.replicas, 4);
}

TEST(OfferTest, StrategyMixedGivesAPoolForEachProfile) {
  const Offer offer = OfferOf(Mixed());
  EXPECT_TRUE(offer.notes.empty());
  ASSERT_EQ(offer.pools.size(), 2u);
  EXPECT_EQ(offer.pools[0].kind, PoolKind::kWholeCard);
  EXPECT_EQ(offer.pools[1].kind, PoolKind::kMigInstance);
  EXPECT_EQ(offer.pools[1].profile, "1g.10gb");
  EXPECT_EQ(offer.pools[1].memory.value(), 9728);
  EXPECT_EQ(offer.pools[1].product, "NVIDIA-A100-SXM4-80GB");
}

TEST(OfferTest, SharedInstancesAndMediaProfilesAreRead) {
  NodeFacts facts = Mixed();
  facts.labels["mig-1g.10gb.replicas"] = "2";
  facts.labels["mig-1g.10gb.sharing-strategy"] = "time-slicing";
  facts.allocatable = {{"nvidia.com/mig-1g.10gb.shared", "28"}, {"nvidia.com/mig-1g.10gb.me", "1"}};
  const Offer offer = OfferOf(facts);
  ASSERT_EQ(offer.pools.size(), 2u);
  EXPECT_EQ(offer.pools[0].profile, "1g.10gb+me");
  EXPECT_EQ(offer.pools[1].profile, "1g.10gb");
  EXPECT_EQ(offer.pools[1].kind, PoolKind::kSharedMigInstance);
  EXPECT_EQ(offer.pools[1].replicas, 2);
}

TEST(OfferTest, StrategySingleMakesTheGpuResourceAnInstance) {
  NodeFacts facts = WholeCards();
  facts.labels["mig.strategy"] = "single";
  facts.labels["gpu.product"] = "NVIDIA-A100-SXM4-80GB-MIG-1g.10gb";
  facts.labels["gpu.count"] = "56";
  facts.labels["gpu.memory"] = "9728";
  facts.allocatable["nvidia.com/gpu"] = "56";
  const Pool pool = OnlyPool(facts);
  EXPECT_EQ(pool.kind, PoolKind::kMigInstance);
  EXPECT_EQ(pool.profile, "1g.10gb");
  EXPECT_EQ(pool.product, "NVIDIA-A100-SXM4-80GB");
}

TEST(OfferTest, TheCardOfAVgpuGuestIsMarked) {
  NodeFacts facts = WholeCards();
  facts.labels["vgpu.present"] = "true";
  facts.labels["gpu.product"] = "NVIDIA-A40-12Q";
  facts.labels["gpu.memory"] = "12288";
  facts.labels["gpu.count"] = "1";
  facts.allocatable["nvidia.com/gpu"] = "1";
  const Pool pool = OnlyPool(facts);
  EXPECT_EQ(pool.kind, PoolKind::kVgpuGuest);
  EXPECT_EQ(pool.memory.value(), 12288);
}

TEST(OfferTest, APluginWithoutGfdOffersCardsOfUnknownProduct) {
  const Pool pool = OnlyPool({.labels = {}, .allocatable = {{"nvidia.com/gpu", "4"}}});
  EXPECT_EQ(pool.count, 4);
  EXPECT_EQ(pool.product, "");
  EXPECT_EQ(pool.memory.value(), 0);
}

TEST(OfferTest, ANodeWithoutNvidiaOffersNothing) {
  const Offer offer = OfferOf({});
  EXPECT_TRUE(offer.pools.empty());
  EXPECT_EQ(offer.block, PoolBlock::kNone);
}

TEST(OfferTest, TheMigManagersWordBlocksTheNode) {
  const std::vector<std::pair<std::string, PoolBlock>> states = {
      {"success", PoolBlock::kNone},
      {"pending", PoolBlock::kMigConfigPending},
      {"rebooting", PoolBlock::kMigConfigPending},
      {"failed", PoolBlock::kMigConfigFailed},
  };
  for (const auto& [state, block] : states) {
    NodeFacts facts = Mixed();
    facts.labels["mig.config.state"] = state;
    EXPECT_EQ(OfferOf(facts).block, block) << state;
  }
}

TEST(OfferTest, AMigProductThatIsInvalidBlocksTheNode) {
  NodeFacts facts = WholeCards();
  facts.labels["mig.strategy"] = "single";
  facts.labels["gpu.product"] = "NVIDIA-A100-SXM4-80GB-MIG-INVALID";
  facts.labels["gpu.count"] = "0";
  facts.labels["gpu.replicas"] = "0";
  facts.labels["gpu.memory"] = "0";
  EXPECT_EQ(OfferOf(facts).block, PoolBlock::kMigInvalid);
}

TEST(OfferTest, VanishedLabelsBlockTheNode) {
  EXPECT_EQ(OfferOf({{{"gpu.present", "true"}}, {}}).block, PoolBlock::kDriverGone);
  EXPECT_EQ(OfferOf({{{"gpu.present", "true"}}, {{"nvidia.com/gpu", "0"}}}).block,
            PoolBlock::kDriverGone);
  EXPECT_EQ(OfferOf({{{"gpu.deploy.driver", "true"}}, {}}).block, PoolBlock::kDriverGone);
  EXPECT_EQ(OfferOf({{}, {{"nvidia.com/gpu", "0"}}}).block, PoolBlock::kDriverGone);
}

TEST(OfferTest, AnyCountSaysThatDriverAndPluginWork) {
  for (const char* label : {"gpu.present", "gpu.deploy.driver", "gpu.deploy.operands"}) {
    EXPECT_EQ(OfferOf({{{label, "true"}}, {{"nvidia.com/gpu", "3"}}}).block, PoolBlock::kNone);
    EXPECT_EQ(OfferOf({{{label, "true"}}, {{"nvidia.com/mig-2g.20gb", "1"}}}).block,
              PoolBlock::kNone);
  }
}

TEST(OfferTest, ABlockConcernsTheResourcesOfItsKind) {
  NodeFacts facts = WholeCards();
  facts.labels["mig.config.state"] = "pending";
  EXPECT_EQ(OfferOf(facts).blocked_prefix, "nvidia.com/");
  facts.labels.erase("mig.config.state");
  facts.labels["gpu.product"] = "NVIDIA-H200-MIG-INVALID";
  EXPECT_EQ(OfferOf(facts).blocked_prefix, "nvidia.com/gpu");
}

// The only pool of an offer whose labels are of the given numbers.
Pool Counted(const char* resource, const char* count, const char* cards, const char* replicas,
             const char* sharing = "") {
  NodeFacts facts = WholeCards();
  facts.labels["gpu.count"] = cards;
  facts.labels["gpu.replicas"] = replicas;
  facts.labels["gpu.sharing-strategy"] = sharing;
  facts.allocatable = {{resource, count}};
  const Offer offer = OfferOf(facts);
  EXPECT_EQ(offer.pools.size(), 1u);
  return offer.pools.empty() ? Pool() : offer.pools[0];
}

TEST(OfferTest, DevicesBeyondTheCardsAreSharesByTheQuotient) {
  Pool pool = Counted("nvidia.com/gpu", "12", "3", "1");
  EXPECT_EQ(pool.kind, PoolKind::kTimeSlicedReplica);
  EXPECT_EQ(pool.replicas, 4);
  EXPECT_EQ(Counted("nvidia.com/gpu.shared", "30", "2", "1").replicas, 15);
  EXPECT_EQ(Counted("nvidia.com/gpu", "8", "2", "1", "mps").kind, PoolKind::kMpsReplica);
  pool = Counted("nvidia.com/gpu", "11", "3", "1");
  EXPECT_EQ(pool.kind, PoolKind::kTimeSlicedReplica) << "never whole above the count";
  EXPECT_EQ(pool.replicas, 4);
}

TEST(OfferTest, ADeviceThatIsMissingChangesNoFactor) {
  Pool pool = Counted("nvidia.com/gpu", "15", "4", "5", "time-slicing");
  EXPECT_EQ(pool.replicas, 5);
  pool = Counted("nvidia.com/gpu", "2", "3", "1");
  EXPECT_EQ(pool.kind, PoolKind::kWholeCard);
  EXPECT_EQ(pool.replicas, 1);
}

TEST(OfferTest, MemoryOfMoreMibThanThereCanBeIsTakenAsBytes) {
  NodeFacts facts = WholeCards();
  facts.labels["gpu.memory"] = "25769803776";
  const Offer offer = OfferOf(facts);
  EXPECT_EQ(offer.pools.at(0).memory.value(), 24576);
  ASSERT_EQ(offer.notes.size(), 1u);
  EXPECT_NE(offer.notes[0].find("allowed are MiB, a whole number from 0 to 2147483647: it is taken "
                                "as bytes, 24576 MiB"),
            std::string::npos)
      << offer.notes[0];
  facts.labels["gpu.memory"] = "9223372036854775807";
  EXPECT_EQ(OfferOf(facts).pools.at(0).memory.value(), 0);
}

// Bad input: each case is usable in part, and says what is wrong and what is believed.
struct BadCase {
  const char* what;
  NodeFacts facts;
  const char* note;
  std::vector<std::string> offered;
};

class BadInputTest : public ::testing::TestWithParam<BadCase> {};

TEST_P(BadInputTest, IsNamedAndTheRestIsUsed) {
  const Offer offer = OfferOf(GetParam().facts);
  std::string all;
  for (const std::string& note : offer.notes) all += note + "\n";
  EXPECT_NE(all.find(GetParam().note), std::string::npos) << all;
  std::vector<std::string> offered;
  for (const Pool& pool : offer.pools) {
    offered.push_back(pool.resource + "=" + std::to_string(pool.count));
  }
  EXPECT_EQ(offered, GetParam().offered);
  const absl::Status valid = model::Validate(model::NodeUpserted{
      {.name = "n", .gpus = {}, .allocatable_gpus = {}, .host = {}, .pools = offer.pools}});
  EXPECT_TRUE(valid.ok()) << valid;
}

NodeFacts With(NodeFacts facts, const std::string& key, const std::string& value) {
  (key.find("nvidia.com/") == 0 ? facts.allocatable : facts.labels)[key] = value;
  return facts;
}

INSTANTIATE_TEST_SUITE_P(
    Cases, BadInputTest,
    ::testing::Values(
        BadCase{"LabelsThatDisagreeWithAllocatable",
                With(WholeCards(), "nvidia.com/gpu", "6"),
                "labels tell 8 x 1 devices of nvidia.com/gpu, status.allocatable 6: allocatable "
                "is believed",
                {"nvidia.com/gpu=6"}},
        BadCase{"ProfileCountThatDisagrees",
                With(Mixed(), "nvidia.com/mig-1g.10gb", "7"),
                "labels tell 14 x 1 devices of nvidia.com/mig-1g.10gb, status.allocatable 7",
                {"nvidia.com/gpu=6", "nvidia.com/mig-1g.10gb=7"}},
        BadCase{"ProfileOfLabelsAlone",
                With(Mixed(), "mig-3g.40gb.count", "2"),
                "labels tell 2 devices of nvidia.com/mig-3g.40gb, status.allocatable none",
                {"nvidia.com/gpu=6", "nvidia.com/mig-1g.10gb=14"}},
        BadCase{"UnknownProfileName",
                With(Mixed(), "nvidia.com/mig-banana", "7"),
                "status.allocatable names \"nvidia.com/mig-banana\", which is no MIG profile",
                {"nvidia.com/gpu=6", "nvidia.com/mig-1g.10gb=14"}},
        BadCase{"NegativeCount",
                With(Mixed(), "nvidia.com/mig-1g.10gb", "-1"),
                "status.allocatable[nvidia.com/mig-1g.10gb] is \"-1\", allowed is a whole number",
                {"nvidia.com/gpu=6"}},
        BadCase{"NoCount",
                With(WholeCards(), "nvidia.com/gpu", "1.5"),
                "status.allocatable[nvidia.com/gpu] is \"1.5\": counted as 2, as kube-scheduler",
                {"nvidia.com/gpu=2"}},
        BadCase{
            "MemoryThatIsNoNumber",
            With(WholeCards(), "gpu.memory", "80GB"),
            "label nvidia.com/gpu.memory is \"80GB\", allowed are MiB, a whole number from 0 to "
            "2147483647",
            {"nvidia.com/gpu=8"}},
        BadCase{"NegativeReplicas",
                With(WholeCards(), "gpu.replicas", "-4"),
                "label nvidia.com/gpu.replicas is \"-4\"",
                {"nvidia.com/gpu=8"}},
        BadCase{"SharedProductWithoutReplicas",
                With(WholeCards(), "gpu.product", "NVIDIA-A100-SHARED"),
                "gpu.product ends with -SHARED",
                {"nvidia.com/gpu=8"}},
        BadCase{"UnknownMigState",
                With(Mixed(), "mig.config.state", "perhaps"),
                "label nvidia.com/mig.config.state is \"perhaps\"",
                {"nvidia.com/gpu=6", "nvidia.com/mig-1g.10gb=14"}},
        BadCase{"SingleProductThatIsNoProfile",
                With(With(WholeCards(), "mig.strategy", "single"), "gpu.product", "A100-MIG-9z"),
                "names \"9z\", which is no MIG profile",
                {"nvidia.com/gpu=8"}}),
    [](const auto& tested) { return tested.param.what; });

TEST(AddPoolsTest, ReadsLabelsAndAllocatableOfANode) {
  scheduler::NodeObservation node;
  stock::AddPools(R"({"metadata": {"name": "n", "labels": {"nvidia.com/gpu.product": "Tesla-T4",
               "nvidia.com/gpu.count": "1", "other": "x"}},
               "status": {"capacity": {"nvidia.com/gpu": "7"},
                          "allocatable": {"cpu": "4", "nvidia.com/gpu": "1",
                                          "nvidia.com/gpumem": "16000"}}})",
                  &node);
  EXPECT_EQ(node.problem, "");
  ASSERT_EQ(node.spec.pools.size(), 1u);
  EXPECT_EQ(node.spec.pools[0].product, "Tesla-T4");
  EXPECT_EQ(node.spec.pools[0].count, 1);
}

TEST(DeviceClassTest, GivesOutTheResourceItNamesAndItsImplicitName) {
  const auto read = ReadDeviceClass(
      R"({"metadata": {"name": "gpu.nvidia.com"}, "spec": {"extendedResourceName": "nvidia.com/gpu"}})");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->resources,
            (std::vector<std::string>{"nvidia.com/gpu",
                                      "deviceclass.resource.kubernetes.io/gpu.nvidia.com"}));
}

TEST(DeviceClassTest, OfOtherVendorsOnlyTheNamedResourceCounts) {
  const auto plain = ReadDeviceClass(R"({"metadata": {"name": "nic.example.com"}})");
  ASSERT_TRUE(plain.ok());
  EXPECT_TRUE(plain->resources.empty());
}

TEST(DeviceClassTest, WhatIsNoDeviceClassIsAnErrorThatNamesTheField) {
  EXPECT_FALSE(ReadDeviceClass("{}").ok());
  const auto wrong =
      ReadDeviceClass(R"({"metadata": {"name": "a"}, "spec": {"extendedResourceName": 3}})");
  ASSERT_FALSE(wrong.ok());
  EXPECT_NE(std::string(wrong.status().message()).find("spec.extendedResourceName"),
            std::string::npos);
}

TEST(CountedNamesTest, AreSharedCardsInstancesAndClassesOfNvidia) {
  for (const char* name :
       {"nvidia.com/gpu.shared", "nvidia.com/mig-1g.10gb", "nvidia.com/mig-1g.10gb.shared",
        "deviceclass.resource.kubernetes.io/mig.nvidia.com"}) {
    EXPECT_TRUE(IsCounted(name)) << name;
  }
  for (const char* name : {"nvidia.com/gpu", "nvidia.com/gpumem", "cpu",
                           "deviceclass.resource.kubernetes.io/nic.example.com"}) {
    EXPECT_FALSE(IsCounted(name)) << name;
  }
}

}  // namespace
}  // namespace tangram::api::nvidia
