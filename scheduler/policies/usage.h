// How full a node is, as HAMi v2.10 measures it: the sum of the used shares of slots, cores and
// memory over all cards of the node. Shared by binpack and spread.
#ifndef SCHEDULER_POLICIES_USAGE_H_
#define SCHEDULER_POLICIES_USAGE_H_

#include <cstdint>

#include "model/node.h"
#include "scheduler/fit.h"
#include "scheduler/policy.h"

namespace tangram::scheduler {

// Fixed point: each of the three shares is 2^30 when all is used (rounded to nearest; a share of
// which the node has none is 0, one that is over-committed is full), so the sum lies within
// 0..3 * 2^30. It is a function of the node's totals and of the amounts taken alone: nodes of equal
// books score equal. HAMi scores the node before the placement; here the request is counted in,
// which ranks nodes of equal size alike and tells nodes of different size apart.
int64_t UsageAfter(const model::NodeTotals& totals, const PodAmounts& taken,
                   NodePolicy::Scratch* scratch);

}  // namespace tangram::scheduler

#endif  // SCHEDULER_POLICIES_USAGE_H_
