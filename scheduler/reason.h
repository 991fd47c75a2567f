// Why a request does not fit: codes, sets of codes, and their text.
//
// "Does not fit" is an answer, not an error. Fit reports codes; text is made once per answer. The
// text of a node is a function of the request and of the node's *set* of codes only: code words and
// what was wanted, no counts, no amounts left, no names. A text that varied with the state would
// change the pod's PodScheduled condition, and kube-scheduler would spin on its own patch.
#ifndef SCHEDULER_REASON_H_
#define SCHEDULER_REASON_H_

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include "model/request.h"

namespace tangram::scheduler {

// In the order in which they are written. The Card* words are HAMi v2.10's own.
enum class Reason : uint8_t {
  // Of the node as a whole.
  kNodeUnknown,               // its agent has not registered yet, or the name was never heard
  kUnaccountedPod,            // a bound pod's use of the cards is unreadable
  kNodeInsufficientDevice,    // more cards asked for than the node has
  kNodeAllocatableExhausted,  // the kubelet's own count of nvidia.com/gpu would overflow
  kSearchLimit,               // too many cards x containers for the exact search
  // Of what is asked for by count (model/pool.h).
  kManagedByDra,        // kube-scheduler itself gives the resource out, to a driver's claims
  kMigConfigPending,    // the node's MIG layout is being changed
  kMigConfigFailed,     // ... and that did not succeed
  kMigInvalid,          // MIG strategy single, and the cards are not cut alike
  kDriverGone,          // the node had devices, and counts none any more
  kResourceNotOffered,  // the node has no such resource
  kNodeSharesNoSlices,  // parts of cards are asked for, and no agent on the node gives them
  kPoolExhausted,       // less of the resource is left than is asked for
  // Of cards, in the order of HAMi's checks.
  kCardNotHealth,
  kCardCordoned,
  kCardTypeMismatch,
  kNumaNotFit,
  kCardUuidMismatch,
  kCardMigOutdated,        // cut by fixed geometries: HAMi's plugin must be upgraded to 2.10
  kCardMigProfileUnknown,  // the card can never have an instance of the profile asked for
  kCardOvercommitted,
  kCardTimeSlicingExhausted,
  kCardInsufficientMemory,
  kCardInsufficientCore,
  kExclusiveDeviceAllocateConflict,
  kCardComputeUnitsExhausted,
  kCardMigTopologyInfeasible,  // the card is in MIG mode and has no place for such an instance
  // Each card alone would do, together they do not suffice.
  kAllocatedCardsInsufficientRequest,
  // Added later, of the node as a whole: recordings know the others by their numbers.
  kNodeTooManyCards,   // more cards are registered than a node may have
  kNoCardsRegistered,  // the node's agent has registered none that can be used
  kMpsOneReplica,      // MPS gives a container one replica, and one asks for several
  // ... and of the request alone: something in it cannot be meant (model::RequestFault).
  kInvalidRequest,
};
inline constexpr int kReasonCount = static_cast<int>(Reason::kInvalidRequest) + 1;

// HAMi's word where it has one ("CardInsufficientMemory"), our own otherwise ("UnaccountedPod").
std::string_view ReasonWord(Reason reason);

// A set of reasons as a bit mask.
class ReasonSet {
 public:
  constexpr ReasonSet() = default;
  constexpr void Add(Reason reason) { bits_ |= 1u << static_cast<unsigned>(reason); }
  constexpr bool Has(Reason reason) const { return (bits_ >> static_cast<unsigned>(reason)) & 1u; }
  // Every reason of `other` as well.
  constexpr void AddAll(ReasonSet other) { bits_ |= other.bits_; }
  // The first reason in enum order alone; the empty set stays empty.
  constexpr ReasonSet FirstOnly() const {
    ReasonSet first;
    first.bits_ = bits_ & (~bits_ + 1u);
    return first;
  }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr int size() const { return std::popcount(bits_); }
  constexpr uint32_t bits() const { return bits_; }
  static constexpr ReasonSet OfBits(uint32_t bits) {
    ReasonSet set;
    set.bits_ = bits;
    return set;
  }
  friend constexpr bool operator==(ReasonSet, ReasonSet) = default;

 private:
  uint32_t bits_ = 0;
};

// The text for a node: words in enum order joined by ", ", each followed by what was wanted where
// that explains it, e.g. "CardInsufficientMemory (wants 3000 MiB on each of 2 cards)". Of the codes
// that come and go as cards fill up (memory, cores, exclusive use, slots, ...) only the weightiest
// is told, and NumaNotFit beside it. Valid UTF-8 of printable letters without '%' (kube-scheduler
// up to 1.31 passes extender texts through a formatter), whatever the pod's annotations contain. An
// empty set gives an empty text.
std::string ReasonText(ReasonSet reasons, const model::PodRequest& request);

// What in the request cannot be meant, as ReasonText has it: what is wrong everywhere, or, where
// nothing is, what would be right were it offered. "" for a request without faults.
std::string FaultText(const model::PodRequest& request);

}  // namespace tangram::scheduler

#endif  // SCHEDULER_REASON_H_
