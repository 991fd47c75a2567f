// What a node offers by count, by NVIDIA's labels and allocatable.
//
// For nodes run by the stock device plugin, with no agent of HAMi's. Pure functions, callable from
// any thread, for any text.
//
// What counts is status.allocatable: it says how many devices the kubelet will give out. Labels say
// what the devices are (product, memory, shared or not, profile), for the node as a whole: where it
// has cards of several models they cannot be told apart, and no card gets an invented identity.
// Where labels and allocatable disagree, allocatable is believed and a note names both.
//
//   nvidia.com/gpu                  whole cards; replicas where gpu.replicas is above 1, or where
//                                   the kubelet has more than gpu.count (then the quotient is the
//                                   factor), by time or by MPS as gpu.sharing-strategy says; MIG
//                                   instances under
//                                   strategy single (gpu.product ends with -MIG-<profile>); the
//                                   virtual card of a vGPU guest where vgpu.present is true
//   nvidia.com/gpu.shared           replicas under a name of their own
//   nvidia.com/mig-<profile>        MIG instances (strategy mixed), .shared for replicas of them
//
// The node gives none of NVIDIA's resources (model::PoolBlock) while mig.config.state is pending or
// rebooting, or any word that is not known; after it became failed; and where the operator's labels
// (gpu.present, gpu.deploy.*) or a resource of count 0 say that there were cards, none of GFD's
// labels does any more, and the kubelet counts no device. Where gpu.product ends with -MIG-INVALID
// it gives no nvidia.com/gpu. Other vendors' resources are not concerned. A node whose plugin runs
// without GFD has no label at all, and its cards are served as whole ones of unknown product.
#ifndef API_DIALECTS_NVIDIA_NODE_H_
#define API_DIALECTS_NVIDIA_NODE_H_

#include <string_view>

#include "api/dialects/nvidia/keys.h"
#include "api/dialects/stock/offer.h"

namespace tangram::api::nvidia {

// What is read of the node, whose labels stand there without kDomain, and what it comes to.
using stock::NodeFacts;
using stock::Offer;
Offer OfferOf(const NodeFacts& facts);

// Whether the plugin offers that resource.
constexpr bool IsOffered(std::string_view resource) {
  return resource == model::kGpuResource || (resource.starts_with(kDomain) && IsCounted(resource));
}

inline constexpr stock::StockVendor kStock = {
    .domain = kDomain,
    .offers = &IsOffered,
    .offer_of = &OfferOf,
};

}  // namespace tangram::api::nvidia

#endif  // API_DIALECTS_NVIDIA_NODE_H_
