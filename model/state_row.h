// States and kinds in a fixed width, for judging thousands of nodes in a row.
//
// A Node spans seven cache lines and lies wherever it was allocated. What changes from state to
// state is one line here, its StateRow, and lies beside the rows of the other states; what all
// nodes of a kind share is its KindRow, of which a cluster has few. Both have the same amount of
// every card side by side, so that eight cards are compared in one go, and in the same order of
// cards: as model/node_state.h sorts them.
//
// Only what the rows can hold is in them: `complete` is false for a kind with more than eight cards
// or with cards to cut (MIG) or pools, where an amount does not fit, and where a pod has a card
// alone (GpuUsage::alone), and then the Node must be read.
#ifndef MODEL_STATE_ROW_H_
#define MODEL_STATE_ROW_H_

#include <cstddef>
#include <cstdint>

#include "model/gpu.h"
#include "model/node.h"

namespace tangram::model {

inline constexpr size_t kRowCards = 8;

struct alignas(64) StateRow {
  // The row of the node, whose kind has that number.
  static StateRow Of(const Node& node, uint32_t kind);

  // By card; may be below zero.
  int32_t memory_left[kRowCards] = {};    // MiB
  int16_t cores_left[kRowCards] = {};     // percent
  uint8_t slots_left[kRowCards] = {};     // 0 where it is below zero
  int32_t kubelet_gpus_left = INT32_MAX;  // of the allocatable ones, may be below zero
  uint16_t kind = 0;
  uint8_t overcommitted = 0;  // bit i: the i-th card
  bool complete : 1 = false;
  bool unaccounted : 1 = false;
};
static_assert(sizeof(StateRow) == 64);

// What is left of CPU and memory beside the cards, as Node::HostLeft.
struct HostRow {
  static HostRow Of(const Node& node, const HostBuckets& buckets);

  int32_t cpu_milli = 0;
  int32_t memory_mib = 0;
};

struct alignas(64) KindRow {
  // Bits of card_flags.
  enum CardFlag : uint16_t {
    kUnhealthy = 1u << 0,
    kCordoned = 1u << 1,
    kHasCores = 1u << 6,   // the card has some compute to give
    kFullCores = 1u << 7,  // the card has exactly 100 percent
    kNoCard = 1u << 8,     // there is no such card
  };

  static KindRow Of(const Node& node);

  NodeTotals totals;              // used amounts are 0
  int32_t memory_of_each = -1;    // MiB, as Node::memory_of_each(); -1 = none
  int32_t allocatable_gpus = -1;  // as Node::allocatable_gpus(); -1 = none
  uint8_t cards = 0;
  bool known = false;
  bool complete = false;
  // By card.
  int32_t memory[kRowCards] = {};  // MiB
  uint8_t slots[kRowCards] = {};
  int16_t cores[kRowCards] = {};
  CardTypeId type[kRowCards] = {};
  uint16_t card_flags[kRowCards] = {kNoCard, kNoCard, kNoCard, kNoCard,
                                    kNoCard, kNoCard, kNoCard, kNoCard};
};

}  // namespace tangram::model

#endif  // MODEL_STATE_ROW_H_
