// The tables and sentences of compare_report.h.
#include <algorithm>
#include <cmath>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "api/cli/simulate/compare_report.h"
#include "model/string_map.h"

namespace tangram::api::cli::simulate {
namespace {

using nlohmann::json;
using scheduler::simulation::Contest;
using scheduler::simulation::Difference;
using scheduler::simulation::kPodClasses;
using scheduler::simulation::PodClass;
using scheduler::simulation::PodClassName;
using scheduler::simulation::Standing;
using scheduler::simulation::Verdict;
using scheduler::simulation::VerdictName;

const Contest* Find(const ListComparison& list, std::string_view measure) {
  for (const Contest& contest : list.contests) {
    if (contest.measure == measure) return &contest;
  }
  return nullptr;
}

std::string Sign(Verdict verdict) {
  if (verdict == Verdict::kBest) return "*";
  return verdict == Verdict::kNoise ? "~" : " ";
}

// "96.22 ± 0.03*".
std::string MeanText(const Contest& contest, size_t policy, int digits) {
  const Standing& standing = contest.standings[policy];
  std::string text = absl::StrFormat("%.*f", digits, standing.sample.mean);
  if (standing.sample.count > 1) {
    absl::StrAppendFormat(&text, " ± %.*f", digits, standing.sample.deviation);
  }
  return absl::StrCat(text, Sign(standing.verdict));
}

std::string IntervalText(const Difference& difference) {
  if (!difference.interval.has_value()) return "";
  return absl::StrFormat("%+.2f to %+.2f", difference.interval->low, difference.interval->high);
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

std::string ListTitle(const ListComparison& list) {
  if (list.name.empty()) return absl::StrCat("All ", list.samples, " lists, each counting once");
  return absl::StrCat(list.name, ": ", list.samples, list.samples == 1 ? " seed, " : " seeds, ",
                      Thousands(list.nodes), " nodes, ",
                      Thousands(static_cast<uint64_t>(list.gpu_milli / 1000)), " GPUs");
}

std::string WinnerSentence(const Comparison& comparison, const ListComparison& list) {
  const std::vector<std::string>& policies = comparison.grid.policies;
  const Contest& contest = list.contests.front();
  const std::string& best = policies[contest.best];
  if (policies.size() == 1) return absl::StrCat(best, " was run alone.");
  std::vector<std::string> equal;
  size_t next = contest.best;
  for (size_t i = 0; i < policies.size(); ++i) {
    if (i == contest.best) continue;
    if (contest.standings[i].verdict != Verdict::kBehind) equal.push_back(policies[i]);
    if (next == contest.best || std::abs(contest.standings[i].to_best.mean) <
                                    std::abs(contest.standings[next].to_best.mean)) {
      next = i;
    }
  }
  const std::string measure = ProseOf(contest.measure);
  if (list.samples < 2) {
    return absl::StrCat(best, " has the most ", measure, "; one ",
                        list.name.empty() ? "list" : "seed",
                        " cannot say whether that is more than noise.");
  }
  if (!equal.empty()) {
    return absl::StrCat(best, " has the most ", measure, ", but the difference to ",
                        absl::StrJoin(equal, ", "), " is noise.");
  }
  const Difference& lead = contest.standings[next].to_best;
  return absl::StrFormat(
      "%s has the most %s: %.2f points more than %s (95 %% interval %.2f to %.2f).", best, measure,
      -lead.mean, policies[next], -lead.interval->high, -lead.interval->low);
}

std::string SignsSentence() {
  return "* best mean; ~ noise: the 95 % interval of the paired difference to the best contains 0 "
         "(Student's t).";
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
    for (const char* head : {"difference", "95 % interval", "verdict"}) {
      sheet.head.emplace_back(head);
    }
  }
  for (size_t i = 0; i < comparison.grid.policies.size(); ++i) {
    std::vector<std::string>& row = sheet.rows.emplace_back();
    row.push_back(comparison.grid.policies[i]);
    for (const Contest* contest : shown) {
      row.push_back(MeanText(*contest, i, contest->measure == "failed_pods" ? 1 : 2));
      if (contest != shown.front()) continue;
      const Standing& standing = contest->standings[i];
      const bool best = standing.verdict == Verdict::kBest;
      row.push_back(best ? "" : absl::StrFormat("%+.2f", standing.to_best.mean));
      row.push_back(best ? "" : IntervalText(standing.to_best));
      row.emplace_back(VerdictName(standing.verdict));
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
  Sheet sheet{.head = {"list", "measure", "policy", "samples", "mean", "standard_deviation",
                       "difference_to_best", "interval_low", "interval_high", "verdict"},
              .rows = {}};
  const auto number = [](double value) { return json(value).dump(); };
  for (const ListComparison& list : comparison.lists) {
    for (const Contest& contest : list.contests) {
      for (size_t i = 0; i < contest.standings.size(); ++i) {
        const Standing& standing = contest.standings[i];
        const auto& interval = standing.to_best.interval;
        sheet.rows.push_back({list.name.empty() ? "(all)" : list.name, contest.measure,
                              comparison.grid.policies[i], absl::StrCat(standing.sample.count),
                              number(standing.sample.mean), number(standing.sample.deviation),
                              number(standing.to_best.mean),
                              interval.has_value() ? number(interval->low) : "",
                              interval.has_value() ? number(interval->high) : "",
                              std::string(VerdictName(standing.verdict))});
      }
    }
  }
  return sheet;
}

}  // namespace tangram::api::cli::simulate
