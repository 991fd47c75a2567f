#include "scheduler/policies/gpu_clustering.h"

namespace tangram::scheduler {
namespace {

int64_t ScoreOf(const NodeView& node, const Demand& demand) {
  if (demand.cards == 0) return 0;
  const int64_t base = 25 * (8000 - node.gpu_left()) / 8000;
  if (node.tags == 0) return 25 + base;
  if (node.tags == demand.tag()) return 75 + base;
  return (node.tags & demand.tag()) != 0 ? 50 + base : base;
}

}  // namespace

ViewPolicy::Choice GpuClusteringPolicy::Judge(const NodeView& node, const Demand& demand) const {
  return {.score = ScoreOf(node, demand),
          .card = demand.shares() ? TightestCard(node, demand) : int8_t{-1}};
}

}  // namespace tangram::scheduler
