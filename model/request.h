// What a pod asks for.
//
// One ContainerRequest per slot, in HAMi's slot order: init containers in spec order, then app
// containers. A native sidecar (init container with restartPolicy Always) keeps its slot among the
// init containers and counts as an app container for usage. Values only; filled by a dialect.
#ifndef MODEL_REQUEST_H_
#define MODEL_REQUEST_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/pool.h"
#include "model/units.h"
#include "model/vendor.h"

namespace tangram::model {

enum class ContainerKind : uint8_t { kInit, kSidecar, kApp };

// True for the containers that run side by side until the pod ends.
constexpr bool RunsWithApp(ContainerKind kind) { return kind != ContainerKind::kInit; }

// What one container asks of each of `count` different cards, where a card in MIG mode counts for
// as many as it can be cut for. count == 0: an empty slot.
struct ContainerRequest {
  ContainerKind kind = ContainerKind::kApp;
  int32_t count = 0;
  // MiB of each card; 0 = by percent.
  Mebibytes memory;
  // Percent of the card's registered memory, 1..100; only read when memory is 0. Truncating.
  int32_t memory_percent = 100;
  // Percent of the card's compute, >= 0; more than 100 counts as 100. 100 of a card that has
  // exactly 100 is exclusive use.
  CorePercent cores;
  // Whose cards. What a percent of compute is depends on it (CoresAreShareOfCard).
  Vendor vendor = Vendor::kNvidia;
  // When set, instances of this MIG profile ("1g.10gb") are asked for, and the amounts above are
  // not read.
  std::string mig_profile = {};
  friend bool operator==(const ContainerRequest&, const ContainerRequest&) = default;
};

// Conditions on the cards (HAMi v2.10 pod annotations). An empty list is no condition.
struct CardConstraints {
  // Lower case; a card passes when its type, lower-cased, contains one of use_types and none of
  // avoid_types.
  std::vector<std::string> use_types;
  std::vector<std::string> avoid_types;
  // Exact UUIDs.
  std::vector<std::string> use_uuids;
  std::vector<std::string> avoid_uuids;
  // All cards of one container from one NUMA node.
  bool numa_bind = false;
  // When set, a card's mode must be a substring of this text (nvidia.com/vgpu-mode).
  std::string modes;
  friend bool operator==(const CardConstraints&, const CardConstraints&) = default;
};

// Something asked for that cannot be meant: an amount that is none, a resource nobody knows. A pod
// with a fault fits nowhere, because to read it as asking for less would start it without its card.
struct RequestFault {
  // What stands where, its value, and what is allowed: for people, in one line without '%'.
  std::string text;
  // When set, there is no fault where some node offers this resource
  // (Snapshot::extended_resources).
  std::string unless_offered = {};
  friend bool operator==(const RequestFault&, const RequestFault&) = default;
};
// Of one request; more are not told.
inline constexpr size_t kMostFaults = 8;

// Everything that decides where a pod may run and how places compare.
struct PodRequest {
  std::vector<ContainerRequest> containers;
  CardConstraints constraints;  // on NVIDIA's cards
  // On the cards of other vendors, where there are any.
  std::map<Vendor, CardConstraints> other_constraints;
  // Names of policies the pod chose for itself; empty = the server's default. Spelled as in the
  // pod's annotation (hami.io/node-scheduler-policy, hami.io/gpu-scheduler-policy): the scheduler
  // interprets them, chains such as "binpack,numa" included.
  std::string node_policy;
  std::string card_policy;
  // The profile of kube-scheduler that places it (spec.schedulerName): chooses the node policy
  // where the pod names none.
  std::string profile;
  // Weights of the card score (hami.io/device-scoring-weights).
  struct Weights {
    int32_t slots = 1;
    int32_t cores = 1;
    int32_t memory = 1;
    friend bool operator==(const Weights&, const Weights&) = default;
  } weights;
  // What the kubelet counts against the node's allocatable `nvidia.com/gpu` (KubeletGpuCount).
  int64_t kubelet_gpus = 0;
  // The same of every other resource that is given out by count: instances of MIG profiles, shared
  // cards (KubeletCounts).
  ResourceCounts counted;
  // Of each of those resources the most that one container asks for.
  ResourceCounts counted_at_once = {};
  // At most kMostFaults, in the order of the containers.
  std::vector<RequestFault> faults = {};

  // What holds for that vendor's cards; null = nothing.
  const CardConstraints* ConstraintsOn(Vendor vendor) const;
  // Whether some container asks for a card, or a part of one.
  bool asks_cards() const;
  // True when it asks for no card and for nothing by count: such a pod books nothing, and fits
  // everywhere unless it has a fault.
  bool empty() const { return counted.empty() && !asks_cards(); }
  friend bool operator==(const PodRequest&, const PodRequest&) = default;
};

// The kubelet's count of `nvidia.com/gpu` for `containers`: the larger of the sum over app
// containers and sidecars, and of any init container together with the sidecars started before it
// (k8s.io/component-helpers PodRequests).
int64_t KubeletGpuCount(const std::vector<ContainerRequest>& containers);

// How many of kGpuResource the pod takes of a node that gives it out by count.
int64_t GpusByCount(const PodRequest& request);

// The same fold for the resources that containers name themselves, resource by resource.
struct ContainerCounts {
  ContainerKind kind = ContainerKind::kApp;
  ResourceCounts counts;
};
ResourceCounts KubeletCounts(const std::vector<ContainerCounts>& containers);
// Resource by resource the most that one of the containers names.
ResourceCounts MostAtOnce(const std::vector<ContainerCounts>& containers);

}  // namespace tangram::model

#endif  // MODEL_REQUEST_H_
