// HAMi's reservations of MIG instances (annotation hami.io/vgpu-mig-allocations, HAMi v2.10).
//
// A JSON array, one element for each device entry of the assignment that is an instance:
//   {"containerIndex":0,"deviceIndex":0,"gpuUUID":"GPU-a","profile":"1g.10gb",
//    "placement":{"start":6,"size":1}}
// containerIndex is the slot, deviceIndex the position in it. Once the instance is made, HAMi's
// plugin adds "migUUID", "gpuInstanceID" and "computeInstanceID". Pure functions, callable from any
// thread, for any text.
#ifndef API_DIALECTS_HAMI_MIG_ALLOCATIONS_H_
#define API_DIALECTS_HAMI_MIG_ALLOCATIONS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "model/allocation.h"

namespace tangram::api::hami {

struct MigReservation {
  int32_t container = 0;
  int32_t device = 0;
  std::string uuid;
  model::MigInstance instance;
  friend bool operator==(const MigReservation&, const MigReservation&) = default;
};

// The text for the shares that are instances, in the order of the slots; empty when none is.
std::string EncodeMigAllocations(const model::Allocation& allocation);

// InvalidArgument, naming element, field, value and what is allowed: broken JSON, a negative index
// or start, an empty gpuUUID or profile, a size below 1, a container and device that come twice,
// and some of the three fields of the plugin without the others.
absl::StatusOr<std::vector<MigReservation>> DecodeMigAllocations(std::string_view text);

// Gives the reservations to the shares of their cards, card by card in the order of both (HAMi
// v2.10's rebuild): shares beyond them stay without an instance, reservations beyond the shares are
// spare.
void Reserve(const std::vector<MigReservation>& reservations, model::Allocation* allocation);

}  // namespace tangram::api::hami

#endif  // API_DIALECTS_HAMI_MIG_ALLOCATIONS_H_
