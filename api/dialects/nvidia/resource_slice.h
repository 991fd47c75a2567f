// ResourceSlices of NVIDIA's DRA driver -> which cards a node has.
//
// The stock device plugin says how many devices a node has. Where the DRA driver runs beside it
// (driver gpu.nvidia.com, resource.k8s.io/v1), its slices name each card: UUID, product, memory.
// Pure functions, callable from any thread, for any text.
//
// What this is good for: to show which cards stand behind a count, and to find out where labels
// are wrong. Of resources of the device plugin the kubelet still picks the device, so the books of
// such a node stay counts, and no pod is told a card.
//
// A device of type "gpu" is a card. Of a card that is cut, the driver may list the instances alone
// (type "mig"), each with the parent's UUID and product: such a card is known, its memory is not.
// Devices for pass-through (type "vfio") are the same cards once more and are left out.
#ifndef API_DIALECTS_NVIDIA_RESOURCE_SLICE_H_
#define API_DIALECTS_NVIDIA_RESOURCE_SLICE_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "model/pool.h"

namespace tangram::api::nvidia {

inline constexpr std::string_view kDraDriver = "gpu.nvidia.com";
// The field selector for its slices.
inline constexpr std::string_view kDraDriverSlices = "spec.driver=gpu.nvidia.com";

struct KnownCard {
  std::string uuid;
  std::string product;     // "NVIDIA A100-SXM4-80GB"; may be empty
  int64_t memory_mib = 0;  // 0 = not told
  friend bool operator==(const KnownCard&, const KnownCard&) = default;
};

struct ResourceSlice {
  std::string name;
  std::string node;  // empty where the slice is of no one node
  // Whose list of devices this is a part of; empty where the slice is another driver's.
  std::string pool;
  // A driver replaces the slices of a pool by such of a higher generation, one after the other.
  int64_t generation = 0;
  int64_t pool_slices = 1;       // so many the pool has of this generation, >= 1
  std::vector<KnownCard> cards;  // by UUID, each once
};

// InvalidArgument, naming the field, for broken JSON, wrong types, and a slice without a name.
absl::StatusOr<ResourceSlice> ReadResourceSlice(std::string_view json);
// Its name alone, whatever else is broken; InvalidArgument where that cannot be read either.
absl::StatusOr<std::string> ReadSliceName(std::string_view json);

// What the pools of a node (labels and allocatable) and its cards disagree about, in words that
// say which is believed: for placement that is labels and allocatable, always.
std::vector<std::string> Disagreements(std::span<const KnownCard> cards,
                                       std::span<const model::Pool> pools);

}  // namespace tangram::api::nvidia

#endif  // API_DIALECTS_NVIDIA_RESOURCE_SLICE_H_
