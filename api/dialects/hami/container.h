// One container of a pod: reading its resources and turning them into a request.
//
// For the .cc files of the codecs only.
#ifndef API_DIALECTS_HAMI_CONTAINER_H_
#define API_DIALECTS_HAMI_CONTAINER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "api/dialects/core/pod_host.h"
#include "api/dialects/hami/json_reader.h"
#include "api/dialects/hami/keys.h"
#include "api/dialects/hami/known_resources.h"
#include "api/dialects/hami/other_vendors.h"
#include "model/request.h"

namespace tangram::api::hami {

// An amount or a name in limits or requests that cannot be meant.
struct OddResource {
  bool limit = false;  // else a request
  std::string_view resource = {}, text = {};
  model::Quantity amount = {};
  Measure measure = Measure::kDevices;
  // When set, the resource is in no table.
  std::optional<Misspelt> misspelt = {};
};

// Of what is given out by count, in limits or requests of one container.
inline constexpr size_t kMostCountedNames = 64;
// Of names in domains of ours that nobody here knows, in the containers of a pod: looking for what
// was meant takes time.
inline constexpr size_t kMostUnknownNames = 128;

// What limits or requests say, vendor by vendor.
struct AskedAmounts {
  ResourceAmounts nvidia;
  ByOtherVendor<ResourceAmounts> others;

  ResourceAmounts& Of(size_t vendor) {
    return vendor == KnownResource::kNvidia ? nvidia : others[vendor];
  }
  const ResourceAmounts& Of(size_t vendor) const {
    return vendor == KnownResource::kNvidia ? nvidia : others[vendor];
  }
};

struct ContainerFields {
  std::string_view name;
  bool restarts_always = false;  // restartPolicy Always: of an init container, a sidecar
  AskedAmounts limits;
  AskedAmounts requests;
  absl::InlinedVector<OddResource, 1> odd;  // at most kMostFaults
  size_t unknown_names = 0;                 // so far, in this one and those before it
  bool too_many_names = false;              // of either kind: the rest is not read
  core::HostClaim host;

  // An amount of a vendor's: of the limits, else of the requests.
  const std::optional<model::Quantity>& Asked(
      size_t vendor, std::optional<model::Quantity> ResourceAmounts::*amount) const;
};

// Reads name, restartPolicy and resources of the container at `path`.
absl::Status ReadContainer(simdjson::ondemand::value value, const JsonPath& path,
                           const ResourceNames& names, ContainerFields& container);
// Reads resources alone: of the pod as a whole, where none of these may stand.
absl::Status ReadResources(simdjson::ondemand::value value, const JsonPath& path,
                           const ResourceNames& names, ContainerFields& container);

// The count of NVIDIA's cards that the kubelet sees: 0 when it is absent, no integer or negative.
int32_t KubeletCount(const ContainerFields& container);

// What it asks for by count: limits, else requests, of what is given out by count alone, and of
// other vendors' cards, which their stock plugins count. What is no integer above 0 asks for
// nothing (and is a fault: faults.h).
model::ContainerCounts MakeCounts(const ContainerFields& container, model::ContainerKind kind);

// What the container asks for (HAMi v2.10; the rules stand at pod.h and at the vendors' dialects):
// cards of the first vendor of which it asks for any. `vendors` tells of how many it does.
model::ContainerRequest MakeRequest(const ContainerFields& container, model::ContainerKind kind,
                                    int& vendors);

}  // namespace tangram::api::hami

#endif  // API_DIALECTS_HAMI_CONTAINER_H_
