// The states that a card can be in, as a table: which slices are taken, and what else bounds it.
//
// Two layouts of a card are one state when nothing that may still happen tells them apart: equal
// occupied slices, and equal use of those maxima and media engines that the slices do not imply.
// The 8-slice family has 192 states with its plain profiles. States are numbered from 0, which is
// the empty card, in the order of (mask, what is used of the bounds); the numbers are a function of
// the geometry. Immutable; safe to read from any thread.
#ifndef MODEL_MIG_CARD_STATES_H_
#define MODEL_MIG_CARD_STATES_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "model/mig/geometry.h"

namespace tangram::model::mig {

// Bit i is slice i: set when it is taken.
using SliceMask = uint16_t;
using StateId = uint16_t;
inline constexpr StateId kNoState = UINT16_MAX;

// One way to put one profile on a card.
struct Placement {
  size_t profile = 0;  // index into Geometry::profiles()
  int32_t start = 0;
  SliceMask mask = 0;
  friend bool operator==(const Placement&, const Placement&) = default;
};

// An instance as it is named outside.
struct Instance {
  size_t profile = 0;
  int32_t start = 0;
  friend auto operator<=>(const Instance&, const Instance&) = default;
};

class CardStates {
 public:
  static constexpr StateId kEmpty = 0;
  static constexpr size_t kMostStates = 20000;

  // InvalidArgument when the card has more than kMostStates states.
  static absl::StatusOr<CardStates> Create(Geometry geometry);

  const Geometry& geometry() const { return geometry_; }
  // States are 0..size()-1.
  StateId size() const { return static_cast<StateId>(masks_.size()); }
  SliceMask mask(StateId state) const { return masks_[state]; }
  int32_t free_slices(StateId state) const { return free_slices_[state]; }

  // By profile, then by start.
  std::span<const Placement> placements() const { return placements_; }
  // The placements of a profile are [first(p), first(p + 1)) of placements().
  size_t first(size_t profile) const { return first_[profile]; }

  // The state after an instance is made there, kNoState when it may not be.
  StateId After(StateId state, size_t placement) const {
    return after_[state * placements_.size() + placement];
  }
  // The state after an instance that is there was destroyed; kNoState when none can be there.
  StateId Without(StateId state, size_t placement) const {
    return without_[state * placements_.size() + placement];
  }
  // How many starts of the profile are open.
  int32_t open(StateId state, size_t profile) const {
    return open_[state * geometry_.profiles().size() + profile];
  }

  // The state of a card with these instances. InvalidArgument says which of them is wrong: an
  // unknown profile, a start it may not have, slices taken twice, a maximum or the media engines
  // exceeded.
  absl::StatusOr<StateId> StateOf(std::span<const Instance> instances) const;

 private:
  explicit CardStates(Geometry geometry);

  Geometry geometry_;
  std::vector<Placement> placements_;
  std::vector<size_t> first_;
  std::vector<SliceMask> masks_;
  std::vector<int32_t> free_slices_;
  std::vector<StateId> after_;
  std::vector<StateId> without_;
  std::vector<int32_t> open_;
};

}  // namespace tangram::model::mig

#endif  // MODEL_MIG_CARD_STATES_H_
