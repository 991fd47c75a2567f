// The best card and start over cards of several kinds (fleet_policy.h).
//
// Immutable; safe to read from any thread. Refers to the Fleet it was made of, which must outlive
// it.
#ifndef SCHEDULER_MIG_FLEET_CHOOSER_H_
#define SCHEDULER_MIG_FLEET_CHOOSER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "scheduler/mig/card_groups.h"
#include "scheduler/mig/chooser.h"
#include "scheduler/mig/fleet.h"
#include "scheduler/mig/fleet_policy.h"

namespace tangram::scheduler::mig {

class FleetChooser {
 public:
  struct Choice {
    size_t kind = 0;
    Chooser::Choice on;  // the card by its place among those of the kind
    friend bool operator==(const Choice&, const Choice&) = default;
  };

  FleetChooser(const Fleet& fleet, FleetPolicy policy);

  const Fleet& fleet() const { return *fleet_; }
  // `cards` are by kind. Nothing when no card of any kind has room.
  std::optional<Choice> Choose(const std::vector<CardGroups>& cards, size_t request) const;

 private:
  const Fleet* fleet_;
  FleetPolicy policy_;
  std::vector<Chooser> choosers_;  // by kind
};

}  // namespace tangram::scheduler::mig

#endif  // SCHEDULER_MIG_FLEET_CHOOSER_H_
