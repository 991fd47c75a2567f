// Sums over the containers of a request.
#include "model/request.h"

#include <algorithm>
#include <map>
#include <string_view>

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
  struct Sums {
    int64_t running = 0;
    int64_t sidecars = 0;
    int64_t init_peak = 0;
  };
  std::map<std::string_view, Sums> by_name;
  for (const ContainerCounts& container : containers) {
    for (const ResourceCount& asked : container.counts) {
      Sums& sums = by_name[asked.resource];
      if (container.kind == ContainerKind::kInit) {
        sums.init_peak = std::max(sums.init_peak, sums.sidecars + asked.count);
        continue;
      }
      sums.running += asked.count;
      if (container.kind == ContainerKind::kSidecar) sums.sidecars += asked.count;
    }
  }
  ResourceCounts counts;
  for (const auto& [name, sums] : by_name) {
    const int64_t most = std::min(std::max(sums.running, sums.init_peak), kMaxKubeletGpus);
    if (most != 0) counts.push_back({std::string(name), most});
  }
  return counts;
}

ResourceCounts MostAtOnce(const std::vector<ContainerCounts>& containers) {
  std::map<std::string_view, int64_t> by_name;
  for (const ContainerCounts& container : containers) {
    for (const ResourceCount& asked : container.counts) {
      int64_t& most = by_name[asked.resource];
      most = std::max(most, asked.count);
    }
  }
  ResourceCounts counts;
  for (const auto& [name, most] : by_name) {
    if (most > 0) counts.push_back({std::string(name), std::min(most, kMaxKubeletGpus)});
  }
  return counts;
}

}  // namespace tangram::model
