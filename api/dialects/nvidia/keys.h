// The resource names and node labels of NVIDIA's own stack: device plugin, GPU Feature Discovery
// (GFD), MIG manager, operator.
//
// Names follow the device plugin v0.20. Nobody else spells one of these out.
#ifndef API_DIALECTS_NVIDIA_KEYS_H_
#define API_DIALECTS_NVIDIA_KEYS_H_

#include <string_view>

namespace tangram::api::nvidia {

// Resources. kGpu itself is HAMi's count name as well (model::kGpuResource).
inline constexpr std::string_view kDomain = "nvidia.com/";
inline constexpr std::string_view kSharedGpu = "nvidia.com/gpu.shared";
inline constexpr std::string_view kMigPrefix = "nvidia.com/mig-";
inline constexpr std::string_view kSharedSuffix = ".shared";
// What every device class is called as a resource, beside a name of its own.
inline constexpr std::string_view kDeviceClassPrefix = "deviceclass.resource.kubernetes.io/";
// The end of the names of the classes of NVIDIA's DRA driver: gpu.nvidia.com, mig.nvidia.com.
inline constexpr std::string_view kDriverClassSuffix = ".nvidia.com";

// Labels, without kDomain.
inline constexpr std::string_view kProduct = "gpu.product";
inline constexpr std::string_view kMemory = "gpu.memory";
inline constexpr std::string_view kCount = "gpu.count";
inline constexpr std::string_view kReplicas = "gpu.replicas";
inline constexpr std::string_view kSharing = "gpu.sharing-strategy";
inline constexpr std::string_view kPresent = "gpu.present";
inline constexpr std::string_view kDeployPrefix = "gpu.deploy.";
inline constexpr std::string_view kMigStrategy = "mig.strategy";
inline constexpr std::string_view kMigConfig = "mig.config";
inline constexpr std::string_view kMigConfigState = "mig.config.state";
inline constexpr std::string_view kVgpuPresent = "vgpu.present";

// Whether a container asks for that resource by count alone, and it is ours to give or to refuse:
// shared cards, MIG instances, and the classes of NVIDIA's DRA driver, which are refused.
constexpr bool IsCounted(std::string_view resource) {
  if (resource == kSharedGpu || resource.starts_with(kMigPrefix)) return true;
  return resource.starts_with(kDeviceClassPrefix) && resource.ends_with(kDriverClassSuffix);
}

}  // namespace tangram::api::nvidia

#endif  // API_DIALECTS_NVIDIA_KEYS_H_
