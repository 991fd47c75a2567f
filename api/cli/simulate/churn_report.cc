#include "api/cli/simulate/churn_report.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "api/cli/simulate/paired.h"

namespace tangram::api::cli::simulate {
namespace {

using nlohmann::json;
using scheduler::simulation::ChurnOptions;
using scheduler::simulation::ChurnReport;
using scheduler::simulation::kPodClasses;
using scheduler::simulation::PodClass;
using scheduler::simulation::PodClassName;

// What policies are compared by.
struct Measure {
  const char* name;
  double (*of)(const ChurnReport&);
};
constexpr Measure kMeasures[] = {
    {"allocated_percent", [](const ChurnReport& report) { return report.allocated_percent; }},
    {"rejected_volume_percent",
     [](const ChurnReport& report) { return report.rejected_volume_percent; }},
    {"rejected_8_gpu_percent",
     [](const ChurnReport& report) { return report.of(PodClass::kEight).rejected_percent(); }},
};

std::vector<double> Values(const std::vector<ChurnRun>& runs, const Measure& measure) {
  std::vector<double> values;
  values.reserve(runs.size());
  for (const ChurnRun& run : runs) values.push_back(measure.of(run.report));
  return values;
}

const char* LifetimesName(ChurnOptions::Lifetimes lifetimes) {
  return lifetimes == ChurnOptions::Lifetimes::kTrace ? "trace" : "exponential";
}

json RunOf(const ChurnRun& run) {
  const ChurnReport& report = run.report;
  json classes = json::object();
  for (size_t i = 0; i < kPodClasses; ++i) {
    const ChurnReport::Class& counts = report.classes[i];
    classes[std::string(PodClassName(static_cast<PodClass>(i)))] = {
        {"arrived_pods", counts.arrived},
        {"rejected_pods", counts.rejected},
        {"rejected_percent", counts.rejected_percent()},
        {"asked_gpu_milli", counts.asked_milli},
        {"rejected_gpu_milli", counts.rejected_milli},
        {"allocated_percent", counts.allocated_percent}};
  }
  json object = {{"policy", report.policy},         {"seed", report.seed},
                 {"by_class", std::move(classes)},  {"arrivals", report.placements.size()},
                 {"judgements", report.judgements}, {"policy_version", report.policy_version},
                 {"elapsed_seconds", run.seconds},  {"placements_sha256", run.placements_sha256}};
  for (const Measure& measure : kMeasures) object[measure.name] = measure.of(report);
  return object;
}

json DifferenceOf(const std::vector<ChurnRun>& runs, const std::vector<ChurnRun>& base) {
  json object = {{"policy", runs[0].report.policy}, {"base", base[0].report.policy}};
  for (const Measure& measure : kMeasures) {
    const PairedDifference paired = Paired(Values(runs, measure), Values(base, measure));
    object[measure.name] = {{"mean", paired.mean},
                            {"standard_error", paired.standard_error},
                            {"low", paired.low},
                            {"high", paired.high}};
  }
  return object;
}

}  // namespace

std::string ChurnTable(const ChurnRuns& runs) {
  const ChurnReport& first = runs.by_policy[0][0].report;
  std::string text = absl::StrFormat(
      "load %.2f on %d nodes, %.0f GPUs; %s lifetimes, %.1f measured after %.1f; %s %s\n\n",
      runs.options.load, first.nodes, static_cast<double>(first.gpu_milli) / scheduler::kWholeCard,
      LifetimesName(runs.options.lifetimes), runs.options.measured, runs.options.warm_up,
      runs.seeds.size() == 1 ? "seed" : "seeds", absl::StrJoin(runs.seeds, ","));
  absl::StrAppend(&text, "POLICY          ALLOCATED  REJECTED   PODS REJECTED:");
  for (size_t i = 0; i < kPodClasses; ++i) {
    absl::StrAppendFormat(&text, " %8s", std::string(PodClassName(static_cast<PodClass>(i))));
  }
  absl::StrAppend(&text, "\n");
  for (const std::vector<ChurnRun>& policy : runs.by_policy) {
    absl::StrAppendFormat(&text, "%-14s  %7.2f %%  %6.2f %%                 ",
                          policy[0].report.policy, Mean(Values(policy, kMeasures[0])),
                          Mean(Values(policy, kMeasures[1])));
    for (size_t i = 0; i < kPodClasses; ++i) {
      std::vector<double> rejected;
      rejected.reserve(policy.size());
      for (const ChurnRun& run : policy) {
        rejected.push_back(run.report.classes[i].rejected_percent());
      }
      absl::StrAppendFormat(&text, " %6.2f %%", Mean(rejected));
    }
    absl::StrAppend(&text, "\n");
  }
  if (runs.by_policy.size() == 1 || runs.seeds.size() == 1) return text;
  absl::StrAppend(&text, "\nAgainst ", first.policy,
                  ", seed by seed: mean +- standard error (95 % confidence)\n");
  for (size_t i = 1; i < runs.by_policy.size(); ++i) {
    for (const Measure& measure : kMeasures) {
      const PairedDifference paired =
          Paired(Values(runs.by_policy[i], measure), Values(runs.by_policy[0], measure));
      absl::StrAppendFormat(&text, "%-14s  %-24s %+6.2f +- %.2f (%+.2f to %+.2f)\n",
                            runs.by_policy[i][0].report.policy, measure.name, paired.mean,
                            paired.standard_error, paired.low, paired.high);
    }
  }
  return text;
}

json ChurnJson(const ChurnRuns& runs) {
  const ChurnReport& first = runs.by_policy[0][0].report;
  json all = json::array();
  json means = json::array();
  json differences = json::array();
  for (size_t i = 0; i < runs.by_policy.size(); ++i) {
    for (const ChurnRun& run : runs.by_policy[i]) all.push_back(RunOf(run));
    json mean = {{"policy", runs.by_policy[i][0].report.policy}};
    for (const Measure& measure : kMeasures) {
      mean[measure.name] = Mean(Values(runs.by_policy[i], measure));
    }
    means.push_back(std::move(mean));
    if (i > 0 && runs.seeds.size() > 1) {
      differences.push_back(DifferenceOf(runs.by_policy[i], runs.by_policy[0]));
    }
  }
  return {{"schema", "tangram.dev/simulation-churn/v1"},
          {"workload", runs.workload},
          {"load", runs.options.load},
          {"lifetimes", LifetimesName(runs.options.lifetimes)},
          {"warm_up_lifetimes", runs.options.warm_up},
          {"measured_lifetimes", runs.options.measured},
          {"nodes", first.nodes},
          {"gpu_milli", first.gpu_milli},
          {"seeds", runs.seeds},
          {"runs", std::move(all)},
          {"means", std::move(means)},
          {"differences", std::move(differences)}};
}

}  // namespace tangram::api::cli::simulate
