// Pods that ask for the same number of cards side by side (Gandiva's affinity). As the simulator of
// FGD's authors has it.
#ifndef SCHEDULER_POLICIES_GPU_CLUSTERING_H_
#define SCHEDULER_POLICIES_GPU_CLUSTERING_H_

#include <string_view>

#include "scheduler/view_policy.h"

namespace tangram::scheduler {

class GpuClusteringPolicy : public ViewPolicy {
 public:
  std::string_view name() const override { return "gpu-clustering"; }
  Choice Judge(const NodeView& node, const Demand& demand) const override;
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_POLICIES_GPU_CLUSTERING_H_
