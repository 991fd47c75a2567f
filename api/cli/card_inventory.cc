#include "api/cli/card_inventory.h"

#include <cstdint>
#include <utility>

#include "api/cli/watch_log.h"

namespace tangram::api::cli {

void CardInventory::Put(nvidia::ResourceSlice slice) {
  const model::MutexLock lock(mutex_);
  PutLocked(std::move(slice));
}

void CardInventory::Remove(const std::string& name) {
  const model::MutexLock lock(mutex_);
  RemoveLocked(name);
}

void CardInventory::Replace(std::vector<nvidia::ResourceSlice> slices) {
  const model::MutexLock lock(mutex_);
  heard_ = true;
  slices_.clear();
  by_node_.clear();
  pools_.clear();
  for (nvidia::ResourceSlice& slice : slices) PutLocked(std::move(slice));
}

void CardInventory::NoteRefused() {
  const model::MutexLock lock(mutex_);
  heard_ = true;
}

bool CardInventory::heard() const {
  const model::MutexLock lock(mutex_);
  return heard_;
}

void CardInventory::PutLocked(nvidia::ResourceSlice slice) {
  RemoveLocked(slice.name);
  if (slice.pool.empty()) return;
  ++pools_[slice.pool][slice.generation];
  if (!slice.node.empty()) by_node_[slice.node].insert(slice.name);
  std::string name = slice.name;
  slices_.insert_or_assign(std::move(name), std::move(slice));
}

void CardInventory::RemoveLocked(const std::string& name) {
  const auto known = slices_.find(name);
  if (known == slices_.end()) return;
  const nvidia::ResourceSlice& slice = known->second;
  const auto pool = pools_.find(slice.pool);
  const auto generation = pool->second.find(slice.generation);
  if (--generation->second == 0) pool->second.erase(generation);
  if (pool->second.empty()) pools_.erase(pool);
  if (const auto of_node = by_node_.find(slice.node); of_node != by_node_.end()) {
    of_node->second.erase(name);
    if (of_node->second.empty()) by_node_.erase(of_node);
  }
  slices_.erase(known);
}

std::vector<nvidia::KnownCard> CardInventory::CardsOf(const std::string& node) const {
  const model::MutexLock lock(mutex_);
  const auto names = by_node_.find(node);
  if (names == by_node_.end()) return {};
  std::map<std::string, nvidia::KnownCard> cards;  // a card of two slices is one
  for (const std::string& name : names->second) {
    const nvidia::ResourceSlice& slice = slices_.at(name);
    const auto& [newest, there] = *pools_.at(slice.pool).rbegin();
    if (slice.generation < newest || there < slice.pool_slices) continue;
    for (const nvidia::KnownCard& card : slice.cards) {
      const auto [known, added] = cards.emplace(card.uuid, card);
      if (!added && known->second.memory_mib == 0) known->second.memory_mib = card.memory_mib;
    }
  }
  std::vector<nvidia::KnownCard> sorted;
  sorted.reserve(cards.size());
  for (auto& [uuid, card] : cards) sorted.push_back(std::move(card));
  return sorted;
}

void ResourceSliceSink::BeginReplace() { listed_.clear(); }

void ResourceSliceSink::Object(std::string_view json) {
  auto slice = nvidia::ReadResourceSlice(json);
  if (slice.ok()) {
    listed_.push_back(*std::move(slice));
  } else {
    LogUndecodable(log_, "ResourceSlice", slice.status());
  }
}

void ResourceSliceSink::EndReplace(std::string_view) {
  inventory_.Replace(std::exchange(listed_, {}));
}

void ResourceSliceSink::Upsert(std::string_view json) {
  listed_.clear();
  Object(json);
  if (listed_.empty()) return Delete(json);
  inventory_.Put(std::move(listed_.front()));
  listed_.clear();
}

void ResourceSliceSink::Delete(std::string_view json) {
  if (const auto name = nvidia::ReadSliceName(json); name.ok()) inventory_.Remove(*name);
}

void ResourceSliceSink::Connected(bool connected) {
  LogConnected(log_, "ResourceSlice", connected);
}

}  // namespace tangram::api::cli
