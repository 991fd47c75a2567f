// What a card is, and what is taken from it.
//
// A card (GPU of a node) is described once by the node's agent (`Gpu`, immutable until the node is
// described anew) and booked by pods (`GpuUsage`). `Card` is the two together in the compact form
// that the fit rules read: 32 bytes, no pointers.
#ifndef MODEL_GPU_H_
#define MODEL_GPU_H_

#include <compare>
#include <cstdint>
#include <string>

#include "model/units.h"
#include "model/vendor.h"

namespace tangram::model {

// One card as its node's agent registered it (HAMi: an element of hami.io/node-nvidia-register or
// node-amd-register).
struct Gpu {
  std::string uuid;   // identity everywhere; never a position
  int32_t index = 0;  // the agent's own number, for people
  Slots slots;        // how many containers may share it (`count`), >= 0
  Mebibytes memory;   // after the agent's memory scaling, >= 0
  // Usually 100; other values with core scaling; of AMD's cards compute units; >= 0.
  CorePercent cores;
  std::string type;  // product, e.g. "NVIDIA A100-SXM4-40GB"
  std::string mode;  // "hami-core", "mps", "mig"
  int32_t numa = 0;
  bool healthy = false;
  bool cordoned = false;  // named by the node's hami.io/device-cordon
  Vendor vendor = Vendor::kNvidia;
  friend bool operator==(const Gpu&, const Gpu&) = default;
};

// What is taken from one card.
struct GpuUsage {
  Slots slots;
  Mebibytes memory;
  CorePercent cores;
  friend auto operator<=>(const GpuUsage&, const GpuUsage&) = default;
};

// Index into Snapshot::card_types(): cards of equal CardType share it, so that a request's type
// constraints are matched once per product and not once per card. Means nothing without the table
// of the same snapshot: the id of a product that went away is given to a later one.
using CardTypeId = uint16_t;

struct CardType {
  std::string type;
  std::string mode;
  Vendor vendor = Vendor::kNvidia;

  // The type of a card.
  static CardType Of(const Gpu& gpu) { return {gpu.type, gpu.mode, gpu.vendor}; }
  friend bool operator==(const CardType&, const CardType&) = default;
};

// One card in the form that fit reads. Invariant: used.* >= 0.
struct Card {
  Slots slots;
  Mebibytes memory;
  CorePercent cores;
  int32_t numa = 0;
  CardTypeId type = 0;
  bool healthy = false;
  bool cordoned = false;
  GpuUsage used;  // last, so that cards of one kind are ordered by their use

  // Taken beyond what there is, by somebody else's doing: such a card takes nothing more.
  bool overcommitted() const {
    return used.slots > slots || used.memory > memory || used.cores > cores;
  }
  // Equal cards are one to every decision; the order itself means nothing.
  friend auto operator<=>(const Card&, const Card&) = default;
};

}  // namespace tangram::model

#endif  // MODEL_GPU_H_
