#include "api/cli/simulate/card_map.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "api/cli/simulate/sheet.h"
#include "scheduler/simulation/outcome.h"

namespace tangram::api::cli::simulate {
namespace {

using scheduler::kWholeCard;
using scheduler::simulation::Arrivals;
using scheduler::simulation::RunReport;
using scheduler::simulation::Workload;

using Cards = std::vector<int32_t>;

// Free, up to a quarter, a half, three quarters, nearly all, all.
constexpr size_t kLevels = 6;
constexpr std::array<const char*, kLevels> kLevelNames = {"free",    "to 25 %",     "to 50 %",
                                                          "to 75 %", "below 100 %", "full"};
size_t LevelOf(int32_t used) {
  if (used <= 0) return 0;
  if (used >= kWholeCard) return kLevels - 1;
  return std::min<size_t>(1 + static_cast<size_t>(4 * (used - 1) / kWholeCard), kLevels - 2);
}

constexpr int kCell = 7;  // pixels from one card to the next; 6 of them are drawn

std::string Key() {
  std::string html = "<ul class=\"legend key-map\">";
  for (size_t level = 0; level < kLevels; ++level) {
    absl::StrAppend(&html, "<li><i class=\"u", level, "\"></i>", kLevelNames[level], "</li>");
  }
  return absl::StrCat(html, "</ul>\n");
}

void AppendNode(const std::string& name, const Cards& cards, std::string* html) {
  std::array<std::string, kLevels> paths;
  for (size_t card = 0; card < cards.size(); ++card) {
    absl::StrAppend(&paths[LevelOf(cards[card])], "M0 ", kCell * static_cast<int>(card) + 3, "h6");
  }
  absl::StrAppend(html, "<svg viewBox=\"0 0 ", kCell, " ", kCell * static_cast<int>(cards.size()),
                  "\"><title>", HtmlText(name), ": ", absl::StrJoin(cards, " "), "</title>");
  for (size_t level = 0; level < kLevels; ++level) {
    if (paths[level].empty()) continue;
    absl::StrAppend(html, "<path class=\"u", level, "\" d=\"", paths[level], "\"/>");
  }
  absl::StrAppend(html, "</svg>\n");
}

int64_t Used(const Cards& cards) { return std::accumulate(cards.begin(), cards.end(), int64_t{0}); }

}  // namespace

std::string CardMap(const Workload& workload, const Arrivals& arrivals, const RunReport& report) {
  const std::vector<Cards> use = CardsInUse(workload, arrivals, report);
  std::string html = absl::StrCat("<div class=\"map\">\n", Key());
  for (size_t model = 0; model < workload.models.size(); ++model) {
    std::vector<size_t> nodes;
    int64_t used = 0, cards = 0;
    for (size_t node = 0; node < use.size(); ++node) {
      if (workload.nodes[node].view.model != model || use[node].empty()) continue;
      nodes.push_back(node);
      used += Used(use[node]);
      cards += static_cast<int64_t>(use[node].size());
    }
    if (nodes.empty()) continue;
    // More cards first, so that the columns of a row are of one height; then the fuller.
    std::sort(nodes.begin(), nodes.end(), [&](size_t a, size_t b) {
      const auto key = [&](size_t node) { return std::pair(use[node].size(), Used(use[node])); };
      if (key(a) != key(b)) return key(a) > key(b);
      return workload.nodes[a].name < workload.nodes[b].name;
    });
    const double percent =
        100 * static_cast<double>(used) / static_cast<double>(cards * kWholeCard);
    const std::string& name = workload.models[model];
    absl::StrAppend(&html, "<h3>", name.empty() ? "no model named" : HtmlText(name), " <small>",
                    Thousands(nodes.size()), " nodes, ", Thousands(static_cast<uint64_t>(cards)),
                    " cards, ", absl::StrFormat("%.1f", percent),
                    " % in use</small></h3>\n<div class=\"nodes\">\n");
    for (const size_t node : nodes) AppendNode(workload.nodes[node].name, use[node], &html);
    absl::StrAppend(&html, "</div>\n");
  }
  return absl::StrCat(html, "</div>\n");
}

}  // namespace tangram::api::cli::simulate
