// Policies side by side: who is better by which measure, and whether that is more than noise.
//
// Every policy is run on the same orders of arrival, so differences are taken pair by pair. Pure
// functions; policies keep the order in which they are given.
#ifndef SCHEDULER_SIMULATION_COMPARISON_H_
#define SCHEDULER_SIMULATION_COMPARISON_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "scheduler/simulation/run.h"
#include "scheduler/simulation/statistics.h"

namespace tangram::scheduler::simulation {

// A run without its placements.
struct RunFigures {
  std::vector<double> allocated;  // curves, as in RunReport
  std::vector<double> fragmentation_ratio;
  std::vector<double> fragmentation_amount;
  uint64_t placed = 0;
  uint64_t failed = 0;
  std::array<double, kPodClasses> served = {};  // percent
  std::array<double, kPodClasses> served_at_100 = {};
  int64_t cards_free = 0;
  int64_t cards_touched = 0;
  std::string placements_sha256;
};
// All but the digest.
RunFigures FiguresOf(const RunReport& report);

enum class Verdict : uint8_t {
  kBest,     // the best mean, the first of equals
  kNoise,    // the interval of the difference to the best contains 0
  kBehind,   // it does not
  kUnknown,  // one pair has no interval
};
// "best", "noise", "behind", "unknown".
std::string_view VerdictName(Verdict verdict);

struct Standing {
  Sample sample;
  Difference to_best;  // 0 of the best itself
  Verdict verdict = Verdict::kBest;
};

// One measure of all policies.
struct Contest {
  std::string measure;
  bool more_is_better = true;
  std::vector<Standing> standings;  // by policy
  size_t best = 0;                  // index of a policy

  // All others are behind by more than noise.
  bool won() const;
};

// `values` by policy, then by pair; all of the same length, which is at least 1.
Contest Judge(std::string measure, bool more_is_better,
              const std::vector<std::vector<double>>& values);

// The measures of one list of pods; `runs` by policy, then by seed. In this order:
// allocated_percent_at_100 (when every run came that far), allocated_percent_at_last, failed_pods,
// served_percent_CLASS and served_percent_at_100_CLASS.
std::vector<Contest> CompareRuns(const std::vector<std::vector<RunFigures>>& runs);

// The same over several lists; `lists` by list, then by policy, then by seed, one list or more. A
// list counts once, with its mean over the seeds, and differences are judged by their spread within
// the lists (StratifiedDifference): what is asked is whether a policy is better on these lists,
// whatever order their pods come in. The deviation of a sample is that between the lists' means.
// Measures that a list lacks are left out.
std::vector<Contest> CompareLists(const std::vector<std::vector<std::vector<RunFigures>>>& lists);

// The mean of curves at every percent that all of them reach.
std::vector<double> MeanCurve(const std::vector<const std::vector<double>*>& curves);

}  // namespace tangram::scheduler::simulation

#endif  // SCHEDULER_SIMULATION_COMPARISON_H_
