#include "api/cli/simulate/contest_text.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "api/cli/simulate/sheet.h"
#include "model/string_map.h"

namespace tangram::api::cli::simulate {
namespace {

using nlohmann::json;
using scheduler::simulation::Contest;
using scheduler::simulation::Difference;
using scheduler::simulation::Interval;
using scheduler::simulation::Standing;
using scheduler::simulation::Verdict;
using scheduler::simulation::VerdictName;

std::string Sign(Verdict verdict) {
  if (verdict == Verdict::kBest) return "*";
  return verdict == Verdict::kNoise ? "~" : " ";
}

std::string IntervalText(const Difference& difference) {
  if (!difference.interval.has_value()) return "";
  return absl::StrFormat("%+.2f to %+.2f", difference.interval->low, difference.interval->high);
}

// Where differences are drawn: all intervals and 0, with a little air.
Interval Reach(const Contest& contest) {
  Interval reach;
  for (const Standing& standing : contest.standings) {
    const Interval own =
        standing.to_best.interval.value_or(Interval{standing.to_best.mean, standing.to_best.mean});
    reach.low = std::min(reach.low, own.low);
    reach.high = std::max(reach.high, own.high);
  }
  const double air = std::max(1e-9, 0.04 * (reach.high - reach.low));
  return {.low = reach.low - air, .high = reach.high + air};
}

std::string SpanHtml(const Standing& standing, const Interval& reach) {
  const auto at = [&](double value) {
    return 100 * (value - reach.low) / (reach.high - reach.low);
  };
  std::string html = absl::StrFormat("<span class=\"span\"><u style=\"left:%.2f%%\"></u>", at(0));
  if (standing.to_best.interval.has_value()) {
    const Interval& own = *standing.to_best.interval;
    absl::StrAppendFormat(&html, "<i style=\"left:%.2f%%;width:%.2f%%\"></i>", at(own.low),
                          at(own.high) - at(own.low));
  }
  absl::StrAppendFormat(&html, "<b style=\"left:%.2f%%\"></b></span>", at(standing.to_best.mean));
  return html;
}

}  // namespace

std::string MeanText(const Contest& contest, size_t policy, int digits) {
  const Standing& standing = contest.standings[policy];
  std::string text = absl::StrFormat("%.*f", digits, standing.sample.mean);
  if (standing.sample.count > 1) {
    absl::StrAppendFormat(&text, " ± %.*f", digits, standing.sample.deviation);
  }
  return absl::StrCat(text, Sign(standing.verdict));
}

std::string SignsSentence() {
  return "* best mean; ~ noise: the 95 % interval of the paired difference to the best contains 0 "
         "(Student's t).";
}

std::vector<std::string> StandingText(const Standing& standing) {
  const bool best = standing.verdict == Verdict::kBest;
  return {best ? "" : absl::StrFormat("%+.2f", standing.to_best.mean),
          best ? "" : IntervalText(standing.to_best), std::string(VerdictName(standing.verdict))};
}

std::string WinnerSentence(const std::vector<std::string>& policies, const Contest& contest,
                           std::string_view prose, std::string_view sample) {
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
  const std::string measure(prose);
  if (contest.standings[next].verdict == Verdict::kUnknown) {
    return absl::StrCat(best, " has the most ", measure, "; one ", model::ToAbsl(sample),
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

json ContestJson(const std::vector<std::string>& policies, const Contest& contest) {
  json by_name = json::object();
  for (size_t i = 0; i < contest.standings.size(); ++i) {
    const Standing& standing = contest.standings[i];
    json interval = nullptr;
    if (standing.to_best.interval.has_value()) {
      interval = {standing.to_best.interval->low, standing.to_best.interval->high};
    }
    by_name[policies[i]] = {{"mean", standing.sample.mean},
                            {"standard_deviation", standing.sample.deviation},
                            {"difference_to_best", standing.to_best.mean},
                            {"difference_interval_95", std::move(interval)},
                            {"verdict", VerdictName(standing.verdict)}};
  }
  return {{"more_is_better", contest.more_is_better},
          {"best", policies[contest.best]},
          {"won", contest.won()},
          {"policies", std::move(by_name)}};
}

std::vector<std::string> LongText(const Standing& standing) {
  const auto number = [](double value) { return json(value).dump(); };
  const auto& interval = standing.to_best.interval;
  return {absl::StrCat(standing.sample.count),
          number(standing.sample.mean),
          number(standing.sample.deviation),
          number(standing.to_best.mean),
          interval.has_value() ? number(interval->low) : "",
          interval.has_value() ? number(interval->high) : "",
          std::string(VerdictName(standing.verdict))};
}

std::string RankingHtml(const std::vector<std::string>& policies, const Contest& contest) {
  std::vector<size_t> order;
  for (size_t i = 0; i < contest.standings.size(); ++i) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    const double left = contest.standings[a].sample.mean, right = contest.standings[b].sample.mean;
    return contest.more_is_better ? left > right : left < right;
  });
  const Interval reach = Reach(contest);
  std::string html =
      "<div class=\"scroll rank\"><table>\n<thead><tr><th>policy</th><th>mean</th>"
      "<th class=\"minor\">deviation</th>"
      "<th>difference</th><th>95&nbsp;% interval, the line is the best</th><th></th></tr></thead>"
      "<tbody>\n";
  for (const size_t i : order) {
    const Standing& standing = contest.standings[i];
    const auto verdict = model::ToAbsl(VerdictName(standing.verdict));
    absl::StrAppend(
        &html, "<tr class=\"", verdict, "\"><th>", HtmlText(policies[i]), "</th><td>",
        absl::StrFormat("%.2f", standing.sample.mean), "</td><td class=\"minor\">",
        standing.sample.count > 1 ? absl::StrFormat("%.2f", standing.sample.deviation) : "",
        "</td><td>", i == contest.best ? "" : absl::StrFormat("%+.2f", standing.to_best.mean),
        "</td><td class=\"wide\">", SpanHtml(standing, reach), "</td><td class=\"verdict\">",
        verdict, "</td></tr>\n");
  }
  return absl::StrCat(html, "</tbody></table></div>\n");
}

}  // namespace tangram::api::cli::simulate
