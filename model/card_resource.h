// The resources that ask for cards, whole or shared: one for each vendor.
//
// A node whose agent registers its cards serves them as shares of cards. Elsewhere the same name is
// a pool of what the stock plugin counts (pool.h). Of NVIDIA's, PodRequest::kubelet_gpus says how
// many a pod takes; of the others, PodRequest::counted does.
#ifndef MODEL_CARD_RESOURCE_H_
#define MODEL_CARD_RESOURCE_H_

#include <optional>
#include <string_view>

#include "model/pool.h"
#include "model/vendor.h"

namespace tangram::model {

constexpr std::string_view CardResource(Vendor vendor) {
  return vendor == Vendor::kAmd ? "amd.com/gpu" : kGpuResource;
}

// The domain that the vendor's resources have in common, with its '/'.
constexpr std::string_view ResourceDomain(Vendor vendor) {
  const std::string_view resource = CardResource(vendor);
  return resource.substr(0, resource.find('/') + 1);
}

// The vendor in whose domain the resource is; nothing for other vendors than these.
constexpr std::optional<Vendor> VendorOfResource(std::string_view resource) {
  for (const Vendor vendor : kVendors) {
    if (resource.starts_with(ResourceDomain(vendor))) return vendor;
  }
  return std::nullopt;
}

// Whether the resource asks for cards by that vendor's own name for them.
constexpr bool AsksForCards(std::string_view resource) {
  const std::optional<Vendor> vendor = VendorOfResource(resource);
  return vendor.has_value() && resource == CardResource(*vendor);
}

}  // namespace tangram::model

#endif  // MODEL_CARD_RESOURCE_H_
