#include "scheduler/policies/binpack.h"

#include "scheduler/policies/usage.h"

namespace tangram::scheduler {

int64_t BinpackPolicy::Score(const CompiledRequest& request, const model::Node& node,
                             const Placement& placement, Scratch* scratch) const {
  return UsageAfter(request, node, placement, scratch);
}

}  // namespace tangram::scheduler
