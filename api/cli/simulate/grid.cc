#include "api/cli/simulate/grid.h"

#include <array>
#include <cstdlib>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "api/cli/simulate/run_report.h"

namespace tangram::api::cli::simulate {
namespace {

using nlohmann::json;
using scheduler::simulation::kPodClasses;
using scheduler::simulation::PodClass;
using scheduler::simulation::PodClassName;
using scheduler::simulation::RunFigures;

using ByClass = std::array<double, kPodClasses>;

std::string NameOf(size_t pod_class) {
  return std::string(PodClassName(static_cast<PodClass>(pod_class)));
}

json ClassJson(const ByClass& values) {
  json object = json::object();
  for (size_t i = 0; i < kPodClasses; ++i) object[NameOf(i)] = values[i];
  return object;
}

ByClass ClassesFromJson(const json& object) {
  ByClass values = {};
  for (size_t i = 0; i < kPodClasses; ++i) values[i] = object.at(NameOf(i)).get<double>();
  return values;
}

std::vector<double> CurveFromJson(const json& object) {
  std::vector<double> values;
  for (size_t x = 0; x < object.size(); ++x) {
    values.push_back(object.at(absl::StrCat(x)).get<double>());
  }
  return values;
}

absl::StatusOr<std::string> Variable(const char* name) {
  const char* value = std::getenv(name);
  if (value != nullptr && *value != '\0') return std::string(value);
  return absl::InvalidArgumentError(
      absl::StrCat("--shard env: the variable ", name,
                   " is not set; JOB_COMPLETION_INDEX must be "
                   "the number of the shard and TANGRAM_SHARDS how many there are"));
}

absl::StatusOr<std::string> FromEnvironment() {
  const auto index = Variable("JOB_COMPLETION_INDEX");
  if (!index.ok()) return index.status();
  const auto count = Variable("TANGRAM_SHARDS");
  if (!count.ok()) return count.status();
  return absl::StrCat(*index, "/", *count);
}

}  // namespace

Cell CellAt(const Grid& grid, size_t number) {
  const size_t order = number / grid.policies.size();
  return {.list = order / grid.seeds.size(),
          .seed = order % grid.seeds.size(),
          .policy = number % grid.policies.size()};
}

absl::StatusOr<ShardPart> ParseShard(const std::string& text) {
  std::string words = text;
  if (text == "env") {
    auto found = FromEnvironment();
    if (!found.ok()) return found.status();
    words = *std::move(found);
  }
  const std::vector<std::string> numbers = absl::StrSplit(words, '/');
  uint64_t index = 0, count = 0;
  if (numbers.size() != 2 || !absl::SimpleAtoi(numbers[0], &index) ||
      !absl::SimpleAtoi(numbers[1], &count) || count < 1 || count > kShardsMax || index >= count) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--shard ", text, text == "env" ? absl::StrCat(" (", words, ")") : "",
        ": must be env or I/N, with N from 1 to ", kShardsMax, " and I from 0 to N - 1"));
  }
  return ShardPart{.index = index, .count = count};
}

bool IsOf(const Grid& grid, size_t cell, const ShardPart& part) {
  const size_t order = cell / grid.policies.size();
  return (order + cell % grid.policies.size()) % part.count == part.index;
}

size_t CellsOf(const Grid& grid, const ShardPart& part) {
  size_t count = 0;
  for (size_t cell = 0; cell < grid.cells(); ++cell) count += IsOf(grid, cell, part) ? 1u : 0u;
  return count;
}

json GridJson(const Grid& grid) {
  json lists = json::array();
  for (const GridList& list : grid.lists) {
    lists.push_back({{"name", list.name},
                     {"nodes", list.nodes},
                     {"gpu_milli", list.gpu_milli},
                     {"pods", list.pods},
                     {"input_sha256", list.input_sha256}});
  }
  return {{"version", grid.version}, {"lists", std::move(lists)}, {"policies", grid.policies},
          {"seeds", grid.seeds},     {"workload", grid.workload}, {"inflate", grid.inflate}};
}

Grid GridFromJson(const json& object) {
  Grid grid;
  for (const auto& list : object.at("lists")) {
    grid.lists.push_back({.name = list.at("name"),
                          .nodes = list.at("nodes"),
                          .gpu_milli = list.at("gpu_milli"),
                          .pods = list.at("pods"),
                          .input_sha256 = list.at("input_sha256")});
  }
  object.at("version").get_to(grid.version);
  object.at("policies").get_to(grid.policies);
  object.at("seeds").get_to(grid.seeds);
  object.at("workload").get_to(grid.workload);
  object.at("inflate").get_to(grid.inflate);
  return grid;
}

json FiguresJson(const RunFigures& figures) {
  return {{"allocated_percent", CurveJson(figures.allocated)},
          {"fragmentation_ratio_percent", CurveJson(figures.fragmentation_ratio)},
          {"fragmentation_amount_percent", CurveJson(figures.fragmentation_amount)},
          {"placed_pods", figures.placed},
          {"failed_pods", figures.failed},
          {"served_percent_by_class", ClassJson(figures.served)},
          {"served_percent_by_class_at_100", ClassJson(figures.served_at_100)},
          {"cards_free", figures.cards_free},
          {"cards_touched", figures.cards_touched},
          {"placements_sha256", figures.placements_sha256}};
}

RunFigures FiguresFromJson(const json& object) {
  RunFigures figures;
  figures.allocated = CurveFromJson(object.at("allocated_percent"));
  figures.fragmentation_ratio = CurveFromJson(object.at("fragmentation_ratio_percent"));
  figures.fragmentation_amount = CurveFromJson(object.at("fragmentation_amount_percent"));
  object.at("placed_pods").get_to(figures.placed);
  object.at("failed_pods").get_to(figures.failed);
  figures.served = ClassesFromJson(object.at("served_percent_by_class"));
  figures.served_at_100 = ClassesFromJson(object.at("served_percent_by_class_at_100"));
  object.at("cards_free").get_to(figures.cards_free);
  object.at("cards_touched").get_to(figures.cards_touched);
  object.at("placements_sha256").get_to(figures.placements_sha256);
  return figures;
}

json SummaryJson(const RunFigures& figures) {
  constexpr size_t kAll = 100;
  const std::vector<double>& curve = figures.allocated;
  json summary = FiguresJson(figures);
  for (const char* key :
       {"allocated_percent", "fragmentation_ratio_percent", "fragmentation_amount_percent"}) {
    summary.erase(key);
  }
  summary["allocated_percent_at_100"] = curve.size() > kAll ? json(curve[kAll]) : json(nullptr);
  summary["allocated_percent_at_last"] = curve.empty() ? json(nullptr) : json(curve.back());
  return summary;
}

}  // namespace tangram::api::cli::simulate
