#include "scheduler/policies/binpack.h"

#include "scheduler/policies/usage.h"

namespace tangram::scheduler {

int64_t BinpackPolicy::ScoreAmounts(const model::NodeTotals& totals, const PodAmounts& taken,
                                    Scratch* scratch) const {
  return UsageAfter(totals, taken, scratch);
}

}  // namespace tangram::scheduler
