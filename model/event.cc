// What makes an event contradict itself.
#include "model/event.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "model/shown.h"

namespace tangram::model {
namespace {

absl::Status CheckNotEmpty(std::string_view what, std::string_view text) {
  if (!text.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(std::string(what), " is empty: allowed is any non-empty text"));
}

absl::Status CheckRange(const std::string& object, std::string_view field, int64_t value,
                        int64_t largest) {
  if (value >= 0 && value <= largest) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(object, ": ", std::string(field), " is ", value, ": allowed is 0 to ", largest));
}

absl::Status CheckGpu(const std::string& node, const Gpu& gpu) {
  if (gpu.uuid.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(node, ": a card with index ", gpu.index, " has an empty UUID"));
  }
  const std::string card = absl::StrCat(node, ", card ", Shown(gpu.uuid));
  absl::Status status = CheckRange(card, "count", gpu.slots.value(), Slots::kMax);
  status.Update(CheckRange(card, "devmem", gpu.memory.value(), Mebibytes::kMax));
  status.Update(CheckRange(card, "devcore", gpu.cores.value(), CorePercent::kMax));
  return status;
}

absl::Status CheckDuplicates(const std::string& node, const std::vector<Gpu>& gpus) {
  std::vector<std::string_view> uuids;
  uuids.reserve(gpus.size());
  for (const Gpu& gpu : gpus) uuids.push_back(gpu.uuid);
  std::sort(uuids.begin(), uuids.end());
  const auto twice = std::adjacent_find(uuids.begin(), uuids.end());
  if (twice == uuids.end()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(node, ": UUID ", Shown(*twice), " is named twice: allowed is once"));
}

absl::Status CheckHost(const std::string& object, const HostResources& host) {
  absl::Status status = CheckRange(object, "cpu in thousandths", host.cpu_milli, kHostMost);
  status.Update(CheckRange(object, "memory in MiB", host.memory_mib, kHostMost));
  return status;
}

// Also of the order in which pools and counts are kept.
template <typename Named>
absl::Status CheckNames(const std::string& object, const std::vector<Named>& named) {
  for (size_t i = 0; i < named.size(); ++i) {
    if (named[i].resource.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(object, ": a resource has an empty name"));
    }
    if (i == 0 || named[i - 1].resource < named[i].resource) continue;
    return absl::InvalidArgumentError(absl::StrCat(object, ": resource ", Shown(named[i].resource),
                                                   " is named twice or out of order"));
  }
  return absl::OkStatus();
}

absl::Status CheckPools(const std::string& node, const NodeSpec& spec) {
  if (!spec.gpus.empty() && (!spec.pools.empty() || spec.pool_block != PoolBlock::kNone)) {
    return absl::InvalidArgumentError(
        absl::StrCat(node, ": allowed are cards or pools, and both are given"));
  }
  absl::Status status = CheckNames(node, spec.pools);
  for (const Pool& pool : spec.pools) {
    const std::string where = absl::StrCat(node, ", resource ", Shown(pool.resource));
    status.Update(CheckRange(where, "allocatable", pool.count, kMaxKubeletGpus));
    status.Update(CheckRange(where, "memory in MiB", pool.memory.value(), Mebibytes::kMax));
    if (pool.replicas < 1 || pool.replicas > kMaxKubeletGpus) {
      status.Update(absl::InvalidArgumentError(
          absl::StrCat(where, ": replicas is ", pool.replicas, ": allowed is >= 1")));
    }
  }
  return status;
}

absl::Status Check(const NodeUpserted& event) {
  if (absl::Status status = CheckNotEmpty("node name", event.spec.name); !status.ok())
    return status;
  const std::string node = absl::StrCat("node ", Shown(event.spec.name));
  for (const Gpu& gpu : event.spec.gpus) {
    if (absl::Status status = CheckGpu(node, gpu); !status.ok()) return status;
  }
  if (const auto allocatable = event.spec.allocatable_gpus; allocatable.value_or(0) < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(node, ": allocatable nvidia.com/gpu is ", *allocatable, ": allowed is >= 0"));
  }
  if (event.spec.host.has_value()) {
    if (absl::Status status = CheckHost(node, *event.spec.host); !status.ok()) return status;
  }
  if (absl::Status status = CheckPools(node, event.spec); !status.ok()) return status;
  return CheckDuplicates(node, event.spec.gpus);
}

absl::Status Check(const NodeRemoved& event) { return CheckNotEmpty("node name", event.name); }

absl::Status CheckPlace(const std::string& uid, const std::string& node, int64_t kubelet_gpus,
                        const HostResources& host, const ResourceCounts& counted) {
  absl::Status status = CheckNotEmpty("pod uid", uid);
  status.Update(CheckNotEmpty("node name of a pod", node));
  if (!status.ok()) return status;
  const std::string pod = absl::StrCat("pod ", Shown(uid));
  status.Update(CheckRange(pod, "nvidia.com/gpu", kubelet_gpus, kMaxKubeletGpus));
  status.Update(CheckHost(pod, host));
  status.Update(CheckNames(pod, counted));
  for (const ResourceCount& asked : counted) {
    status.Update(CheckRange(pod, asked.resource, asked.count, kMaxKubeletGpus));
  }
  return status;
}

absl::Status Check(const PodBooked& event) {
  absl::Status status =
      CheckPlace(event.uid, event.node, event.kubelet_gpus, event.host, event.counted);
  if (!status.ok()) return status;
  for (const AllocationSlot& slot : event.allocation.slots) {
    for (const CardShare& share : slot.shares) {
      if (share.memory.value() >= 0 && share.cores.value() >= 0) continue;
      const std::string where =
          absl::StrCat("pod ", Shown(event.uid), ", card ", Shown(share.uuid));
      status.Update(CheckRange(where, "memory", share.memory.value(), Mebibytes::kMax));
      status.Update(CheckRange(where, "cores", share.cores.value(), CorePercent::kMax));
      return status;
    }
  }
  return absl::OkStatus();
}

absl::Status Check(const PodUnaccounted& event) {
  return CheckPlace(event.uid, event.node, event.kubelet_gpus, event.host, event.counted);
}

absl::Status Check(const DraResourcesListed& event) {
  for (const std::string& resource : event.resources) {
    if (absl::Status status = CheckNotEmpty("resource of a device class", resource); !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

absl::Status Check(const PodReleased& event) { return CheckNotEmpty("pod uid", event.uid); }

}  // namespace

absl::Status Validate(const Event& event) {
  return std::visit([](const auto& alternative) { return Check(alternative); }, event);
}

}  // namespace tangram::model
