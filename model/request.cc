// Sums over the containers of a request.
#include "model/request.h"

#include <algorithm>

namespace tangram::model {

const CardConstraints* PodRequest::ConstraintsOn(Vendor vendor) const {
  if (vendor == Vendor::kNvidia) return &constraints;
  const auto found = other_constraints.find(vendor);
  return found == other_constraints.end() ? nullptr : &found->second;
}

bool PodRequest::empty() const {
  return std::all_of(containers.begin(), containers.end(),
                     [](const ContainerRequest& container) { return container.count == 0; });
}

int64_t KubeletGpuCount(const std::vector<ContainerRequest>& containers) {
  int64_t running = 0;   // app containers and sidecars
  int64_t sidecars = 0;  // those started before the init container at hand
  int64_t init_peak = 0;
  for (const ContainerRequest& container : containers) {
    const int64_t count = container.vendor == Vendor::kNvidia ? container.count : 0;
    if (container.kind == ContainerKind::kInit) {
      init_peak = std::max(init_peak, sidecars + count);
      continue;
    }
    running += count;
    if (container.kind == ContainerKind::kSidecar) sidecars += count;
  }
  return std::max(running, init_peak);
}

}  // namespace tangram::model
