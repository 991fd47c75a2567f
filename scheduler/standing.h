// What ranks before the score of a policy, and how a score says so.
//
// Some placements come after all others, whatever the policy: those that serve a wish for types
// with a part of a word (IsPartOfWord), and after them those that take a card which some pod has
// alone (JoinsAlone). A score says its standing by its range, so that whoever compares scores
// compares standings first. Internal to filter and prioritize.
#ifndef SCHEDULER_STANDING_H_
#define SCHEDULER_STANDING_H_

#include <algorithm>
#include <cstdint>

namespace tangram::scheduler {

// Best first.
enum class Standing : uint8_t { kPlain, kPart, kJoins, kJoinsPart };
inline constexpr int kStandings = 4;

constexpr Standing MakeStanding(bool joins, bool part_of_word) {
  return static_cast<Standing>((joins ? 2 : 0) + (part_of_word ? 1 : 0));
}

namespace internal {
// Plain scores of shares lie above -2 units, those of instances from -4 units to -3.5 (MigScore).
// Each lesser standing has the next unit below: instances in its lower half, shares above them.
inline constexpr int64_t kUnit = int64_t{1} << 60;
inline constexpr int64_t kLowest = -4 * kUnit;
inline constexpr int64_t kShares = kUnit / 8;  // to both sides of the middle of their part
}  // namespace internal

// The score of a placement of that standing; of one without instances it is cut to 57 bits unless
// it is plain.
constexpr int64_t ScoreIn(Standing standing, bool of_instances, int64_t score) {
  using namespace internal;  // NOLINT(google-build-using-namespace)
  const auto below = static_cast<int64_t>(standing);
  if (below == 0) return score;
  if (of_instances) {
    return std::clamp(score, kLowest, kLowest + kUnit / 2) - below * kUnit;
  }
  return std::clamp(score, -kShares, kShares) - (below * 4 + 13) * (kUnit / 4);
}

// The standing that a score says.
constexpr Standing StandingOf(int64_t score) {
  using internal::kLowest;
  using internal::kUnit;
  if (score >= kLowest) return Standing::kPlain;
  if (score >= kLowest - kUnit) return Standing::kPart;
  return score >= kLowest - 2 * kUnit ? Standing::kJoins : Standing::kJoinsPart;
}

}  // namespace tangram::scheduler

#endif  // SCHEDULER_STANDING_H_
