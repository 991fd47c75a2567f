// The emptier node first.
#ifndef SCHEDULER_POLICIES_SPREAD_H_
#define SCHEDULER_POLICIES_SPREAD_H_

#include <cstdint>
#include <string_view>

#include "scheduler/policy.h"

namespace tangram::scheduler {

class SpreadPolicy : public NodePolicy {
 public:
  std::string_view name() const override { return "spread"; }
  bool needs_cards() const override { return false; }
  int64_t ScoreAmounts(const model::NodeTotals& totals, const PodAmounts& taken,
                       Scratch* scratch) const override;
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_POLICIES_SPREAD_H_
