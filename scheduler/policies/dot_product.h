// The node whose resources left point least along the pod's demand (Tetris, SIGCOMM 2014). As the
// simulator of FGD's authors has it.
#ifndef SCHEDULER_POLICIES_DOT_PRODUCT_H_
#define SCHEDULER_POLICIES_DOT_PRODUCT_H_

#include <string_view>

#include "scheduler/view_policy.h"

namespace tangram::scheduler {

class DotProductPolicy : public ViewPolicy {
 public:
  std::string_view name() const override { return "dotprod"; }
  Choice Judge(const NodeView& node, const Demand& demand) const override;
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_POLICIES_DOT_PRODUCT_H_
