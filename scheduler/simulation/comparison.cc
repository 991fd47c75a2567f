#include "scheduler/simulation/comparison.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "model/string_map.h"

namespace tangram::scheduler::simulation {
namespace {

using Runs = std::vector<std::vector<RunFigures>>;
using Value = std::function<double(const RunFigures&)>;

constexpr size_t kAll = 100;  // percent arrived

// One measure of every run of a list.
struct Measured {
  std::string name;
  bool more_is_better = true;
  std::vector<std::vector<double>> values;  // by policy, then by seed
};

Measured Measure(std::string name, bool more_is_better, const Runs& runs, const Value& value) {
  Measured measured{.name = std::move(name), .more_is_better = more_is_better, .values = {}};
  for (const std::vector<RunFigures>& of_policy : runs) {
    std::vector<double>& row = measured.values.emplace_back();
    for (const RunFigures& run : of_policy) row.push_back(value(run));
  }
  return measured;
}

Verdict VerdictOn(const Difference& to_best) {
  if (!to_best.interval.has_value()) return Verdict::kUnknown;
  return to_best.interval->contains(0) ? Verdict::kNoise : Verdict::kBehind;
}

std::string OfClass(const char* measure, size_t pod_class) {
  return absl::StrCat(measure, "_", model::ToAbsl(PodClassName(static_cast<PodClass>(pod_class))));
}

std::vector<Measured> MeasuresOf(const Runs& runs) {
  std::vector<Measured> measures;
  bool all_arrived = true;
  for (const std::vector<RunFigures>& of_policy : runs) {
    for (const RunFigures& run : of_policy) all_arrived &= run.allocated.size() > kAll;
  }
  if (all_arrived) {
    measures.push_back(Measure("allocated_percent_at_100", true, runs,
                               [](const RunFigures& run) { return run.allocated[kAll]; }));
  }
  measures.push_back(Measure("allocated_percent_at_last", true, runs, [](const RunFigures& run) {
    return run.allocated.empty() ? 0 : run.allocated.back();
  }));
  measures.push_back(Measure("failed_pods", false, runs, [](const RunFigures& run) {
    return static_cast<double>(run.failed);
  }));
  for (size_t i = 0; i < kPodClasses; ++i) {
    measures.push_back(Measure(OfClass("served_percent", i), true, runs,
                               [i](const RunFigures& run) { return run.served[i]; }));
  }
  for (size_t i = 0; all_arrived && i < kPodClasses; ++i) {
    measures.push_back(Measure(OfClass("served_percent_at_100", i), true, runs,
                               [i](const RunFigures& run) { return run.served_at_100[i]; }));
  }
  return measures;
}

// By list, then by seed.
using Strata = std::vector<std::vector<double>>;

// Of one list its values; of several their means.
Sample SampleOf(const Strata& strata) {
  if (strata.size() == 1) return Summarise(strata.front());
  std::vector<double> means;
  means.reserve(strata.size());
  for (const std::vector<double>& list : strata) means.push_back(Summarise(list).mean);
  return Summarise(means);
}

Contest JudgeStrata(std::string measure, bool more_is_better, const std::vector<Strata>& policies) {
  Contest contest{
      .measure = std::move(measure), .more_is_better = more_is_better, .standings = {}, .best = 0};
  for (const Strata& of_policy : policies) {
    contest.standings.push_back({.sample = SampleOf(of_policy), .to_best = {}, .verdict = {}});
    const double best = contest.standings[contest.best].sample.mean;
    const double mean = contest.standings.back().sample.mean;
    if (more_is_better ? mean > best : mean < best) contest.best = contest.standings.size() - 1;
  }
  for (size_t i = 0; i < policies.size(); ++i) {
    if (i == contest.best) continue;
    contest.standings[i].to_best = StratifiedDifference(policies[i], policies[contest.best]);
    contest.standings[i].verdict = VerdictOn(contest.standings[i].to_best);
  }
  return contest;
}

}  // namespace

RunFigures FiguresOf(const RunReport& report) {
  RunFigures figures;
  figures.allocated = report.allocated;
  figures.fragmentation_ratio = report.fragmentation_ratio;
  figures.fragmentation_amount = report.fragmentation_amount;
  figures.placed = report.placed();
  figures.failed = report.failed();
  for (size_t i = 0; i < kPodClasses; ++i) {
    figures.served[i] = report.classes[i].served_percent();
    figures.served_at_100[i] = report.classes_at_100[i].served_percent();
  }
  figures.cards_free = report.cards_free;
  figures.cards_touched = report.cards_touched;
  return figures;
}

std::string_view VerdictName(Verdict verdict) {
  constexpr std::string_view kNames[] = {"best", "noise", "behind", "unknown"};
  return kNames[static_cast<size_t>(verdict)];
}

bool Contest::won() const {
  for (size_t i = 0; i < standings.size(); ++i) {
    if (i != best && standings[i].verdict != Verdict::kBehind) return false;
  }
  return true;
}

Contest Judge(std::string measure, bool more_is_better,
              const std::vector<std::vector<double>>& values) {
  std::vector<Strata> policies;
  policies.reserve(values.size());
  for (const std::vector<double>& of_policy : values) policies.push_back({of_policy});
  return JudgeStrata(std::move(measure), more_is_better, policies);
}

std::vector<Contest> CompareRuns(const Runs& runs) {
  std::vector<Contest> contests;
  for (Measured& measured : MeasuresOf(runs)) {
    contests.push_back(Judge(std::move(measured.name), measured.more_is_better, measured.values));
  }
  return contests;
}

std::vector<Contest> CompareLists(const std::vector<Runs>& lists) {
  std::vector<Contest> all;
  std::vector<std::vector<Measured>> measures;
  measures.reserve(lists.size());
  for (const Runs& runs : lists) measures.push_back(MeasuresOf(runs));
  if (measures.empty()) return all;
  for (const Measured& first : measures.front()) {
    std::vector<Strata> policies(first.values.size());
    for (const std::vector<Measured>& list : measures) {
      const auto same = std::find_if(list.begin(), list.end(), [&](const Measured& measured) {
        return measured.name == first.name;
      });
      if (same == list.end()) break;
      for (size_t i = 0; i < policies.size(); ++i) policies[i].push_back(same->values[i]);
    }
    if (policies.front().size() < lists.size()) continue;
    all.push_back(JudgeStrata(first.name, first.more_is_better, policies));
  }
  return all;
}

std::vector<double> MeanCurve(const std::vector<const std::vector<double>*>& curves) {
  if (curves.empty()) return {};
  size_t length = curves.front()->size();
  for (const std::vector<double>* curve : curves) length = std::min(length, curve->size());
  std::vector<double> mean(length, 0);
  for (const std::vector<double>* curve : curves) {
    for (size_t x = 0; x < length; ++x) mean[x] += (*curve)[x];
  }
  for (double& value : mean) value /= static_cast<double>(curves.size());
  return mean;
}

}  // namespace tangram::scheduler::simulation
