#include "api/traces/openb.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "api/manifests/utf8.h"
#include "api/traces/csv.h"
#include "model/shown.h"
#include "model/string_map.h"

namespace tangram::api::traces {
namespace {

using scheduler::Demand;
using scheduler::kViewCards;
using scheduler::kViewModels;
using scheduler::kWholeCard;
using scheduler::simulation::Arrivals;
using scheduler::simulation::SimNode;
using scheduler::simulation::SimPod;
using scheduler::simulation::Workload;

constexpr int64_t kMostMilliCores = int64_t{1} << 40;
constexpr int64_t kMostMib = int64_t{1} << 40;

// Reads numbers of one row and keeps the first error.
class Row {
 public:
  Row(const CsvTable& table, size_t row) : table_(table), row_(row) {}
  int64_t Number(std::string_view column, int64_t low, int64_t high) {
    const auto value = table_.Number(row_, column, low, high);
    if (!value.ok() && status_.ok()) status_ = value.status();
    return value.ok() ? *value : low;
  }
  const absl::Status& status() const { return status_; }

 private:
  const CsvTable& table_;
  const size_t row_;
  absl::Status status_;
};

absl::Status ReadNodes(const CsvTable& table, Workload* workload) {
  if (absl::Status status = table.Require({"sn", "cpu_milli", "memory_mib", "gpu", "model"});
      !status.ok()) {
    return status;
  }
  model::StringSet names;
  for (size_t i = 0; i < table.rows(); ++i) {
    Row row(table, i);
    SimNode node;
    node.name = table.Text(i, "sn");
    if (node.name.empty() || !names.insert(node.name).second) {
      return table.Error(i, "sn", "must be a name that no other node has");
    }
    node.view.cpu_left = row.Number("cpu_milli", 0, kMostMilliCores);
    node.view.memory_left = row.Number("memory_mib", 0, kMostMib);
    node.view.cards = static_cast<uint8_t>(row.Number("gpu", 0, kViewCards));
    if (!row.status().ok()) return row.status();
    const std::string model(table.Text(i, "model"));
    const auto found = std::find(workload->models.begin(), workload->models.end(), model);
    node.view.model = static_cast<uint8_t>(found - workload->models.begin());
    if (found == workload->models.end()) workload->models.push_back(model);
    if (workload->models.size() > kViewModels) {
      return table.Error(i, "model", absl::StrCat("must be one of at most ", kViewModels));
    }
    std::fill_n(node.view.left.begin(), node.view.cards, static_cast<int16_t>(kWholeCard));
    workload->nodes.push_back(std::move(node));
  }
  return absl::OkStatus();
}

// Models that no node has are allowed and match nothing.
scheduler::ModelSet ModelsOf(std::string_view text, const std::vector<std::string>& models) {
  if (text.empty()) return scheduler::kAnyModel;
  scheduler::ModelSet set = 0;
  for (const absl::string_view name : absl::StrSplit(model::ToAbsl(text), '|')) {
    const absl::string_view bare = absl::StripAsciiWhitespace(name);
    const auto found = std::find(models.begin(), models.end(), model::ToStd(bare));
    if (found != models.end()) set |= scheduler::ModelSet{1} << (found - models.begin());
  }
  return set;
}

// Seconds from the pod's start, or from its creation where it never started, to its end.
absl::StatusOr<std::optional<int64_t>> LifetimeOf(const CsvTable& table, size_t row) {
  constexpr int64_t kMostSeconds = int64_t{1} << 40;
  const std::string_view from =
      table.Text(row, "scheduled_time").empty() ? "creation_time" : "scheduled_time";
  if (table.Text(row, from).empty() || table.Text(row, "deletion_time").empty()) {
    return std::nullopt;
  }
  Row numbers(table, row);
  const int64_t begin = numbers.Number(from, 0, kMostSeconds);
  const int64_t end = numbers.Number("deletion_time", 0, kMostSeconds);
  if (!numbers.status().ok()) return numbers.status();
  if (end < begin) {
    return table.Error(row, "deletion_time", absl::StrCat("must not be before ", begin));
  }
  return end - begin;
}

absl::Status ReadPods(const CsvTable& table, Workload* workload) {
  if (absl::Status status =
          table.Require({"name", "cpu_milli", "memory_mib", "num_gpu", "gpu_milli"});
      !status.ok()) {
    return status;
  }
  for (size_t i = 0; i < table.rows(); ++i) {
    Row row(table, i);
    SimPod pod;
    pod.name = table.Text(i, "name");
    Demand& demand = pod.pod.demand;
    demand.cpu = row.Number("cpu_milli", 0, kMostMilliCores);
    demand.memory = row.Number("memory_mib", 0, kMostMib);
    demand.cards = static_cast<int32_t>(row.Number("num_gpu", 0, kViewCards));
    demand.milli = static_cast<int32_t>(row.Number("gpu_milli", 0, kWholeCard));
    if (!row.status().ok()) return row.status();
    if (demand.cards > 1 && demand.milli != kWholeCard) {
      return table.Error(i, "gpu_milli", "must be 1000 for a pod with several GPUs");
    }
    if (demand.cards == 1 && demand.milli == 0) {
      return table.Error(i, "gpu_milli", "must be from 1 to 1000 for a pod with a GPU");
    }
    if (demand.cards == 0) demand.milli = 0;
    pod.pod.model_text = table.Text(i, "gpu_spec");
    demand.models = ModelsOf(pod.pod.model_text, workload->models);
    const auto lifetime = LifetimeOf(table, i);
    if (!lifetime.ok()) return lifetime.status();
    pod.lifetime_seconds = *lifetime;
    workload->pods.push_back(std::move(pod));
  }
  return absl::OkStatus();
}

// Words of a text, line by line.
class Words {
 public:
  explicit Words(std::string_view text) : text_(text) {}

  // The next line, empty at the end.
  std::string_view Line() {
    const size_t end = text_.find('\n');
    std::string_view line = text_.substr(0, end);
    text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
    ++number_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }
  bool done() const { return text_.empty(); }
  size_t number() const { return number_; }

  static std::string_view Next(std::string_view* line) {
    const size_t begin = std::min(line->find_first_not_of(' '), line->size());
    line->remove_prefix(begin);
    const size_t end = std::min(line->find(' '), line->size());
    const std::string_view word = line->substr(0, end);
    line->remove_prefix(end);
    return word;
  }

 private:
  std::string_view text_;
  size_t number_ = 0;
};

absl::StatusOr<std::vector<uint32_t>> ReadNumbers(const std::string& file, Words& words,
                                                  uint64_t count, std::string_view what) {
  std::string_view line = words.Line();
  std::vector<uint32_t> numbers;
  // No more than the line has room for, whatever it announces.
  numbers.reserve(std::min<uint64_t>(count, line.size() / 2 + 1));
  for (uint64_t i = 0; i < count; ++i) {
    const std::string_view word = Words::Next(&line);
    uint32_t number = 0;
    if (!absl::SimpleAtoi(model::ToAbsl(word), &number)) {
      return absl::InvalidArgumentError(absl::StrCat(
          file, ":", words.number(), ": ", model::ToAbsl(what), " ", i + 1, " of ", count, ": ",
          model::Shown(word), ": must be a whole number from 0 to 4294967295"));
    }
    numbers.push_back(number);
  }
  if (!Words::Next(&line).empty()) {
    return absl::InvalidArgumentError(absl::StrCat(file, ":", words.number(), ": more than ", count,
                                                   " numbers; must be as many as announced"));
  }
  return numbers;
}

}  // namespace

absl::StatusOr<Workload> ReadOpenB(const TraceText& nodes, const TraceText& pods) {
  Workload workload;
  const auto node_table = CsvTable::Parse(nodes.file, nodes.text);
  if (!node_table.ok()) return node_table.status();
  if (absl::Status status = ReadNodes(*node_table, &workload); !status.ok()) return status;
  const auto pod_table = CsvTable::Parse(pods.file, pods.text);
  if (!pod_table.ok()) return pod_table.status();
  if (absl::Status status = ReadPods(*pod_table, &workload); !status.ok()) return status;
  return workload;
}

absl::StatusOr<std::vector<SimPod>> ReadOpenBPods(const TraceText& pods,
                                                  const std::vector<std::string>& models) {
  Workload workload;
  workload.models = models;
  const auto table = CsvTable::Parse(pods.file, pods.text);
  if (!table.ok()) return table.status();
  if (absl::Status status = ReadPods(*table, &workload); !status.ok()) return status;
  return std::move(workload.pods);
}

absl::StatusOr<Arrivals> ReadArrivals(const TraceText& text, uint64_t seed) {
  std::string readable(text.text);
  manifests::MakeUtf8(readable);
  Words words(readable);
  constexpr uint64_t kMost = 100'000'000;
  while (!words.done()) {
    std::string_view line = words.Line();
    if (line.empty()) continue;
    const std::string shown = model::Shown(line);
    uint64_t numbers[3] = {};
    bool good = true;
    constexpr std::string_view kWords[3] = {"seed", "pods", "nodes"};
    for (size_t i = 0; i < 3; ++i) {
      good = good && Words::Next(&line) == kWords[i] &&
             absl::SimpleAtoi(model::ToAbsl(Words::Next(&line)), &numbers[i]);
    }
    if (!good || numbers[1] > kMost || numbers[2] > kMost) {
      return absl::InvalidArgumentError(absl::StrCat(text.file, ":", words.number(), ": ", shown,
                                                     ": must be \"seed S pods P nodes N\""));
    }
    if (numbers[0] != seed) {
      words.Line();
      words.Line();
      continue;
    }
    Arrivals arrivals;
    arrivals.seed = seed;
    auto pods = ReadNumbers(text.file, words, numbers[1], "pod");
    if (!pods.ok()) return pods.status();
    auto ranks = ReadNumbers(text.file, words, numbers[2], "rank");
    if (!ranks.ok()) return ranks.status();
    arrivals.pods = *std::move(pods);
    arrivals.ranks = *std::move(ranks);
    return arrivals;
  }
  return absl::NotFoundError(absl::StrCat(text.file, ": seed ", seed, " is not in it"));
}

}  // namespace tangram::api::traces
