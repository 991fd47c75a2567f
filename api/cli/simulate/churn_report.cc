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
  const char* prose;
  double (*of)(const ChurnReport&);
};
constexpr Measure kMeasures[] = {
    {"allocated_percent", "GPU allocated",
     [](const ChurnReport& report) { return report.allocated_percent; }},
    {"rejected_volume_percent", "GPU rejected",
     [](const ChurnReport& report) { return report.rejected_volume_percent; }},
    {"rejected_8_gpu_percent", "8-GPU pods rejected",
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

// Percent of the pods of the class that were rejected, mean over the seeds.
double MeanRejected(const std::vector<ChurnRun>& runs, size_t pod_class) {
  std::vector<double> rejected;
  rejected.reserve(runs.size());
  for (const ChurnRun& run : runs) {
    rejected.push_back(run.report.classes[pod_class].rejected_percent());
  }
  return Mean(rejected);
}

// Whether there is something to say of differences.
bool ArePaired(const ChurnRuns& runs) { return runs.by_policy.size() > 1 && runs.seeds.size() > 1; }

std::string ChurnSentence(const ChurnRuns& runs) {
  const ChurnReport& first = runs.by_policy[0][0].report;
  return absl::StrFormat(
      "load %.2f on %d nodes, %.0f GPUs; %s lifetimes, %.1f measured after %.1f; %s %s",
      runs.options.load, first.nodes, static_cast<double>(first.gpu_milli) / scheduler::kWholeCard,
      LifetimesName(runs.options.lifetimes), runs.options.measured, runs.options.warm_up,
      runs.seeds.size() == 1 ? "seed" : "seeds", absl::StrJoin(runs.seeds, ","));
}

Sheet MeansSheet(const ChurnRuns& runs) {
  Sheet sheet{.head = {"policy", "GPU allocated", "GPU rejected"}, .rows = {}};
  for (size_t i = 0; i < kPodClasses; ++i) {
    sheet.head.push_back(
        absl::StrCat("pods rejected: ", std::string(PodClassName(static_cast<PodClass>(i)))));
  }
  const auto percent = [](double value) { return absl::StrFormat("%.2f %%", value); };
  for (const std::vector<ChurnRun>& policy : runs.by_policy) {
    std::vector<std::string> row = {policy[0].report.policy,
                                    percent(Mean(Values(policy, kMeasures[0]))),
                                    percent(Mean(Values(policy, kMeasures[1])))};
    for (size_t i = 0; i < kPodClasses; ++i) row.push_back(percent(MeanRejected(policy, i)));
    sheet.rows.push_back(std::move(row));
  }
  return sheet;
}

Sheet DifferencesSheet(const ChurnRuns& runs) {
  Sheet sheet{.head = {"policy", "measure", "mean", "standard error", "from", "to"},
              .rows = {},
              .texts = {1}};
  for (size_t i = 1; i < runs.by_policy.size(); ++i) {
    for (const Measure& measure : kMeasures) {
      const PairedDifference paired =
          Paired(Values(runs.by_policy[i], measure), Values(runs.by_policy[0], measure));
      sheet.rows.push_back(
          {runs.by_policy[i][0].report.policy, measure.prose, absl::StrFormat("%+.2f", paired.mean),
           absl::StrFormat("%.2f", paired.standard_error), absl::StrFormat("%+.2f", paired.low),
           absl::StrFormat("%+.2f", paired.high)});
    }
  }
  return sheet;
}

}  // namespace

std::string ChurnTable(const ChurnRuns& runs) {
  const ChurnReport& first = runs.by_policy[0][0].report;
  std::string text = absl::StrCat(ChurnSentence(runs), "\n\n");
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
      absl::StrAppendFormat(&text, " %6.2f %%", MeanRejected(policy, i));
    }
    absl::StrAppend(&text, "\n");
  }
  if (!ArePaired(runs)) return text;
  absl::StrAppend(&text, "\nAgainst ", first.policy,
                  ", seed by seed: mean +- standard error (95 % confidence)\n");
  for (size_t i = 1; i < runs.by_policy.size(); ++i) {
    for (const Measure& measure : kMeasures) {
      const PairedDifference paired =
          Paired(Values(runs.by_policy[i], measure), Values(runs.by_policy[0], measure));
      absl::StrAppendFormat(&text, "%-14s  %-24s %+6.2f +- %.2f (%+.2f to %+.2f)\n",
                            runs.by_policy[i][0].report.policy, measure.prose, paired.mean,
                            paired.standard_error, paired.low, paired.high);
    }
  }
  return text;
}

Sheet ChurnSheet(const ChurnRuns& runs) {
  Sheet sheet{.head = {"policy", "seed", "arrivals"}, .rows = {}};
  for (const Measure& measure : kMeasures) sheet.head.emplace_back(measure.name);
  for (size_t i = 0; i < kPodClasses; ++i) {
    const std::string name(PodClassName(static_cast<PodClass>(i)));
    sheet.head.push_back(absl::StrCat("arrived_pods_", name));
    sheet.head.push_back(absl::StrCat("rejected_pods_", name));
  }
  for (const std::vector<ChurnRun>& policy : runs.by_policy) {
    for (const ChurnRun& run : policy) {
      std::vector<std::string> row = {run.report.policy, absl::StrCat(run.report.seed),
                                      absl::StrCat(run.report.placements.size())};
      for (const Measure& measure : kMeasures) row.push_back(json(measure.of(run.report)).dump());
      for (const ChurnReport::Class& counts : run.report.classes) {
        row.push_back(absl::StrCat(counts.arrived));
        row.push_back(absl::StrCat(counts.rejected));
      }
      sheet.rows.push_back(std::move(row));
    }
  }
  return sheet;
}

Article ChurnArticle(const ChurnRuns& runs) {
  Article article{.kicker = "Tangram simulate churn",
                  .title = "Pods come and go",
                  .lede = absl::StrCat("With ", ChurnSentence(runs), "."),
                  .figures = {},
                  .parts = {{"Policy by policy",
                             "Means over time and seeds: GPU of the cluster that is allocated, GPU "
                             "asked for that was rejected, and rejected pods by class.",
                             MeansSheet(runs)}}};
  for (const std::vector<ChurnRun>& policy : runs.by_policy) {
    article.figures.push_back({absl::StrFormat("%.2f", Mean(Values(policy, kMeasures[0]))), "%",
                               absl::StrCat("of the GPU allocated by ", policy[0].report.policy)});
  }
  if (!ArePaired(runs)) return article;
  article.parts.push_back({absl::StrCat("Against ", runs.by_policy[0][0].report.policy),
                           "Seed by seed, in points; from and to bound the 95 % confidence "
                           "interval.",
                           DifferencesSheet(runs)});
  return article;
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
