// A policy over cards of several kinds.
//
// Within a kind a policy is what it is for cards of one kind (policy.h): the best card and start.
// Between the kinds that would serve a request their best are compared by a number that means the
// same for every kind, the greatest wins, and equal ones go by the number of the card:
//
//   first-fit  all equal: the first card of the cluster with room
//   best-fit   the card with the fewest free slices, then the start that leaves most placements
//   mfi        where fragmentation, in slices, grows least
//   fgd-mig    where least is lost of free slices times the probability that a request (any, not
//              only those that the kind serves) fits
//   tangram    within a kind by its tuned values, whose unit is its own; between kinds as fgd-mig
//
// So a kind that few requests can use is taken before one that many can. With one kind nothing is
// compared. Deterministic; safe to read from any thread.
#ifndef SCHEDULER_MIG_FLEET_POLICY_H_
#define SCHEDULER_MIG_FLEET_POLICY_H_

#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "scheduler/mig/fleet.h"
#include "scheduler/mig/policy.h"
#include "scheduler/mig/tune_options.h"

namespace tangram::scheduler::mig {

// Of one kind.
struct KindPolicy {
  std::shared_ptr<const Policy> within;
  std::shared_ptr<const Policy> between;
};
// By kind.
using FleetPolicy = std::vector<KindPolicy>;

// The rule of that name, as above, for a kind that serves `part` of all requests.
KindPolicy BetweenKinds(std::string_view name, const model::mig::CardStates& states,
                        const KindMix& mix, std::shared_ptr<const Policy> within);

// `shares` are what the policy may know of the requests. `tangram` goes by fgd-mig. InvalidArgument
// lists the names there are.
absl::StatusOr<FleetPolicy> MakeFleetPolicy(std::string_view name, const Fleet& fleet,
                                            const Mix& shares);
// `tangram`, each kind tuned for what it may be asked for, on as many cards as it has or as the
// options say, whichever is less. Takes seconds a kind.
FleetPolicy TuneFleetPolicy(const Fleet& fleet, const Mix& shares, const TuneOptions& tuning);

// The options for cards of one kind.
TuneOptions TuningOf(const FleetKind& kind, TuneOptions tuning);

}  // namespace tangram::scheduler::mig

#endif  // SCHEDULER_MIG_FLEET_POLICY_H_
