#include "scheduler/card_order.h"

#include <algorithm>
#include <utility>

namespace tangram::scheduler {
namespace {

// Smaller is better.
struct Rank {
  int64_t first = 0;
  int64_t second = 0;
  uint16_t card = 0;
  Standing standing = Standing::kPlain;  // before all else
};

// Works on a copy of the order's CardUsage, so that its reciprocals stay in registers.
class Ranker {
 public:
  explicit Ranker(const CardOrder& order)
      : order_(order),
        usage_(*order.usage),
        sign_(-order.policy.usage_sign()),
        numa_first_(order.policy.numa_first()) {}
  ~Ranker() { *order_.usage = usage_; }
  Ranker(const Ranker&) = delete;
  Ranker& operator=(const Ranker&) = delete;

  Rank Of(uint16_t card) {
    const model::Card& books = order_.cards[card];
    const int64_t usage = sign_ * usage_.Of(books);
    const bool part =
        books.type < order_.types.size() && (order_.types[books.type] & kPartOfWord) != 0;
    const Standing standing = MakeStanding(books.used.alone > 0, part);
    return numa_first_ ? Rank{books.numa, usage, card, standing}
                       : Rank{usage, books.numa, card, standing};
  }

  // The state of the card comes before its index, so that nodes which differ in the order of their
  // cards alone are left in the same state.
  bool Before(const Rank& a, const Rank& b) const {
    if (a.standing != b.standing) return a.standing < b.standing;
    if (a.first != b.first) return a.first < b.first;
    if (a.second != b.second) return a.second < b.second;
    const auto order = order_.cards[a.card] <=> order_.cards[b.card];
    return order != 0 ? order < 0 : a.card < b.card;
  }

 private:
  const CardOrder& order_;
  CardUsage usage_;
  const int64_t sign_;
  const bool numa_first_;
};

}  // namespace

void SortByPolicy(const CardOrder& order, CardList* candidates) {
  Ranker ranker(order);
  absl::InlinedVector<Rank, 16> ranks;
  for (const uint16_t card : *candidates) ranks.push_back(ranker.Of(card));
  std::sort(ranks.begin(), ranks.end(),
            [&ranker](const Rank& a, const Rank& b) { return ranker.Before(a, b); });
  for (size_t i = 0; i < ranks.size(); ++i) (*candidates)[i] = ranks[i].card;
}

void KeepBestCards(const CardOrder& order, size_t count, CardList* candidates) {
  if (count >= candidates->size()) return;
  if (count == 1) {
    const std::span<const uint16_t> list(*candidates);
    Ranker ranker(order);
    Rank best = ranker.Of(list[0]);
    for (const uint16_t card : list.subspan(1)) {
      const Rank rank = ranker.Of(card);
      if (ranker.Before(rank, best)) best = rank;
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
