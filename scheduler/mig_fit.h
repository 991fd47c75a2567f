// Placing instances on the cards of one node that are cut (MIG). Internal to the fit.
//
// The rules are HAMi v2.10's: a container's memory (MiB, or percent of the card) is served by the
// first profile, by memory and then by slices, that is as large and has an open place; a profile
// asked for by name by that one alone. An instance books its profile's memory and cores; checks are
// made of what was asked for, and instances of one container are not counted against each other.
// A container is served by instances alone or by shares alone, because HAMi's plugin reads as many
// reservations as the slot has entries or none. Instances of init containers stay reserved: other
// containers use them in turn, or keep out of their way.
#ifndef SCHEDULER_MIG_FIT_H_
#define SCHEDULER_MIG_FIT_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "absl/container/inlined_vector.h"
#include "model/gpu.h"
#include "model/mig/card_table.h"
#include "scheduler/card_rules.h"

namespace tangram::scheduler {

// An instance on a card of the node.
struct MigPick {
  uint16_t card = 0;
  uint16_t placement = 0;  // index into CardStates::placements() of the card's table
  friend auto operator<=>(const MigPick&, const MigPick&) = default;
};
using MigPicks = absl::InlinedVector<MigPick, 8>;

// An instance that containers of the pod have been given. Containers that use it in turn share it:
// what comes after init containers may have it, as long as nothing that runs to the end has.
struct MigHeld {
  MigPick pick;
  bool running = false;  // by a sidecar or an app container
};
using MigHelds = absl::InlinedVector<MigHeld, 8>;

// What one container asks of cards with that table.
class MigAsk {
 public:
  // `profile` is the name asked for, read when `want` is by profile; `memory` the card's.
  MigAsk(const model::mig::CardTable& table, const ContainerWant& want, std::string_view profile,
         model::Mebibytes memory);

  // The profiles that would do, best first.
  std::span<const uint16_t> profiles() const {
    return by_profile_ ? std::span<const uint16_t>(&profile_, possible_ ? 1 : 0)
                       : table_.by_memory().subspan(rank_);
  }
  // How many instances the card can still be cut into for it.
  int32_t Most(int32_t state) const {
    const auto id = static_cast<model::mig::StateId>(state);
    if (by_profile_) return possible_ ? table_.MostOf(id, profile_) : 0;
    return table_.MostFrom(id, rank_);
  }
  // The first profile with an open place; nothing when there is none.
  const uint16_t* FirstOpen(int32_t state) const {
    for (const uint16_t& profile : profiles()) {
      if (table_.states().open(static_cast<model::mig::StateId>(state), profile) > 0) {
        return &profile;
      }
    }
    return nullptr;
  }
  const model::mig::CardTable& table() const { return table_; }

 private:
  const model::mig::CardTable& table_;
  bool by_profile_;
  bool possible_ = false;
  uint16_t profile_ = 0;
  size_t rank_ = 0;
};

// What an instance there books.
model::GpuUsage TakenByInstance(const model::mig::CardTable& table, size_t placement);
// The state after it is made, which must be possible.
int32_t StateAfter(const model::mig::CardTable& table, int32_t state, size_t placement);

}  // namespace tangram::scheduler

#endif  // SCHEDULER_MIG_FIT_H_
