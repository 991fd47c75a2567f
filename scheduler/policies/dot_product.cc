#include "scheduler/policies/dot_product.h"

namespace tangram::scheduler {

ViewPolicy::Choice DotProductPolicy::Judge(const NodeView& node, const Demand& demand) const {
  const double cpu =
      static_cast<double>(node.cpu_left) / 128000 * (static_cast<double>(demand.cpu) / 128000);
  const double gpu =
      static_cast<double>(node.gpu_left()) / 8000 * (static_cast<double>(demand.gpu()) / 8000);
  const auto score = static_cast<int64_t>(100 * (1.0 - (cpu + gpu) / 2));
  return {.score = score, .card = demand.shares() ? TightestCard(node, demand) : int8_t{-1}};
}

}  // namespace tangram::scheduler
