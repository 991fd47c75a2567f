// One container of a pod: reading its resources and turning them into a request.
//
// For the .cc files of the codecs only.
#ifndef API_DIALECTS_HAMI_CONTAINER_H_
#define API_DIALECTS_HAMI_CONTAINER_H_

#include <cstdint>
#include <string_view>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "api/dialects/core/pod_host.h"
#include "api/dialects/hami/json_reader.h"
#include "api/dialects/hami/keys.h"
#include "api/dialects/hami/other_vendors.h"
#include "model/request.h"

namespace tangram::api::hami {

struct ContainerFields {
  std::string_view name;
  bool restarts_always = false;  // restartPolicy Always: of an init container, a sidecar
  ResourceAmounts limits;
  ResourceAmounts requests;
  ByOtherVendor<ResourceAmounts> other_limits;
  core::HostClaim host;
};

// Reads name, restartPolicy and resources of the container at `path`.
absl::Status ReadContainer(simdjson::ondemand::value value, const JsonPath& path,
                           const ResourceNames& names, ContainerFields& container);

// The count of NVIDIA's cards that the kubelet sees: 0 when it is absent, no integer or negative.
int32_t KubeletCount(const ContainerFields& container);

// What it asks for by count: limits, else requests, of what is given out by count alone; limits of
// other vendors' cards, which their stock plugins count. What is no integer above 0 asks for
// nothing.
model::ContainerCounts MakeCounts(const ContainerFields& container, model::ContainerKind kind);

// What the container asks for (HAMi v2.10; the rules stand at pod.h and at the vendors' dialects):
// cards of the first vendor of which it asks for any. `vendors` tells of how many it does.
model::ContainerRequest MakeRequest(const ContainerFields& container, model::ContainerKind kind,
                                    int& vendors);

}  // namespace tangram::api::hami

#endif  // API_DIALECTS_HAMI_CONTAINER_H_
