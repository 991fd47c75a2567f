// The live books as policies of views see them (node_view.h).
//
// One mapping for both ways of judging, by row and by node: cards stand in the reverse order of
// model/node_state.h, so that nodes in the same state have the same view, and of alike cards the
// fullest comes first, which policies take where all else is equal.
//   - What a card has left is the lesser of its shares of memory and of cores left, in thousandths,
//     rounded down; nothing where no pod can get at it (ill, cordoned, over-committed, no slot,
//     MIG).
//   - What the pod takes is what scheduler/pod_demand.h says of its placement. Where the score must
//     not hang on which card is taken, of one container, it is the most that any card would give.
//   - Who may take which card is decided by the fit. A card that the fit gives has at least what is
//     asked for, a card that it refuses has less.
//   - CPU and memory are as Snapshot::host_buckets() cuts them.
//   - What pods a node holds is not told apart but by how full its cards are: a tag for slices
//     where a card is partly used, a tag for one-card pods where one is full.
// Pure functions; callable from any thread.
#ifndef SCHEDULER_LIVE_VIEW_H_
#define SCHEDULER_LIVE_VIEW_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/container/inlined_vector.h"
#include "model/host.h"
#include "model/node.h"
#include "model/state_row.h"
#include "scheduler/fit.h"
#include "scheduler/node_view.h"

namespace tangram::scheduler {

// A card of the node judged, and what the fit says of it.
struct LiveCard {
  int32_t memory = 0, memory_left = 0;  // MiB
  int32_t cores = 0, cores_left = 0;
  int32_t milli_wanted = 0;  // MilliTaken of what is wanted; 0 where nothing is
  bool open = false;         // some pod can get at it
  bool passes = false;       // this one can
};
using LiveCards = absl::InlinedVector<LiveCard, kViewCards>;

// The number of a card type among the models of views.
uint8_t ModelOf(model::CardTypeId type);

// A hypothesis for ViewPolicy::Judge.
struct LiveHypothesis {
  NodeView node;
  Demand demand;
};

// `count` of the passing cards, which are given in the order of the state, and `host` beside them,
// on a node with so much CPU and memory left. At most kViewCards cards.
LiveHypothesis Hypothesis(std::span<const LiveCard> cards, model::CardTypeId type, int32_t count,
                          const model::HostResources& host, const model::HostResources& host_left);

// The same for a request that fits on the node by `placement`, from its books. `sorted` gets, by
// position in the view, the cards of the node. A pod of several containers takes the cards of its
// placement. Cards that a pod has alone (GpuUsage::alone) pass only where the placement has some.
LiveHypothesis HypothesisOn(const CompiledRequest& request, const model::Node& node,
                            const Placement& placement, const model::HostBuckets& buckets,
                            absl::InlinedVector<uint16_t, kViewCards>* sorted);

// The node with nobody on it.
NodeView EmptyView(const model::Node& node);
// The node as it is.
NodeView ViewOf(const model::Node& node, const model::HostBuckets& buckets);

}  // namespace tangram::scheduler

#endif  // SCHEDULER_LIVE_VIEW_H_
