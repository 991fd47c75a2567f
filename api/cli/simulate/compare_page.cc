#include "api/cli/simulate/compare_page.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "api/cli/simulate/chart.h"
#include "api/cli/simulate/compare_report.h"
#include "api/cli/simulate/contest_text.h"
#include "api/cli/simulate/page.h"

namespace tangram::api::cli::simulate {
namespace {

using scheduler::simulation::Contest;

// The first percent of the curve that is drawn large: before it hardly any policies differ.
constexpr size_t kLastStretch = 80;

std::vector<ChartLine> Lines(const Comparison& comparison,
                             const std::vector<std::vector<double>>& curves) {
  std::vector<ChartLine> lines;
  for (size_t i = 0; i < curves.size(); ++i) {
    lines.push_back({comparison.grid.policies[i], curves[i]});
  }
  return lines;
}

std::string Curves(const Comparison& comparison, const ListComparison& list) {
  size_t length = 0;
  for (const std::vector<double>& curve : list.allocated) length = std::max(length, curve.size());
  const Chart allocated{
      .title = "Allocated, the last stretch",
      .caption =
          "Percent of the cluster's GPU, against the percent of it that arrived; means over "
          "the seeds.",
      .lines = Lines(comparison, list.allocated),
      .from = length > kLastStretch + 10 ? kLastStretch : 0,
      .ideal = false,
      .zoomed = true};
  const Chart fragmented{
      .title = "Fragmented",
      .caption =
          "Percent of the cluster's GPU that is idle and that the pods to be expected "
          "cannot use; means over the seeds.",
      .lines = Lines(comparison, list.fragmentation_amount),
      .from = 0,
      .ideal = false,
      .zoomed = false};
  return absl::StrCat("<div class=\"pair\">\n", LineChart(allocated), LineChart(fragmented),
                      "</div>\n");
}

std::string ListHtml(const Comparison& comparison, const ListComparison& list) {
  std::string body = RankingHtml(comparison.grid.policies, list.contests.front());
  if (!list.allocated.empty()) absl::StrAppend(&body, Curves(comparison, list));
  absl::StrAppend(&body, "<h3>Served, allocated and failed</h3>\n<p><small>",
                  HtmlText(SignsSentence()), "</small></p>\n",
                  AsHtml(StandingsSheet(comparison, list)), AsHtml(ServedSheet(comparison, list)));
  return Section(ListTitle(list), WinnerSentence(comparison, list), body);
}

}  // namespace

std::string ComparePage(const Comparison& comparison) {
  const Grid& grid = comparison.grid;
  // All lists together are the last, and what a reader wants first.
  const ListComparison& main = comparison.lists.back();
  std::string lede = HtmlText(WinnerSentence(comparison, main));
  if (comparison.partial) {
    absl::StrAppend(&lede,
                    "</p>\n<p class=\"partial\">Stopped early: seeds that not every policy "
                    "has been run with are left out.");
  }
  std::vector<KeyFigure> figures;
  const Contest& leading = main.contests.front();
  figures.push_back(
      {absl::StrFormat("%.2f", leading.standings[leading.best].sample.mean), "%",
       absl::StrCat("of the GPU allocated by ", grid.policies[leading.best],
                    leading.measure == "allocated_percent_at_100" ? " when 100 % had arrived"
                                                                  : " at the end")});
  figures.push_back({Thousands(grid.policies.size()), "", "policies"});
  figures.push_back({Thousands(grid.seeds.size()), "", "orders of arrival for each"});
  figures.push_back({Thousands(grid.lists.size()), "", "lists of pods"});
  std::string body = KeyFigures(figures);
  const bool several = main.name.empty();
  if (several) absl::StrAppend(&body, ListHtml(comparison, main));
  for (size_t i = 0; i + (several ? 1 : 0) < comparison.lists.size(); ++i) {
    absl::StrAppend(&body, ListHtml(comparison, comparison.lists[i]));
  }
  const size_t policies = grid.policies.size();
  return Page(
      "Tangram simulation",
      policies == 1 ? grid.policies.front() : absl::StrCat(policies, " policies, side by side"),
      lede, body);
}

}  // namespace tangram::api::cli::simulate
