#include "scheduler/policies/usage.h"

namespace tangram::scheduler {
namespace {

int64_t ShareOf(int64_t used, int64_t total, Share* share) {
  return total > 0 ? share->Of(used, total) : 0;
}

}  // namespace

int64_t UsageAfter(const model::NodeTotals& totals, const PodAmounts& taken,
                   NodePolicy::Scratch* scratch) {
  return ShareOf(totals.slots_used + taken.slots, totals.slots, &scratch->slots) +
         ShareOf(totals.cores_used + taken.cores, totals.cores, &scratch->cores) +
         ShareOf(totals.memory_used_mib + taken.memory_mib, totals.memory_mib, &scratch->memory);
}

}  // namespace tangram::scheduler
