// A node and a pod in the dimensions that fragmentation-aware policies weigh.
//
// Compute of a card is counted in thousandths (milli-GPU), as the literature does: a slice by MiB
// or by percent comes to the larger of its share of the card's memory and of its cores. Host CPU is
// in thousandths of a core, host memory in MiB. Plain values: a policy judges a view and knows
// nothing else of the cluster.
#ifndef SCHEDULER_NODE_VIEW_H_
#define SCHEDULER_NODE_VIEW_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>

#include "model/gpu.h"

namespace tangram::scheduler {

inline constexpr int32_t kWholeCard = 1000;
inline constexpr size_t kViewCards = model::kMostCards;
// Number of a card model within one cluster; a pod names the models it may use as a bit mask.
using ModelSet = uint64_t;
inline constexpr size_t kViewModels = 64;
inline constexpr ModelSet kAnyModel = ~ModelSet{0};
// Cards of one node, as a bit mask.
using CardSet = uint64_t;
static_assert(kViewCards <= 64);

// Of NodeView::tags.
inline constexpr int32_t kTagBits = 64;

struct NodeView {
  int64_t cpu_left = 0;     // milli-cores
  int64_t memory_left = 0;  // MiB
  uint8_t model = 0;        // below kViewModels
  uint8_t cards = 0;        // at most kViewCards
  // What pods the node holds: bit 0 parts of cards, bit k a pod with k whole cards, the last bit
  // one with so many or more.
  uint64_t tags = 0;
  std::array<int16_t, kViewCards> left = {};  // milli-GPU of each card; 0 beyond `cards`

  std::span<const int16_t> gpus() const { return {left.data(), cards}; }
  int64_t gpu_left() const { return std::accumulate(gpus().begin(), gpus().end(), int64_t{0}); }
  friend bool operator==(const NodeView& a, const NodeView& b) {
    return a.cpu_left == b.cpu_left && a.memory_left == b.memory_left && a.model == b.model &&
           a.cards == b.cards && a.tags == b.tags &&
           std::equal(a.gpus().begin(), a.gpus().end(), b.gpus().begin());
  }
};

struct Demand {
  int64_t cpu = 0;     // milli-cores
  int64_t memory = 0;  // MiB
  int32_t cards = 0;   // 0..kViewCards
  int32_t milli = 0;   // of each card
  ModelSet models = kAnyModel;

  // A part of one card, which the policy chooses.
  bool shares() const { return cards == 1 && milli < kWholeCard; }
  // Parts of one card or of several.
  bool parts() const { return cards > 0 && milli < kWholeCard; }
  int64_t gpu() const { return int64_t{cards} * milli; }
  // The bit in NodeView::tags.
  int tag_bit() const { return parts() ? 0 : std::min(cards, kTagBits - 1); }
  uint64_t tag() const { return cards == 0 ? 0u : uint64_t{1} << tag_bit(); }
  friend auto operator<=>(const Demand&, const Demand&) = default;
};

inline bool ModelAllowed(const NodeView& node, const Demand& demand) {
  return (demand.models >> node.model & 1) != 0;
}

// Whether enough cards have enough left.
inline bool CardsSuffice(const NodeView& node, const Demand& demand) {
  const auto enough = std::count_if(node.gpus().begin(), node.gpus().end(),
                                    [&](int16_t left) { return left >= demand.milli; });
  return demand.cards == 0 || enough >= demand.cards;
}

// Whether the pod may run there.
inline bool Fits(const NodeView& node, const Demand& demand) {
  return node.cpu_left >= demand.cpu && node.memory_left >= demand.memory &&
         (demand.cards == 0 || (ModelAllowed(node, demand) && CardsSuffice(node, demand)));
}

}  // namespace tangram::scheduler

#endif  // SCHEDULER_NODE_VIEW_H_
