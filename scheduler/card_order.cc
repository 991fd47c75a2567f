#include "scheduler/card_order.h"

#include <algorithm>
#include <utility>

namespace tangram::scheduler {
namespace {

// Smaller is better; the index comes last.
struct Rank {
  int64_t first = 0;
  int64_t second = 0;
  uint16_t card = 0;
  friend auto operator<=>(const Rank&, const Rank&) = default;
};

inline Rank RankOf(const CardOrder& order, uint16_t card) {
  const model::Card& books = order.cards[card];
  const int64_t usage = -order.policy.usage_sign() * order.usage->Of(books);
  return order.policy.numa_first() ? Rank{books.numa, usage, card} : Rank{usage, books.numa, card};
}

absl::InlinedVector<Rank, 16> RanksOf(const CardOrder& order, const CardList& candidates) {
  absl::InlinedVector<Rank, 16> ranks;
  ranks.reserve(candidates.size());
  for (const uint16_t card : candidates) ranks.push_back(RankOf(order, card));
  return ranks;
}

}  // namespace

void SortByPolicy(const CardOrder& order, CardList* candidates) {
  absl::InlinedVector<Rank, 16> ranks = RanksOf(order, *candidates);
  std::sort(ranks.begin(), ranks.end());
  for (size_t i = 0; i < ranks.size(); ++i) (*candidates)[i] = ranks[i].card;
}

void KeepBestCards(const CardOrder& order, size_t count, CardList* candidates) {
  if (count >= candidates->size()) return;
  if (count == 1) {
    // Candidates ascend, so a tie stays with the lower index.
    Rank best = RankOf(order, candidates->front());
    for (size_t i = 1; i < candidates->size(); ++i) {
      const Rank rank = RankOf(order, (*candidates)[i]);
      if (rank.first < best.first || (rank.first == best.first && rank.second < best.second)) {
        best = rank;
      }
    }
    candidates->resize(1);
    candidates->front() = best.card;
    return;
  }
  SortByPolicy(order, candidates);
  candidates->resize(count);
  std::sort(candidates->begin(), candidates->end());
}

bool KeepBestOfOneNuma(const CardOrder& order, size_t count, CardList* candidates) {
  CardList sorted = *candidates;
  SortByPolicy(order, &sorted);
  absl::InlinedVector<std::pair<int32_t, size_t>, 8> seen;  // NUMA node, cards of it so far
  for (const uint16_t card : sorted) {
    const int32_t numa = order.cards[card].numa;
    auto it = std::find_if(seen.begin(), seen.end(),
                           [numa](const auto& entry) { return entry.first == numa; });
    if (it == seen.end()) it = seen.insert(seen.end(), {numa, 0});
    if (++it->second < count) continue;
    candidates->clear();
    for (const uint16_t other : sorted) {
      if (candidates->size() < count && order.cards[other].numa == numa) {
        candidates->push_back(other);
      }
    }
    std::sort(candidates->begin(), candidates->end());
    return true;
  }
  return false;
}

}  // namespace tangram::scheduler
