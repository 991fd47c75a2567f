#include "api/cli/simulate/run_page.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "api/cli/simulate/card_map.h"
#include "api/cli/simulate/chart.h"
#include "api/cli/simulate/page.h"
#include "api/cli/simulate/run_sheets.h"

namespace tangram::api::cli::simulate {
namespace {

using scheduler::simulation::Arrivals;
using scheduler::simulation::RunReport;
using scheduler::simulation::Workload;

std::string Lede(const Arrivals& arrivals, const RunReport& report) {
  const auto gpus = static_cast<uint64_t>(report.gpu_milli / scheduler::kWholeCard);
  std::string html = absl::StrCat("Seed ", report.seed, ": ", Thousands(report.placements.size()),
                                  " pods arrived one after the other at ", Thousands(gpus),
                                  " GPUs. ", Thousands(report.placed()), " were placed, ",
                                  Thousands(report.failed()), " fitted nowhere and were dropped.");
  if (!report.partial) return html;
  return absl::StrCat(html, "</p>\n<p class=\"partial\">", PartialSentence(arrivals, report));
}

std::string Figures(const RunReport& report) {
  std::vector<KeyFigure> figures;
  const std::vector<double>& allocated = report.allocated;
  if (allocated.size() > 101) {
    figures.push_back({absl::StrFormat("%.2f", allocated[100]), "%",
                       "of the GPU allocated when 100 % had arrived"});
  }
  if (!allocated.empty()) {
    figures.push_back({absl::StrFormat("%.2f", allocated.back()), "%",
                       absl::StrCat("when ", allocated.size() - 1, " % had arrived, the end")});
    figures.push_back({absl::StrFormat("%.2f", report.fragmentation_amount.back()), "%",
                       "of the GPU idle and fragmented at the end"});
  }
  figures.push_back(
      {Thousands(static_cast<uint64_t>(report.cards_free)), "",
       absl::StrCat("cards fully free; ", Thousands(static_cast<uint64_t>(report.cards_touched)),
                    " touched")});
  return KeyFigures(figures);
}

std::string Curves(const RunReport& report) {
  const Chart allocated{
      .title = "Allocated",
      .caption =
          "Percent of the cluster's GPU, against the percent of it that arrived. Dotted: "
          "everything that arrives is placed.",
      .lines = {{"allocated", report.allocated}},
      .from = 0,
      .ideal = true,
      .zoomed = false};
  const Chart fragmented{
      .title = "Fragmented",
      .caption =
          "Idle GPU that the pods to be expected cannot use, against the percent of GPU "
          "that arrived.",
      .lines = {{"of the cluster's GPU", report.fragmentation_amount},
                {"of the idle GPU", report.fragmentation_ratio}},
      .from = 0,
      .ideal = false,
      .zoomed = false};
  return absl::StrCat("<div class=\"pair\">\n", LineChart(allocated), LineChart(fragmented),
                      "</div>\n");
}

}  // namespace

std::string RunPage(const Workload& workload, const Arrivals& arrivals, const RunReport& report) {
  std::string body = Figures(report);
  absl::StrAppend(&body, Section("While pods arrive", "", Curves(report)));
  absl::StrAppend(&body, Section("Who was served",
                                 "By what a pod asks for: no GPU, a slice of a card, one card, "
                                 "several, eight. Served is the GPU placed of the GPU asked for.",
                                 AsHtml(ClassSheet(report))));
  if (report.failed() > 0) {
    absl::StrAppend(&body, Section("Why pods were dropped",
                                   "What the nodes lacked that came nearest to taking the pod.",
                                   AsHtml(FailureSheet(workload, arrivals, report))));
  }
  absl::StrAppend(&body, Section("Card by card",
                                 "A column is a node, a square is a card, at the end of the run. "
                                 "Point at a node to see its name and its cards in thousandths.",
                                 CardMap(workload, arrivals, report)));
  return Page("Tangram simulation",
              absl::StrCat(report.policy, " on ", Thousands(report.nodes), " nodes"),
              Lede(arrivals, report), body);
}

}  // namespace tangram::api::cli::simulate
