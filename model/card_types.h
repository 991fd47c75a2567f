// The table of products: cards of equal CardType share one small number.
//
// Internal to model/cluster: others read Snapshot::card_types(). Uses are counted, so that a number
// whose last card went away is given out again and the table stays as small as the cluster.
#ifndef MODEL_CARD_TYPES_H_
#define MODEL_CARD_TYPES_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "model/gpu.h"

namespace tangram::model::internal {

class CardTypes {
 public:
  // Distinct products at one time: what CardTypeId can number.
  static constexpr size_t kMost = size_t{UINT16_MAX} + 1;

  // Whether the products of `gpus` find a number, those they have already included.
  bool HasRoomFor(std::span<const Gpu> gpus) const;

  // The number of each card's product, one use added to each. HasRoomFor(gpus) must hold.
  std::vector<CardTypeId> Acquire(std::span<const Gpu> gpus);
  // Takes one use back.
  void Release(CardTypeId id);

  // By CardTypeId; an unused place holds an empty CardType.
  const std::vector<CardType>& types() const { return types_; }
  // By CardTypeId: how many cards have it.
  const std::vector<uint32_t>& uses() const { return uses_; }
  // Grows whenever types() changes.
  uint64_t revision() const { return revision_; }

 private:
  struct Less {
    bool operator()(const CardType& a, const CardType& b) const {
      return std::tie(a.type, a.mode, a.vendor, a.mig_outdated, a.mig_profiles) <
             std::tie(b.type, b.mode, b.vendor, b.mig_outdated, b.mig_profiles);
    }
  };

  std::vector<CardType> types_;
  std::vector<uint32_t> uses_;
  std::set<CardTypeId> unused_;  // lowest first, so that equal events give equal numbers
  std::map<CardType, CardTypeId, Less> ids_;
  uint64_t revision_ = 0;
};

}  // namespace tangram::model::internal

#endif  // MODEL_CARD_TYPES_H_
