// See verb_report.h.
#include "bench/verb_report.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace tangram::bench {
namespace {

constexpr int kClaimedNodes = 5000;
constexpr size_t kStatesWanted = 1000;
constexpr double kLongestMicroseconds = 1000;
constexpr double kMostOfFloor = 6;

// Of one verb over all rounds: each percentile's median, and the ratio of the p50s round by round.
struct Line {
  Spread p50, p90, p99;
  Spread echo_p50, echo_p99;
  Spread ratio;
  size_t samples = 0;
};

Line LineOf(const VerbResult& result, size_t verb) {
  std::vector<double> p50, p90, p99, echo_p50, echo_p99, ratio;
  Line line;
  for (size_t round = 0; round < result.tangram.size(); ++round) {
    const std::vector<double>& times = result.tangram[round].times.at(verb);
    const std::vector<double>& floor = result.echo[round].at(verb);
    if (times.empty() || floor.empty()) continue;
    line.samples += times.size();
    p50.push_back(Percentile(times, 50));
    p90.push_back(Percentile(times, 90));
    p99.push_back(Percentile(times, 99));
    echo_p50.push_back(Percentile(floor, 50));
    echo_p99.push_back(Percentile(floor, 99));
    ratio.push_back(p50.back() / echo_p50.back());
  }
  line.p50 = SpreadOf(p50);
  line.p90 = SpreadOf(p90);
  line.p99 = SpreadOf(p99);
  line.echo_p50 = SpreadOf(echo_p50);
  line.echo_p99 = SpreadOf(echo_p99);
  line.ratio = SpreadOf(ratio);
  return line;
}

std::string Where(const VerbResult& result) {
  return absl::StrFormat("%d nodes, %s", result.nodes, std::string(ToText(result.fill)));
}

size_t PodsFitting(const VerbResult& result) {
  return result.tangram.empty() ? 0 : result.tangram.front().pods_fitting;
}

size_t RefusalsMost(const VerbResult& result) {
  size_t most = 0;
  for (const RoundResult& round : result.tangram) most = std::max(most, round.refusals_most);
  return most;
}

}  // namespace

std::string VerbTable(const VerbResult& result) {
  std::string out = absl::StrFormat(
      "\n%d nodes x %d GPUs, %s: %d bound pods, %d distinct node states; %d rounds of %d pods, "
      "%d of them fit somewhere\n",
      result.nodes, kCardsPerNode, std::string(ToText(result.fill)), result.bound_pods,
      result.states, result.tangram.size(), result.pods_per_round, PodsFitting(result));
  absl::StrAppendFormat(&out, "  %-11s %9s %9s %9s   %9s %9s   %s\n", "verb", "p50 us", "p90 us",
                        "p99 us", "echo p50", "echo p99", "p50 / echo p50 (lowest-highest round)");
  for (size_t verb = 0; verb < kVerbs; ++verb) {
    const std::string name(kVerbNames.at(verb));
    const Line line = LineOf(result, verb);
    if (line.samples == 0) {
      absl::StrAppendFormat(&out, "  %-11s %9s\n", name, "nothing to bind");
      continue;
    }
    absl::StrAppendFormat(&out, "  %-11s %9.0f %9.0f %9.0f   %9.0f %9.0f   %.2f (%.2f-%.2f)\n",
                          name, line.p50.median, line.p90.median, line.p99.median,
                          line.echo_p50.median, line.echo_p99.median, line.ratio.median,
                          line.ratio.low, line.ratio.high);
  }
  absl::StrAppendFormat(&out, "  answers %016x, at most %d reasons in one; peak memory %.1f MiB\n",
                        result.tangram.empty() ? 0 : result.tangram.front().hash,
                        RefusalsMost(result), static_cast<double>(result.peak_kibibytes) / 1024.0);
  return out;
}

std::vector<Claim> AnswerClaims(const VerbResult& result) {
  std::vector<Claim> claims;
  const std::string where = Where(result);
  const size_t fitting = PodsFitting(result);
  const bool equal = std::all_of(
      result.tangram.begin(), result.tangram.end(),
      [&result](const RoundResult& round) { return round.hash == result.tangram.front().hash; });
  claims.push_back({absl::StrCat(where, ": every round got the same answers"), equal});
  if (result.fill == Fill::kEmpty) {
    claims.push_back({absl::StrCat(where, ": every pod fits somewhere"),
                      fitting == static_cast<size_t>(result.pods_per_round)});
  }
  if (result.fill == Fill::kFull) {
    claims.push_back({absl::StrCat(where, ": no pod fits, and every node has its reason"),
                      fitting == 0 && RefusalsMost(result) == static_cast<size_t>(result.nodes)});
  }
  if (result.fill == Fill::kAged && result.nodes >= kClaimedNodes) {
    claims.push_back({absl::StrFormat("%s: %d distinct node states are at least %d", where,
                                      result.states, kStatesWanted),
                      result.states >= kStatesWanted});
  }
  return claims;
}

std::vector<Claim> TimeClaims(const VerbResult& result) {
  std::vector<Claim> claims;
  if (result.nodes != kClaimedNodes) return claims;
  for (size_t verb = 0; verb < kVerbs; ++verb) {
    const Line line = LineOf(result, verb);
    if (line.samples == 0) continue;
    const std::string what = absl::StrCat(Where(result), ": ", std::string(kVerbNames.at(verb)));
    claims.push_back({absl::StrFormat("%s p50 %.0f us is at most %.0f us", what, line.p50.median,
                                      kLongestMicroseconds),
                      line.p50.median <= kLongestMicroseconds});
    if (verb == static_cast<size_t>(Verb::kBind)) continue;
    claims.push_back({absl::StrFormat("%s p50 is %.2f x the echo floor's, at most %.0f x", what,
                                      line.ratio.median, kMostOfFloor),
                      line.ratio.median <= kMostOfFloor});
  }
  return claims;
}

}  // namespace tangram::bench
