#include "scheduler/search.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <vector>

#include "model/check.h"

namespace tangram::scheduler {
namespace {

constexpr size_t kSets = size_t{1} << kSearchContainers;

// A number for every set of containers; never above 64 * 8.
using PerSet = std::array<uint16_t, kSets>;
// Cards still wanted, per container.
using Demand = std::array<uint8_t, kSearchContainers>;
using Weights = std::array<int32_t, kSearchContainers>;

// Weights are kept within this, so that sums over 64 cards x 8 containers stay far from overflow.
constexpr int32_t kHeaviest = 10000;

// Cards with the same family.
struct CardClass {
  CardFamily family;                              // sets within the wanted containers
  absl::InlinedVector<ContainerSet, 16> largest;  // its maximal sets
  PerSet most;  // [T]: the largest number of containers of T it can take
};

// Weights on the containers, and how much of them the cards from each position on can take at most:
// more open demand than that has no cover.
struct WeightedBound {
  Weights weight = {};
  std::array<int32_t, kSearchCards + 1> most_from = {};
};

bool FamilyLess(const CardFamily& a, const CardFamily& b) {
  for (size_t s = kSets; s-- > 0;) {
    if (a[s] != b[s]) return b[s];
  }
  return false;
}

CardClass MakeClass(const CardFamily& family, size_t containers) {
  CardClass made;
  made.family = family;
  made.most.fill(0);
  for (size_t s = 1; s < (size_t{1} << containers); ++s) {
    bool maximal = family[s];
    uint16_t most = maximal ? static_cast<uint16_t>(std::popcount(s)) : uint16_t{0};
    for (size_t i = 0; i < containers; ++i) {
      const size_t bit = size_t{1} << i;
      if ((s & bit) != 0) {
        most = std::max(most, made.most[s & ~bit]);
      } else if (family[s | bit]) {
        maximal = false;
      }
    }
    made.most[s] = most;
    if (maximal) made.largest.push_back(static_cast<ContainerSet>(s));
  }
  return made;
}

// One byte per container.
uint64_t Packed(const Demand& open) {
  uint64_t packed = 0;
  for (size_t i = 0; i < kSearchContainers; ++i) packed |= uint64_t{open[i]} << (8 * i);
  return packed;
}

// Whether every byte of `a` is at least that of `b`; bytes are below 128.
bool AtLeast(uint64_t a, uint64_t b) {
  constexpr uint64_t kHigh = 0x8080808080808080u;
  return (((a | kHigh) - b) & kHigh) == kHigh;
}

class CoverSearch {
 public:
  CoverSearch(const CoverProblem& problem, size_t limit);
  CoverOutcome Run(Cover* cover);
  size_t steps() const { return steps_; }

 private:
  // Whether the cards from `position` on can cover the open demand; fills chosen_ from there.
  bool Visit(size_t position, const Demand& open);
  bool VisitChildren(size_t position, const Demand& open);
  // Whether a bound shows that they cannot.
  bool Hopeless(size_t position, const Demand& open) const;
  // Looks for weights that show it; remembers them and returns true when found.
  bool Learn(size_t position, const Demand& open);
  // Values `weight` at every position; `gap` is the open demand minus what the cards take when each
  // takes its heaviest set. True when the weights show the state to be hopeless.
  bool Weigh(size_t position, const Demand& open, const Weights& weight, WeightedBound* bound,
             Weights* gap) const;
  // The sets worth trying, most pressing first.
  absl::InlinedVector<ContainerSet, 16> Choices(size_t position, const Demand& open) const;
  void OrderCards(const std::vector<size_t>& class_of);

  const size_t containers_;
  Demand demand_;
  std::vector<CardClass> classes_;
  std::vector<size_t> card_at_;       // position -> card of the problem
  std::vector<size_t> class_at_;      // position -> class
  std::vector<PerSet> most_from_;     // [position]: sums over the cards from there on
  std::vector<ContainerSet> chosen_;  // by position
  std::array<std::vector<uint64_t>, kSearchCards> failed_at_;  // Packed demands without a cover
  std::vector<WeightedBound> bounds_;
  Weights pressure_ = {};  // the last weights tried: how hard each container is to place
  const size_t limit_;     // on steps_
  size_t steps_ = 0;
  bool gave_up_ = false;
  size_t learn_at_ = 8;
};

CoverSearch::CoverSearch(const CoverProblem& problem, size_t limit)
    : containers_(problem.containers), demand_(problem.demand), limit_(limit) {
  size_t wanted = 0;
  for (size_t i = 0; i < kSearchContainers; ++i) {
    if (i >= containers_) demand_[i] = 0;
    if (demand_[i] > 0) wanted |= size_t{1} << i;
  }
  CardFamily within;
  for (size_t s = 0; s < (size_t{1} << containers_); ++s) within[s] = (s & ~wanted) == 0;
  std::vector<size_t> class_of;
  for (const CardFamily& full : problem.families) {
    const CardFamily family = full & within;
    size_t c = 0;
    while (c < classes_.size() && classes_[c].family != family) ++c;
    if (c == classes_.size()) classes_.push_back(MakeClass(family, containers_));
    class_of.push_back(c);
  }
  OrderCards(class_of);
  most_from_.resize(card_at_.size() + 1);
  most_from_.back().fill(0);
  for (size_t p = card_at_.size(); p-- > 0;) {
    const PerSet& most = classes_[class_at_[p]].most;
    for (size_t s = 0; s < kSets; ++s) {
      most_from_[p][s] = static_cast<uint16_t>(most_from_[p + 1][s] + most[s]);
    }
  }
  chosen_.resize(card_at_.size());
}

// Cards with few choices first, so that the wide levels come when little is left to decide; cards
// of one class side by side.
void CoverSearch::OrderCards(const std::vector<size_t>& class_of) {
  for (size_t card = 0; card < class_of.size(); ++card) card_at_.push_back(card);
  std::stable_sort(card_at_.begin(), card_at_.end(), [&](size_t a, size_t b) {
    if (class_of[a] == class_of[b]) return false;
    const CardClass& ca = classes_[class_of[a]];
    const CardClass& cb = classes_[class_of[b]];
    if (ca.largest.size() != cb.largest.size()) return ca.largest.size() < cb.largest.size();
    return FamilyLess(ca.family, cb.family);
  });
  for (const size_t card : card_at_) class_at_.push_back(class_of[card]);
}

CoverOutcome CoverSearch::Run(Cover* cover) {
  if (Hopeless(0, demand_)) return CoverOutcome::kNone;
  if (!Visit(0, demand_)) return gave_up_ ? CoverOutcome::kTooMuch : CoverOutcome::kNone;
  cover->assign(card_at_.size(), 0);
  for (size_t p = 0; p < card_at_.size(); ++p) (*cover)[card_at_[p]] = chosen_[p];
  return CoverOutcome::kFound;
}

bool CoverSearch::Hopeless(size_t position, const Demand& open) const {
  const size_t sets = size_t{1} << containers_;
  PerSet sum;
  sum[0] = 0;
  for (size_t i = 0; i < containers_; ++i) {
    const size_t bit = size_t{1} << i;
    for (size_t s = 0; s < bit; ++s) sum[bit + s] = static_cast<uint16_t>(sum[s] + open[i]);
  }
  const PerSet& most = most_from_[position];
  bool over = false;
  for (size_t s = 0; s < sets; ++s) over |= sum[s] > most[s];
  if (over) return true;
  for (const WeightedBound& bound : bounds_) {
    int32_t weighted = 0;
    for (size_t i = 0; i < containers_; ++i) weighted += bound.weight[i] * open[i];
    if (weighted > bound.most_from[position]) return true;
  }
  return false;
}

bool CoverSearch::Visit(size_t position, const Demand& open) {
  if (open == Demand{}) {
    std::fill(chosen_.begin() + static_cast<ptrdiff_t>(position), chosen_.end(), ContainerSet{0});
    return true;
  }
  if (position == card_at_.size()) return false;
  const uint64_t packed = Packed(open);
  for (const uint64_t failed : failed_at_[position]) {
    if (AtLeast(packed, failed)) return false;
  }
  if (VisitChildren(position, open)) return true;
  if (gave_up_) return false;
  failed_at_[position].push_back(packed);
  return false;
}

bool CoverSearch::VisitChildren(size_t position, const Demand& open) {
  constexpr size_t kLearnEvery = 3;
  if (steps_ >= limit_) {
    gave_up_ = true;
    return false;
  }
  if (++steps_ >= learn_at_) {
    learn_at_ = steps_ + kLearnEvery;
    if (Learn(position, open)) return false;
  }
  for (const ContainerSet set : Choices(position, open)) {
    Demand left = open;
    for (size_t i = 0; i < containers_; ++i) {
      left[i] = static_cast<uint8_t>(left[i] - ((set >> i) & 1u));
    }
    chosen_[position] = set;
    if (!Hopeless(position + 1, left) && Visit(position + 1, left)) return true;
    if (gave_up_) return false;
  }
  return false;
}

absl::InlinedVector<ContainerSet, 16> CoverSearch::Choices(size_t position,
                                                           const Demand& open) const {
  uint32_t wanted = 0;
  std::array<uint32_t, kSearchContainers> pressure = {};
  for (size_t i = 0; i < containers_; ++i) {
    if (open[i] == 0) continue;
    wanted |= 1u << i;
    const uint32_t possible = most_from_[position][size_t{1} << i];
    pressure[i] = static_cast<uint32_t>(pressure_[i]) * 64u + open[i] * 1024u / possible;
  }
  absl::InlinedVector<ContainerSet, 16> sets;
  for (const ContainerSet largest : classes_[class_at_[position]].largest) {
    const uint32_t set = largest & wanted;
    const bool covered = std::any_of(sets.begin(), sets.end(),
                                     [set](uint32_t other) { return (set & ~other) == 0; });
    if (covered) continue;
    sets.erase(std::remove_if(sets.begin(), sets.end(),
                              [set](uint32_t other) { return (other & ~set) == 0; }),
               sets.end());
    sets.push_back(static_cast<ContainerSet>(set));
  }
  const auto worth = [&](uint32_t set) {
    uint32_t sum = 0;
    for (size_t i = 0; i < containers_; ++i) sum += ((set >> i) & 1u) * pressure[i];
    return sum;
  };
  std::sort(sets.begin(), sets.end(), [&](ContainerSet a, ContainerSet b) {
    const uint32_t worth_a = worth(a), worth_b = worth(b);
    return worth_a != worth_b ? worth_a > worth_b : a < b;
  });
  // Even with nothing to take here, the cards after this one have to be asked.
  if (sets.empty()) sets.push_back(0);
  return sets;
}

// Subgradient ascent on the dual of the linear relaxation, in integers: containers that the cards
// leave uncovered get heavier. Starts from the last weights, which were made for a state nearby.
bool CoverSearch::Learn(size_t position, const Demand& open) {
  constexpr int kRounds = 60;
  WeightedBound bound;
  for (int round = 0; round < kRounds; ++round) {
    int32_t heaviest = 0;
    for (size_t i = 0; i < containers_; ++i) {
      if (open[i] == 0) pressure_[i] = 0;
      heaviest = std::max(heaviest, pressure_[i]);
    }
    if (heaviest == 0) {
      for (size_t i = 0; i < containers_; ++i) pressure_[i] = open[i] > 0 ? 1 : 0;
      heaviest = 1;
    }
    for (int32_t& weight : pressure_) {
      weight = static_cast<int32_t>(int64_t{weight} * kHeaviest / heaviest);
    }
    Weights gap;
    if (Weigh(position, open, pressure_, &bound, &gap)) {
      bounds_.push_back(bound);
      return true;
    }
    int32_t distance = 0;
    for (const int32_t g : gap) distance += std::abs(g);
    if (distance == 0) return false;
    const int32_t step = 3 * kHeaviest / (10 + round);
    for (size_t i = 0; i < containers_; ++i) {
      pressure_[i] = std::max(0, pressure_[i] + 2 * step * gap[i] / distance);
    }
  }
  return false;
}

bool CoverSearch::Weigh(size_t position, const Demand& open, const Weights& weight,
                        WeightedBound* bound, Weights* gap) const {
  std::array<int32_t, kSets> sum;
  sum[0] = 0;
  int32_t wanted = 0;
  for (size_t i = 0; i < kSearchContainers; ++i) {
    (*gap)[i] = open[i];
    wanted += weight[i] * open[i];
    if (i >= containers_) continue;
    const size_t bit = size_t{1} << i;
    for (size_t s = 0; s < bit; ++s) sum[bit + s] = sum[s] + weight[i];
  }
  bound->weight = weight;
  bound->most_from[card_at_.size()] = 0;
  size_t last_class = classes_.size();
  ContainerSet heaviest = 0;
  for (size_t p = card_at_.size(); p-- > 0;) {
    if (class_at_[p] != last_class) {  // cards of one class are side by side
      last_class = class_at_[p];
      heaviest = 0;
      for (const ContainerSet set : classes_[last_class].largest) {
        if (sum[set] > sum[heaviest]) heaviest = set;
      }
    }
    bound->most_from[p] = bound->most_from[p + 1] + sum[heaviest];
    if (p < position) continue;
    for (size_t i = 0; i < kSearchContainers; ++i) (*gap)[i] -= (heaviest >> i) & 1;
  }
  return wanted > bound->most_from[position];
}

}  // namespace

CoverOutcome FindCover(const CoverProblem& problem, Cover* cover, size_t* steps, size_t limit) {
  TANGRAM_CHECK(problem.containers >= 1 && problem.containers <= kSearchContainers);
  TANGRAM_CHECK(problem.families.size() <= kSearchCards);
  for (const uint8_t wanted : problem.demand) {
    if (wanted > problem.families.size()) return CoverOutcome::kNone;
  }
  if (problem.families.size() > kCompleteCards) limit = std::min(limit, kMostSteps);
  CoverSearch search(problem, limit);
  const CoverOutcome outcome = search.Run(cover);
  if (steps != nullptr) *steps += search.steps();
  return outcome;
}

}  // namespace tangram::scheduler
