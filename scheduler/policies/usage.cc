#include "scheduler/policies/usage.h"

namespace tangram::scheduler {
namespace {

int64_t ShareOf(int64_t used, int64_t total, Share* share) {
  return total > 0 ? share->Of(used, total) : 0;
}

}  // namespace

int64_t UsageAfter(const CompiledRequest& request, const model::Node& node,
                   const Placement& placement, NodePolicy::Scratch* scratch) {
  const model::NodeTotals& totals = node.totals();
  int64_t slots = totals.slots_used;
  int64_t cores = totals.cores_used;
  int64_t memory = totals.memory_used_mib;
  if (request.amounts_fixed()) {
    slots += request.fixed_amounts().slots;
    cores += request.fixed_amounts().cores;
    memory += request.fixed_amounts().memory_mib;
  } else {
    for (const CardTake& take : TakenBy(request, node, placement)) {
      slots += take.usage.slots.value();
      cores += take.usage.cores.value();
      memory += take.usage.memory.value();
    }
  }
  return ShareOf(slots, totals.slots, &scratch->slots) +
         ShareOf(cores, totals.cores, &scratch->cores) +
         ShareOf(memory, totals.memory_mib, &scratch->memory);
}

}  // namespace tangram::scheduler
