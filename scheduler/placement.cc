#include "scheduler/placement.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "model/check.h"
#include "model/shown.h"
#include "model/string_map.h"
#include "scheduler/judge.h"
#include "scheduler/ranking.h"
#include "scheduler/split_mix.h"
#include "scheduler/standing.h"
#include "scheduler/view_node_policy.h"

namespace tangram::scheduler {
namespace {

using model::Node;
using model::NodeIndex;

// How many of the ranked nodes the answer lists.
size_t ListLength(const Candidates& candidates, const std::vector<Ranked>& ranked) {
  switch (candidates.mode) {
    case Candidates::Mode::kAll:
      break;
    case Candidates::Mode::kCount:
      return std::max<size_t>(candidates.count, 1);
    case Candidates::Mode::kAuto:
      return ranked.size() <= kAutoAll ? ranked.size() : kAutoShort;
    case Candidates::Mode::kBestClass: {
      int64_t best = std::numeric_limits<int64_t>::min();
      for (const Ranked& node : ranked) best = std::max(best, node.score);
      return static_cast<size_t>(std::count_if(
          ranked.begin(), ranked.end(), [best](const Ranked& node) { return node.score == best; }));
    }
  }
  return ranked.size();
}

// Distance from `low` to `high`, without overflow.
uint64_t Distance(int64_t low, int64_t high) {
  return static_cast<uint64_t>(high) - static_cast<uint64_t>(low);
}

// Turns scores into the extender's steps of 0..10.
class Steps {
 public:
  Steps(int64_t low, int64_t high) : low_(low), high_(high) {
    const uint64_t range = Distance(low, high);
    for (uint64_t step = 1; step <= thresholds_.size(); ++step) {
      // The smallest distance d with 9 d >= step * range.
      thresholds_[step - 1] = step * (range / 9) + (step * (range % 9) + 8) / 9;
    }
  }

  int32_t Of(int64_t score) const {
    if (score == high_) return 10;
    const uint64_t distance = Distance(low_, score);
    int32_t steps = 0;
    for (const uint64_t threshold : thresholds_) steps += distance >= threshold ? 1 : 0;
    return steps;
  }

 private:
  int64_t low_;
  int64_t high_;
  std::array<uint64_t, 9> thresholds_ = {};
};

// How nodes that fit compare: by their score, or by a lot that is drawn for pod and node, so that
// filter, prioritize and bind agree, and so does a replay.
class Merit {
 public:
  explicit Merit(const FilterInput& input)
      : names_(input.offer->names),
        seed_(input.seed),
        drawn_(input.policy->draws() && !input.request->empty()) {}

  int64_t Of(size_t i, const Verdict& verdict) const {
    if (!drawn_) return verdict.score;
    const auto lot = static_cast<int64_t>(SplitMix(SeedOf(names_[i], seed_)).Next() >> 1);
    constexpr int kSpare = 6;  // bits that a lesser standing has not
    const Standing standing = StandingOf(verdict.score);
    return standing == Standing::kPlain ? lot : ScoreIn(standing, false, lot >> kSpare);
  }

 private:
  std::span<const std::string_view> names_;
  uint64_t seed_;
  bool drawn_;
};

}  // namespace

absl::StatusOr<Candidates> Candidates::Parse(std::string_view text) {
  Candidates candidates;
  if (text == "all") {
    candidates.mode = Mode::kAll;
  } else if (text == "auto") {
    candidates.mode = Mode::kAuto;
  } else if (text == "best-class") {
    candidates.mode = Mode::kBestClass;
  } else {
    candidates.mode = Mode::kCount;
    const bool digits = !text.empty() && std::all_of(text.begin(), text.end(),
                                                     [](char c) { return c >= '0' && c <= '9'; });
    if (!digits || !absl::SimpleAtoi(model::ToAbsl(text), &candidates.count) ||
        candidates.count == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("candidates: \"", model::ToAbsl(text.substr(0, 64)),
                       "\" is not allowed; give all, auto, best-class or a whole number from 1"));
    }
  }
  return candidates;
}

absl::StatusOr<Offer> FindOffer(const model::Snapshot& snapshot,
                                std::span<const std::string_view> names) {
  Offer offer{names, std::vector<NodeIndex>(names.size())};
  snapshot.FindEach(names, offer.indices);
  std::vector<bool> seen(snapshot.capacity(), false);
  absl::flat_hash_set<absl::string_view> unknown;
  for (size_t i = 0; i < names.size(); ++i) {
    const NodeIndex index = offer.indices[i];
    const bool first =
        index != model::kNoNode ? !seen[index] : unknown.insert(model::ToAbsl(names[i])).second;
    if (!first) {
      return absl::InvalidArgumentError(absl::StrCat("NodeNames[", i,
                                                     "]: must name each node once, ",
                                                     model::Shown(names[i]), " comes twice"));
    }
    if (index != model::kNoNode) seen[index] = true;
  }
  return offer;
}

FilterOutcome FilterNodes(const FilterInput& input) {
  FilterOutcome outcome;
  const std::span<const std::string_view> names = input.offer->names;
  const Judge judge(input);
  const Merit merit(input);
  std::vector<Ranked> ranked;
  ranked.reserve(names.size());
  outcome.refused.reserve(names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    const Verdict& verdict = judge.verdicts()[i];
    const auto position = static_cast<uint32_t>(i);
    if (verdict.fits()) {
      ranked.push_back({.score = merit.Of(i, verdict), .position = position});
    } else {
      outcome.refused.push_back(
          {position, verdict.resolvable(), ReasonSet::OfBits(verdict.reason_bits)});
    }
  }
  outcome.fitting_total = ranked.size();
  if (ranked.empty()) return outcome;
  const size_t length = ListLength(input.candidates, ranked);
  if (length == ranked.size() && length > kAutoAll) {
    BestFirst(names, &ranked);
  } else {
    KeepBest(names, length, &ranked);
  }
  outcome.fitting.reserve(ranked.size());
  for (const Ranked& node : ranked) outcome.fitting.push_back(node.position);
  const uint32_t best = outcome.fitting.front();
  outcome.best = input.offer->indices[best];
  if (const Node* books = judge.BooksOf(best); books != nullptr) {
    const FitAnswer answer =
        FitByPolicy(*input.request, *input.policy, *books, input.seed, &outcome.best_placement);
    TANGRAM_CHECK(answer.fits);
  }
  return outcome;
}

std::vector<int32_t> PrioritizeNodes(const FilterInput& input) {
  const Judge judge(input);
  const Merit merit(input);
  const std::vector<Verdict>& verdicts = judge.verdicts();
  // Of lesser standings there is no more to say than how many others are worse.
  std::array<bool, kStandings> present = {};
  for (const Verdict& verdict : verdicts) {
    if (verdict.fits()) present[static_cast<size_t>(StandingOf(verdict.score))] = true;
  }
  const auto worse = [&present](Standing standing) {
    const auto next = present.begin() + static_cast<ptrdiff_t>(standing) + 1;
    return static_cast<int32_t>(std::count(next, present.end(), true));
  };
  const auto best =
      static_cast<Standing>(std::find(present.begin(), present.end(), true) - present.begin());
  int64_t low = std::numeric_limits<int64_t>::max();
  int64_t high = std::numeric_limits<int64_t>::min();
  std::vector<int32_t> answer(verdicts.size(), 0);
  for (size_t i = 0; i < answer.size(); ++i) {
    if (!verdicts[i].fits()) continue;
    const Standing standing = StandingOf(verdicts[i].score);
    answer[i] = worse(standing);
    if (standing != best) continue;
    low = std::min(low, merit.Of(i, verdicts[i]));
    high = std::max(high, merit.Of(i, verdicts[i]));
  }
  if (low > high) return answer;
  const Steps steps(low, high);
  for (size_t i = 0; i < answer.size(); ++i) {
    if (!verdicts[i].fits() || StandingOf(verdicts[i].score) != best) continue;
    answer[i] = std::max(steps.Of(merit.Of(i, verdicts[i])), answer[i]);
  }
  return answer;
}

}  // namespace tangram::scheduler
