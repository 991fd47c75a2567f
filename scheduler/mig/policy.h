// Where on which card an instance is made: one interface, five policies.
//
// A policy judges one hypothesis, this placement on a card in this state, by a number. Of all
// cards and starts the greatest number wins; equal ones go by card index, then by start. It orders
// and never refuses: an instance that fits somewhere is placed. Stateless apart from what it was
// made of, deterministic, and safe to call from any thread.
//
//   first-fit  all equal: the first card, the first start
//   best-fit   the card with the fewest free slices, there the start that leaves most placements
//   mfi        where fragmentation grows least; knows nothing of the requests to come
//   fgd-mig    where least is lost of free slices times the probability that a request fits
//   tangram    by a table of values that was tuned for the mix (tuner.h); as fgd-mig until then
#ifndef SCHEDULER_MIG_POLICY_H_
#define SCHEDULER_MIG_POLICY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "model/mig/card_states.h"
#include "scheduler/mig/state_values.h"

namespace tangram::scheduler::mig {

class Policy {
 public:
  virtual ~Policy() = default;
  virtual std::string_view name() const = 0;
  // `placement` is open in `before`. Comparable among the cards of one request. Above INT64_MIN.
  virtual int64_t Score(const model::mig::CardStates& states, model::mig::StateId before,
                        size_t placement) const = 0;
};

// Prefers the greatest values[after] - values[before], rounded to 2^-32 so that what is equal on
// paper ties. Values must be below 2^30.
std::unique_ptr<Policy> MakeValuePolicy(std::string_view name, StateValues values);

// best-fit: knows neither mix nor geometry ahead.
std::unique_ptr<Policy> MakeBestFit();

// The policy of that name; `mix` is what it may know of the requests to come. InvalidArgument lists
// the names there are.
absl::StatusOr<std::unique_ptr<Policy>> MakePolicy(std::string_view name,
                                                   const model::mig::CardStates& states,
                                                   const Mix& mix);
// All names, from the plainest on.
std::vector<std::string_view> PolicyNames();

}  // namespace tangram::scheduler::mig

#endif  // SCHEDULER_MIG_POLICY_H_
