#include "scheduler/policies/random.h"

#include <algorithm>

namespace tangram::scheduler {

ViewPolicy::Choice RandomPolicy::Judge(const NodeView& node, const Demand& demand) const {
  return {.score = 0, .card = demand.shares() ? TightestCard(node, demand) : int8_t{-1}};
}

int8_t RandomPolicy::DrawCard(const NodeView& node, const Demand& demand, int8_t judged,
                              SplitMix* chance) const {
  if (judged < 0) return judged;
  const auto holds = [&demand](int16_t left) { return left >= demand.milli; };
  const auto gpus = node.gpus();
  auto rest = chance->Below(static_cast<uint64_t>(std::count_if(gpus.begin(), gpus.end(), holds)));
  auto card = std::find_if(gpus.begin(), gpus.end(), holds);
  for (; rest > 0; --rest) card = std::find_if(card + 1, gpus.end(), holds);
  return static_cast<int8_t>(card - gpus.begin());
}

}  // namespace tangram::scheduler
