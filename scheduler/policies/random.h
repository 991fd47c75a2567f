// Any node that fits, and for a slice any card of it that has enough left, each as likely as the
// others: what chance makes of a cluster. As the simulator of FGD's authors has it.
#ifndef SCHEDULER_POLICIES_RANDOM_H_
#define SCHEDULER_POLICIES_RANDOM_H_

#include <cstdint>
#include <string_view>

#include "scheduler/split_mix.h"
#include "scheduler/view_policy.h"

namespace tangram::scheduler {

class RandomPolicy : public ViewPolicy {
 public:
  std::string_view name() const override { return "random"; }
  // All are equal.
  Choice Judge(const NodeView& node, const Demand& demand) const override;
  bool draws() const override { return true; }
  int8_t DrawCard(const NodeView& node, const Demand& demand, int8_t judged,
                  SplitMix* chance) const override;
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_POLICIES_RANDOM_H_
