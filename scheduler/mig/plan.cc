#include "scheduler/mig/plan.h"

#include <algorithm>
#include <compare>
#include <map>
#include <utility>

#include "model/check.h"

namespace tangram::scheduler::mig {
namespace {

using model::mig::CardStates;
using model::mig::Multiset;

// Higher is better, from the first member on.
struct Worth {
  uint64_t slices = 0;
  uint64_t least_part = 0;  // in 2^-20
  uint64_t kept = 0;        // cards
  uint64_t spare_slices = 0;
  friend auto operator<=>(const Worth&, const Worth&) = default;
};

// Those multisets of wanted profiles only that are part of no larger one, and what is there now.
std::vector<Multiset> Candidates(const CardStates& states, const Counts& demand,
                                 const std::vector<Multiset>& present) {
  std::vector<Multiset> wanted;
  for (const Multiset& multiset : model::mig::EnumerateLayouts(states).multisets) {
    bool only_wanted = true;
    for (size_t i = 0; i < demand.size(); ++i) {
      only_wanted = only_wanted && (multiset[i] == 0 || demand[i] > 0);
    }
    if (only_wanted) wanted.push_back(multiset);
  }
  const auto part_of = [](const Multiset& small, const Multiset& large) {
    return small != large && std::equal(small.begin(), small.end(), large.begin(),
                                        [](uint8_t a, uint8_t b) { return a <= b; });
  };
  std::vector<Multiset> candidates = present;
  for (const Multiset& multiset : wanted) {
    const bool maximal = std::none_of(wanted.begin(), wanted.end(), [&](const Multiset& other) {
      return part_of(multiset, other);
    });
    if (maximal) candidates.push_back(multiset);
  }
  std::sort(candidates.begin(), candidates.end(), std::greater<>());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  return candidates;
}

// So many cards of each candidate, and what they are worth together.
class Search {
 public:
  Search(const CardStates& states, const Counts& demand, const std::vector<Multiset>& candidates,
         const std::vector<uint64_t>& present)
      : states_(states),
        demand_(demand),
        candidates_(candidates),
        present_(present),
        cards_(candidates.size(), 0),
        total_(demand.size(), 0) {}

  void Add(size_t candidate) { Change(candidate, 1); }
  // The candidate that is worth most beside the others.
  void AddBest() {
    size_t best = 0;
    Worth most;
    for (size_t c = 0; c < candidates_.size(); ++c) {
      Change(c, 1);
      const Worth worth = worth_now();
      Change(c, -1);
      if (c == 0 || worth > most) {
        best = c;
        most = worth;
      }
    }
    Change(best, 1);
  }

  // Exchanges one or two cards for others as long as that betters the whole.
  void Improve() {
    while (ImproveOnce()) {
    }
  }

  Worth worth_now() const {
    Worth worth;
    worth.least_part = uint64_t{1} << kPartBits;
    for (size_t i = 0; i < demand_.size(); ++i) {
      const auto length = static_cast<uint64_t>(states_.geometry().profiles()[i].length);
      const uint64_t served = std::min(total_[i], demand_[i]);
      worth.slices += served * length;
      if (demand_[i] == 0) continue;
      worth.least_part = std::min(worth.least_part, (served << kPartBits) / demand_[i]);
      worth.spare_slices += (total_[i] - served) * length;
    }
    for (size_t c = 0; c < cards_.size(); ++c) worth.kept += std::min(cards_[c], present_[c]);
    return worth;
  }

  const std::vector<uint64_t>& cards() const { return cards_; }

 private:
  static constexpr int kPartBits = 20;

  void Change(size_t candidate, int by) {
    cards_[candidate] += static_cast<uint64_t>(int64_t{by});
    for (size_t i = 0; i < total_.size(); ++i) {
      total_[i] += static_cast<uint64_t>(int64_t{by} * candidates_[candidate][i]);
    }
  }

  bool ImproveOnce() {
    const Worth before = worth_now();
    for (size_t a = 0; a < candidates_.size(); ++a) {
      if (cards_[a] == 0) continue;
      Change(a, -1);
      if (Replace(before)) return true;
      for (size_t b = a; b < candidates_.size(); ++b) {
        if (cards_[b] == 0) continue;
        Change(b, -1);
        for (size_t c = 0; c < candidates_.size(); ++c) {
          Change(c, 1);
          if (Replace(before)) return true;
          Change(c, -1);
        }
        Change(b, 1);
      }
      Change(a, 1);
    }
    return false;
  }

  // Adds the first candidate with which the whole is worth more than `before`.
  bool Replace(const Worth& before) {
    for (size_t c = 0; c < candidates_.size(); ++c) {
      Change(c, 1);
      if (worth_now() > before) return true;
      Change(c, -1);
    }
    return false;
  }

  const CardStates& states_;
  const Counts& demand_;
  const std::vector<Multiset>& candidates_;
  const std::vector<uint64_t>& present_;  // cards, by candidate
  std::vector<uint64_t> cards_;           // by candidate
  Counts total_;                          // instances, by profile
};

// Gives each card a layout of the pool, its own where there is one.
std::vector<Multiset> Assign(std::map<Multiset, uint64_t, std::greater<>> pool, uint32_t cards,
                             const std::vector<Multiset>& present) {
  std::vector<Multiset> plan(cards);
  std::vector<bool> kept(cards, false);
  for (uint32_t card = 0; card < cards && card < present.size(); ++card) {
    const auto own = pool.find(present[card]);
    if (own == pool.end() || own->second == 0) continue;
    --own->second;
    plan[card] = present[card];
    kept[card] = true;
  }
  auto next = pool.begin();
  for (uint32_t card = 0; card < cards; ++card) {
    if (kept[card]) continue;
    while (next->second == 0) ++next;
    --next->second;
    plan[card] = next->first;
  }
  return plan;
}

}  // namespace

double Served::percent() const {
  if (wanted_slices == 0) return 100;
  return 100 * static_cast<double>(slices) / static_cast<double>(wanted_slices);
}

Served ServedBy(const CardStates& states, const std::vector<Multiset>& cards,
                const Counts& demand) {
  Served served;
  served.instances.assign(demand.size(), 0);
  for (size_t i = 0; i < demand.size(); ++i) {
    uint64_t there = 0;
    for (const Multiset& card : cards) there += card[i];
    const auto length = static_cast<uint64_t>(states.geometry().profiles()[i].length);
    served.instances[i] = std::min(there, demand[i]);
    served.slices += served.instances[i] * length;
    served.wanted_slices += demand[i] * length;
  }
  return served;
}

std::vector<Multiset> PlanLayouts(const CardStates& states, const Counts& demand, uint32_t cards,
                                  const std::vector<Multiset>& present) {
  TANGRAM_CHECK(demand.size() == states.geometry().profiles().size());
  const std::vector<Multiset> here(present.begin(),
                                   present.begin() + std::min<int64_t>(cards, std::ssize(present)));
  const std::vector<Multiset> candidates = Candidates(states, demand, here);
  std::vector<uint64_t> cut_now(candidates.size(), 0);
  for (const Multiset& card : here) {
    const auto at = std::find(candidates.begin(), candidates.end(), card);
    ++cut_now[static_cast<size_t>(at - candidates.begin())];
  }
  Search fresh(states, demand, candidates, cut_now);
  Search grown(states, demand, candidates, cut_now);
  for (size_t c = 0; c < candidates.size(); ++c) {
    for (uint64_t card = 0; card < cut_now[c]; ++card) grown.Add(c);
  }
  for (uint32_t card = 0; card < cards; ++card) {
    fresh.AddBest();
    if (card >= here.size()) grown.AddBest();
  }
  fresh.Improve();
  grown.Improve();
  const Search& chosen = fresh.worth_now() > grown.worth_now() ? fresh : grown;
  std::map<Multiset, uint64_t, std::greater<>> pool;
  for (size_t c = 0; c < candidates.size(); ++c) pool[candidates[c]] = chosen.cards()[c];
  return Assign(std::move(pool), cards, present);
}

}  // namespace tangram::scheduler::mig
