#include "api/cli/simulate/compare_report.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "api/cli/simulate/compare_page.h"
#include "api/cli/simulate/contest_text.h"
#include "api/cli/simulate/run_report.h"

namespace tangram::api::cli::simulate {
namespace {

using nlohmann::json;
using scheduler::simulation::CompareLists;
using scheduler::simulation::CompareRuns;
using scheduler::simulation::Contest;
using scheduler::simulation::MeanCurve;
using scheduler::simulation::RunFigures;

using Curve = std::vector<double> RunFigures::*;

std::vector<std::vector<double>> MeanCurves(const std::vector<std::vector<RunFigures>>& runs,
                                            Curve curve) {
  std::vector<std::vector<double>> means;
  for (const std::vector<RunFigures>& of_policy : runs) {
    std::vector<const std::vector<double>*> curves;
    curves.reserve(of_policy.size());
    for (const RunFigures& run : of_policy) curves.push_back(&(run.*curve));
    means.push_back(MeanCurve(curves));
  }
  return means;
}

// Whether every policy has a result for the seed.
bool IsWhole(const Grid& grid, const GridResults& results, size_t list, size_t seed) {
  for (size_t policy = 0; policy < grid.policies.size(); ++policy) {
    if (!results[grid.CellOf(list, seed, policy)].has_value()) return false;
  }
  return true;
}

// By policy, then by seed, of the seeds that every policy has.
std::vector<std::vector<RunFigures>> RunsOf(const Grid& grid, const GridResults& results,
                                            size_t list) {
  std::vector<std::vector<RunFigures>> runs(grid.policies.size());
  for (size_t seed = 0; seed < grid.seeds.size(); ++seed) {
    if (!IsWhole(grid, results, list, seed)) continue;
    for (size_t policy = 0; policy < runs.size(); ++policy) {
      runs[policy].push_back(*results[grid.CellOf(list, seed, policy)]);
    }
  }
  return runs;
}

ListComparison CompareList(const Grid& grid, size_t list,
                           const std::vector<std::vector<RunFigures>>& runs) {
  ListComparison comparison{.name = grid.lists[list].name,
                            .nodes = grid.lists[list].nodes,
                            .gpu_milli = grid.lists[list].gpu_milli,
                            .samples = runs.front().size(),
                            .contests = CompareRuns(runs),
                            .allocated = {},
                            .fragmentation_amount = {}};
  comparison.allocated = MeanCurves(runs, &RunFigures::allocated);
  comparison.fragmentation_amount = MeanCurves(runs, &RunFigures::fragmentation_amount);
  return comparison;
}

json ListJson(const Grid& grid, const ListComparison& list) {
  json measures = json::object();
  for (const Contest& contest : list.contests) {
    measures[contest.measure] = ContestJson(grid.policies, contest);
  }
  json object = {{"list", list.name.empty() ? json(nullptr) : json(list.name)},
                 {"samples", list.samples},
                 {"measures", std::move(measures)}};
  if (list.allocated.empty()) return object;
  json curves = json::object();
  for (size_t i = 0; i < grid.policies.size(); ++i) {
    curves[grid.policies[i]] = {
        {"allocated_percent", CurveJson(list.allocated[i])},
        {"fragmentation_amount_percent", CurveJson(list.fragmentation_amount[i])}};
  }
  object["mean_curves"] = std::move(curves);
  return object;
}

std::string Tables(const Comparison& comparison, bool markdown) {
  std::string text;
  for (const ListComparison& list : comparison.lists) {
    const Sheet standings = StandingsSheet(comparison, list);
    const Sheet served = ServedSheet(comparison, list);
    absl::StrAppend(&text, text.empty() ? "" : "\n", markdown ? "## " : "", ListTitle(list), "\n\n",
                    WinnerSentence(comparison, list), "\n\n",
                    markdown ? AsMarkdown(standings) : AsText(standings), "\n",
                    markdown ? AsMarkdown(served) : AsText(served));
  }
  return absl::StrCat(text, "\n", SignsSentence(), "\n");
}

}  // namespace

absl::StatusOr<Comparison> Compare(Grid grid, GridResults results) {
  Comparison comparison;
  std::vector<std::vector<std::vector<RunFigures>>> lists;
  for (size_t list = 0; list < grid.lists.size(); ++list) {
    auto runs = RunsOf(grid, results, list);
    comparison.partial |= runs.front().size() < grid.seeds.size();
    if (runs.front().empty()) continue;
    comparison.lists.push_back(CompareList(grid, list, runs));
    lists.push_back(std::move(runs));
  }
  if (comparison.lists.empty()) {
    return absl::InvalidArgumentError("no seed has results of every policy");
  }
  if (lists.size() > 1) {
    comparison.lists.push_back({.name = "",
                                .nodes = 0,
                                .gpu_milli = 0,
                                .samples = lists.size(),
                                .contests = CompareLists(lists),
                                .allocated = {},
                                .fragmentation_amount = {}});
  }
  comparison.grid = std::move(grid);
  comparison.results = std::move(results);
  return comparison;
}

json CompareJson(const Comparison& comparison) {
  json lists = json::array();
  for (const ListComparison& list : comparison.lists) {
    lists.push_back(ListJson(comparison.grid, list));
  }
  json runs = json::array();
  for (size_t number = 0; number < comparison.results.size(); ++number) {
    if (!comparison.results[number].has_value()) continue;
    const Cell cell = CellAt(comparison.grid, number);
    json run = SummaryJson(*comparison.results[number]);
    run["list"] = comparison.grid.lists[cell.list].name;
    run["policy"] = comparison.grid.policies[cell.policy];
    run["seed"] = comparison.grid.seeds[cell.seed];
    runs.push_back(std::move(run));
  }
  return {{"schema", "tangram.dev/simulation-compare/v1"},
          {"grid", GridJson(comparison.grid)},
          {"partial", comparison.partial},
          {"comparisons", std::move(lists)},
          {"runs", std::move(runs)}};
}

std::string CompareText(const Comparison& comparison, Form form) {
  switch (form) {
    case Form::kJson:
      return JsonText(CompareJson(comparison));
    case Form::kYaml:
      return YamlText(CompareJson(comparison));
    case Form::kCsv:
      return AsCsv(LongSheet(comparison));
    case Form::kMarkdown:
      return Tables(comparison, /*markdown=*/true);
    case Form::kHtml:
      return ComparePage(comparison);
    case Form::kTable:
      return Tables(comparison, /*markdown=*/false);
  }
  return "";
}

}  // namespace tangram::api::cli::simulate
