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
#include <span>
#include <string_view>
#include <vector>

#include "model/gpu.h"
#include "model/name_table.h"
#include "model/node.h"
#include "model/node_state.h"
#include "model/state_row.h"

namespace tangram::model {

namespace internal {
struct ClusterState;
}

class Snapshot {
 public:
  static constexpr size_t kChunk = 64;
  struct StateRows {
    StateRow state;
    HostRow host;
  };
  struct Rows {
    std::array<StateRow, kChunk> states;
    std::array<HostRow, kChunk> hosts;
  };
  struct Chunk {
    std::array<StateRef, kChunk> states;
    std::array<StateRef, kChunk> kinds;
    std::array<std::shared_ptr<const Node>, kChunk> nodes;
  };

  Snapshot();

  // Grows by one with every event that changed something.
  uint64_t version() const { return version_; }
  // Positions run from 0 to capacity() - 1; At() is null for the unused ones.
  size_t capacity() const { return chunks_.size() * kChunk; }
  const Node* At(NodeIndex index) const {
    return chunks_[index / kChunk]->nodes[index % kChunk].get();
  }
  // The state of the node at that position, which must be in use. Equal for nodes in the same
  // state, in this and in other snapshots of the cluster with the same types_revision().
  StateRef StateOf(NodeIndex index) const {
    return chunks_[index / kChunk]->states[index % kChunk];
  }
  // That state in the form that is judged fastest.
  const StateRow& RowOf(StateRef state) const {
    return rows_[state.number / kChunk]->states[state.number % kChunk];
  }
  // What nodes in that state have left of CPU and memory (Node::HostLeft).
  HostResources HostLeft(StateRef state) const {
    const HostRow& row = rows_[state.number / kChunk]->hosts[state.number % kChunk];
    return {row.cpu_milli, row.memory_mib};
  }
  // What CPU and memory are cut down to in states.
  const HostBuckets& host_buckets() const { return host_buckets_; }
  // The kinds, by the number that StateRow::kind gives.
  std::span<const KindRow> kind_rows() const {
    return kind_rows_ != nullptr ? std::span<const KindRow>(*kind_rows_)
                                 : std::span<const KindRow>();
  }
  // State numbers are below this.
  size_t state_capacity() const { return state_capacity_; }
  // The same for the node's kind, which has numbers of its own.
  StateRef KindOf(NodeIndex index) const { return chunks_[index / kChunk]->kinds[index % kChunk]; }
  // The node of that name, present or remembered for its pods; kNoNode when unheard of.
  NodeIndex Find(std::string_view name) const { return names_->Find(name); }
  // The same for many names; `indices` is parallel to them.
  void FindEach(std::span<const std::string_view> names, std::span<NodeIndex> indices) const {
    names_->FindEach(names, indices);
  }
  // Every node that is known(), sorted by name.
  std::vector<const Node*> NodesByName() const;
  const std::vector<CardType>& card_types() const { return *card_types_; }
  // Grows when card_types() changes: a CardTypeId, and with it a state, may then mean another type.
  uint64_t types_revision() const { return types_revision_; }
  // Resources that DRA drivers give out, sorted: nobody else may.
  const std::vector<std::string>& dra_resources() const { return *dra_resources_; }
  // NodeSpec::extended_resources of all nodes, sorted, each once.
  const std::vector<std::string>& extended_resources() const { return *extended_resources_; }

 private:
  friend struct internal::ClusterState;
  uint64_t version_ = 0;
  std::vector<std::shared_ptr<const Chunk>> chunks_;
  std::vector<std::shared_ptr<const Rows>> rows_;  // by state number
  std::shared_ptr<const std::vector<KindRow>> kind_rows_;
  std::shared_ptr<const NameTable> names_;
  std::shared_ptr<const std::vector<CardType>> card_types_;
  uint64_t types_revision_ = 0;
  std::shared_ptr<const std::vector<std::string>> dra_resources_;
  std::shared_ptr<const std::vector<std::string>> extended_resources_;
  size_t state_capacity_ = 0;
  HostBuckets host_buckets_;
};

}  // namespace tangram::model

#endif  // MODEL_SNAPSHOT_H_
