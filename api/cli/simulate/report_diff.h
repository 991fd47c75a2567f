// What differs between two reports.
#ifndef API_CLI_SIMULATE_REPORT_DIFF_H_
#define API_CLI_SIMULATE_REPORT_DIFF_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"

namespace tangram::api::cli::simulate {

struct ReportChange {
  // "failed_pods"; "comparisons[default][measures][failed_pods][won]"; of a curve the place where
  // it differs most, as "allocated_percent@97".
  std::string path;
  nlohmann::json left, right;  // null where there is none
};

// In the order of the paths. Members of a list are put side by side by what they are of (list,
// policy, seed), not by where they stand. Times and memory are not compared. InvalidArgument when
// either is no report of a run or of a comparison, or they are of different kinds.
absl::StatusOr<std::vector<ReportChange>> DiffReports(const nlohmann::json& left,
                                                      const nlohmann::json& right);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_REPORT_DIFF_H_
