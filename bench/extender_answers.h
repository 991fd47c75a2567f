// Reading extender answers as far as a load generator needs to: by their text, which is known to be
// Tangram's own (no white space, keys in a fixed order). Whoever misreads one fails the run.
#ifndef BENCH_EXTENDER_ANSWERS_H_
#define BENCH_EXTENDER_ANSWERS_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace tangram::bench {

struct FilterAnswer {
  std::string_view fitting_text;  // "a","b","c" as it stands in the answer
  size_t fitting = 0;
  size_t refused = 0;  // in both maps
};
// The views point into `body`. InvalidArgument when it is no ExtenderFilterResult, or has an Error.
absl::StatusOr<FilterAnswer> ReadFilterAnswer(std::string_view body);

// The names of `fitting_text`.
std::vector<std::string_view> Names(std::string_view fitting_text);

// The first host with the highest score of a HostPriorityList; InvalidArgument when there is none.
absl::StatusOr<std::string> BestHost(std::string_view body);

// OK for a binding result without Error.
absl::Status ReadBindAnswer(std::string_view body);

}  // namespace tangram::bench

#endif  // BENCH_EXTENDER_ANSWERS_H_
