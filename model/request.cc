// Sums over the containers of a request.
#include "model/request.h"

#include <algorithm>

#include "model/event.h"

namespace tangram::model {

const CardConstraints* PodRequest::ConstraintsOn(Vendor vendor) const {
  if (vendor == Vendor::kNvidia) return &constraints;
  const auto found = other_constraints.find(vendor);
  return found == other_constraints.end() ? nullptr : &found->second;
}

bool PodRequest::asks_cards() const {
  return std::any_of(containers.begin(), containers.end(),
                     [](const ContainerRequest& container) { return container.count != 0; });
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
  return std::min(std::max(running, init_peak), kMaxKubeletGpus);
}

int64_t GpusByCount(const PodRequest& request) {
  return request.kubelet_gpus > 0 ? request.kubelet_gpus : KubeletGpuCount(request.containers);
}

ResourceCounts KubeletCounts(const std::vector<ContainerCounts>& containers) {
  ResourceCounts running;
  ResourceCounts sidecars;
  ResourceCounts peaks;
  for (const ContainerCounts& container : containers) {
    for (const ResourceCount& asked : container.counts) {
      if (container.kind == ContainerKind::kInit) {
        const int64_t peak = CountOf(sidecars, asked.resource) + asked.count;
        const int64_t known = CountOf(peaks, asked.resource);
        AddCount(asked.resource, std::max<int64_t>(peak - known, 0), &peaks);
        continue;
      }
      AddCount(asked.resource, asked.count, &running);
      if (container.kind == ContainerKind::kSidecar) {
        AddCount(asked.resource, asked.count, &sidecars);
      }
    }
  }
  for (const ResourceCount& peak : peaks) {
    const int64_t beyond = peak.count - CountOf(running, peak.resource);
    AddCount(peak.resource, std::max<int64_t>(beyond, 0), &running);
  }
  return running;
}

}  // namespace tangram::model
