// Intel's GPUs under Intel's own device plugin: devices that are counted, whole or shared.
//
// What the plugin publishes: a number of gpu.intel.com/i915 or gpu.intel.com/xe in allocatable, by
// the kernel driver that runs the devices. Of either it is the number of devices times the
// plugin's sharedDevNum, which says how many containers may use one device at a time. Nothing is
// set aside for any of them: neither memory nor compute is limited.
//
// What it does not publish, and what follows:
//   - sharedDevNum itself. Where labels tell the number of devices, and the count is a multiple of
//     it, the quotient is taken for sharedDevNum; an unhealthy device that the kubelet leaves out
//     can make a wrong quotient, or none, so it serves scores and what is shown, never the fit.
//     Without such a label each device counts as one of its own.
//   - which device a container gets: the plugin's allocation policy (none, balanced, packed) picks.
//   - memory of a device. Versions up to 0.31 with resource management had a label for the sum
//     (memory.max, bytes), which is read; since then nothing tells.
//   - a product, but for Flex and Max series (and a family for some others), by the rules that the
//     plugin ships for Node Feature Discovery. Labels speak of the node as a whole.
// Labels that are read, without their domain: device.count; else the sum over device-id.*.count;
// else the length of the list gpu-numbers, or cards of older versions; memory.max; product, family.
//
// Not read: i915_monitoring and xe_monitoring, one device that opens all, which is no placement;
// millicores, memory.max and tiles as resources, which older versions made for a scheduler of
// Intel's own; and devices of Intel's DRA driver.
#ifndef API_DIALECTS_INTEL_DIALECT_H_
#define API_DIALECTS_INTEL_DIALECT_H_

#include <array>
#include <string_view>

#include "api/dialects/stock/offer.h"

namespace tangram::api::intel {

inline constexpr std::array<std::string_view, 2> kCounted = {"gpu.intel.com/i915",
                                                             "gpu.intel.com/xe"};

// Whether a container asks for that resource by count, and it is ours to give.
constexpr bool IsCounted(std::string_view resource) {
  return resource == kCounted[0] || resource == kCounted[1];
}

stock::Offer OfferOf(const stock::NodeFacts& facts);

inline constexpr stock::StockVendor kStock = {
    .domain = "gpu.intel.com/",
    .offers = &IsCounted,
    .offer_of = &OfferOf,
};

}  // namespace tangram::api::intel

#endif  // API_DIALECTS_INTEL_DIALECT_H_
