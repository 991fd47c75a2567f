// Which card gives how much to which container, and what that takes from each card.
//
// An Allocation is what the pod's annotation says (HAMi: hami.io/vgpu-devices-allocated), slot by
// slot. It names cards by UUID, so it survives a node that is described anew or goes and returns.
#ifndef MODEL_ALLOCATION_H_
#define MODEL_ALLOCATION_H_

#include <optional>
#include <string>
#include <vector>

#include "model/gpu.h"
#include "model/request.h"
#include "model/units.h"

namespace tangram::model {

// One card's part in one container: amounts as booked, percent already resolved to MiB (and to
// compute units where the card has them).
struct CardShare {
  std::string uuid;
  Mebibytes memory;
  CorePercent cores;
  // On a card in MIG mode: the instance that it is.
  std::optional<MigInstance> instance = std::nullopt;
  Vendor vendor = Vendor::kNvidia;
  std::string product = {};  // the card's type; told of AMD's cards alone, which are booked with it
  friend bool operator==(const CardShare&, const CardShare&) = default;
};

struct AllocationSlot {
  ContainerKind kind = ContainerKind::kApp;
  std::vector<CardShare> shares;  // empty: the container uses no card
  friend bool operator==(const AllocationSlot&, const AllocationSlot&) = default;
};

// An instance that is reserved for the pod and that no share is.
struct SpareInstance {
  std::string uuid;
  MigInstance instance;
  friend bool operator==(const SpareInstance&, const SpareInstance&) = default;
};

// Slots in HAMi's order: init containers (sidecars among them), then app containers.
struct Allocation {
  std::vector<AllocationSlot> slots;
  std::vector<SpareInstance> spare_instances = {};
  // The pod asked for cards that nobody uses (its own hami.io/gpu-scheduler-policy has `mutex`).
  bool alone = false;

  // True when no slot has a share.
  bool empty() const;
  friend bool operator==(const Allocation&, const Allocation&) = default;
};

// What the pod takes from one card.
struct CardDemand {
  std::string uuid;
  GpuUsage usage;
  std::vector<MigInstance> instances = {};  // sorted
  bool uncut = false;                       // some share is no instance
  bool spare = false;                       // some instance is no share's
  friend bool operator==(const CardDemand&, const CardDemand&) = default;
};

// Folds an allocation into what each card must set aside, sorted by UUID (the fold of HAMi 2.11):
// per card, memory, cores and slots (1 a share) are each the larger of the sum over sidecars and
// app containers, and of any init container's share beside those of the sidecars before it. With
// `init_finished` init containers count for nothing. Instances stay the pod's for its life; one
// that an init container and a later container name is one, which they use in turn. Shares without
// a UUID (the filler of HAMi <= 2.4) are left out. Every card of a pod that is `alone` counts it
// once (GpuUsage::alone). Sums stop at 2^31 - 1. Amounts of the shares must be >= 0.
std::vector<CardDemand> FoldDemand(const Allocation& allocation, bool init_finished);

}  // namespace tangram::model

#endif  // MODEL_ALLOCATION_H_
