// From node names to positions, for thousands of lookups in a row.
//
// Immutable once built, so that snapshots share it. The table itself is eight bytes an entry and
// the names lie one after the other in the order of their positions: the names of a whole cluster
// and the table stay within the near caches, which a map of strings does not.
#ifndef MODEL_NAME_TABLE_H_
#define MODEL_NAME_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/string_map.h"

namespace tangram::model {

// Position of a node; stable while the node is known, reused afterwards.
using NodeIndex = uint32_t;
inline constexpr NodeIndex kNoNode = UINT32_MAX;

class NameTable {
 public:
  NameTable() : NameTable(std::span<const std::string_view>()) {}
  // `names[i]` is the name at position i; an empty one marks a position without a node. No name
  // twice; 4 GiB of names at most.
  explicit NameTable(std::span<const std::string_view> names);

  // The position of that name, or kNoNode.
  NodeIndex Find(std::string_view name) const { return Look(StringHash()(name), name); }
  // The same for many names: `indices` is parallel to them. Memory is called for ahead of its use,
  // which for thousands of names is most of the time.
  void FindEach(std::span<const std::string_view> names, std::span<NodeIndex> indices) const;

 private:
  struct Slot {
    uint32_t tag = 0;  // the upper half of the hash
    NodeIndex index = kNoNode;
  };

  static uint32_t TagOf(size_t hash) { return static_cast<uint32_t>(hash >> 32); }
  NodeIndex Look(size_t hash, std::string_view name) const;
  // The position that Look would compare `hash`'s name with first, or kNoNode.
  NodeIndex FirstGuess(size_t hash) const;
  std::string_view NameAt(NodeIndex index) const {
    return std::string_view(text_).substr(begins_[index], begins_[index + 1] - begins_[index]);
  }

  std::vector<Slot> slots_;  // open addressing; a power of two, a fifth of it empty
  std::string text_;
  std::vector<uint32_t> begins_;  // by position, and one past the last
};

}  // namespace tangram::model

#endif  // MODEL_NAME_TABLE_H_
