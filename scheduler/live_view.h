// The live books as policies of views see them (node_view.h).
//
// One mapping for both ways of judging, by row and by node: cards stand in the reverse order of
// model/node_state.h, so that nodes in the same state have the same view, and of alike cards the
// fullest comes first, which policies take where all else is equal.
//   - What a card has left is the lesser of its shares of memory and of cores left, in thousandths,
//     rounded down; nothing where no pod can get at it (ill, cordoned, over-committed, no slot,
//     MIG).
//   - What a container asks of a card is the greater of its shares of memory and of cores, rounded
//     up. Several cards are asked for whole.
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
#include <vector>

#include "absl/container/inlined_vector.h"
#include "model/host.h"
#include "model/node.h"
#include "model/snapshot.h"
#include "model/state_row.h"
#include "scheduler/fit.h"
#include "scheduler/node_view.h"

namespace tangram::scheduler {

// A card of the node judged, and what the fit says of it.
struct LiveCard {
  int32_t memory = 0, memory_left = 0;  // MiB
  int32_t cores = 0, cores_left = 0;
  int32_t milli_wanted = 0;  // MilliWanted
  bool open = false;         // some pod can get at it
  bool passes = false;       // this one can
};
// The greater of the shares of memory (MiB) and cores asked of the card, in thousandths.
int32_t MilliWanted(const LiveCard& card, int32_t memory, int32_t cores);
using LiveCards = absl::InlinedVector<LiveCard, kViewCards>;

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
// position in the view, the cards of the node. A pod of several containers asks for the cards of
// its placement: whole where there are several, for the sum of what it takes where it is one.
LiveHypothesis HypothesisOn(const CompiledRequest& request, const model::Node& node,
                            const Placement& placement, const model::HostBuckets& buckets,
                            absl::InlinedVector<uint16_t, kViewCards>* sorted);

// The node with nobody on it.
NodeView EmptyView(const model::Node& node);
// The node as it is.
NodeView ViewOf(const model::Node& node, const model::HostBuckets& buckets);

// Cards that are alike, and how many of them the cluster has.
struct CardKind {
  model::CardTypeId type = 0;
  int32_t memory = 0;  // MiB
  int32_t cores = 0;
  int64_t count = 0;
};
std::vector<CardKind> CardKindsOf(const model::Snapshot& snapshot);

// What the request asks for in the eyes of the workload: measured by the most frequent card that it
// may use. Demand::cards is 0 where it asks for no card.
Demand DemandOf(const CompiledRequest& request, std::span<const CardKind> kinds);

}  // namespace tangram::scheduler

#endif  // SCHEDULER_LIVE_VIEW_H_
