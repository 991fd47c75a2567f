// HAMi's device assignment text (annotations hami.io/vgpu-devices-allocated and -to-allocate).
//
//   device    := <UUID> "," <vendor word> "," <memory MiB> "," <cores> ":"
//   container := device* ";"
//   value     := container*          init containers first (sidecars among them), then app
//   containers
//
// Example: ";GPU-a,NVIDIA,3000,30:;" is a pod whose second container has 3000 MiB and 30 cores of
// GPU-a. Each vendor has a text of its own on the pod; those of others than NVIDIA have the card's
// type where its have the vendor word ("3cff74a1-...,AMD Instinct MI300X,4096,152:;"). Pure
// functions, callable from any thread, for any text of any length.
#ifndef API_DIALECTS_HAMI_ASSIGNMENT_H_
#define API_DIALECTS_HAMI_ASSIGNMENT_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "model/allocation.h"
#include "model/request.h"

namespace tangram::api::hami {

// Writes the text of the vendor's shares: one slot per container, an empty slot for a container
// without such cards.
std::string EncodeAssignment(const model::Allocation& allocation,
                             model::Vendor vendor = model::Vendor::kNvidia);

// Whether some share is of a card of that vendor.
bool HasSharesOf(const model::Allocation& allocation, model::Vendor vendor);

// Reads the slots as they stand in the text. The empty piece behind the last ';' is no slot.
// Fillers without a UUID (",,0,0:", HAMi <= 2.4) are no share; a MIG suffix ("GPU-x[1-0]",
// HAMi 2.9) is cut off. InvalidArgument, naming slot, field and value: fewer than four fields, a
// number that is none, is negative, or exceeds int32.
absl::StatusOr<std::vector<std::vector<model::CardShare>>> DecodeSlots(
    std::string_view text, model::Vendor vendor = model::Vendor::kNvidia);

// Reads the text of a pod with these containers (all of them, in slot order; kind and count are
// looked at). Which slot is which container depends on who wrote it:
//   - one slot per container, trailing ones perhaps missing: position is identity;
//   - HAMi v2.10.0 drops empty slots (upstream issue 2899): the rest belong, in order, to the
//     containers that ask for cards;
//   - HAMi <= 2.8 writes app containers only.
// The first of these that agrees with what the containers ask of that vendor is taken. When none
// does, slots that match the containers in number stand where they are, others count as app usage:
// a sum, the safe side. The result has a slot for every container, more when there were more
// entries.
absl::StatusOr<model::Allocation> DecodeAssignment(
    std::string_view text, const std::vector<model::ContainerRequest>& containers,
    model::Vendor vendor = model::Vendor::kNvidia);

// Adds the shares of `more` slot by slot; slots that only `more` has are appended.
void AddShares(model::Allocation more, model::Allocation& allocation);

}  // namespace tangram::api::hami

#endif  // API_DIALECTS_HAMI_ASSIGNMENT_H_
