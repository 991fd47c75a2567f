// What Nodes of stock device plugins offer by count: Intel's, AMD's, and several on one node.
#include "api/dialects/stock/node.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace tangram::api::stock {
namespace {

using model::Pool;
using model::PoolKind;

// A Node with these labels and this allocatable, both as JSON objects without their braces.
scheduler::NodeObservation Observe(const std::string& labels, const std::string& allocatable) {
  scheduler::NodeObservation node;
  AddPools(absl::StrCat(R"({"kind": "Node", "metadata": {"name": "n", "labels": {)", labels,
                        R"(}}, "status": {"allocatable": {"cpu": "8", )", allocatable, "}}}"),
           &node);
  EXPECT_EQ(node.problem, "");
  return node;
}

std::string Brief(const std::vector<Pool>& pools) {
  return absl::StrJoin(pools, " ", [](std::string* out, const Pool& pool) {
    absl::StrAppend(out, pool.resource, "=", pool.count);
    if (pool.replicas > 1) absl::StrAppend(out, "/", pool.replicas);
  });
}

// As Intel's plugin 0.32 and its rules for Node Feature Discovery describe two Max 1550.
constexpr char kMaxSeries[] = R"("gpu.intel.com/device-id.0380-0bd5.count": "2",
    "gpu.intel.com/device-id.0380-0bd5.present": "true",
    "gpu.intel.com/device.count": "2",
    "gpu.intel.com/family": "Max_Series",
    "gpu.intel.com/product": "Max_1550",
    "intel.feature.node.kubernetes.io/gpu": "true")";

TEST(IntelTest, DevicesThatAreNotSharedAreWhole) {
  const auto node = Observe(kMaxSeries, R"("gpu.intel.com/i915": "2")");
  EXPECT_EQ(Brief(node.spec.pools), "gpu.intel.com/i915=2");
  EXPECT_EQ(node.spec.pools[0].kind, PoolKind::kWholeCard);
  EXPECT_EQ(node.spec.pools[0].product, "Max_1550");
  EXPECT_EQ(node.spec.pools[0].memory.value(), 0) << "nothing tells";
  EXPECT_TRUE(node.notes.empty());
}

TEST(IntelTest, SharedDevNumIsTheQuotientOfCountAndDevices) {
  const auto node =
      Observe(kMaxSeries, R"("gpu.intel.com/i915": "20", "gpu.intel.com/i915_monitoring": "1")");
  EXPECT_EQ(Brief(node.spec.pools), "gpu.intel.com/i915=20/10");
  EXPECT_EQ(node.spec.pools[0].kind, PoolKind::kTimeSlicedReplica);
}

TEST(IntelTest, AnIntegratedDeviceIsToldByItsPciNumberAlone) {
  const auto node =
      Observe(R"("gpu.intel.com/device-id.0300-9a49.count": "1")", R"("gpu.intel.com/xe": "5")");
  EXPECT_EQ(Brief(node.spec.pools), "gpu.intel.com/xe=5/5");
  EXPECT_EQ(node.spec.pools[0].product, "");
}

TEST(IntelTest, BothDriversOnANodeShareOneSharedDevNum) {
  const auto node = Observe(R"("gpu.intel.com/device-id.0300-9a49.count": "1",
                               "gpu.intel.com/device-id.0380-0bd5.count": "2")",
                            R"("gpu.intel.com/i915": "8", "gpu.intel.com/xe": "4")");
  EXPECT_EQ(Brief(node.spec.pools), "gpu.intel.com/i915=8/4 gpu.intel.com/xe=4/4");
}

TEST(IntelTest, LabelsOfOlderPluginsTellDevicesAndMemory) {
  const auto node = Observe(R"("gpu.intel.com/cards": "card0.card1",
                               "gpu.intel.com/gpu-numbers": "0.1",
                               "gpu.intel.com/memory.max": "34359738368")",
                            R"("gpu.intel.com/i915": "4", "gpu.intel.com/millicores": "2000")");
  EXPECT_EQ(Brief(node.spec.pools), "gpu.intel.com/i915=4/2");
  EXPECT_EQ(node.spec.pools[0].memory.value(), 16384);
}

TEST(IntelTest, WithoutLabelsEachDeviceCountsAsOneOfItsOwn) {
  const auto node = Observe("", R"("gpu.intel.com/i915": "10")");
  EXPECT_EQ(Brief(node.spec.pools), "gpu.intel.com/i915=10");
  EXPECT_TRUE(node.notes.empty());
}

struct Contradiction {
  std::string what;
  std::string labels;
  std::string allocatable;
  std::string pools;
  std::string note;
};

class ContradictionTest : public ::testing::TestWithParam<Contradiction> {};

TEST_P(ContradictionTest, IsNotedAndAllocatableIsBelieved) {
  const Contradiction& c = GetParam();
  const auto node = Observe(c.labels, c.allocatable);
  EXPECT_EQ(Brief(node.spec.pools), c.pools);
  ASSERT_EQ(node.notes.size(), 1u) << absl::StrJoin(node.notes, "\n");
  EXPECT_NE(node.notes[0].find(c.note), std::string::npos) << node.notes[0];
}

INSTANTIATE_TEST_SUITE_P(
    OfLabelsAndAllocatable, ContradictionTest,
    ::testing::Values(
        Contradiction{"NoMultiple", R"("gpu.intel.com/device.count": "4")",
                      R"("gpu.intel.com/i915": "7")", "gpu.intel.com/i915=7",
                      "labels tell 4 devices of gpu.intel.com, status.allocatable 7"},
        Contradiction{"NegativeDevices", R"("gpu.intel.com/device.count": "-4")",
                      R"("gpu.intel.com/i915": "8")", "gpu.intel.com/i915=8",
                      "label gpu.intel.com/device.count is \"-4\""},
        Contradiction{"MemoryInWords",
                      R"("gpu.intel.com/device.count": "1", "gpu.intel.com/memory.max": "16Gi")",
                      R"("gpu.intel.com/xe": "1")", "gpu.intel.com/xe=1", "allowed are bytes"},
        Contradiction{"NoInteger", "", R"("gpu.intel.com/i915": "1500m", "gpu.intel.com/xe": "1")",
                      "gpu.intel.com/i915=2 gpu.intel.com/xe=1",
                      "status.allocatable[gpu.intel.com/i915] is \"1500m\": counted as 2"},
        Contradiction{"AmdMemory", R"("amd.com/gpu.vram": "much")", R"("amd.com/gpu": "1")",
                      "amd.com/gpu=1", "label amd.com/gpu.vram is \"much\""},
        Contradiction{"AmdCount", "", R"("amd.com/gpu": "-1")", "",
                      "status.allocatable[amd.com/gpu] is \"-1\""}),
    [](const auto& tested) { return tested.param.what; });

TEST(AmdTest, CardsOfAmdsOwnPluginAreWhole) {
  const auto node = Observe(R"("amd.com/gpu.cu-count": "304", "amd.com/gpu.device-id": "74a1",
                               "amd.com/gpu.family": "AI", "amd.com/gpu.simd-count": "1216",
                               "amd.com/gpu.product-name": "AMD_Instinct_MI300X_OAM",
                               "amd.com/gpu.vram": "192G")",
                            R"("amd.com/gpu": "8")");
  EXPECT_EQ(Brief(node.spec.pools), "amd.com/gpu=8");
  EXPECT_EQ(node.spec.pools[0].kind, PoolKind::kWholeCard);
  EXPECT_EQ(node.spec.pools[0].product, "AMD_Instinct_MI300X_OAM");
  EXPECT_EQ(node.spec.pools[0].memory.value(), 192 * 1024);
}

TEST(StockNodeTest, PluginsOfAllVendorsMayRunOnOneNode) {
  const auto node =
      Observe(R"("nvidia.com/gpu.product": "Tesla-T4", "nvidia.com/gpu.count": "1")",
              R"("nvidia.com/gpu": "1", "gpu.intel.com/i915": "1", "amd.com/gpu": "2")");
  EXPECT_EQ(Brief(node.spec.pools), "amd.com/gpu=2 gpu.intel.com/i915=1 nvidia.com/gpu=1");
}

TEST(StockNodeTest, ABlockOfNvidiasNamesItsDomain) {
  const auto node =
      Observe(R"("nvidia.com/gpu.product": "Tesla-T4", "nvidia.com/mig.config.state": "failed")",
              R"("nvidia.com/gpu": "1", "gpu.intel.com/xe": "2")");
  EXPECT_EQ(Brief(node.spec.pools), "gpu.intel.com/xe=2 nvidia.com/gpu=1");
  EXPECT_EQ(node.spec.pool_block, model::PoolBlock::kMigConfigFailed);
  EXPECT_EQ(node.spec.blocked_prefix, "nvidia.com/");
}

TEST(StockNodeTest, ANodeWithAnAgentKeepsItsCards) {
  scheduler::NodeObservation node;
  node.has_agent = true;
  AddPools(R"({"status": {"allocatable": {"amd.com/gpu": "80", "gpu.intel.com/xe": "1"}}})", &node);
  EXPECT_TRUE(node.spec.pools.empty());
}

TEST(StockNodeTest, BrokenLabelsAreTheNodesProblem) {
  scheduler::NodeObservation node;
  AddPools(R"({"metadata": {"labels": {"gpu.intel.com/device.count": 8}}})", &node);
  EXPECT_NE(node.problem.find("labels[gpu.intel.com/device.count]"), std::string::npos)
      << node.problem;
}

}  // namespace
}  // namespace tangram::api::stock
