// Why a node, or a part of it, takes no new pods whatever they ask: the state of the node itself.
//
// What fit says of such a node, and what reports and metrics say of it. Pure functions.
#ifndef SCHEDULER_CLOSED_NODE_H_
#define SCHEDULER_CLOSED_NODE_H_

#include <optional>
#include <string>
#include <vector>

#include "model/node.h"
#include "scheduler/reason.h"

namespace tangram::scheduler {

// Nothing for kNone.
std::optional<Reason> ReasonOf(model::PoolBlock block);
// Of a node without cards: ResourceNotOffered where nobody says that it ever had some.
Reason ReasonOf(model::Cardless cardless);

// Nothing for a node that is open, or has nothing to give. `dra_resources` (sorted) are those that
// DRA drivers give out: where NVIDIA's is among them, a driver that seems gone has its cards in
// other hands (ManagedByDRA). UnaccountedPod where such a pod closes it.
std::optional<Reason> WhyClosed(const model::Node& node,
                                const std::vector<std::string>& dra_resources);

}  // namespace tangram::scheduler

#endif  // SCHEDULER_CLOSED_NODE_H_
