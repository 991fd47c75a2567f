// Every annotation, label and resource name that Tangram reads or writes on Kubernetes objects.
//
// HAMi's names follow HAMi v2.10; names of our own begin with tangram.dev/. Nobody else spells one
// of these out.
#ifndef API_DIALECTS_HAMI_KEYS_H_
#define API_DIALECTS_HAMI_KEYS_H_

#include <string_view>

namespace tangram::api::hami {

// Node annotations.
inline constexpr std::string_view kNodeRegister = "hami.io/node-nvidia-register";
inline constexpr std::string_view kNodeCordon = "hami.io/device-cordon";
inline constexpr std::string_view kNodeLock = "hami.io/mutex.lock";
// Of no use but to tell who runs a node without a register (agent_signs.h): HAMi's hand-shake, and
// what other agents write, those of HAMi before its rename and Volcano's.
inline constexpr std::string_view kNodeHandshake = "hami.io/node-handshake";
inline constexpr std::string_view kForeignAgents[] = {
    "4pd.io/node-nvidia-register",
    "4pd.io/node-handshake",
    "volcano.sh/node-vgpu-register",
    "volcano.sh/node-vgpu-handshake",
};
// Node label, by which HAMi's chart chooses the nodes of its agent for NVIDIA's cards.
inline constexpr std::string_view kAgentLabel = "gpu";
inline constexpr std::string_view kAgentLabelOn = "on";
// Patched on one node so that kube-scheduler tries waiting pods again; the value is a number that
// changes.
inline constexpr std::string_view kNodeWake = "tangram.dev/wake";

// Pod annotations that a user writes.
inline constexpr std::string_view kNodePolicy = "hami.io/node-scheduler-policy";
inline constexpr std::string_view kCardPolicy = "hami.io/gpu-scheduler-policy";
inline constexpr std::string_view kScoringWeights = "hami.io/device-scoring-weights";
inline constexpr std::string_view kUseTypes = "nvidia.com/use-gputype";
inline constexpr std::string_view kAvoidTypes = "nvidia.com/nouse-gputype";
inline constexpr std::string_view kUseUuids = "nvidia.com/use-gpuuuid";
inline constexpr std::string_view kAvoidUuids = "nvidia.com/nouse-gpuuuid";
inline constexpr std::string_view kNumaBind = "nvidia.com/numa-bind";
inline constexpr std::string_view kModes = "nvidia.com/vgpu-mode";
// A MIG profile for all containers, or "container=profile" in a comma list.
inline constexpr std::string_view kMigProfile = "tangram.dev/mig-profile";

// Patched on a pod so that Bindings posted before find another resourceVersion; the value is the
// one that the pod had.
inline constexpr std::string_view kPodFence = "tangram.dev/fence";

// Pod annotations that a bind writes.
inline constexpr std::string_view kPodNode = "hami.io/vgpu-node";
inline constexpr std::string_view kPodTime = "hami.io/vgpu-time";
inline constexpr std::string_view kBindPhase = "hami.io/bind-phase";
inline constexpr std::string_view kBindTime = "hami.io/bind-time";
inline constexpr std::string_view kToAllocate = "hami.io/vgpu-devices-to-allocate";
inline constexpr std::string_view kAllocated = "hami.io/vgpu-devices-allocated";
inline constexpr std::string_view kMigAllocations = "hami.io/vgpu-mig-allocations";

// Pod label, by which HAMi's node monitor finds the pods of its node.
inline constexpr std::string_view kPodNodeLabel = "hami.io/vgpu-node";

// Values of kBindPhase.
inline constexpr std::string_view kPhaseAllocating = "allocating";
inline constexpr std::string_view kPhaseSuccess = "success";
inline constexpr std::string_view kPhaseFailed = "failed";

// Second field of a device assignment; HAMi's plugin looks for this word to tell whether slots are
// left to serve.
inline constexpr std::string_view kVendorWord = "NVIDIA";

// The resource names that a container asks by (HAMi's defaults).
struct ResourceNames {
  std::string_view count = "nvidia.com/gpu";
  std::string_view memory = "nvidia.com/gpumem";
  std::string_view memory_percentage = "nvidia.com/gpumem-percentage";
  std::string_view cores = "nvidia.com/gpucores";
};
inline constexpr ResourceNames kDefaultResourceNames;

}  // namespace tangram::api::hami

#endif  // API_DIALECTS_HAMI_KEYS_H_
