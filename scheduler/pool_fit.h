// May this request be served by count on a node whose kubelet picks the devices (model/pool.h), and
// how full does that leave the node.
//
// Pure functions over a node's books; the node must be known and counts_only().
//
// Rules, for every resource asked for: one that the node blocks is not given (MigConfigPending,
// MigConfigFailed, MigInvalid, DriverGone), whatever becomes of other vendors' resources there.
// Else it must be a pool of the node (ResourceNotOffered) with so many left (PoolExhausted). Of
// replicas by MPS a container gets one (MpsOneReplica): NVIDIA's plugin refuses to start one that
// asks for more. Cards are asked for by the vendor's name for them (model/card_resource.h):
//   - memory, a percentage below 100, or cores below 100 are parts of a card, which nobody gives
//     here (NodeSharesNoSlices);
//   - cores of 100 with all memory, which HAMi's webhook writes into every request for a whole
//     card, are served where a device is a whole card, and not where it is shared or cut;
//   - a pod that names UUIDs, a vgpu-mode, or one NUMA node for several cards asks for what only an
//     agent can promise (CardUuidMismatch, CardTypeMismatch, NumaNotFit);
//   - product constraints are read against the product that the labels tell, for the vendors that
//     the pod has constraints on; devices of other vendors know none.
//
// Scores: policies see a node with pools as the sums of its devices (PoolTotals), or as a view of
// whole cards with the shares in use put together (PoolView). So under binpack the fuller node
// comes first and whole nodes stay free, to be given whole or cut anew; under spread the emptier
// one. Nothing prefers shared devices to whole ones: who wants a share asks for it by its name. A
// container that asks for several devices gets as many turns on what may be one card where they are
// shared, so nodes with whole ones come before (SharesForSeveral).
#ifndef SCHEDULER_POOL_FIT_H_
#define SCHEDULER_POOL_FIT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/host.h"
#include "model/node.h"
#include "scheduler/fit.h"
#include "scheduler/live_view.h"
#include "scheduler/reason.h"

namespace tangram::scheduler {

enum class PoolsInUse : uint8_t { kAsBooked, kNothing };

// Why the node does not take the request; empty when it does.
ReasonSet PoolReasons(const CompiledRequest& request, const model::Node& node, PoolsInUse in_use);

// Whether the node has more than 0 of the resource to give by count: of a card's resource also
// where an agent tells its cards, as long as the kubelet counts them.
bool OffersByCount(const model::Node& node, std::string_view resource);

// Whether some container would get several devices that others share.
bool SharesForSeveral(const CompiledRequest& request, const model::Node& node);

// What there is and what is wanted of each resource that is asked for, in order of their names: for
// people. `have` is negative where others took more than there is, 0 where there is no such pool.
struct PoolVerdict {
  std::string resource;
  bool offered = false;
  int64_t have = 0;
  int64_t want = 0;
};
std::vector<PoolVerdict> ExplainPools(const CompiledRequest& request, const model::Node& node);

// How many of the resource the request takes, as far as policies see: a million of them at most.
int64_t DevicesAsked(const CompiledRequest& request, std::string_view resource);
// Thousandths of a card that one device of the pool is.
int64_t MilliOfDevice(const model::Pool& pool);
// Whether a pool that the request takes from is of a product that bears what is wished for only as
// a part of a longer word (scheduler/type_match.h).
bool PoolsArePartOfWord(const CompiledRequest& request, const model::Node& node);

// The pools as if they were cards: a slot for each device, memory and cores by the part of a card
// that it is. Where the memory of one is not told, cores stand for memory.
model::NodeTotals PoolTotals(const model::Node& node);
// What the request takes of that.
PodAmounts PoolAmounts(const CompiledRequest& request, const model::Node& node);

// The pools as whole cards, the fullest first; at most kViewCards, to scale where there are more.
NodeView PoolView(const model::Node& node, bool empty);
// The request on that view, which it fits.
LiveHypothesis PoolHypothesis(const CompiledRequest& request, const model::Node& node,
                              const model::HostResources& host_left);

}  // namespace tangram::scheduler

#endif  // SCHEDULER_POOL_FIT_H_
