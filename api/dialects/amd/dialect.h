// AMD's cards, shared by HAMi's AMD device plugin (HAMi v2.10). Without it: offer.h.
//
// What the plugin publishes: on the node the annotation hami.io/node-amd-register, a JSON array
// with for each card `id` (the UUID of AMD SMI), `count` (how many containers may share it, 10),
// `devmem` (MiB), `devcore` (its number of compute units, not percent), `type` (the product's name,
// or "amd-gpu" where the driver gives none), `numa`, `health`, and `custominfo` with the PCI
// address, which is passed over. Its assignment texts name the product where those of NVIDIA name
// the vendor, and compute units where those name percent.
//
// What it does not publish, and what follows:
//   - no handshake: a plugin that went away leaves its register behind. As in HAMi, the node's
//     capacity of amd.com/gpu tells: without it the cards count as unhealthy.
//   - no partitions (CPX, NPS): each is a card of its own, as the plugin lists it.
//   - no links between cards.
//   - whether all requests of kubelet's count are served: allocatable amd.com/gpu is not held
//     against the pods of the node, because their shares of cards are.
// HAMi 2.9's register of pseudo devices (vendor key AMDGPU) is not read: such a node has no cards.
// What is inferred and not documented: where a pod was scheduled by others with a gpucores outside
// 1 to 100, it counts as cut to that range, and a gpumem that is no integer from 0 to 2147483647
// drops the container's request, as with NVIDIA's. Tangram itself takes no such pod
// (hami/faults.h).
#ifndef API_DIALECTS_AMD_DIALECT_H_
#define API_DIALECTS_AMD_DIALECT_H_

#include "api/dialects/hami/vendor_dialect.h"
#include "model/card_resource.h"
#include "model/request.h"

namespace tangram::api::amd {

// count: an integer > 0, else nothing is asked for; memory: MiB a card, absent or 0 the whole card;
// cores: percent of the card's compute units, absent or no integer the whole. As HAMi reads limits
// alone, these are the limits, and the requests only where no limit stands.
model::ContainerRequest MakeRequest(const hami::ResourceAmounts& asked);

inline constexpr hami::VendorDialect kDialect = {
    .vendor = model::Vendor::kAmd,
    .candidate_word = "amd",
    .count = model::CardResource(model::Vendor::kAmd),
    .memory = "amd.com/gpumem",
    .cores = "amd.com/gpucores",
    .node_register = "hami.io/node-amd-register",
    .use_types = "amd.com/use-gputype",
    .avoid_types = "amd.com/nouse-gputype",
    .use_uuids = "amd.com/use-gpu-uuid",
    .avoid_uuids = "amd.com/nouse-gpu-uuid",
    .to_allocate = "hami.io/amd-devices-to-allocate",
    .allocated = "hami.io/amd-devices-allocated",
    .make_request = &MakeRequest,
};

}  // namespace tangram::api::amd

#endif  // API_DIALECTS_AMD_DIALECT_H_
