#include "scheduler/placement.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "model/check.h"
#include "model/string_map.h"
#include "scheduler/ranking.h"

namespace tangram::scheduler {
namespace {

using model::Node;
using model::NodeIndex;

// The books to judge for every name; null where there are none.
struct Offer {
  std::vector<const Node*> nodes;
  std::vector<NodeIndex> indices;
};

Offer Resolve(const FilterInput& input) {
  Offer offer;
  offer.nodes.reserve(input.names.size());
  offer.indices.reserve(input.names.size());
  const bool overlaid = input.overlay != nullptr && !input.overlay->empty();
  for (const std::string_view name : input.names) {
    const NodeIndex index = input.snapshot->Find(name);
    const Node* node = index == model::kNoNode ? nullptr : input.snapshot->At(index);
    if (overlaid && node != nullptr) {
      const auto it = input.overlay->find(index);
      if (it != input.overlay->end()) node = &it->second;
    }
    offer.nodes.push_back(node);
    offer.indices.push_back(index);
  }
  return offer;
}

// Judging is short and the books of a big cluster exceed the near caches, so they are called for
// ahead of time: first the node, then, when that has come, the description it points to.
void PrefetchAhead(const std::vector<const Node*>& nodes, size_t i) {
  constexpr size_t kNodeAhead = 8;
  constexpr size_t kSpecAhead = 4;
  constexpr size_t kLine = 64;
  if (i + kNodeAhead < nodes.size() && nodes[i + kNodeAhead] != nullptr) {
    const char* node = reinterpret_cast<const char*>(nodes[i + kNodeAhead]);
    for (size_t line = 0; line < sizeof(Node); line += kLine) __builtin_prefetch(node + line);
  }
  if (i + kSpecAhead < nodes.size() && nodes[i + kSpecAhead] != nullptr) {
    __builtin_prefetch(&nodes[i + kSpecAhead]->spec().allocatable_gpus);
  }
}

// Judges and scores the nodes of one offer in a row.
class Judge {
 public:
  explicit Judge(const FilterInput& input)
      : request_(*input.request),
        policy_(*input.policy),
        cards_wanted_(!request_.empty() && (policy_.needs_cards() || !request_.amounts_fixed())),
        usage_(request_.request().weights) {}

  // Fit and, when it fits, the score.
  FitAnswer Ask(const Node* node, int64_t* score) {
    if (node == nullptr && !request_.empty()) {
      FitAnswer unknown;
      unknown.reasons.Add(Reason::kNodeUnknown);
      return unknown;
    }
    *score = 0;
    if (request_.empty()) {
      FitAnswer answer;
      answer.fits = true;
      return answer;
    }
    const FitAnswer answer = Fit(request_, *node, cards_wanted_ ? &placement_ : nullptr, &usage_);
    if (answer.fits) *score = policy_.Score(request_, *node, placement_, &scratch_);
    return answer;
  }

 private:
  const CompiledRequest& request_;
  const NodePolicy& policy_;
  const bool cards_wanted_;
  Placement placement_;
  CardUsage usage_;
  NodePolicy::Scratch scratch_;
};

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

FilterOutcome FilterNodes(const FilterInput& input) {
  FilterOutcome outcome;
  const Offer offer = Resolve(input);
  Judge judge(input);
  std::vector<Ranked> ranked;
  ranked.reserve(offer.nodes.size());
  outcome.refused.reserve(offer.nodes.size());
  for (size_t i = 0; i < offer.nodes.size(); ++i) {
    PrefetchAhead(offer.nodes, i);
    Ranked node;
    node.position = static_cast<uint32_t>(i);
    const FitAnswer answer = judge.Ask(offer.nodes[i], &node.score);
    if (answer.fits) {
      ranked.push_back(node);
    } else {
      outcome.refused.push_back({node.position, answer.resolvable, answer.reasons});
    }
  }
  outcome.fitting_total = ranked.size();
  if (ranked.empty()) return outcome;
  KeepBest(input.names, ListLength(input.candidates, ranked), &ranked);
  outcome.fitting.reserve(ranked.size());
  for (const Ranked& node : ranked) outcome.fitting.push_back(node.position);
  outcome.best = offer.indices[outcome.fitting.front()];
  const Node* best = offer.nodes[outcome.fitting.front()];
  if (best != nullptr) {
    TANGRAM_CHECK(Fit(*input.request, *best, &outcome.best_placement).fits);
  }
  return outcome;
}

std::vector<int32_t> PrioritizeNodes(const FilterInput& input) {
  const Offer offer = Resolve(input);
  Judge judge(input);
  std::vector<int64_t> scores(offer.nodes.size(), 0);
  std::vector<bool> fits(offer.nodes.size(), false);
  int64_t low = std::numeric_limits<int64_t>::max();
  int64_t high = std::numeric_limits<int64_t>::min();
  for (size_t i = 0; i < offer.nodes.size(); ++i) {
    PrefetchAhead(offer.nodes, i);
    fits[i] = judge.Ask(offer.nodes[i], &scores[i]).fits;
    if (!fits[i]) continue;
    low = std::min(low, scores[i]);
    high = std::max(high, scores[i]);
  }
  std::vector<int32_t> answer(offer.nodes.size(), 0);
  if (low > high) return answer;
  const Steps steps(low, high);
  for (size_t i = 0; i < answer.size(); ++i) {
    if (fits[i]) answer[i] = steps.Of(scores[i]);
  }
  return answer;
}

}  // namespace tangram::scheduler
