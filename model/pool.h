// What a node offers by count alone: the kubelet picks the device, nobody else does.
//
// A node that NVIDIA's stock device plugin serves says how many devices of a resource it has and no
// more: whole cards, replicas of cards, MIG instances. Such a resource is a Pool. The books of a
// pool are one number, the sum of what the pods of the node ask for; no card is ever promised.
// Values only; filled by a dialect.
#ifndef MODEL_POOL_H_
#define MODEL_POOL_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/units.h"

namespace tangram::model {

// The resource that asks for cards, whole or shared. What pods ask of it is
// PodRequest::kubelet_gpus everywhere, and of no other name.
inline constexpr std::string_view kGpuResource = "nvidia.com/gpu";

// What the kubelet counts of one resource. Lists of these are sorted by name, name each resource
// once, and hold no zeros.
struct ResourceCount {
  std::string resource;
  int64_t count = 0;
  friend bool operator==(const ResourceCount&, const ResourceCount&) = default;
};
using ResourceCounts = std::vector<ResourceCount>;

// How many of that resource; 0 where the list does not name it.
int64_t CountOf(std::span<const ResourceCount> counts, std::string_view resource);
// Adds to the list, keeping it sorted. A count of 0 adds nothing.
void AddCount(std::string_view resource, int64_t count, ResourceCounts* counts);

// What one device of the pool is.
enum class PoolKind : uint8_t {
  kWholeCard,          // a card of its own
  kTimeSlicedReplica,  // a turn on a card that others use too: nothing is set aside
  kMpsReplica,         // an equal part of a card's memory and compute
  kMigInstance,        // an instance that the MIG manager cut
  kSharedMigInstance,  // a turn on such an instance
  kVgpuGuest,          // the virtual card of a guest: whole, of its profile's memory
};

// Why a node's pools may not be used now, whatever they count.
enum class PoolBlock : uint8_t {
  kNone,
  kMigConfigPending,  // the MIG manager is cutting the cards anew
  kMigConfigFailed,   // ... and did not succeed
  kMigInvalid,        // strategy single on cards that are not cut alike
  kDriverGone,        // there were cards, and nobody describes them any more
};

struct Pool {
  std::string resource;  // "nvidia.com/gpu", "nvidia.com/mig-1g.10gb.shared"
  int64_t count = 0;     // of it the node may give out (allocatable), >= 0
  PoolKind kind = PoolKind::kWholeCard;
  int64_t replicas = 1;  // how many share a device, >= 1
  Mebibytes memory;      // of a device before it is shared; 0 = not told
  std::string product;   // "NVIDIA-A100-SXM4-80GB", as labels spell it; may be empty
  std::string profile;   // of MIG instances: "1g.10gb"
  friend bool operator==(const Pool&, const Pool&) = default;
};

}  // namespace tangram::model

#endif  // MODEL_POOL_H_
