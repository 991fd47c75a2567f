#include "api/cli/simulate/run_report.h"

#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "api/manifests/digest.h"
#include "scheduler/simulation/outcome.h"

namespace tangram::api::cli::simulate {
namespace {

using nlohmann::json;
using scheduler::simulation::Arrivals;
using scheduler::simulation::ClassCount;
using scheduler::simulation::CountFailures;
using scheduler::simulation::FailureCounts;
using scheduler::simulation::kLacks;
using scheduler::simulation::kPodClasses;
using scheduler::simulation::Lack;
using scheduler::simulation::LackName;
using scheduler::simulation::Placed;
using scheduler::simulation::PodClass;
using scheduler::simulation::PodClassName;
using scheduler::simulation::RunReport;
using scheduler::simulation::Workload;

std::string NameOf(PodClass pod_class) { return std::string(PodClassName(pod_class)); }

double PerSecond(const RunReport& report, double seconds) {
  const auto decisions = static_cast<double>(report.placed() + report.failed());
  return seconds > 0 ? decisions / seconds : 0;
}

std::string Bar(double percent) {
  constexpr int kWidth = 40;
  const auto filled = std::clamp<int64_t>(std::llround(percent * kWidth / 100), 0, kWidth);
  return std::string(static_cast<size_t>(filled), '#') +
         std::string(static_cast<size_t>(kWidth - filled), '.');
}

json FailuresByClass(const FailureCounts& failures) {
  json by_class = json::object();
  for (size_t i = 0; i < kPodClasses; ++i) {
    json reasons = json::object();
    for (size_t lack = 0; lack < kLacks; ++lack) {
      if (failures[i][lack] == 0) continue;
      reasons[std::string(LackName(static_cast<Lack>(lack)))] = failures[i][lack];
    }
    by_class[NameOf(static_cast<PodClass>(i))] = std::move(reasons);
  }
  return by_class;
}

int64_t PeakBytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} * 1024;
}

}  // namespace

std::string RunTable(const RunReport& report, double seconds) {
  std::string text = absl::StrFormat(
      "%s on %d nodes, %.0f GPUs, seed %d: %d pods placed, %d failed\n\n", report.policy,
      report.nodes, static_cast<double>(report.gpu_milli) / scheduler::kWholeCard, report.seed,
      report.placed(), report.failed());
  absl::StrAppend(&text, "CLASS    PLACED   FAILED     SERVED\n");
  for (size_t i = 0; i < kPodClasses; ++i) {
    const ClassCount& count = report.classes[i];
    absl::StrAppend(&text,
                    absl::StrFormat("%-6s %8d %8d   %6.2f %%\n", NameOf(static_cast<PodClass>(i)),
                                    count.placed, count.failed, count.served_percent()));
  }
  for (size_t i = 0; i < kLacks; ++i) {
    if (report.lacks[i] == 0) continue;
    absl::StrAppend(&text, absl::StrFormat("%d failed: %s\n", report.lacks[i],
                                           std::string(LackName(static_cast<Lack>(i)))));
  }
  absl::StrAppend(&text,
                  "\nARRIVED  ALLOCATED                                               FRAGMENTS\n");
  for (size_t x = 10; x < report.allocated.size(); x += 10) {
    absl::StrAppend(&text,
                    absl::StrFormat("%5d %%  %6.2f %%  [%s]  %6.2f %%\n", x, report.allocated[x],
                                    Bar(report.allocated[x]), report.fragmentation_amount[x]));
  }
  absl::StrAppend(
      &text, absl::StrFormat("\n%d cards free, %d touched; %.0f decisions/s\n", report.cards_free,
                             report.cards_touched, PerSecond(report, seconds)));
  return text;
}

std::string PlacementLines(const Workload& workload, const std::vector<uint32_t>& arrivals,
                           const std::vector<Placed>& placements) {
  std::string lines;
  for (size_t i = 0; i < placements.size(); ++i) {
    const Placed& placed = placements[i];
    const bool nowhere = placed.node == scheduler::simulation::kNowhere;
    absl::StrAppend(&lines, i, ",", workload.pods[arrivals[i]].name, ",",
                    nowhere ? std::string("-") : workload.nodes[placed.node].name, ",",
                    absl::StrJoin(placed.cards, "+"), "\n");
  }
  return lines;
}

json CurveJson(const std::vector<double>& values) {
  json object = json::object();
  for (size_t x = 0; x < values.size(); ++x) object[absl::StrCat(x)] = values[x];
  return object;
}

json RunJson(const Workload& workload, const Arrivals& arrivals, const RunReport& report,
             double seconds, const std::string& known) {
  json served = json::object();
  json served_at_100 = json::object();
  json counts = json::object();
  for (size_t i = 0; i < kPodClasses; ++i) {
    const ClassCount& count = report.classes[i];
    const std::string name = NameOf(static_cast<PodClass>(i));
    served[name] = count.served_percent();
    served_at_100[name] = report.classes_at_100[i].served_percent();
    counts[name] = {{"placed", count.placed}, {"failed", count.failed}};
  }
  json reasons = json::object();
  for (size_t i = 0; i < kLacks; ++i) {
    if (report.lacks[i] > 0) reasons[std::string(LackName(static_cast<Lack>(i)))] = report.lacks[i];
  }
  json by_class = FailuresByClass(CountFailures(workload, arrivals, report));
  return {{"schema", "tangram.dev/simulation-run/v1"},
          {"policy", report.policy},
          {"seed", report.seed},
          {"workload", known},
          {"nodes", report.nodes},
          {"gpu_milli", report.gpu_milli},
          {"partial", report.partial},
          {"arrivals", arrivals.pods.size()},
          {"allocated_percent", CurveJson(report.allocated)},
          {"fragmentation_ratio_percent", CurveJson(report.fragmentation_ratio)},
          {"fragmentation_amount_percent", CurveJson(report.fragmentation_amount)},
          {"placed_pods", report.placed()},
          {"failed_pods", report.failed()},
          {"failed_by_reason", std::move(reasons)},
          {"failed_by_class_and_reason", std::move(by_class)},
          {"pods_by_class", std::move(counts)},
          {"served_percent_by_class", std::move(served)},
          {"served_percent_by_class_at_100", std::move(served_at_100)},
          {"cards_free", report.cards_free},
          {"cards_touched", report.cards_touched},
          {"judgements", report.judgements},
          {"elapsed_seconds", seconds},
          {"decisions_per_second", PerSecond(report, seconds)},
          {"peak_rss_bytes", PeakBytes()},
          {"placements_sha256",
           manifests::Sha256Hex(PlacementLines(workload, arrivals.pods, report.placements))}};
}

}  // namespace tangram::api::cli::simulate
