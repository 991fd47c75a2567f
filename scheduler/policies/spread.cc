#include "scheduler/policies/spread.h"

#include "scheduler/policies/usage.h"

namespace tangram::scheduler {

int64_t SpreadPolicy::ScoreAmounts(const model::NodeTotals& totals, const PodAmounts& taken,
                                   Scratch* scratch) const {
  return -UsageAfter(totals, taken, scratch);
}

}  // namespace tangram::scheduler
