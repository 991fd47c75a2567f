#include "model/state_row.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "model/node_state.h"

namespace tangram::model {
namespace {

// Puts `value` into the narrower field; false when it does not fit.
template <typename Field>
bool Put(int64_t value, Field* field) {
  if (!std::in_range<Field>(value)) return false;
  *field = static_cast<Field>(value);
  return true;
}

uint16_t FlagsOf(const Card& card) {
  uint32_t flags = 0;
  if (!card.healthy) flags |= KindRow::kUnhealthy;
  if (card.cordoned) flags |= KindRow::kCordoned;
  if (card.cores.value() != 0) flags |= KindRow::kHasCores;
  if (card.cores.value() == 100) flags |= KindRow::kFullCores;
  return static_cast<uint16_t>(flags);
}

}  // namespace

StateRow StateRow::Of(const Node& node, uint32_t kind) {
  StateRow row;
  const CanonicalCards cards = SortedCards(node);
  bool fits = cards.size() <= kRowCards && !node.has_mig() && Put(kind, &row.kind);
  row.unaccounted = node.unaccounted_pods() > 0;
  if (const auto allocatable = node.allocatable_gpus(); allocatable.has_value()) {
    fits &= Put(*allocatable - node.kubelet_gpus(), &row.kubelet_gpus_left);
  }
  for (size_t i = 0; i < std::min(cards.size(), kRowCards); ++i) {
    const Card& card = cards[i];
    const int64_t slots = int64_t{card.slots.value()} - card.used.slots.value();
    fits &= Put(int64_t{card.memory.value()} - card.used.memory.value(), &row.memory_left[i]);
    fits &= Put(int64_t{card.cores.value()} - card.used.cores.value(), &row.cores_left[i]);
    fits &= Put(std::max<int64_t>(slots, 0), &row.slots_left[i]);
    fits &= card.used.mig_state == 0 && card.used.alone == 0;
    if (card.overcommitted()) {
      row.overcommitted = static_cast<uint8_t>(row.overcommitted | (1u << i));
      // The sums of what is used cannot be told from what is left.
      fits &= slots >= 0;
    }
  }
  row.complete = fits;
  return row;
}

HostRow HostRow::Of(const Node& node, const HostBuckets& buckets) {
  const HostResources left = node.HostLeft(buckets);
  return {static_cast<int32_t>(left.cpu_milli), static_cast<int32_t>(left.memory_mib)};
}

KindRow KindRow::Of(const Node& node) {
  KindRow row;
  const CanonicalCards cards = SortedCards(node);
  row.totals = node.totals();
  row.totals.slots_used = row.totals.memory_used_mib = row.totals.cores_used = 0;
  row.known = node.known();
  bool fits = cards.size() <= kRowCards && !node.has_mig() && !node.counts_only();
  if (const auto each = node.memory_of_each(); each.has_value()) row.memory_of_each = each->value();
  if (const auto allocatable = node.allocatable_gpus(); allocatable.has_value()) {
    fits &= *allocatable >= 0 && Put(*allocatable, &row.allocatable_gpus);
  }
  row.cards = static_cast<uint8_t>(std::min(cards.size(), kRowCards));
  for (size_t i = 0; i < row.cards; ++i) {
    row.memory[i] = cards[i].memory.value();
    fits &= Put(cards[i].slots.value(), &row.slots[i]);
    fits &= Put(cards[i].cores.value(), &row.cores[i]);
    row.type[i] = cards[i].type;
    row.card_flags[i] = FlagsOf(cards[i]);
  }
  row.complete = fits;
  return row;
}

}  // namespace tangram::model
