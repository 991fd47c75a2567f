#include "model/name_table.h"

#include <algorithm>
#include <array>
#include <bit>

#include "model/check.h"

namespace tangram::model {

NameTable::NameTable(std::span<const std::string_view> names) {
  size_t bytes = 0;
  for (const std::string_view name : names) bytes += name.size();
  TANGRAM_CHECK(bytes <= UINT32_MAX && names.size() < kNoNode);
  slots_.resize(std::bit_ceil(names.size() * 5 / 4 + 1));
  text_.reserve(bytes);
  begins_.reserve(names.size() + 1);
  const size_t mask = slots_.size() - 1;
  for (size_t i = 0; i < names.size(); ++i) {
    begins_.push_back(static_cast<uint32_t>(text_.size()));
    if (names[i].empty()) continue;
    text_.append(names[i]);
    const size_t hash = StringHash()(names[i]);
    size_t at = hash & mask;
    while (slots_[at].index != kNoNode) at = (at + 1) & mask;
    slots_[at] = {TagOf(hash), static_cast<NodeIndex>(i)};
  }
  begins_.push_back(static_cast<uint32_t>(text_.size()));
}

NodeIndex NameTable::Look(size_t hash, std::string_view name) const {
  const size_t mask = slots_.size() - 1;
  for (size_t at = hash & mask; slots_[at].index != kNoNode; at = (at + 1) & mask) {
    const Slot& slot = slots_[at];
    if (slot.tag == TagOf(hash) && NameAt(slot.index) == name) return slot.index;
  }
  return kNoNode;
}

NodeIndex NameTable::FirstGuess(size_t hash) const {
  const size_t mask = slots_.size() - 1;
  for (size_t at = hash & mask; slots_[at].index != kNoNode; at = (at + 1) & mask) {
    if (slots_[at].tag == TagOf(hash)) return slots_[at].index;
  }
  return kNoNode;
}

// Blocks of names go through three steps, each of which calls for what the next one reads: hash,
// table, text.
void NameTable::FindEach(std::span<const std::string_view> names,
                         std::span<NodeIndex> indices) const {
  TANGRAM_CHECK(names.size() == indices.size());
  constexpr size_t kBlock = 16;
  const size_t mask = slots_.size() - 1;
  std::array<size_t, kBlock> hashes;
  for (size_t first = 0; first < names.size(); first += kBlock) {
    const size_t count = std::min(kBlock, names.size() - first);
    for (size_t i = 0; i < count; ++i) {
      hashes[i] = StringHash()(names[first + i]);
      __builtin_prefetch(&slots_[hashes[i] & mask]);
    }
    for (size_t i = 0; i < count; ++i) {
      const NodeIndex guess = FirstGuess(hashes[i]);
      if (guess != kNoNode) __builtin_prefetch(text_.data() + begins_[guess]);
    }
    for (size_t i = 0; i < count; ++i) indices[first + i] = Look(hashes[i], names[first + i]);
  }
}

}  // namespace tangram::model
