// What a run must come to: "allocated@100>=96".
#ifndef API_CLI_SIMULATE_ASSERTION_H_
#define API_CLI_SIMULATE_ASSERTION_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "scheduler/simulation/run.h"

namespace tangram::api::cli::simulate {

// MEASURE[@WHERE] COMPARISON NUMBER, blanks allowed in between.
//
//   allocated@X, fragmentation_ratio@X, fragmentation_amount@X   percent; X is how much GPU has
//                                       arrived, a whole percent or "last"
//   served@CLASS, served_at_100@CLASS   percent; CLASS is cpu, share, 1, 2-4 or 8
//   placed_pods, failed_pods, cards_free, cards_touched
//
// COMPARISON is one of >= <= == != > <.
struct Assertion {
  std::string text;     // as given
  std::string measure;  // "allocated"
  std::string where;    // "100"; empty where the measure has none
  std::string comparison;
  double wanted = 0;
};

// InvalidArgument with the text and what is allowed.
absl::StatusOr<Assertion> ParseAssertion(std::string_view text);

// OK when it holds; else FailedPrecondition with the text and the value that there is, or how far
// the run came when it did not come to X.
absl::Status CheckAssertion(const Assertion& assertion,
                            const scheduler::simulation::RunReport& report);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_ASSERTION_H_
