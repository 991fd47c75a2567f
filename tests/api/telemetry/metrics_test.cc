// The metrics page: exact text, escaping, the same order every time.
#include "api/telemetry/metrics.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "api/telemetry/exposition.h"
#include "api/telemetry/process_metrics.h"
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
  scrape.unaccounted = {{{"ns", "lost", "u2"}, "gpu-1", {}, true, false},
                        {{"ns", "old", "u3"}, "gpu-1", {"GPU-x", "GPU-y"}, false, true}};
  const std::string page = RenderMetrics(Metrics(), scrape);
  const size_t begin = page.find("# HELP tangram_node_unaccounted_pods");
  const size_t end = page.find("# HELP process_");
  ASSERT_NE(begin, std::string::npos);
  ASSERT_NE(end, std::string::npos);
  EXPECT_EQ(
      page.substr(begin, end - begin),
      R"(# HELP tangram_node_unaccounted_pods Bound pods of unknown use on the nodes that have any.
# TYPE tangram_node_unaccounted_pods gauge
tangram_node_unaccounted_pods{node="gpu-1"} 1
# HELP tangram_unaccounted_pod_info Bound pods of unknown use, with the cards that their node does not have.
# TYPE tangram_unaccounted_pod_info gauge
tangram_unaccounted_pod_info{node="gpu-1",namespace="ns",pod="lost",device_uuid="",closes_node="true"} 1
tangram_unaccounted_pod_info{node="gpu-1",namespace="ns",pod="old",device_uuid="GPU-x",closes_node="false"} 1
tangram_unaccounted_pod_info{node="gpu-1",namespace="ns",pod="old",device_uuid="GPU-y",closes_node="false"} 1
# HELP tangram_closed_nodes Nodes that are closed to new pods, as a whole or for a vendor, by the reason.
# TYPE tangram_closed_nodes gauge
tangram_closed_nodes{reason="UnaccountedPod"} 1
# HELP tangram_device_memory_bytes Memory of a device, as registered.
# TYPE tangram_device_memory_bytes gauge
tangram_device_memory_bytes{node="gpu-1",device_uuid="GPU-a",device_index="0"} 42949672960
tangram_device_memory_bytes{node="gpu-1",device_uuid="GPU-b\"\\",device_index="1"} 42949672960
# HELP tangram_device_memory_allocated_bytes Memory of a device that pods have been given.
# TYPE tangram_device_memory_allocated_bytes gauge
tangram_device_memory_allocated_bytes{node="gpu-1",device_uuid="GPU-a",device_index="0"} 3145728000
tangram_device_memory_allocated_bytes{node="gpu-1",device_uuid="GPU-b\"\\",device_index="1"} 0
# HELP tangram_device_slots How many containers may share a device.
# TYPE tangram_device_slots gauge
tangram_device_slots{node="gpu-1",device_uuid="GPU-a",device_index="0"} 10
tangram_device_slots{node="gpu-1",device_uuid="GPU-b\"\\",device_index="1"} 10
# HELP tangram_device_slots_allocated How many containers share a device.
# TYPE tangram_device_slots_allocated gauge
tangram_device_slots_allocated{node="gpu-1",device_uuid="GPU-a",device_index="0"} 1
tangram_device_slots_allocated{node="gpu-1",device_uuid="GPU-b\"\\",device_index="1"} 0
# HELP tangram_device_compute_allocated_ratio Share of a device's compute that pods have been given, 1 for all of it.
# TYPE tangram_device_compute_allocated_ratio gauge
tangram_device_compute_allocated_ratio{node="gpu-1",device_uuid="GPU-a",device_index="0"} 0.3
tangram_device_compute_allocated_ratio{node="gpu-1",device_uuid="GPU-b\"\\",device_index="1"} 0
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
  scrape.stats.gated_pods = 6;
  const std::string page = RenderMetrics(Metrics(), scrape);
  for (const char* line :
       {"tangram_build_info{version=\"1.2.3\"} 1\n", "\ntangram_ready 0\n",
        "# TYPE tangram_bind_conflicts_total counter\ntangram_bind_conflicts_total 3\n",
        "\ntangram_binds_total{outcome=\"done\"} 7\ntangram_binds_total{outcome=\"failed\"} 1\n",
        "# TYPE tangram_bind_queue gauge\ntangram_bind_queue 2\n", "\ntangram_holds 5\n",
        "\ntangram_waiting_pods 4\n", "\ntangram_gated_pods 6\n"}) {
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
        "_bucket{verb=\"filter\",le=\"5\"} 3\n", "_bucket{verb=\"filter\",le=\"+Inf\"} 3\n",
        "_count{verb=\"filter\"} 3\n", "_count{verb=\"bind\"} 0\n"}) {
    EXPECT_THAT(page, HasSubstr(std::string("tangram_verb_duration_seconds") + line));
  }
  EXPECT_THAT(page, HasSubstr("tangram_verb_answers_total{outcome=\"ok\",verb=\"filter\"} 2\n"));
  EXPECT_THAT(page, HasSubstr("tangram_verb_answers_total{outcome=\"error\",verb=\"filter\"} 1\n"));
  EXPECT_THAT(page, Not(HasSubstr("preempt")));
}

TEST(MetricsTest, BucketsTellATenthOfAMillisecondFromASecondInSmallSteps) {
  const std::string page = Metrics().Render();
  std::vector<double> bounds;
  const std::string begin = "tangram_verb_duration_seconds_bucket{verb=\"bind\",le=\"";
  for (size_t at = page.find(begin); at != std::string::npos; at = page.find(begin, at + 1)) {
    bounds.push_back(std::stod(page.substr(at + begin.size())));
  }
  ASSERT_GT(bounds.size(), 10u);
  for (size_t i = 1; i < bounds.size(); ++i) {
    if (bounds[i - 1] < 0.0001 || bounds[i] > 1) continue;
    EXPECT_LE(bounds[i], 2.6 * bounds[i - 1]);
  }
  EXPECT_NE(std::find(bounds.begin(), bounds.end(), 0.0001), bounds.end());
  EXPECT_NE(std::find(bounds.begin(), bounds.end(), 1), bounds.end());
}

TEST(MetricsTest, RejectionsAreCountedByReasonAndEveryReasonHasASeries) {
  Metrics metrics;
  metrics.CountUnfit(scheduler::Reason::kCardInsufficientMemory);
  metrics.CountUnfit(scheduler::Reason::kCardInsufficientMemory);
  const std::string page = metrics.Render();
  EXPECT_THAT(page,
              HasSubstr("tangram_filter_rejections_total{reason=\"CardInsufficientMemory\"} 2\n"));
  size_t series = 0;
  const std::string begin = "\ntangram_filter_rejections_total{";
  for (size_t at = page.find(begin); at != std::string::npos; at = page.find(begin, at + 1)) {
    ++series;
  }
  EXPECT_EQ(series, static_cast<size_t>(scheduler::kReasonCount));
}

// What promtool check metrics says of names, and what a scraper refuses.
class PageLint {
 public:
  explicit PageLint(const std::string& page) {
    for (const absl::string_view line : absl::StrSplit(page, '\n', absl::SkipEmpty()))
      Read(std::string(line));
    for (const auto& [name, type] : types_) CheckName(name, type);
  }
  const std::vector<std::string>& problems() const { return problems_; }
  size_t families() const { return types_.size(); }

 private:
  void Read(const std::string& line) {
    const std::vector<std::string> words = absl::StrSplit(line, absl::MaxSplits(' ', 3));
    if (words[0] == "#") {
      if (words.size() < 4 || words[3].empty()) return Say("no text: " + line);
      if (words[1] == "HELP" && !helped_.insert(words[2]).second) Say("HELP twice: " + words[2]);
      if (words[1] == "TYPE" && !types_.emplace(words[2], words[3]).second)
        Say("TYPE twice: " + words[2]);
      if (words[1] == "TYPE" && helped_.count(words[2]) == 0) Say("TYPE without HELP: " + words[2]);
      family_ = words[2];
      return;
    }
    const std::string series = line.substr(0, line.rfind(' '));
    if (!series_.insert(series).second) Say("twice: " + series);
    std::string name = series.substr(0, series.find('{'));
    if (types_[family_] == "histogram") {
      for (const char* end : {"_bucket", "_sum", "_count"}) {
        if (name == family_ + end) name = family_;
      }
    }
    if (name != family_) Say(name + " stands under " + family_);
    const std::string value = line.substr(line.rfind(' ') + 1);
    size_t read = 0;
    std::stod(value, &read);
    if (read != value.size()) Say("no number: " + line);
  }
  void CheckName(const std::string& name, const std::string& type) {
    const auto ends = [&name](const std::string& end) {
      return name.size() > end.size() &&
             name.compare(name.size() - end.size(), end.size(), end) == 0;
    };
    if (ends("_total") != (type == "counter")) Say("_total belongs to counters: " + name);
    for (const char* end : {"_count", "_sum", "_bucket", "_info_total"}) {
      if (ends(end)) Say(std::string(end) + ": " + name);
    }
    for (const char* unit :
         {"mib", "mb", "kb", "kib", "gib", "ms", "us", "ns", "minutes", "hours", "milliseconds",
          "percent", "megabytes", "mebibytes", "celsius", "kilobytes"}) {
      for (const absl::string_view part : absl::StrSplit(name, '_')) {
        if (part == unit) Say("no base unit: " + name);
      }
    }
    for (const char* word : {"counter", "gauge", "histogram", "summary"}) {
      if (name.find(word) != std::string::npos) Say("its type in its name: " + name);
    }
    for (const char c : name) {
      if (c != '_' && (c < 'a' || c > 'z')) Say("not snake_case: " + name);
    }
  }
  void Say(const std::string& problem) { problems_.push_back(problem); }

  std::map<std::string, std::string> types_;
  std::set<std::string> helped_;
  std::set<std::string> series_;
  std::string family_;
  std::vector<std::string> problems_;
};

TEST(MetricsTest, ThePageKeepsTheRulesOfPrometheus) {
  Metrics metrics;
  metrics.ObserveVerb("filter", 0.0002, "ok");
  Scrape scrape;
  scrape.version = "1.2.3";
  scrape.snapshot = OneNode();
  scrape.stats.policy_versions["tangram"] = 3;
  const PageLint lint(RenderMetrics(metrics, scrape));
  EXPECT_THAT(lint.problems(), ::testing::IsEmpty());
  EXPECT_GT(lint.families(), 25u);
}

TEST(MetricsTest, TheLintOfThisTestFindsWhatIsWrong) {
  for (const char* page :
       {"# HELP a_mib x\n# TYPE a_mib gauge\na_mib 1\n", "# HELP a x\n# TYPE a counter\na 1\n",
        "# HELP a_total x\n# TYPE a_total gauge\na_total 1\n", "# TYPE a gauge\na 1\n",
        "# HELP a x\n# TYPE a gauge\na 1\na 1\n", "# HELP a x\n# TYPE a gauge\nb 1\n"}) {
    EXPECT_FALSE(PageLint(page).problems().empty()) << page;
  }
}

TEST(ProcessMetricsTest, ThisProcessTellsWhatItTakes) {
  std::string page;
  Exposition out(page);
  WriteProcess(out);
  for (const char* name : {"process_cpu_seconds_total", "process_resident_memory_bytes",
                           "process_virtual_memory_bytes", "process_open_fds", "process_max_fds",
                           "process_start_time_seconds", "process_threads"}) {
    const size_t at = page.find(std::string("\n") + name + " ");
    ASSERT_NE(at, std::string::npos) << name;
    EXPECT_GE(std::stod(page.substr(at + std::string(name).size() + 2)), 0) << name;
  }
  EXPECT_THAT(PageLint(page).problems(), ::testing::IsEmpty());
}

TEST(ProcessMetricsTest, AStatLineIsReadWhateverTheProgramIsCalled) {
  const auto stat = ParseProcStat(
      "42 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 250 50 13 14 20 0 7 0 9000 1048576 256 "
      "18446744073709551615 1");
  ASSERT_TRUE(stat.has_value());
  EXPECT_EQ(stat->cpu_ticks, 300);
  EXPECT_EQ(stat->threads, 7);
  EXPECT_EQ(stat->start_ticks, 9000);
  EXPECT_EQ(stat->virtual_bytes, 1048576);
  EXPECT_EQ(stat->resident_pages, 256);
  EXPECT_FALSE(ParseProcStat("").has_value());
  EXPECT_FALSE(ParseProcStat("42 (a) S 1 2").has_value());
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
  EXPECT_EQ(writes.size(), 25u);  // five kinds, five outcomes
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
