// Choosing among the cards that would do, by card policy. Internal to the fit.
#ifndef SCHEDULER_CARD_ORDER_H_
#define SCHEDULER_CARD_ORDER_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/container/inlined_vector.h"
#include "model/gpu.h"
#include "scheduler/card_policy.h"
#include "scheduler/card_rules.h"
#include "scheduler/standing.h"

namespace tangram::scheduler {

// Indices of cards of one node. Cards are kept by UUID, so ascending indices are ascending UUIDs.
using CardList = absl::InlinedVector<uint16_t, 16>;

// The cards of a node with what orders them.
struct CardOrder {
  const CardPolicy& policy;
  std::span<const model::Card> cards;  // the books that count
  CardUsage* usage;
  // What a request that wishes for types says of them, by CardTypeId; else empty.
  std::span<const TypeFails> types = {};
};

// Sorts `candidates` best first: by standing (standing.h), so that cards which some pod has alone
// come last, and before them those that bear the wish as a part of a word; then by policy; ties by
// NUMA node, then by the card's state (Card's order), then by index.
void SortByPolicy(const CardOrder& order, CardList* candidates);

// Reduces `candidates` to the best `count`, ascending. `count` <= candidates.
void KeepBestCards(const CardOrder& order, size_t count, CardList* candidates);

// The same with all of one NUMA node: of the node that has `count` of them first, going down the
// policy's order. False, with `candidates` unchanged, when no NUMA node has enough.
bool KeepBestOfOneNuma(const CardOrder& order, size_t count, CardList* candidates);

}  // namespace tangram::scheduler

#endif  // SCHEDULER_CARD_ORDER_H_
