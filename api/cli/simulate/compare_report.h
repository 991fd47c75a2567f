// What `compare` and `merge` print.
#ifndef API_CLI_SIMULATE_COMPARE_REPORT_H_
#define API_CLI_SIMULATE_COMPARE_REPORT_H_

#include <string>
#include <vector>

#include "api/cli/simulate/grid.h"
#include "api/cli/simulate/output.h"
#include "api/cli/simulate/sheet.h"
#include "nlohmann/json.hpp"
#include "scheduler/simulation/comparison.h"

namespace tangram::api::cli::simulate {

// The policies on one list of pods, or on all of them.
struct ListComparison {
  std::string name;  // empty: all lists together
  size_t nodes = 0;  // 0 for all lists
  int64_t gpu_milli = 0;
  size_t samples = 0;  // seeds of a list, or lists
  std::vector<scheduler::simulation::Contest> contests;
  // Means by policy; none for all lists.
  std::vector<std::vector<double>> allocated;
  std::vector<std::vector<double>> fragmentation_amount;
};

struct Comparison {
  Grid grid;
  GridResults results;
  bool partial = false;               // some seeds are missing
  std::vector<ListComparison> lists;  // those with results; behind them all lists, of two or more
};

// Takes the seeds of each list that every policy has. InvalidArgument when there is none.
absl::StatusOr<Comparison> Compare(Grid grid, GridResults results);

// Schema tangram.dev/simulation-compare/v1.
nlohmann::json CompareJson(const Comparison& comparison);

// Policies by the main measures: mean and standard deviation, and the difference to the best of the
// leading measure, which is the first contest.
Sheet StandingsSheet(const Comparison& comparison, const ListComparison& list);
// Policies by the share of each class that was served.
Sheet ServedSheet(const Comparison& comparison, const ListComparison& list);
// A row for every list, measure and policy, with all digits.
Sheet LongSheet(const Comparison& comparison);

// "default: 10 seeds, 1,213 nodes, 6,212 GPUs", "All 17 lists".
std::string ListTitle(const ListComparison& list);
// Who wins by the leading measure and by how much (contest_text.h).
std::string WinnerSentence(const Comparison& comparison, const ListComparison& list);

// The report in the form.
std::string CompareText(const Comparison& comparison, Form form);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_COMPARE_REPORT_H_
