// The tables and sentences of compare_report.h.
#include <iterator>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "api/cli/simulate/compare_report.h"
#include "api/cli/simulate/contest_text.h"
#include "model/string_map.h"

namespace tangram::api::cli::simulate {
namespace {

using scheduler::simulation::Contest;
using scheduler::simulation::kPodClasses;
using scheduler::simulation::PodClass;
using scheduler::simulation::PodClassName;

const Contest* Find(const ListComparison& list, std::string_view measure) {
  for (const Contest& contest : list.contests) {
    if (contest.measure == measure) return &contest;
  }
  return nullptr;
}

std::string HeadOf(const std::string& measure) {
  if (measure == "allocated_percent_at_100") return "allocated@100 %";
  return measure == "allocated_percent_at_last" ? "allocated@last %" : "failed pods";
}

// The measure in a sentence.
std::string ProseOf(const std::string& measure) {
  return measure == "allocated_percent_at_100" ? "GPU allocated when 100 % had arrived"
                                               : "GPU allocated at the end";
}

}  // namespace

std::string WinnerSentence(const Comparison& comparison, const ListComparison& list) {
  const Contest& contest = list.contests.front();
  return WinnerSentence(comparison.grid.policies, contest, ProseOf(contest.measure), "seed");
}

std::string ListTitle(const ListComparison& list) {
  if (list.name.empty()) return absl::StrCat("All ", list.samples, " lists, each counting once");
  return absl::StrCat(list.name, ": ", list.samples, list.samples == 1 ? " seed, " : " seeds, ",
                      Thousands(list.nodes), " nodes, ",
                      Thousands(static_cast<uint64_t>(list.gpu_milli / 1000)), " GPUs");
}

Sheet StandingsSheet(const Comparison& comparison, const ListComparison& list) {
  Sheet sheet{.head = {"policy"}, .rows = {}};
  std::vector<const Contest*> shown;
  for (const char* measure :
       {"allocated_percent_at_100", "allocated_percent_at_last", "failed_pods"}) {
    const Contest* contest = Find(list, measure);
    if (contest == nullptr) continue;
    shown.push_back(contest);
    sheet.head.push_back(HeadOf(measure));
    if (shown.size() > 1) continue;
    sheet.head.insert(sheet.head.end(), std::begin(kStandingHead), std::end(kStandingHead));
  }
  for (size_t i = 0; i < comparison.grid.policies.size(); ++i) {
    std::vector<std::string>& row = sheet.rows.emplace_back();
    row.push_back(comparison.grid.policies[i]);
    for (const Contest* contest : shown) {
      row.push_back(MeanText(*contest, i, contest->measure == "failed_pods" ? 1 : 2));
      if (contest != shown.front()) continue;
      for (std::string& text : StandingText(contest->standings[i])) row.push_back(std::move(text));
    }
  }
  return sheet;
}

Sheet ServedSheet(const Comparison& comparison, const ListComparison& list) {
  Sheet sheet{.head = {"policy"}, .rows = {}};
  std::vector<const Contest*> shown;
  for (const char* measure : {"served_percent_at_100_", "served_percent_"}) {
    const bool at_100 = Find(list, "allocated_percent_at_100") != nullptr;
    if (at_100 != (std::string_view(measure) == "served_percent_at_100_")) continue;
    for (size_t i = 0; i < kPodClasses; ++i) {
      const auto name = model::ToAbsl(PodClassName(static_cast<PodClass>(i)));
      const Contest* contest = Find(list, absl::StrCat(measure, name));
      if (contest == nullptr) continue;
      shown.push_back(contest);
      sheet.head.push_back(absl::StrCat("served ", name, at_100 ? "@100 %" : " %"));
    }
  }
  for (size_t i = 0; i < comparison.grid.policies.size(); ++i) {
    std::vector<std::string>& row = sheet.rows.emplace_back();
    row.push_back(comparison.grid.policies[i]);
    for (const Contest* contest : shown) row.push_back(MeanText(*contest, i, 2));
  }
  return sheet;
}

Sheet LongSheet(const Comparison& comparison) {
  Sheet sheet{.head = {"list", "measure", "policy"}, .rows = {}};
  sheet.head.insert(sheet.head.end(), std::begin(kLongHead), std::end(kLongHead));
  for (const ListComparison& list : comparison.lists) {
    for (const Contest& contest : list.contests) {
      for (size_t i = 0; i < contest.standings.size(); ++i) {
        std::vector<std::string>& row = sheet.rows.emplace_back(std::vector<std::string>{
            list.name.empty() ? "(all)" : list.name, contest.measure, comparison.grid.policies[i]});
        for (std::string& text : LongText(contest.standings[i])) row.push_back(std::move(text));
      }
    }
  }
  return sheet;
}

}  // namespace tangram::api::cli::simulate
