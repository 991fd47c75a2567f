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

Contest JudgeRuns(std::string measure, bool more_is_better, const Runs& runs, const Value& value) {
  std::vector<std::vector<double>> values;
  for (const std::vector<RunFigures>& of_policy : runs) {
    std::vector<double>& row = values.emplace_back();
    for (const RunFigures& run : of_policy) row.push_back(value(run));
  }
  return Judge(std::move(measure), more_is_better, values);
}

Verdict VerdictOn(const Difference& to_best) {
  if (!to_best.interval.has_value()) return Verdict::kUnknown;
  return to_best.interval->contains(0) ? Verdict::kNoise : Verdict::kBehind;
}

std::string OfClass(const char* measure, size_t pod_class) {
  return absl::StrCat(measure, "_", model::ToAbsl(PodClassName(static_cast<PodClass>(pod_class))));
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
  Contest contest{
      .measure = std::move(measure), .more_is_better = more_is_better, .standings = {}, .best = 0};
  for (const std::vector<double>& of_policy : values) {
    contest.standings.push_back({.sample = Summarise(of_policy), .to_best = {}, .verdict = {}});
    const double best = contest.standings[contest.best].sample.mean;
    const double mean = contest.standings.back().sample.mean;
    if (more_is_better ? mean > best : mean < best) contest.best = contest.standings.size() - 1;
  }
  for (size_t i = 0; i < values.size(); ++i) {
    if (i == contest.best) continue;
    contest.standings[i].to_best = PairedDifference(values[i], values[contest.best]);
    contest.standings[i].verdict = VerdictOn(contest.standings[i].to_best);
  }
  return contest;
}

std::vector<Contest> CompareRuns(const Runs& runs) {
  std::vector<Contest> contests;
  bool all_arrived = true;
  for (const std::vector<RunFigures>& of_policy : runs) {
    for (const RunFigures& run : of_policy) all_arrived &= run.allocated.size() > kAll;
  }
  if (all_arrived) {
    contests.push_back(JudgeRuns("allocated_percent_at_100", true, runs,
                                 [](const RunFigures& run) { return run.allocated[kAll]; }));
  }
  contests.push_back(JudgeRuns("allocated_percent_at_last", true, runs, [](const RunFigures& run) {
    return run.allocated.empty() ? 0 : run.allocated.back();
  }));
  contests.push_back(JudgeRuns("failed_pods", false, runs, [](const RunFigures& run) {
    return static_cast<double>(run.failed);
  }));
  for (size_t i = 0; i < kPodClasses; ++i) {
    contests.push_back(JudgeRuns(OfClass("served_percent", i), true, runs,
                                 [i](const RunFigures& run) { return run.served[i]; }));
  }
  for (size_t i = 0; all_arrived && i < kPodClasses; ++i) {
    contests.push_back(JudgeRuns(OfClass("served_percent_at_100", i), true, runs,
                                 [i](const RunFigures& run) { return run.served_at_100[i]; }));
  }
  return contests;
}

std::vector<Contest> CompareLists(const std::vector<std::vector<Contest>>& lists) {
  std::vector<Contest> all;
  if (lists.empty()) return all;
  for (const Contest& first : lists.front()) {
    std::vector<std::vector<double>> values(first.standings.size());
    size_t found = 0;
    for (const std::vector<Contest>& list : lists) {
      const auto same = std::find_if(list.begin(), list.end(), [&](const Contest& contest) {
        return contest.measure == first.measure;
      });
      if (same == list.end()) continue;
      ++found;
      for (size_t i = 0; i < values.size(); ++i) {
        values[i].push_back(same->standings[i].sample.mean);
      }
    }
    if (found == lists.size()) all.push_back(Judge(first.measure, first.more_is_better, values));
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
