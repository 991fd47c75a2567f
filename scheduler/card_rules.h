// The rules for one card and one container: HAMi v2.10's NVIDIA checks, in its order. AMD's cards
// go through the same checks but for two: what a container asks of their compute is resolved by
// card, and nobody has one to himself but by taking all of it.
//
// Internal to the fit: shared by the greedy order, the search's tables and the explanation, so that
// there is one spelling of the rules. Filter runs it for every card of the cluster.
//
// All rules are monotonic: a card that takes a container still takes it with less in use. The
// search and the "with empty books" question rest on that.
#ifndef SCHEDULER_CARD_RULES_H_
#define SCHEDULER_CARD_RULES_H_

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "model/gpu.h"
#include "model/request.h"
#include "scheduler/reason.h"

namespace tangram::scheduler {

// The bit of a vendor in what a request says of a card type, above those of the checks.
constexpr uint32_t VendorBit(model::Vendor vendor) {
  return uint32_t{1} << (16 + static_cast<unsigned>(vendor));
}

// One container's request as the rules read it.
struct ContainerWant {
  uint32_t slot = 0;   // of the pod
  bool init = false;   // ends before the app containers start
  int32_t count = 0;   // cards, >= 1
  int64_t offset = 0;  // cards that the containers before it ask for, all together
  int32_t memory = 0;  // MiB; 0 = by percent
  int32_t percent = 100;
  int32_t cores = 0;  // cut to 100
  uint32_t vendor = VendorBit(model::Vendor::kNvidia);
  // Of a vendor whose cards count compute units: `cores` is a percentage of the card's.
  bool cores_by_share = false;
  // Instances of a MIG profile are wanted, that of the container's request; the amounts are 0.
  bool by_profile = false;

  // MiB wanted of a card of that memory.
  int32_t MemoryOn(int32_t total) const {
    return memory > 0 ? memory : static_cast<int32_t>(int64_t{total} * percent / 100);
  }
  // Cores wanted of a card that has so many: HAMi v2.10 truncates and gives at least one unit.
  int32_t CoresOn(int32_t total) const {
    if (!cores_by_share) return cores;
    return std::min(std::max(static_cast<int32_t>(int64_t{total} * cores / 100), 1), total);
  }
  // Whether it asks for a card that nobody uses.
  bool exclusive() const { return cores == 100 && !cores_by_share; }
  // Whether the amounts are the same, so that two containers are interchangeable for a card.
  bool SameAmounts(const ContainerWant& other) const {
    return memory == other.memory && (memory > 0 || percent == other.percent) &&
           cores == other.cores && vendor == other.vendor && !by_profile && !other.by_profile;
  }
};

// The checks in order, one bit each. Mutex is apart from the exclusive check because it comes
// earlier, though both have the same word.
enum CheckBit : uint32_t {
  kFailsHealth = 1u << 0,
  kFailsCordon = 1u << 1,
  kFailsType = 1u << 2,
  kFailsUuid = 1u << 3,
  kFailsMigOutdated = 1u << 4,
  kFailsMigProfile = 1u << 5,
  kFailsOvercommitted = 1u << 6,
  kFailsSlots = 1u << 7,
  kFailsMutex = 1u << 8,
  kFailsMemory = 1u << 9,
  kFailsCores = 1u << 10,
  kFailsExclusive = 1u << 11,
  kFailsComputeUnits = 1u << 12,
  kFailsMig = 1u << 13,
  // No check but what comes before all of them: the card is another vendor's. HAMi does not look at
  // such a card, so that it gives no reason.
  kNoCandidate = 1u << 14,
};
// What the request says of a card type: any of kFailsType, kFailsMigOutdated, kFailsMigProfile (of
// a container) and kFailsMig, whether its cards are cut (kMigCard), and the VendorBit.
using TypeFails = uint32_t;
inline constexpr TypeFails kMigCard = 1u << 15;
// Beside them: the type bears what the pod wishes for only as a part of a longer word
// (scheduler/type_match.h), so that others come first.
inline constexpr TypeFails kPartOfWord = 1u << 24;
// Of cards in MIG mode, cut or not, one of these is always there, and of others none.
inline constexpr TypeFails kInMigMode = kFailsMigOutdated | kFailsMig | kMigCard;

// The first check, in the order above, that the card fails with `used` in use on it; 0 when it
// passes all. `type` is what the request says of its type. A card that is cut must have room for an
// instance besides (scheduler/mig_fit.h).
inline uint32_t FirstFail(const model::Card& card, const model::GpuUsage& used,
                          const ContainerWant& want, TypeFails type, bool uuid_allowed,
                          bool unused_only) {
  if ((type & want.vendor) == 0) return kNoCandidate;
  if (!card.healthy || used.mig_state == model::kMigUnclear) return kFailsHealth;
  if (card.cordoned) return kFailsCordon;
  if ((type & kFailsType) != 0) return kFailsType;
  if (!uuid_allowed) return kFailsUuid;
  if ((type & kFailsMigOutdated) != 0) return kFailsMigOutdated;
  if ((type & kFailsMigProfile) != 0) return kFailsMigProfile;
  // Totals and used amounts are >= 0, so no difference overflows.
  const int32_t slots_left = card.slots.value() - used.slots.value();
  const int32_t memory_left = card.memory.value() - used.memory.value();
  const int32_t cores_left = card.cores.value() - used.cores.value();
  // Profiles round compute up: what a card that is cut seems to lack is no fault.
  const bool cut = (type & kMigCard) != 0;
  if ((slots_left | memory_left | cores_left) < 0 && !cut) return kFailsOvercommitted;
  if (slots_left <= 0) return kFailsSlots;
  const bool in_use = used.slots.value() > 0;
  if (unused_only && in_use) return kFailsMutex;
  if (memory_left < want.MemoryOn(card.memory.value())) return kFailsMemory;
  if (cores_left < want.CoresOn(card.cores.value())) return kFailsCores;
  if (want.exclusive() && card.cores.value() == 100 && in_use) return kFailsExclusive;
  if (want.cores == 0 && card.cores.value() != 0 && cores_left == 0) return kFailsComputeUnits;
  return type & kFailsMig;
}

// What one card of `card`'s kind gives to the container.
inline model::GpuUsage Taken(const model::Card& card, const ContainerWant& want) {
  return {model::Slots(1), model::Mebibytes(want.MemoryOn(card.memory.value())),
          model::CorePercent(want.CoresOn(card.cores.value()))};
}

// The reason behind the first check of a non-empty set.
inline Reason FirstReason(uint32_t fails) {
  constexpr Reason kReasons[] = {
      Reason::kCardNotHealth,
      Reason::kCardCordoned,
      Reason::kCardTypeMismatch,
      Reason::kCardUuidMismatch,
      Reason::kCardMigOutdated,
      Reason::kCardMigProfileUnknown,
      Reason::kCardOvercommitted,
      Reason::kCardTimeSlicingExhausted,
      Reason::kExclusiveDeviceAllocateConflict,
      Reason::kCardInsufficientMemory,
      Reason::kCardInsufficientCore,
      Reason::kExclusiveDeviceAllocateConflict,
      Reason::kCardComputeUnitsExhausted,
      Reason::kCardMigTopologyInfeasible,
      Reason::kCardTypeMismatch,  // to people who ask for every card
  };
  return kReasons[std::countr_zero(fails)];
}

// The reasons of all checks in a set.
inline ReasonSet ReasonsOf(uint32_t fails) {
  ReasonSet reasons;
  for (uint32_t rest = fails & ~uint32_t{kNoCandidate}; rest != 0; rest &= rest - 1)
    reasons.Add(FirstReason(rest));
  return reasons;
}

}  // namespace tangram::scheduler

#endif  // SCHEDULER_CARD_RULES_H_
