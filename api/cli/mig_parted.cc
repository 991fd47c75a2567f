// See mig_parted.h.
#include "api/cli/mig_parted.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/string_map.h"

namespace tangram::api::cli {

using model::mig::Multiset;

void AppendMigConfig(std::string_view name, const model::mig::Geometry& geometry,
                     const std::vector<Multiset>& cards, std::string* text) {
  std::vector<std::pair<Multiset, std::vector<size_t>>> groups;
  std::map<Multiset, size_t> group_of;
  for (size_t card = 0; card < cards.size(); ++card) {
    const auto [at, added] = group_of.emplace(cards[card], groups.size());
    if (added) groups.push_back({cards[card], {}});
    groups[at->second].second.push_back(card);
  }
  absl::StrAppend(text, "  ", model::ToAbsl(name), ":\n");
  for (const auto& [layout, members] : groups) {
    absl::StrAppend(text, "  - devices: [", absl::StrJoin(members, ", "), "]\n");
    if (std::all_of(layout.begin(), layout.end(), [](uint8_t count) { return count == 0; })) {
      absl::StrAppend(text, "    mig-enabled: false\n");
      continue;
    }
    absl::StrAppend(text, "    mig-enabled: true\n    mig-devices:\n");
    for (size_t i = 0; i < layout.size(); ++i) {
      if (layout[i] == 0) continue;
      absl::StrAppend(text, "      \"", geometry.profiles()[i].name.text(),
                      "\": ", uint32_t{layout[i]}, "\n");
    }
  }
}

}  // namespace tangram::api::cli
