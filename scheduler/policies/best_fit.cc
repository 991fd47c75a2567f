#include "scheduler/policies/best_fit.h"

namespace tangram::scheduler {

ViewPolicy::Choice BestFitPolicy::Judge(const NodeView& node, const Demand& demand) const {
  const double cpu = static_cast<double>(node.cpu_left - demand.cpu) / 128000;
  const double gpu = static_cast<double>(node.gpu_left() - demand.gpu()) / 8000;
  const auto score = static_cast<int64_t>((1.0 - 0.5 * cpu - 0.5 * gpu) * 100);
  return {.score = score, .card = demand.shares() ? TightestCard(node, demand) : int8_t{-1}};
}

}  // namespace tangram::scheduler
