// How many more of a pod fit, and how many nodes to add until enough do.
//
// Counted by doing it: on a copy of each node the pod is placed by the live Fit and booked, until
// it fits no more. Nodes do not depend on each other, so that sums over nodes are exact.
#ifndef SCHEDULER_WHATIF_CAPACITY_H_
#define SCHEDULER_WHATIF_CAPACITY_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "scheduler/card_policy.h"
#include "scheduler/fit.h"
#include "scheduler/reason.h"
#include "scheduler/whatif/world.h"

namespace tangram::scheduler::whatif {

// Counting ends there; nothing that runs on one node comes in such numbers.
inline constexpr int64_t kMostOnNode = 10'000;

struct NodeCapacity {
  int64_t count = 0;
  bool cut = false;  // more than kMostOnNode: what follows is empty then
  // Why not one more: the answer for the node with `count` more pods on it.
  Verdict stop;
  std::optional<model::HostResources> host_left;  // then
  std::optional<CardVerdict> nearest;             // the card that comes nearest to taking one more
};

struct Capacity {
  std::vector<NodeCapacity> nodes;  // parallel to World::nodes
  int64_t total = 0;
};

NodeCapacity CountOn(const Judge& judge, HostedNode node);
// `policy` is used where the request names no card policy.
Capacity CountFits(const World& world, const Ask& ask, const CardPolicy& policy);

// What adding empty nodes of one shape comes to.
struct Plan {
  int64_t before = 0;    // pods that fit as it is
  NodeCapacity on_each;  // of the shape
  // Nodes to add until `wanted` pods fit; nullopt when not one fits on such a node.
  std::optional<int64_t> nodes;
  int64_t after = 0;  // pods that fit then
};

// `shape` is a world of one empty node.
Plan PlanNodes(int64_t before, int64_t wanted, const World& shape, const Ask& ask,
               const CardPolicy& policy);

}  // namespace tangram::scheduler::whatif

#endif  // SCHEDULER_WHATIF_CAPACITY_H_
