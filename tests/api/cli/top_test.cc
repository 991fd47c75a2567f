// The report of what is on which card: made from the books, through JSON and back, and as a table.
#include <string>
#include <utility>

#include "api/cli/top_report.h"
#include "api/cli/top_table.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/cluster.h"
#include "model/event.h"
#include "nlohmann/json.hpp"

namespace tangram::api::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TopCard MakeCard(std::string uuid, int32_t index, Share memory, Share cores, Share slots) {
  TopCard card;
  card.uuid = std::move(uuid);
  card.index = index;
  card.type = "NVIDIA A100-SXM4-80GB";
  card.mode = "hami-core";
  card.memory_mib = memory;
  card.cores_percent = cores;
  card.slots = slots;
  return card;
}

// A card of each kind: used, full, free, over-committed and unhealthy.
TopReport Example() {
  TopReport report;
  TopNode one;
  one.name = "gpu-1";
  one.cards = {MakeCard("GPU-a", 0, {81920, 3000}, {100, 30}, {10, 1}),
               MakeCard("GPU-b", 1, {81920, 81920}, {100, 100}, {10, 5})};
  one.cards[0].pods = {{"default", "train", 3000, 30, 1, true}};
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    one.cards[1].pods.push_back({"team", name, 16384, 20, 1, false});
  }
  TopNode two;
  two.name = "gpu-22";
  two.cards = {MakeCard("GPU-c", 0, {40960, 0}, {100, 0}, {10, 0}),
               MakeCard("GPU-d", 1, {40960, 50000}, {100, 0}, {10, 2})};
  two.cards[1].overcommitted = true;
  two.cards[1].healthy = false;
  two.cards[1].pods = {{"x", "y", 50000, 0, 2, false}};
  two.unaccounted = {{"default", "lost", {}}};
  report.nodes = {one, two, TopNode{"plain", {}, {}}};
  report.waiting = {{"default", "big", "8 cards x 90000 MiB"}};
  return report;
}

constexpr char kTable[] =
    R"(NODE    CARD  MODEL                  MEMORY MIB                          CORES    SLOTS  PODS
gpu-1   0     NVIDIA A100-SXM4-80GB  [#...................] 3000/81920   30/100   1/10   default/train (binding)
        1     NVIDIA A100-SXM4-80GB  [####################] 81920/81920  100/100  5/10   team/a, team/b, team/c, team/d, and 1 more
gpu-22  0     NVIDIA A100-SXM4-80GB  [....................] 0/40960      0/100    0/10
        1     NVIDIA A100-SXM4-80GB  [####################] 50000/40960  0/100    2/10   !over-committed !unhealthy x/y
!closed gpu-22: nobody can tell the cards of default/lost
waiting default/big: 8 cards x 90000 MiB
3 nodes, 4 cards, memory 134920 of 245760 MiB (54%), 8 pods, 1 waiting
)";

// A node that counts only, and one that may not be used now.
TopReport StockExample() {
  TopReport report = Example();
  TopNode stock;
  stock.name = "stock-1";
  TopPool pool;
  pool.resource = "nvidia.com/gpu";
  pool.kind = "time-sliced";
  pool.product = "Tesla-T4";
  pool.memory_mib = 15360;
  pool.replicas = 4;
  pool.devices = {16, 3};
  pool.pods = {{"default", "turns", 3, true}};
  stock.pools = {pool};
  TopNode cut;
  cut.name = "stock-2";
  cut.blocked = "MigConfigPending";
  report.nodes = {stock, cut};
  report.waiting.clear();
  return report;
}

TEST(TopTableTest, ShowsWhatNodesOfferByCount) {
  const std::string text = RenderTop(StockExample(), false);
  EXPECT_THAT(text,
              HasSubstr("NODE     RESOURCE        MODEL     KIND            MIB    USED  PODS\n"
                        "stock-1  nvidia.com/gpu  Tesla-T4  time-sliced x4  15360  3/16  "
                        "default/turns x3 (binding)\n"
                        "!blocked stock-2: MigConfigPending\n"));
  EXPECT_THAT(text, HasSubstr("devices by count 3/16, 1 pod, 0 waiting"));
}

TEST(TopReportTest, PoolsSurviveTheWayThroughJson) {
  const auto parsed = ParseTopReport(TopReportToJson(StockExample()));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(*parsed, StockExample());
}

TEST(TopTableTest, GatedPodsAreCountedApart) {
  TopReport report = Example();
  EXPECT_THAT(RenderTop(report, false), HasSubstr(", 1 waiting\n"));
  report.gated = 2;
  EXPECT_THAT(RenderTop(report, false), HasSubstr(", 1 waiting, 2 gated\n"));
  const auto parsed = ParseTopReport(TopReportToJson(report));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(*parsed, report);
}

TEST(TopTableTest, ShowsABarPerCard) { EXPECT_EQ(RenderTop(Example(), false), kTable); }

TEST(TopTableTest, ColourChangesNothingElse) {
  std::string text = RenderTop(Example(), true);
  EXPECT_THAT(text, HasSubstr("\x1b[31m"));
  for (size_t at = text.find('\x1b'); at != std::string::npos; at = text.find('\x1b')) {
    text.erase(at, text.find('m', at) - at + 1);
  }
  EXPECT_EQ(text, kTable);
}

TEST(TopTableTest, NamesCannotMoveTheCursor) {
  TopReport report = Example();
  report.nodes[0].name = "a\x1b[2Jb";
  report.nodes[0].cards[0].pods[0].name = "x\ny";
  report.waiting[0].wants = "\x1b[H";
  const std::string text = RenderTop(report, false);
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, HasSubstr("default/x?y"));
}

TEST(TopTableTest, EmptyClusterIsShownAsSuch) {
  EXPECT_EQ(RenderTop(TopReport(), false),
            "NODE  CARD  MODEL  MEMORY MIB  CORES  SLOTS  PODS\n"
            "0 nodes, 0 cards, memory 0 of 0 MiB (0%), 0 pods, 0 waiting\n");
}

TEST(TopTableTest, NamesWhoClosesANodeAndWhoDoesNotWithTheirCards) {
  TopReport report = Example();
  report.nodes[0].unaccounted = {{"a", "old", {"GPU-x", "GPU-y"}, true}, {"b", "odd", {}, false}};
  const std::string text = RenderTop(report, false);
  EXPECT_THAT(text, HasSubstr("!closed gpu-1: nobody can tell the cards of a/old (not registered: "
                              "GPU-x, GPU-y)\n!not counted gpu-1: nobody can tell the cards of "
                              "b/odd\n"));
  const auto parsed = ParseTopReport(TopReportToJson(report));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(*parsed, report);
}

TEST(TopTableTest, SaysWhyANodeIsNotUsed) {
  TopReport report;
  TopNode node;
  node.name = "n";
  node.blocked = "MigConfigFailed";
  node.blocked_prefix = "nvidia.com/";
  report.nodes = {node};
  node.name = "o";
  node.blocked = "NodeUnknown";
  node.blocked_prefix = "";
  node.problem = "not registered\x1byet";
  report.nodes.push_back(node);
  node.name = "p";
  node.blocked = "";
  node.problem = "stale";
  report.nodes.push_back(node);
  EXPECT_THAT(RenderTop(report, false),
              HasSubstr("!blocked n: MigConfigFailed (nvidia.com/*)\n"
                        "!blocked o: NodeUnknown: not registered?yet\n!problem p: stale\n"));
  const auto parsed = ParseTopReport(TopReportToJson(report));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(*parsed, report);
}

TEST(TopReportTest, AnswersOfOlderServersNameUnaccountedPodsAlone) {
  const auto parsed = ParseTopReport(
      R"({"nodes":[{"name":"n","cards":[],"unaccounted_pods":["a/b"]}],"waiting_pods":[]})");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->nodes[0].unaccounted, (std::vector<TopUnaccounted>{{"a", "b", {}}}));
}

TEST(TopReportTest, ADriverThatDraHasInHandIsNotGone) {
  model::Cluster cluster;
  model::NodeSpec spec;
  spec.name = "n";
  spec.pool_block = model::PoolBlock::kDriverGone;
  spec.blocked_prefix = "nvidia.com/";
  ASSERT_TRUE(cluster.Apply(model::NodeUpserted{spec}).ok());
  scheduler::TopView view;
  view.snapshot = cluster.snapshot();
  EXPECT_EQ(MakeTopReport(view).nodes.at(0).blocked, "DriverGone");
  ASSERT_TRUE(cluster.Apply(model::DraResourcesListed{{"nvidia.com/gpu"}}).ok());
  view.snapshot = cluster.snapshot();
  EXPECT_EQ(MakeTopReport(view).nodes.at(0).blocked, "ManagedByDRA");
}

TEST(TopJsonTest, ReadsBackAsItWas) {
  const std::string text = TopReportToJson(Example());
  const auto report = ParseTopReport(text);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(*report, Example());
}

TEST(TopJsonTest, FieldsAreTheDocumentedOnes) {
  const auto json = nlohmann::json::parse(TopReportToJson(Example()));
  EXPECT_EQ(json.at("nodes").at(0).at("cards").at(0), nlohmann::json::parse(R"(
    {"uuid": "GPU-a", "index": 0, "type": "NVIDIA A100-SXM4-80GB", "mode": "hami-core",
     "healthy": true, "cordoned": false, "overcommitted": false,
     "memory_mib": {"total": 81920, "used": 3000},
     "cores_percent": {"total": 100, "used": 30}, "slots": {"total": 10, "used": 1},
     "pods": [{"namespace": "default", "name": "train", "memory_mib": 3000,
               "cores_percent": 30, "slots": 1, "binding": true}]})"));
  EXPECT_EQ(json.at("nodes").at(1).at("unaccounted_pods"),
            nlohmann::json::parse(R"(["default/lost"])"));
  EXPECT_EQ(json.at("waiting_pods"),
            nlohmann::json::parse(
                R"([{"namespace": "default", "name": "big", "wants": "8 cards x 90000 MiB"}])"));
}

TEST(TopJsonTest, OtherJsonIsRefused) {
  for (const char* text : {"", "{", "[]", "{}", R"({"nodes":5,"waiting_pods":[]})",
                           R"({"nodes":[{"name":"a"}],"waiting_pods":[]})",
                           R"({"nodes":[{"name":5,"cards":[],"unaccounted_pods":[]}],
                               "waiting_pods":[]})"}) {
    EXPECT_FALSE(ParseTopReport(text).ok()) << text;
  }
}

model::Gpu MakeGpu(std::string uuid, int32_t index) {
  model::Gpu gpu;
  gpu.uuid = std::move(uuid);
  gpu.index = index;
  gpu.slots = model::Slots(10);
  gpu.memory = model::Mebibytes(40960);
  gpu.cores = model::CorePercent(100);
  gpu.type = "NVIDIA A100";
  gpu.healthy = true;
  return gpu;
}

TEST(TopReportTest, InstancesAreShownByProfileAndFirstSlice) {
  model::Cluster cluster;
  model::Gpu gpu = MakeGpu("GPU-m", 0);
  gpu.mode = "mig";
  gpu.mig_profiles = {
      {"1g.10gb", model::Mebibytes(9728), model::CorePercent(60), 1, {{0, 1}, {1, 1}}}};
  model::NodeSpec spec;
  spec.name = "n";
  spec.gpus = {gpu};
  ASSERT_TRUE(cluster.Apply(model::NodeUpserted{spec}).ok());
  model::PodBooked booked;
  booked.uid = "u1";
  booked.node = "n";
  booked.allocation.slots.resize(1);
  for (const int32_t start : {0, 1}) {
    booked.allocation.slots[0].shares.push_back({"GPU-m", model::Mebibytes(9728),
                                                 model::CorePercent(60),
                                                 model::MigInstance{"1g.10gb", {start, 1}}});
  }
  ASSERT_TRUE(cluster.Apply(booked).ok());
  scheduler::TopView view;
  view.snapshot = cluster.snapshot();
  scheduler::TopPod pod;
  pod.id = {"default", "a", "u1"};
  pod.node = "n";
  pod.allocation = booked.allocation;
  view.pods = {pod};
  const TopReport report = MakeTopReport(view);
  const TopCard& card = report.nodes.at(0).cards.at(0);
  EXPECT_EQ(card.pods.at(0).instances, (std::vector<std::string>{"1g.10gb@0", "1g.10gb@1"}));
  EXPECT_FALSE(card.overcommitted) << "shares of compute are rounded up";
  EXPECT_NE(RenderTop(report, false).find("default/a 1g.10gb@0 1g.10gb@1"), std::string::npos);
  const auto again = ParseTopReport(TopReportToJson(report));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(*again, report);
}

TEST(TopReportTest, CardsBehindPoolsAreShownWhereTheyAreKnown) {
  TopReport report;
  for (const char* name : {"told", "untold"}) {
    TopNode& node = report.nodes.emplace_back();
    node.name = name;
    node.pools.emplace_back().resource = "nvidia.com/gpu";
  }
  EXPECT_EQ(RenderTop(report, false).find("CARD BEHIND IT"), std::string::npos);
  report.nodes[0].known_cards = {{"GPU-a", "Tesla T4", 15360}, {"GPU-b", "", 0}};
  EXPECT_NE(RenderTop(report, false)
                .find("NODE    CARD BEHIND IT  MODEL     MIB\n"
                      "told    GPU-a           Tesla T4  15360\n"
                      "        GPU-b           -         -\n"
                      "untold  anonymous\n"),
            std::string::npos)
      << RenderTop(report, false);
  const auto again = ParseTopReport(TopReportToJson(report));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(*again, report);
}

TEST(TopReportTest, IsMadeFromTheBooks) {
  model::Cluster cluster;
  model::NodeSpec spec;
  spec.name = "n";
  spec.gpus = {MakeGpu("GPU-z", 0), MakeGpu("GPU-a", 1)};  // kept by UUID, shown by index
  ASSERT_TRUE(cluster.Apply(model::NodeUpserted{spec}).ok());
  model::PodBooked booked;
  booked.uid = "u1";
  booked.node = "n";
  booked.allocation.slots.resize(2);
  booked.allocation.slots[0].kind = model::ContainerKind::kInit;
  booked.allocation.slots[0].shares = {{"GPU-z", model::Mebibytes(9000), model::CorePercent(0)}};
  booked.allocation.slots[1].shares = {{"GPU-z", model::Mebibytes(3000), model::CorePercent(30)}};
  booked.init_finished = true;
  ASSERT_TRUE(cluster.Apply(booked).ok());

  scheduler::TopView view;
  view.snapshot = cluster.snapshot();
  scheduler::TopPod pod;
  pod.id = {"default", "a", "u1"};
  pod.node = "n";
  pod.allocation = booked.allocation;
  pod.init_finished = true;
  scheduler::TopPod lost;
  lost.id = {"default", "lost", "u2"};
  lost.node = "n";
  lost.unaccounted = true;
  scheduler::TopPod gone = pod;
  gone.node = "no such node";
  view.pods = {pod, lost, gone};
  model::Pod waiting;
  waiting.id = {"default", "w", "u3"};
  waiting.request.containers.resize(3);
  waiting.request.containers[0].count = 2;
  waiting.request.containers[0].memory = model::Mebibytes(3000);
  waiting.request.containers[0].cores = model::CorePercent(30);
  waiting.request.containers[2].count = 1;
  view.waiting = {waiting};
  view.gated = 3;

  const TopReport report = MakeTopReport(view);
  ASSERT_EQ(report.nodes.size(), 1u);
  const TopNode& node = report.nodes[0];
  ASSERT_EQ(node.cards.size(), 2u);
  EXPECT_EQ(node.cards[0].uuid, "GPU-z");
  EXPECT_EQ(node.cards[0].memory_mib, (Share{40960, 3000}));
  EXPECT_EQ(node.cards[0].cores_percent, (Share{100, 30}));
  EXPECT_EQ(node.cards[0].slots, (Share{10, 1}));
  ASSERT_EQ(node.cards[0].pods.size(), 1u);
  EXPECT_EQ(node.cards[0].pods[0], (CardPod{"default", "a", 3000, 30, 1, false}));
  EXPECT_EQ(node.cards[1].uuid, "GPU-a");
  EXPECT_TRUE(node.cards[1].pods.empty());
  EXPECT_EQ(node.unaccounted, (std::vector<TopUnaccounted>{{"default", "lost", {}}}));
  ASSERT_EQ(report.waiting.size(), 1u);
  EXPECT_EQ(report.gated, 3u);
  EXPECT_EQ(TopViewToJson(view), TopReportToJson(report));
  EXPECT_EQ(report.waiting[0].wants, "2 cards x 3000 MiB, 30% cores; 1 card x 100% of memory");
}

}  // namespace
}  // namespace tangram::api::cli
