// The best node for a demand, kept up to date: what a decision costs is what changed since the last
// one like it.
//
// Nodes stand in a fixed order, which decides among equal scores. For every demand asked so far a
// tournament over all nodes is kept; asking again judges only the nodes that changed since. Nodes
// in the same state are judged once: a state has a number as long as some node is in it, and a
// verdict is kept under the demand and that number.
//
// Nodes may fill up and get free again for ever: what is kept is bounded by the nodes and by
// kMostShapes demands, of which the one asked longest ago is forgotten first.
//
// Not thread-safe; deterministic: the same calls give the same answers, with reuse or without.
#ifndef SCHEDULER_PLACEMENT_INDEX_H_
#define SCHEDULER_PLACEMENT_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "absl/container/node_hash_map.h"
#include "scheduler/node_view.h"
#include "scheduler/split_mix.h"
#include "scheduler/view_policy.h"

namespace tangram::scheduler {

class PlacementIndex {
 public:
  static constexpr size_t kMostShapes = 1024;

  // `policy` must outlive this or the next SetPolicy. Without `reuse` every asking judges every
  // node anew, alike. `seed` is of what the policy leaves to chance.
  PlacementIndex(std::vector<NodeView> nodes, ViewPolicy& policy, bool reuse = true,
                 uint64_t seed = 0);

  struct Place {
    size_t node = 0;  // position in the given order
    ViewPolicy::Choice choice;
  };
  // The best place, the first of equals unless the policy draws; nullopt when the pod fits nowhere.
  std::optional<Place> Best(const Demand& demand);
  // Replaces the state of a node.
  void Update(size_t node, const NodeView& view);

  // Has the policy look at the cluster, where so many pods leave for each that arrives. Judgements
  // that count no more are made anew.
  void RefreshPolicy(double departures);
  // Another policy judges from now on. It must outlive this or the next SetPolicy.
  void SetPolicy(ViewPolicy& policy);

  const std::vector<NodeView>& nodes() const { return nodes_; }
  // Distinct states at present, and judgements made so far.
  size_t states() const { return numbers_.size(); }
  uint64_t judgements() const { return judgements_; }

 private:
  struct Verdict {
    uint32_t age = 0;    // of the state it was made for; 0 = of none
    uint32_t epoch = 0;  // of the policy's prices; 0 = holds in any
    int8_t card = -1;
    int64_t score = 0;
  };
  // One demand and its tournament: a complete binary tree whose leaves are the nodes.
  struct Shape {
    std::vector<int64_t> best;      // [1] is the root; kUnfit where nothing fits
    std::vector<int8_t> cards;      // by node
    std::vector<Verdict> verdicts;  // by state number
    uint64_t seen = 0;              // how many changes are in the tree
    uint32_t epoch = 0;             // of the prices that the tree was made with
    uint64_t asked = 0;             // the last time, counted in askings
  };
  struct State {
    uint32_t number = 0;
    uint32_t age = 0;
    uint32_t nodes = 0;
  };
  struct Hash {
    size_t operator()(const NodeView& view) const;
  };

  void Enter(size_t node);
  void Leave(size_t node);
  Verdict Judge(Shape& shape, const Demand& demand, size_t node);
  void BringUpToDate(Shape& shape, const Demand& demand);
  Shape& ShapeOf(const Demand& demand);
  Place Drawn(const Shape& shape, const Demand& demand);
  void SetLeaf(Shape& shape, size_t node, const Verdict& verdict) const;

  ViewPolicy* policy_;
  const bool reuse_;
  SplitMix chance_;
  std::vector<NodeView> nodes_;
  size_t leaves_ = 1;  // a power of two, at least the number of nodes
  std::map<Demand, Shape> shapes_;
  // The last changes: the position of the node that made change number n is at n modulo the size,
  // which is leaves_. Who missed more looks at all nodes.
  std::vector<uint32_t> changes_;
  uint64_t changed_ = 0;  // how many there were
  uint64_t asked_ = 0;
  std::vector<uint64_t> looked_at_;
  uint64_t refreshes_ = 0;
  absl::node_hash_map<NodeView, State, Hash> numbers_;
  std::vector<State*> state_of_;  // by node
  std::vector<uint32_t> unused_;
  uint32_t last_number_ = 0;
  uint32_t last_age_ = 0;
  uint32_t epoch_ = 1;  // grows when the policy's prices change
  uint64_t judgements_ = 0;
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_PLACEMENT_INDEX_H_
