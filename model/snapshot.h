// An immutable picture of the cluster at one version.
//
// Cheap to copy and to hold (a few shared pointers); safe to read from any thread while the cluster
// moves on. Nodes are kept in chunks that consecutive versions share, so publishing a version costs
// the nodes that changed and not the cluster.
#ifndef MODEL_SNAPSHOT_H_
#define MODEL_SNAPSHOT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "model/gpu.h"
#include "model/node.h"
#include "model/string_map.h"

namespace tangram::model {

namespace internal {
struct ClusterState;
}

// Position of a node; stable while the node is known, reused afterwards.
using NodeIndex = uint32_t;
inline constexpr NodeIndex kNoNode = UINT32_MAX;

class Snapshot {
 public:
  static constexpr size_t kChunk = 64;
  using Chunk = std::array<std::shared_ptr<const Node>, kChunk>;
  using Names = StringMap<NodeIndex>;

  Snapshot();

  // Grows by one with every event that changed something.
  uint64_t version() const { return version_; }
  // Positions run from 0 to capacity() - 1; At() is null for the unused ones.
  size_t capacity() const { return chunks_.size() * kChunk; }
  const Node* At(NodeIndex index) const { return (*chunks_[index / kChunk])[index % kChunk].get(); }
  // The node of that name, present or remembered for its pods; kNoNode when unheard of.
  NodeIndex Find(std::string_view name) const;
  // Every node that is known(), sorted by name.
  std::vector<const Node*> NodesByName() const;
  const std::vector<CardType>& card_types() const { return *card_types_; }

 private:
  friend struct internal::ClusterState;
  uint64_t version_ = 0;
  std::vector<std::shared_ptr<const Chunk>> chunks_;
  std::shared_ptr<const Names> names_;
  std::shared_ptr<const std::vector<CardType>> card_types_;
};

}  // namespace tangram::model

#endif  // MODEL_SNAPSHOT_H_
