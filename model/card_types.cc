// Numbers for products, counted.
#include "model/card_types.h"

#include <utility>

#include "model/check.h"
#include "model/mig/card_table.h"

namespace tangram::model::internal {

bool CardTypes::HasRoomFor(std::span<const Gpu> gpus) const {
  if (ids_.size() + gpus.size() <= kMost) return true;
  std::set<CardType, Less> added;
  for (const Gpu& gpu : gpus) {
    CardType type = CardType::Of(gpu);
    if (!ids_.contains(type)) added.insert(std::move(type));
  }
  return ids_.size() + added.size() <= kMost;
}

std::vector<CardTypeId> CardTypes::Acquire(std::span<const Gpu> gpus) {
  std::vector<CardTypeId> ids;
  ids.reserve(gpus.size());
  for (const Gpu& gpu : gpus) {
    CardType type = CardType::Of(gpu);
    const auto found = ids_.find(type);
    if (found != ids_.end()) {
      ++uses_[found->second];
      ids.push_back(found->second);
      continue;
    }
    if (unused_.empty()) {
      TANGRAM_CHECK(types_.size() < kMost);
      unused_.insert(static_cast<CardTypeId>(types_.size()));
      types_.emplace_back();
      uses_.push_back(0);
    }
    const CardTypeId id = *unused_.begin();
    unused_.erase(unused_.begin());
    ++revision_;
    type.mig = mig::TableOf(gpu);
    types_[id] = type;
    uses_[id] = 1;
    ids_.emplace(std::move(type), id);
    ids.push_back(id);
  }
  return ids;
}

void CardTypes::Release(CardTypeId id) {
  TANGRAM_CHECK(id < uses_.size() && uses_[id] > 0);
  if (--uses_[id] > 0) return;
  ++revision_;
  ids_.erase(types_[id]);
  types_[id] = CardType();
  unused_.insert(id);
}

}  // namespace tangram::model::internal
