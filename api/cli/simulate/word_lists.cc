#include "api/cli/simulate/word_lists.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "model/shown.h"
#include "model/string_map.h"
#include "scheduler/view_policy.h"

namespace tangram::api::cli::simulate {
namespace {

absl::Status Wrong(const char* option, const std::string& text, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(option, " ", model::Shown(text), ": ", what));
}

}  // namespace

absl::StatusOr<std::vector<uint64_t>> ParseSeeds(const std::string& text) {
  std::vector<uint64_t> seeds;
  const std::vector<std::string> parts = absl::StrSplit(text, ',');
  for (const std::string& part : parts) {
    const std::pair<std::string, std::string> ends = absl::StrSplit(part, absl::MaxSplits('-', 1));
    uint64_t first = 0, last = 0;
    const bool range = part.find('-') != std::string::npos;
    if (!absl::SimpleAtoi(ends.first, &first) ||
        !absl::SimpleAtoi(range ? ends.second : ends.first, &last) || last < first) {
      return Wrong("--seeds", text, "must be whole numbers and ranges, as 42-51 or 1,2,7");
    }
    if (last - first >= kSeedsMax || seeds.size() + (last - first) >= kSeedsMax) {
      return Wrong("--seeds", text, absl::StrCat("must be at most ", kSeedsMax));
    }
    for (uint64_t i = 0; i <= last - first; ++i) seeds.push_back(first + i);
  }
  std::vector<uint64_t> sorted = seeds;
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice == sorted.end()) return seeds;
  return Wrong("--seeds", text, absl::StrCat(*twice, " comes twice"));
}

absl::StatusOr<std::vector<std::string>> ParsePolicies(const std::string& text) {
  const std::vector<std::string_view> known = scheduler::ViewPolicyNames();
  if (text == "all") return std::vector<std::string>(known.begin(), known.end());
  std::vector<std::string> policies;
  const std::vector<std::string> words = absl::StrSplit(text, ',');
  for (const std::string& name : words) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      const std::vector<std::string> names(known.begin(), known.end());
      return Wrong("--policies", text,
                   absl::StrCat(model::Shown(name), " is none; there are all, ",
                                absl::StrJoin(names, ", ")));
    }
    if (std::find(policies.begin(), policies.end(), name) != policies.end()) {
      return Wrong("--policies", text, absl::StrCat(name, " comes twice"));
    }
    policies.push_back(name);
  }
  return policies;
}

}  // namespace tangram::api::cli::simulate
