// What a card is, and what is taken from it.
//
// A card (GPU of a node) is described once by the node's agent (`Gpu`, immutable until the node is
// described anew) and booked by pods (`GpuUsage`). `Card` is the two together in the compact form
// that the fit rules read: 40 bytes, no pointers.
#ifndef MODEL_GPU_H_
#define MODEL_GPU_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/mig_values.h"
#include "model/units.h"
#include "model/vendor.h"

namespace tangram::model {

namespace mig {
class CardTable;
}

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
  // Of a card in `mig` mode: what it can be cut into, as the agent says. Such a card takes nothing
  // when the list is empty or makes no sense (mig::CardTable::Create).
  std::vector<MigProfile> mig_profiles = {};
  // The agent cuts its cards by fixed geometries (`migtemplate`, HAMi 2.9): nothing is placed
  // there.
  bool mig_outdated = false;
  friend bool operator==(const Gpu&, const Gpu&) = default;
};

// What is taken from one card.
struct GpuUsage {
  Slots slots;
  Mebibytes memory;
  CorePercent cores;
  // Of a card in MIG mode: its state (mig::StateId of its table); 0 while nothing is cut.
  // kMigUnclear on any card whose instances nobody can tell: such a card takes nothing more. What a
  // pod takes of a card is listed apart, and this is 0 there.
  int32_t mig_state = 0;
  // How many of the pods there asked for cards that nobody else uses (Allocation::alone). Others
  // may join them (HAMi), and do so only where no other card takes them.
  int32_t alone = 0;
  friend auto operator<=>(const GpuUsage&, const GpuUsage&) = default;
};

// So many cards a node may have. One with more is kept in the books and takes no pod that asks for
// cards: what reasons about the cards of one node is sized by this.
inline constexpr size_t kMostCards = 64;

// GpuUsage::mig_state of a card with instances that overlap, that its table does not know, or that
// stand on a card which is not in MIG mode; and with shares of a MIG card that name no instance
// (HAMi v2.10 marks it unhealthy).
inline constexpr int32_t kMigUnclear = -1;

// Index into Snapshot::card_types(): cards of equal CardType share it, so that a request's type
// constraints are matched once per product and not once per card. Means nothing without the table
// of the same snapshot: the id of a product that went away is given to a later one.
using CardTypeId = uint16_t;

struct CardType {
  std::string type;
  std::string mode;
  Vendor vendor = Vendor::kNvidia;
  bool mig_outdated = false;
  std::vector<MigProfile> mig_profiles = {};
  // What these profiles come to; null when the card is not in MIG mode, or takes nothing there.
  std::shared_ptr<const mig::CardTable> mig = nullptr;

  // The type of a card, without its table.
  static CardType Of(const Gpu& gpu) {
    return {gpu.type, gpu.mode, gpu.vendor, gpu.mig_outdated, gpu.mig_profiles};
  }
  // The table follows from the rest.
  friend bool operator==(const CardType& a, const CardType& b) {
    return a.type == b.type && a.mode == b.mode && a.vendor == b.vendor &&
           a.mig_outdated == b.mig_outdated && a.mig_profiles == b.mig_profiles;
  }
};
// The mode of cards that are cut into MIG instances.
inline constexpr std::string_view kMigMode = "mig";

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

  // Taken beyond what there is, by somebody else's doing: such a card takes nothing more. Profiles
  // round compute up, so that a MIG card which is cut to the end may seem so.
  bool overcommitted() const {
    return used.slots > slots || used.memory > memory || used.cores > cores;
  }
  // Equal cards are one to every decision; the order itself means nothing.
  friend auto operator<=>(const Card&, const Card&) = default;
};

}  // namespace tangram::model

#endif  // MODEL_GPU_H_
