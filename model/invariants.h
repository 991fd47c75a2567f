// The full consistency check: recomputes everything from scratch and compares.
//
// Run after every event in tests. Cost: all pods and cards.
#ifndef MODEL_INVARIANTS_H_
#define MODEL_INVARIANTS_H_

#include "absl/status/status.h"
#include "model/cluster.h"

namespace tangram::model {

// Ok, or Internal with the first contradiction: a card's usage differs from the sum over its pods,
// node totals differ from the sums over cards, a name index points elsewhere, a pod is listed on a
// node it is not booked on, a published snapshot differs from the live node.
absl::Status CheckInvariants(const Cluster& cluster);

}  // namespace tangram::model

#endif  // MODEL_INVARIANTS_H_
