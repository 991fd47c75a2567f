// The exact search behind a multi-container fit: which cards take which containers.
//
// The question is put without units. For every card it is known which sets of containers the card
// can take together (a `CardFamily`, made by the fit from the rules in slot order). Wanted: a set
// for every card so that container i is taken by `demand[i]` cards.
//
// The families are downward closed (the rules are monotonic), so covering a container too often
// does no harm and only the largest sets of a family need trying. The search goes card by card with
// the demand still open as its state, and stops early where
//   - for some set T of containers, the open demand of T exceeds what the remaining cards can take
//     of T at most (exact when no three containers interact; a strong bound otherwise),
//   - for some weights on the containers, learned when the search gets long, the same holds of the
//     weighted sums (the linear relaxation's own certificate), or
//   - the same open demand failed before with the same cards left. Cards with the same family, and
//     containers that no card tells apart, are interchangeable.
// Pure and deterministic. Up to kCompleteCards cards and kSearchContainers containers it has no
// limit on time other than that size. On more cards, up to kSearchCards, it gives up after so many
// states: nearly always it is done long before, because most cards of a node are alike.
#ifndef SCHEDULER_SEARCH_H_
#define SCHEDULER_SEARCH_H_

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/container/inlined_vector.h"
#include "model/gpu.h"

namespace tangram::scheduler {

// Limits of the exact search. With more containers than these, or where it gives up, a request that
// the greedy order cannot place is tried in a few other orders and else refused with SearchLimit.
inline constexpr size_t kCompleteCards = 16;
inline constexpr size_t kSearchCards = model::kMostCards;
inline constexpr size_t kSearchContainers = 8;
// So many states on more than kCompleteCards cards.
inline constexpr size_t kMostSteps = 2000;

// Bit i: container i is in the set.
using ContainerSet = uint8_t;
// Bit s: the card can take the containers of the set s together. Bit 0 is set, and with a set every
// subset of it.
using CardFamily = std::bitset<size_t{1} << kSearchContainers>;

struct CoverProblem {
  size_t containers = 0;                                   // 1..kSearchContainers
  std::array<uint8_t, kSearchContainers> demand = {};      // cards wanted, each <= kSearchCards
  absl::InlinedVector<CardFamily, kSearchCards> families;  // one per card, at most kSearchCards
};

// Parallel to CoverProblem::families: what each card takes. May take more than the demand.
using Cover = absl::InlinedVector<ContainerSet, kSearchCards>;

enum class CoverOutcome : uint8_t { kFound, kNone, kTooMuch };

// Fills `cover` when found. `steps`, when not null, is raised by the number of states visited; more
// than `limit` are not.
CoverOutcome FindCover(const CoverProblem& problem, Cover* cover, size_t* steps = nullptr,
                       size_t limit = SIZE_MAX);

// The same with each container taken by cards of one NUMA node alone (different containers may have
// different ones); `numa` is parallel to the families.
CoverOutcome FindCoverByNuma(const CoverProblem& problem, std::span<const int32_t> numa,
                             Cover* cover, size_t* steps = nullptr);

}  // namespace tangram::scheduler

#endif  // SCHEDULER_SEARCH_H_
