// The metrics page: exact text, escaping, the same order every time.
#include "api/telemetry/metrics.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "api/telemetry/exposition.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/cluster.h"
#include "model/event.h"

namespace tangram::api::telemetry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

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

model::Snapshot OneNode() {
  model::Cluster cluster;
  model::NodeSpec spec;
  spec.name = "gpu-1";
  spec.gpus = {MakeGpu("GPU-a", 0), MakeGpu("GPU-b\"\\", 1)};
  EXPECT_TRUE(cluster.Apply(model::NodeUpserted{spec}).ok());
  model::PodBooked booked;
  booked.uid = "u1";
  booked.node = "gpu-1";
  booked.allocation.slots.resize(1);
  booked.allocation.slots[0].shares = {{"GPU-a", model::Mebibytes(3000), model::CorePercent(30)}};
  EXPECT_TRUE(cluster.Apply(booked).ok());
  EXPECT_TRUE(cluster.Apply(model::PodUnaccounted{"u2", "gpu-1", 1}).ok());
  return cluster.snapshot();
}

TEST(MetricsTest, CardGaugesAreExact) {
  Scrape scrape;
  scrape.version = "1.2.3";
  scrape.ready = true;
  scrape.snapshot = OneNode();
  const std::string page = RenderMetrics(Metrics(), scrape);
  const size_t begin = page.find("# HELP tangram_node_unaccounted_pods");
  ASSERT_NE(begin, std::string::npos);
  EXPECT_EQ(
      page.substr(begin),
      R"(# HELP tangram_node_unaccounted_pods Bound pods of unknown use on the nodes that have any.
# TYPE tangram_node_unaccounted_pods gauge
tangram_node_unaccounted_pods{node="gpu-1"} 1
# HELP tangram_card_memory_mib Memory of a card in MiB, as registered and as taken by pods.
# TYPE tangram_card_memory_mib gauge
tangram_card_memory_mib{node="gpu-1",card="GPU-a",index="0",state="total"} 40960
tangram_card_memory_mib{node="gpu-1",card="GPU-a",index="0",state="used"} 3000
tangram_card_memory_mib{node="gpu-1",card="GPU-b\"\\",index="1",state="total"} 40960
tangram_card_memory_mib{node="gpu-1",card="GPU-b\"\\",index="1",state="used"} 0
# HELP tangram_card_cores_percent Compute of a card in percent, as registered and as taken.
# TYPE tangram_card_cores_percent gauge
tangram_card_cores_percent{node="gpu-1",card="GPU-a",index="0",state="total"} 100
tangram_card_cores_percent{node="gpu-1",card="GPU-a",index="0",state="used"} 30
tangram_card_cores_percent{node="gpu-1",card="GPU-b\"\\",index="1",state="total"} 100
tangram_card_cores_percent{node="gpu-1",card="GPU-b\"\\",index="1",state="used"} 0
# HELP tangram_card_slots How many containers may share a card, and how many do.
# TYPE tangram_card_slots gauge
tangram_card_slots{node="gpu-1",card="GPU-a",index="0",state="total"} 10
tangram_card_slots{node="gpu-1",card="GPU-a",index="0",state="used"} 1
tangram_card_slots{node="gpu-1",card="GPU-b\"\\",index="1",state="total"} 10
tangram_card_slots{node="gpu-1",card="GPU-b\"\\",index="1",state="used"} 0
)");
}

TEST(MetricsTest, SchedulerNumbersAreOnThePage) {
  Scrape scrape;
  scrape.version = "1.2.3";
  scrape.stats.bind_conflicts = 3;
  scrape.stats.binds_done = 7;
  scrape.stats.binds_failed = 1;
  scrape.stats.binds_queued = 2;
  scrape.stats.holds = 5;
  scrape.stats.waiting_pods = 4;
  const std::string page = RenderMetrics(Metrics(), scrape);
  for (const char* line :
       {"tangram_build_info{version=\"1.2.3\"} 1\n", "\ntangram_ready 0\n",
        "# TYPE tangram_bind_conflicts_total counter\ntangram_bind_conflicts_total 3\n",
        "\ntangram_binds_total{outcome=\"done\"} 7\ntangram_binds_total{outcome=\"failed\"} 1\n",
        "# TYPE tangram_bind_queue gauge\ntangram_bind_queue 2\n", "\ntangram_holds 5\n",
        "\ntangram_waiting_pods 4\n"}) {
    EXPECT_THAT(page, HasSubstr(line));
  }
}

TEST(MetricsTest, VerbsAreHistogramsFromFiftyMicroseconds) {
  Metrics metrics;
  metrics.ObserveVerb("filter", 0.00004, "ok");
  metrics.ObserveVerb("filter", 0.0002, "ok");
  metrics.ObserveVerb("filter", 2, "error");
  metrics.ObserveVerb("preempt", 2, "ok");
  const std::string page = metrics.Render();
  EXPECT_THAT(page, HasSubstr("# TYPE tangram_verb_duration_seconds histogram\n"));
  for (const char* line :
       {"_bucket{verb=\"filter\",le=\"5e-05\"} 1\n", "_bucket{verb=\"filter\",le=\"0.0001\"} 1\n",
        "_bucket{verb=\"filter\",le=\"0.00025\"} 2\n", "_bucket{verb=\"filter\",le=\"1\"} 2\n",
        "_bucket{verb=\"filter\",le=\"30\"} 3\n", "_bucket{verb=\"filter\",le=\"+Inf\"} 3\n",
        "_count{verb=\"filter\"} 3\n", "_count{verb=\"bind\"} 0\n"}) {
    EXPECT_THAT(page, HasSubstr(std::string("tangram_verb_duration_seconds") + line));
  }
  EXPECT_THAT(page, HasSubstr("tangram_verb_answers_total{outcome=\"ok\",verb=\"filter\"} 2\n"));
  EXPECT_THAT(page, HasSubstr("tangram_verb_answers_total{outcome=\"error\",verb=\"filter\"} 1\n"));
  EXPECT_THAT(page, Not(HasSubstr("preempt")));
}

TEST(MetricsTest, EverySeriesBeginsAtZero) {
  const std::string page = Metrics().Render();
  EXPECT_THAT(page,
              HasSubstr("tangram_api_writes_total{kind=\"binding\",outcome=\"unknown\"} 0\n"));
  EXPECT_THAT(page, HasSubstr("tangram_api_reads_total{kind=\"pod\",outcome=\"gone\"} 0\n"));
}

TEST(MetricsTest, OrderIsTheSameEveryTime) {
  Metrics one;
  Metrics other;
  other.CountWrite(WriteKind::kWakeUp, scheduler::WriteOutcome::kDone);
  one.CountWrite(WriteKind::kWakeUp, scheduler::WriteOutcome::kDone);
  EXPECT_EQ(one.Render(), other.Render());
  // Series of a family stand in the order of their labels.
  std::vector<std::string> writes;
  for (const auto& line : absl::StrSplit(one.Render(), '\n')) {
    std::string text(line.data(), line.size());
    if (text.rfind("tangram_api_writes_total{", 0) == 0) writes.push_back(text);
  }
  EXPECT_EQ(writes.size(), 20u);
  EXPECT_TRUE(std::is_sorted(writes.begin(), writes.end()));
}

TEST(MetricsTest, EveryLineFollowsTheTextFormat) {
  Scrape scrape;
  scrape.version = "a\"b\nc\\";
  scrape.snapshot = OneNode();
  const std::string page = RenderMetrics(Metrics(), scrape);
  ASSERT_EQ(page.back(), '\n');
  EXPECT_THAT(page, HasSubstr(R"(version="a\"b\nc\\")"));
  std::string family;
  for (const auto& part : absl::StrSplit(page.substr(0, page.size() - 1), '\n')) {
    const std::string line(part.data(), part.size());
    if (line.rfind("# HELP ", 0) == 0) {
      family = line.substr(7, line.find(' ', 7) - 7);
    } else if (line.rfind("# TYPE ", 0) == 0) {
      EXPECT_EQ(line.substr(7, family.size() + 1), family + " ") << line;
    } else {
      EXPECT_EQ(line.rfind(family, 0), 0u) << line;
      EXPECT_NE(line.find(' '), std::string::npos) << line;
    }
  }
}

}  // namespace
}  // namespace tangram::api::telemetry
