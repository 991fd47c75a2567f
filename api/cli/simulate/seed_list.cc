#include "api/cli/simulate/seed_list.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "model/shown.h"
#include "model/string_map.h"

namespace tangram::api::cli::simulate {

absl::StatusOr<std::vector<uint64_t>> ParseSeeds(std::string_view text) {
  std::vector<uint64_t> seeds;
  for (const absl::string_view part : absl::StrSplit(model::ToAbsl(text), ',')) {
    const auto wrong = [part](absl::string_view must) {
      return absl::InvalidArgumentError(
          absl::StrCat("--seeds: ", model::Shown(model::ToStd(part)), ": ", must));
    };
    const std::pair<absl::string_view, absl::string_view> ends =
        absl::StrSplit(part, absl::MaxSplits('-', 1));
    uint64_t first = 0, last = 0;
    if (!absl::SimpleAtoi(ends.first, &first) ||
        !absl::SimpleAtoi(absl::StrContains(part, '-') ? ends.second : ends.first, &last) ||
        last < first) {
      return wrong("must be whole numbers and ranges with commas between, as 1,5,8-10");
    }
    if (last - first >= kSeedsMax - seeds.size()) {
      return wrong(absl::StrCat("must make at most ", kSeedsMax, " seeds in all"));
    }
    for (uint64_t seed = first; seed <= last; ++seed) {
      if (std::find(seeds.begin(), seeds.end(), seed) != seeds.end()) {
        return wrong(absl::StrCat("seed ", seed, " must not come twice"));
      }
      seeds.push_back(seed);
      if (seed == UINT64_MAX) break;
    }
  }
  return seeds;
}

}  // namespace tangram::api::cli::simulate
