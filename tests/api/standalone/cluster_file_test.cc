// Clusters from files: kubectl's print in both forms, and the short scenario.
#include "api/standalone/cluster_file.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "api/standalone/node_shape.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/mig/card_table.h"
#include "model/mig/products.h"
#include "tests/api/standalone/temp_folder.h"

namespace tangram::api::standalone {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

ClusterFile Parse(const std::string& text) {
  auto file = ParseClusterText(text, "cluster.yaml");
  EXPECT_TRUE(file.ok()) << file.status();
  return file.ok() ? *std::move(file) : ClusterFile{};
}

std::string Error(const std::string& text) {
  const auto file = ParseClusterText(text, "cluster.yaml");
  EXPECT_FALSE(file.ok()) << text;
  return std::string(file.status().message());
}

constexpr char kYaml[] = R"(apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Node
  metadata:
    name: "010"
    annotations:
      hami.io/node-nvidia-register: '[{"id":"GPU-a","count":10,"devmem":40960,"devcore":100,"type":"NVIDIA A100","mode":"hami-core","health":true}]'
  status:
    allocatable: {cpu: "4", nvidia.com/gpu: "10"}
- apiVersion: v1
  kind: Pod
  metadata: {name: waiting, namespace: team, uid: u1, creationTimestamp: 2026-06-14T15:04:05Z}
  spec:
    containers:
    - name: c
      resources: {limits: {nvidia.com/gpu: 1, nvidia.com/gpumem: 3k}}
- apiVersion: v1
  kind: Pod
  metadata:
    name: running
    namespace: team
    uid: u2
    annotations: {"hami.io/vgpu-devices-allocated": "GPU-a,NVIDIA,1000,10:;"}
  spec:
    nodeName: "010"
    containers: [{name: c, resources: {limits: {nvidia.com/gpu: "1"}}}]
  status: {phase: Running}
- apiVersion: v1
  kind: Pod
  metadata: {name: ended, namespace: team, uid: u3}
  status: {phase: Succeeded}
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: x}
)";

TEST(ClusterFileTest, WhatKubectlPrintsAsYaml) {
  const ClusterFile file = Parse(kYaml);
  ASSERT_THAT(file.nodes, SizeIs(1));
  EXPECT_EQ(file.nodes[0].spec.name, "010");
  EXPECT_EQ(file.nodes[0].spec.allocatable_gpus, 10);
  ASSERT_THAT(file.nodes[0].spec.gpus, SizeIs(1));
  EXPECT_EQ(file.nodes[0].spec.gpus[0].memory, model::Mebibytes(40960));
  ASSERT_THAT(file.pods, SizeIs(2));
  EXPECT_FALSE(file.pods[0].bound());
  EXPECT_EQ(file.pods[0].request.containers.at(0).memory, model::Mebibytes(3000));
  EXPECT_EQ(file.pods[1].node, "010");
  EXPECT_EQ(file.pods[1].allocation_state, model::AllocationState::kReadable);
  EXPECT_THAT(file.warnings, ElementsAre(HasSubstr("ConfigMap")));
}

TEST(ClusterFileTest, WhatKubectlPrintsAsJson) {
  const ClusterFile file = Parse(
      R"({"apiVersion":"v1","items":[{"kind":"Node","metadata":{"name":"n","annotations":
         {"hami.io/node-nvidia-register":"[{\"id\":\"GPU-a\",\"devmem\":-1}]"}}},
         {"metadata":{"name":"p","uid":"u"},"kind":"Pod","spec":{"containers":[]}}],"kind":"List"})");
  ASSERT_THAT(file.nodes, SizeIs(1));
  EXPECT_THAT(file.nodes[0].problem, HasSubstr("devmem"));
  EXPECT_THAT(file.nodes[0].spec.gpus, IsEmpty());
  ASSERT_THAT(file.pods, SizeIs(1));
  EXPECT_EQ(file.pods[0].id.name_space, "default");
  EXPECT_THAT(file.warnings, ElementsAre(HasSubstr("devmem")));
}

TEST(ClusterFileTest, AScenarioHasNodesOfNvidiasOwnStack) {
  const ClusterFile file = Parse(
      "nodes:\n- {name: whole, gpus: 4x A100-SXM4-80GB, stack: nvidia}\n"
      "- {name: turns, gpus: 2x T4-16GB, stack: nvidia, replicas: 4}\n"
      "- {name: parts, gpus: 2x T4-16GB, stack: nvidia, replicas: 4, sharing: mps}\n"
      "- {name: cut, gpus: 2x A100-SXM4-80GB, stack: nvidia, mig: '1x 1g.10gb, 2x 3g.40gb',\n"
      "   state: pending}\n");
  ASSERT_THAT(file.nodes, SizeIs(4));
  for (const auto& node : file.nodes) {
    EXPECT_FALSE(node.has_agent);
    EXPECT_THAT(node.spec.gpus, IsEmpty());
    EXPECT_THAT(node.notes, IsEmpty());
  }
  EXPECT_EQ(file.nodes[0].spec.pools.at(0).count, 4);
  EXPECT_EQ(file.nodes[0].spec.pools.at(0).product, "NVIDIA-A100-SXM4-80GB");
  EXPECT_EQ(file.nodes[1].spec.pools.at(0).count, 8);
  EXPECT_EQ(file.nodes[1].spec.pools.at(0).kind, model::PoolKind::kTimeSlicedReplica);
  EXPECT_EQ(file.nodes[2].spec.pools.at(0).kind, model::PoolKind::kMpsReplica);
  ASSERT_THAT(file.nodes[3].spec.pools, SizeIs(2));
  EXPECT_EQ(file.nodes[3].spec.pools[1].resource, "nvidia.com/mig-3g.40gb");
  EXPECT_EQ(file.nodes[3].spec.pools[1].count, 4);
  EXPECT_EQ(file.nodes[3].spec.pool_block, model::PoolBlock::kMigConfigPending);
}

TEST(ClusterFileTest, AScenarioHasCardsThatAreCutOnDemand) {
  const ClusterFile file = Parse("nodes:\n- {name: n, gpus: 2x A30-24GB, mig: on-demand}\n");
  ASSERT_THAT(file.nodes, SizeIs(1));
  EXPECT_TRUE(file.nodes[0].has_agent);
  ASSERT_THAT(file.nodes[0].spec.gpus, SizeIs(2));
  const model::Gpu& gpu = file.nodes[0].spec.gpus[1];
  EXPECT_EQ(gpu.mode, "mig");
  const auto table = model::mig::TableOf(gpu);
  ASSERT_NE(table, nullptr);
  const auto half = table->Find("2g.12gb");
  ASSERT_TRUE(half.has_value());
  EXPECT_EQ(table->memory(*half), model::Mebibytes(12288));
  EXPECT_EQ(table->cores(*half), model::CorePercent(50));
  const model::mig::Geometry known = *model::mig::FindProduct("A30-24GB");
  EXPECT_TRUE(std::equal(known.profiles().begin(), known.profiles().end(),
                         table->states().geometry().profiles().begin(),
                         table->states().geometry().profiles().end()));
}

TEST(ClusterFileTest, EveryProductThatIsTakenByItsTypeCanBeCutOnDemand) {
  for (const std::string_view name : model::mig::ProductNames()) {
    const model::mig::Geometry known = *model::mig::FindProduct(name);
    NodeShape shape;
    shape.cards = 1;
    shape.type = "NVIDIA " + std::string(name);
    shape.memory_mib = 81920;
    shape.mig = kMigOnDemand;
    if (name == "RTX-PRO-5000") {
      EXPECT_FALSE(CheckShape(shape).ok()) << "nobody is sure how it can be cut";
      continue;
    }
    ASSERT_TRUE(CheckShape(shape).ok()) << name;
    const auto node = MakeNode(shape, "n");
    const auto table = model::mig::TableOf(node.spec.gpus.at(0));
    ASSERT_NE(table, nullptr) << name;
    EXPECT_EQ(table->states().geometry().profiles().size(), known.profiles().size()) << name;
  }
}

TEST(ClusterFileTest, MistakesInTheStackAreNamed) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"stack: other", "stack: \"other\" is not allowed; give hami or nvidia"},
      {"stack: nvidia, replicas: 0", "replicas: \"0\" is not allowed"},
      {"stack: nvidia, sharing: fair", "sharing: \"fair\" is not allowed"},
      {"stack: nvidia, mig: 2x banana", "mig: \"2x banana\" is not allowed"},
      {"stack: nvidia, state: ready", "state: \"ready\" is not allowed"},
      {"replicas: 4", "are for nodes with stack: nvidia"},
      {"stack: nvidia, mig: on-demand", "mig: on-demand is for nodes with stack: hami"},
      {"mig: on-demand", "mig: how cards of \"NVIDIA T4-16GB\" can be cut is not known"},
      {"mig: 2x 1g.10gb", "are for nodes with stack: nvidia, but for mig: on-demand"},
  };
  for (const auto& [fields, text] : cases) {
    const auto file =
        ParseClusterText("nodes:\n- {name: n, gpus: 1x T4-16GB, " + fields + "}", "f");
    ASSERT_FALSE(file.ok()) << fields;
    EXPECT_THAT(std::string(file.status().message()), HasSubstr(text));
  }
}

TEST(ClusterFileTest, NodesPodsAndDeviceClassesOfNvidiasStackAreRead) {
  const ClusterFile file = Parse(
      R"({"kind":"List","items":[{"kind":"Node","metadata":{"name":"n","labels":
         {"nvidia.com/gpu.product":"T4","nvidia.com/gpu.count":"9"}},
         "status":{"allocatable":{"nvidia.com/gpu":"8"}}},
         {"kind":"Pod","metadata":{"name":"p","uid":"u"},"spec":{"containers":[
         {"name":"c","resources":{"limits":{"nvidia.com/mig-1g.10gb":"2"}}}]}},
         {"kind":"DeviceClass","metadata":{"name":"g"},
          "spec":{"extendedResourceName":"nvidia.com/gpu"}}]})");
  ASSERT_THAT(file.nodes, SizeIs(1));
  EXPECT_EQ(file.nodes[0].spec.pools.at(0).count, 8);
  EXPECT_THAT(file.warnings, ElementsAre(HasSubstr("allocatable is believed")));
  ASSERT_THAT(file.pods, SizeIs(1));
  EXPECT_EQ(file.pods[0].request.counted, (model::ResourceCounts{{"nvidia.com/mig-1g.10gb", 2}}));
  EXPECT_THAT(file.dra_resources, ElementsAre("nvidia.com/gpu"));
}

TEST(ClusterFileTest, AScenarioBecomesNodesWithStableCards) {
  const ClusterFile file = Parse(
      "nodes:\n- {name: gpu, count: 2, gpus: 2x A100-SXM4-80GB}\n"
      "- {name: small, gpus: 1x T4-16GB, split: 4}\n");
  ASSERT_THAT(file.nodes, SizeIs(3));
  EXPECT_EQ(file.nodes[0].spec.name, "gpu-0");
  EXPECT_EQ(file.nodes[1].spec.name, "gpu-1");
  EXPECT_EQ(file.nodes[2].spec.name, "small");
  EXPECT_EQ(file.nodes[0].spec.allocatable_gpus, 20);
  ASSERT_THAT(file.nodes[1].spec.gpus, SizeIs(2));
  const model::Gpu& gpu = file.nodes[1].spec.gpus[1];
  EXPECT_EQ(gpu.uuid, "GPU-gpu-1-1");
  EXPECT_EQ(gpu.memory, model::Mebibytes(81920));
  EXPECT_EQ(gpu.cores, model::CorePercent(100));
  EXPECT_EQ(gpu.type, "NVIDIA A100-SXM4-80GB");
  EXPECT_EQ(gpu.numa, 1);
  EXPECT_TRUE(gpu.healthy);
  EXPECT_EQ(file.nodes[2].spec.gpus[0].slots, model::Slots(4));
  EXPECT_THAT(file.pods, IsEmpty());
}

TEST(ClusterFileTest, CpuAndMemoryComeWithNodesAndPods) {
  const ClusterFile file = Parse(
      R"({"items":[{"kind":"Node","metadata":{"name":"n"},"spec":{"unschedulable":true},
           "status":{"allocatable":{"cpu":"3900m","memory":"2Gi"}}},
          {"kind":"Pod","metadata":{"name":"p","uid":"u"},"spec":{"containers":[
           {"name":"c","resources":{"requests":{"cpu":"500m","memory":"1Gi"}}}]}}]})");
  ASSERT_THAT(file.nodes, SizeIs(1));
  EXPECT_EQ(file.nodes[0].host, (model::HostResources{3900, 2048}));
  EXPECT_TRUE(file.nodes[0].unschedulable);
  ASSERT_THAT(file.pods, SizeIs(1));
  EXPECT_EQ(file.pods[0].host, (model::HostResources{500, 1024}));
}

TEST(ClusterFileTest, AScenarioMaySayCpuAndMemory) {
  const ClusterFile file = Parse(
      "nodes:\n- {name: a, gpus: 1x T4-16GB, cpu: 64, memory: 256Gi}\n"
      "- {name: b, gpus: 1x T4-16GB, cpu: 500m}\n- {name: c, gpus: 1x T4-16GB}\n");
  ASSERT_THAT(file.nodes, SizeIs(3));
  EXPECT_EQ(file.nodes[0].host, (model::HostResources{64'000, 262'144}));
  EXPECT_EQ(file.nodes[1].host, (model::HostResources{500, model::kHostMost}));
  EXPECT_FALSE(file.nodes[2].host.has_value());
  EXPECT_THAT(
      Error("nodes:\n- {name: a, gpus: 1x T4-16GB, memory: lots}\n"),
      AllOf(HasSubstr("cluster.yaml:2:"), HasSubstr("memory: \"lots\""), HasSubstr("512Gi")));
}

TEST(ClusterFileTest, ANodeWhoseCpuCannotBeReadKeepsItsCardsWithAWarning) {
  std::string text = kYaml;
  text.replace(text.find("cpu: \"4\""), 8, "cpu: \"x\"");
  const ClusterFile file = Parse(text);
  ASSERT_THAT(file.nodes, SizeIs(1));
  EXPECT_THAT(file.nodes[0].spec.gpus, SizeIs(1));
  EXPECT_FALSE(file.nodes[0].host.has_value());
  EXPECT_THAT(file.warnings, testing::Contains(HasSubstr("allocatable.cpu")));
}

TEST(ClusterFileTest, OfManyWarningsTheFirstAreToldAndTheOthersCounted) {
  std::string text = "kind: List\nitems:\n- {kind: Node, metadata: {name: n}}\n";
  for (int i = 0; i < 50; ++i) text += "- {kind: Secret}\n";
  const ClusterFile file = Parse(text);
  ASSERT_THAT(file.warnings, SizeIs(21));
  EXPECT_THAT(file.warnings.back(), HasSubstr("30 more"));
}

TEST(ClusterFileTest, BrokenJsonIsNamedWithItsLine) {
  EXPECT_THAT(Error("{\"items\": [\n{\"kind\": \"Pod\",\n\"metadata\": }]}"),
              HasSubstr("cluster.yaml:"));
  EXPECT_THAT(Error("{\"kind\": \"List\",\n\"items\": 7}"),
              HasSubstr("cluster.yaml:1: items: must be a list"));
}

TEST(NodeShapeTest, WordsInAnyOrderAfterTheCards) {
  const auto shape = ParseNodeShape("8x H100-80GB memory=1Ti cpu=96 split=7");
  ASSERT_TRUE(shape.ok()) << shape.status();
  EXPECT_EQ(shape->cards, 8);
  EXPECT_EQ(shape->type, "NVIDIA H100-80GB");
  EXPECT_EQ(shape->memory_mib, 81'920);
  EXPECT_EQ(shape->split, 7);
  EXPECT_EQ(shape->cpu_milli, 96'000);
  EXPECT_EQ(shape->host_memory_mib, 1 << 20);
  for (const char* bad : {"", "8 H100-80GB", "0x H100-80GB", "65x H100-80GB", "8x H100-80GB cpu=0",
                          "8x H100-80GB disk=1Ti", "8x H100-80GB split=0", "cpu=4"}) {
    EXPECT_FALSE(ParseNodeShape(bad).ok()) << bad;
  }
}

TEST(ClusterFileTest, TheDigestIsOfTheBytes) {
  const std::string text = "nodes:\n- {name: a, gpus: 1x T4-16GB}\n";
  EXPECT_EQ(Parse(text).digest, Parse(text).digest);
  EXPECT_NE(Parse(text).digest, Parse(text + "\n").digest);
  EXPECT_THAT(Parse(text).digest, SizeIs(64));
}

TEST(ClusterFileTest, ScenarioMistakesNamePlaceFieldValueAndWhatIsAllowed) {
  struct Case {
    std::string text;
    std::string message;
  };
  for (const auto& [text, message] : {
           Case{"nodes:\n- {name: a, gpus: 8x A100}\n",
                "cluster.yaml:2:19: gpus: \"8x A100\" is not allowed"},
           Case{"nodes:\n- {name: a, gpus: 0x T4-16GB}\n",
                "gpus: \"0x T4-16GB\" is not allowed; give 1 to"},
           Case{"nodes:\n- {name: a, gpus: 65x T4-16GB}\n", "1 to 64 cards"},
           Case{"nodes:\n- {name: a, count: -1, gpus: 1x T4-16GB}\n",
                "count: \"-1\" is not allowed; give a whole number from 1"},
           Case{"nodes:\n- {name: a, split: many, gpus: 1x T4-16GB}\n",
                "split: \"many\" is not allowed"},
           Case{"nodes:\n- {gpus: 1x T4-16GB}\n", "cluster.yaml:2:3: name: missing"},
           Case{"nodes:\n- {name: a}\n", "gpus: missing"},
           Case{"nodes:\n- {name: a, gpu: 1x T4-16GB}\n",
                "unknown field \"gpu\"; allowed are name"},
           Case{"nodes:\n- {name: a, gpus: 1x T4-16GB}\n- {name: a, gpus: 1x T4-16GB}\n",
                "cluster.yaml:3:3: name: node \"a\" comes twice"},
           Case{"nodes: {a: b}\n", "give a list of {name"},
           Case{"nodes:\n- 7\n", "give a list of {name"},
           Case{"nodes: []\npods: []\n", "unknown field; a scenario has nodes only"},
       }) {
    EXPECT_THAT(Error(text), HasSubstr(message));
  }
}

TEST(ClusterFileTest, WhatIsNeitherFormIsRefusedByPlace) {
  EXPECT_THAT(Error(""), HasSubstr("the file is empty"));
  EXPECT_THAT(Error("a: [1\nb: 2"), HasSubstr("cluster.yaml:"));
  EXPECT_THAT(Error("just text"), HasSubstr("cluster.yaml"));
  EXPECT_THAT(Error("items: 7"), HasSubstr("items"));
  EXPECT_THAT(Error("items: [{metadata: {name: a}}]\nkind: List"),
              HasSubstr("items[0]: kind: missing"));
  EXPECT_THAT(Error("items: [{kind: Node, metadata: {}}]\nkind: List"),
              HasSubstr("items[0]: Node.metadata"));
  EXPECT_THAT(Error(R"({"items":[{"kind":"Pod","metadata":{"name":7}}]})"),
              HasSubstr("items[0]: Pod.metadata.name: must be a string"));
  EXPECT_THAT(Error(R"({"items":[{"kind":"Pod")"), HasSubstr("cluster.yaml"));
}

TEST(ClusterFileTest, TextsCutAtAnyByteAreAnswered) {
  const std::string yaml = kYaml;
  size_t refused = 0;
  for (size_t size = 0; size < yaml.size(); ++size) {
    if (!ParseClusterText(yaml.substr(0, size), "cut.yaml").ok()) ++refused;
  }
  EXPECT_GT(refused, 10u);
}

TEST(ClusterFileTest, AFileIsReadAndAMissingOneIsNamed) {
  const TempFolder folder;
  folder.Write("c.yaml", "nodes:\n- {name: a, gpus: 1x T4-16GB}\n");
  EXPECT_TRUE(LoadClusterFile(folder.File("c.yaml")).ok());
  const auto missing = LoadClusterFile(folder.File("no.yaml"));
  EXPECT_EQ(missing.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(missing.status().message()), HasSubstr("no.yaml"));
}

}  // namespace
}  // namespace tangram::api::standalone
