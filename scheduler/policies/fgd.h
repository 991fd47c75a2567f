// Fragmentation Gradient Descent (Weng et al., USENIX ATC 2023): the place where the fragment of
// the node grows least.
//
// Exact: scores are whole percent of a sigmoid, so that many places are equal and the fixed order
// of nodes decides among them; that is part of the policy and most of its strength.
#ifndef SCHEDULER_POLICIES_FGD_H_
#define SCHEDULER_POLICIES_FGD_H_

#include <string_view>
#include <utility>

#include "scheduler/view_policy.h"

namespace tangram::scheduler {

class FgdPolicy : public ViewPolicy {
 public:
  explicit FgdPolicy(TypicalPods typical) : typical_(std::move(typical)) {}
  std::string_view name() const override { return "fgd"; }
  Choice Judge(const NodeView& node, const Demand& demand) const override;

 private:
  TypicalPods typical_;
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_POLICIES_FGD_H_
