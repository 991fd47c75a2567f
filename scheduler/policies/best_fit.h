// The node with the least CPU and GPU left after the pod, in shares of the largest node of the
// published experiments (128 cores, 8 cards). As the simulator of FGD's authors has it.
#ifndef SCHEDULER_POLICIES_BEST_FIT_H_
#define SCHEDULER_POLICIES_BEST_FIT_H_

#include <string_view>

#include "scheduler/view_policy.h"

namespace tangram::scheduler {

class BestFitPolicy : public ViewPolicy {
 public:
  std::string_view name() const override { return "best-fit"; }
  Choice Judge(const NodeView& node, const Demand& demand) const override;
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_POLICIES_BEST_FIT_H_
