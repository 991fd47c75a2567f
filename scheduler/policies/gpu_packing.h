// Cards already shared first, then free cards of nodes in use, then idle nodes (Gandiva, OSDI
// 2018). As the simulator of FGD's authors has it.
#ifndef SCHEDULER_POLICIES_GPU_PACKING_H_
#define SCHEDULER_POLICIES_GPU_PACKING_H_

#include <string_view>

#include "scheduler/view_policy.h"

namespace tangram::scheduler {

class GpuPackingPolicy : public ViewPolicy {
 public:
  std::string_view name() const override { return "gpu-packing"; }
  Choice Judge(const NodeView& node, const Demand& demand) const override;
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_POLICIES_GPU_PACKING_H_
