#include "model/mig/layouts.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "model/check.h"

namespace tangram::model::mig {
namespace {

class Enumeration {
 public:
  explicit Enumeration(const CardStates& states)
      : states_(states), counts_(states.geometry().profiles().size(), 0) {}

  Layouts Run() {
    Visit(CardStates::kEmpty, 0);
    layouts_.masks = masks_.size();
    layouts_.multisets.assign(all_.begin(), all_.end());
    layouts_.maximal_multisets.assign(maximal_.begin(), maximal_.end());
    return layouts_;
  }

 private:
  // Placements are added in ascending order, so that each layout is met once.
  void Visit(StateId state, size_t from) {
    ++layouts_.layouts;
    masks_.insert(states_.mask(state));
    all_.insert(counts_);
    bool maximal = true;
    for (size_t p = 0; p < states_.placements().size(); ++p) {
      const StateId next = states_.After(state, p);
      if (next == kNoState) continue;
      maximal = false;
      if (p < from) continue;
      ++counts_[states_.placements()[p].profile];
      Visit(next, p + 1);
      --counts_[states_.placements()[p].profile];
    }
    if (!maximal) return;
    ++layouts_.maximal_layouts;
    maximal_.insert(counts_);
  }

  const CardStates& states_;
  Multiset counts_;
  std::set<SliceMask> masks_;
  std::set<Multiset> all_;
  std::set<Multiset> maximal_;
  Layouts layouts_;
};

bool Complete(const CardStates& states, StateId state, size_t from, Multiset* left,
              std::vector<Instance>* chosen) {
  if (std::accumulate(left->begin(), left->end(), 0) == 0) return true;
  for (size_t p = from; p < states.placements().size(); ++p) {
    const Placement& placement = states.placements()[p];
    const StateId next = states.After(state, p);
    if ((*left)[placement.profile] == 0 || next == kNoState) continue;
    --(*left)[placement.profile];
    chosen->push_back({placement.profile, placement.start});
    if (Complete(states, next, p + 1, left, chosen)) return true;
    chosen->pop_back();
    ++(*left)[placement.profile];
  }
  return false;
}

}  // namespace

Layouts EnumerateLayouts(const CardStates& states) { return Enumeration(states).Run(); }

std::vector<Instance> Arrange(const CardStates& states, const Multiset& counts) {
  TANGRAM_CHECK(counts.size() == states.geometry().profiles().size());
  std::vector<Instance> chosen;
  Multiset left = counts;
  if (!Complete(states, CardStates::kEmpty, 0, &left, &chosen)) return {};
  std::sort(chosen.begin(), chosen.end(), [](const Instance& a, const Instance& b) {
    return a.start != b.start ? a.start < b.start : a.profile < b.profile;
  });
  return chosen;
}

}  // namespace tangram::model::mig
