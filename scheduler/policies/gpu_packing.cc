#include "scheduler/policies/gpu_packing.h"

#include <algorithm>
#include <array>

namespace tangram::scheduler {
namespace {

int64_t ScoreOf(const NodeView& node, const Demand& demand) {
  if (demand.cards == 0) return 0;
  const auto gpus = node.gpus();
  const int64_t free = std::count(gpus.begin(), gpus.end(), static_cast<int16_t>(kWholeCard));
  if (free == node.cards) return std::max<int64_t>(33 - free, free);
  std::array<int16_t, kViewCards> sorted = node.left;
  std::sort(sorted.begin(), sorted.begin() + node.cards);
  int32_t wanted = demand.cards;
  int64_t free_used = 0;
  int64_t left_of_shared = 0;
  for (size_t i = 0; i < node.cards && wanted > 0; ++i) {
    if (sorted[i] < demand.milli) continue;
    --wanted;
    if (sorted[i] == kWholeCard) {
      ++free_used;
    } else {
      left_of_shared += sorted[i] * 100 / kWholeCard;
    }
  }
  if (free_used > 0) return std::max<int64_t>(50 - free_used, 33);
  return std::max<int64_t>(100 - left_of_shared / 10, 50);
}

}  // namespace

ViewPolicy::Choice GpuPackingPolicy::Judge(const NodeView& node, const Demand& demand) const {
  return {.score = ScoreOf(node, demand),
          .card = demand.shares() ? TightestCard(node, demand) : int8_t{-1}};
}

}  // namespace tangram::scheduler
