#include "api/cli/simulate/word_lists.h"

#include <algorithm>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "model/shown.h"
#include "model/string_map.h"
#include "scheduler/view_policy.h"

namespace tangram::api::cli::simulate {
namespace {

absl::Status Wrong(const std::string& text, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat("--policies ", model::Shown(text), ": ", what));
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ParsePolicies(const std::string& text) {
  const std::vector<std::string_view> known = scheduler::ViewPolicyNames();
  if (text == "all") return std::vector<std::string>(known.begin(), known.end());
  std::vector<std::string> policies;
  const std::vector<std::string> words = absl::StrSplit(text, ',');
  for (const std::string& name : words) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      const std::vector<std::string> names(known.begin(), known.end());
      return Wrong(text, absl::StrCat(model::Shown(name), " is none; there are all, ",
                                      absl::StrJoin(names, ", ")));
    }
    if (std::find(policies.begin(), policies.end(), name) != policies.end()) {
      return Wrong(text, absl::StrCat(name, " comes twice"));
    }
    policies.push_back(name);
  }
  return policies;
}

}  // namespace tangram::api::cli::simulate
