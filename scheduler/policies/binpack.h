// The fuller node first, so that whole nodes stay free (HAMi's default).
#ifndef SCHEDULER_POLICIES_BINPACK_H_
#define SCHEDULER_POLICIES_BINPACK_H_

#include <cstdint>
#include <string_view>

#include "scheduler/policy.h"

namespace tangram::scheduler {

class BinpackPolicy : public NodePolicy {
 public:
  std::string_view name() const override { return "binpack"; }
  bool needs_cards() const override { return false; }
  int64_t ScoreAmounts(const model::NodeTotals& totals, const PodAmounts& taken,
                       Scratch* scratch) const override;
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_POLICIES_BINPACK_H_
