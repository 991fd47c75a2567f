#include "scheduler/policies/fgd.h"

#include <cmath>

namespace tangram::scheduler {
namespace {

int64_t ScoreOf(double before, double after) {
  constexpr double kBest = 100;
  const double gain = (before - after) / kWholeCard;
  return static_cast<int64_t>(kBest * (1.0 / (1.0 + std::exp(-gain))));
}

}  // namespace

ViewPolicy::Choice FgdPolicy::Judge(const NodeView& node, const Demand& demand) const {
  const double before = Fragment(typical_, node);
  if (!demand.shares()) {
    NodeView after = node;
    Take(demand, -1, &after);
    return {.score = ScoreOf(before, Fragment(typical_, after))};
  }
  Choice best{.score = -1};
  for (size_t i = 0; i < node.cards; ++i) {
    if (node.left[i] < demand.milli) continue;
    // Cards with the same left are one hypothesis, and the first of them wins.
    bool seen = false;
    for (size_t j = 0; j < i; ++j) seen |= node.left[j] == node.left[i];
    if (seen) continue;
    NodeView after = node;
    Take(demand, static_cast<int8_t>(i), &after);
    const int64_t score = ScoreOf(before, Fragment(typical_, after));
    if (score > best.score) best = {.score = score, .card = static_cast<int8_t>(i)};
  }
  return best;
}

}  // namespace tangram::scheduler
