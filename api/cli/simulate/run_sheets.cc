#include "api/cli/simulate/run_sheets.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "nlohmann/json.hpp"
#include "scheduler/simulation/outcome.h"

namespace tangram::api::cli::simulate {

using scheduler::simulation::Arrivals;
using scheduler::simulation::ClassCount;
using scheduler::simulation::CountFailures;
using scheduler::simulation::FailureCounts;
using scheduler::simulation::kLacks;
using scheduler::simulation::kPodClasses;
using scheduler::simulation::Lack;
using scheduler::simulation::LackName;
using scheduler::simulation::PodClass;
using scheduler::simulation::PodClassName;
using scheduler::simulation::RunReport;
using scheduler::simulation::Workload;

std::string RunSentence(const RunReport& report) {
  return absl::StrCat(report.policy, " on ", Thousands(report.nodes), " nodes with ",
                      Thousands(static_cast<uint64_t>(report.gpu_milli / scheduler::kWholeCard)),
                      " GPUs, seed ", report.seed, ": ", Thousands(report.placed()),
                      " pods placed, ", Thousands(report.failed()), " failed");
}

std::string PartialSentence(const Arrivals& arrivals, const RunReport& report) {
  if (!report.partial) return "";
  return absl::StrCat("Stopped after ", Thousands(report.placements.size()), " of ",
                      Thousands(arrivals.pods.size()), " arrivals: what follows is about those.");
}

Sheet ClassSheet(const RunReport& report) {
  Sheet sheet{.head = {"class", "placed", "failed", "served", "served at 100 %"}, .rows = {}};
  for (size_t i = 0; i < kPodClasses; ++i) {
    const ClassCount& count = report.classes[i];
    sheet.rows.push_back({std::string(PodClassName(static_cast<PodClass>(i))),
                          Thousands(count.placed), Thousands(count.failed),
                          absl::StrFormat("%.2f %%", count.served_percent()),
                          absl::StrFormat("%.2f %%", report.classes_at_100[i].served_percent())});
  }
  return sheet;
}

Sheet FailureSheet(const Workload& workload, const Arrivals& arrivals, const RunReport& report) {
  Sheet sheet{.head = {"class"}, .rows = {}};
  std::vector<size_t> lacks;
  for (size_t lack = 0; lack < kLacks; ++lack) {
    if (report.lacks[lack] == 0) continue;
    lacks.push_back(lack);
    sheet.head.emplace_back(LackName(static_cast<Lack>(lack)));
  }
  const FailureCounts failures = CountFailures(workload, arrivals, report);
  for (size_t i = 0; i < kPodClasses; ++i) {
    if (report.classes[i].failed == 0) continue;
    std::vector<std::string> row = {std::string(PodClassName(static_cast<PodClass>(i)))};
    for (const size_t lack : lacks) row.push_back(Thousands(failures[i][lack]));
    sheet.rows.push_back(std::move(row));
  }
  return sheet;
}

Sheet CurveSheet(const RunReport& report, size_t step, bool exact) {
  Sheet sheet{.head = {"arrived_percent", "allocated_percent", "fragmentation_ratio_percent",
                       "fragmentation_amount_percent"},
              .rows = {}};
  const auto number = [exact](double value) {
    return exact ? nlohmann::json(value).dump() : absl::StrFormat("%.2f", value);
  };
  for (size_t x = 0; x < report.allocated.size(); x += step) {
    sheet.rows.push_back({absl::StrCat(x), number(report.allocated[x]),
                          number(report.fragmentation_ratio[x]),
                          number(report.fragmentation_amount[x])});
  }
  return sheet;
}

std::string RunMarkdown(const Workload& workload, const Arrivals& arrivals,
                        const RunReport& report) {
  std::string text = absl::StrCat("# ", RunSentence(report), "\n\n");
  if (report.partial) absl::StrAppend(&text, "**", PartialSentence(arrivals, report), "**\n\n");
  absl::StrAppend(&text, "## Pods by class\n\n", AsMarkdown(ClassSheet(report)), "\n");
  if (report.failed() > 0) {
    absl::StrAppend(&text, "## Why pods failed\n\n",
                    AsMarkdown(FailureSheet(workload, arrivals, report)), "\n");
  }
  absl::StrAppend(&text, "## Against how much GPU arrived\n\n",
                  AsMarkdown(CurveSheet(report, 10, false)), "\n", report.cards_free,
                  " cards are fully free, ", report.cards_touched, " touched.\n");
  return text;
}

}  // namespace tangram::api::cli::simulate
