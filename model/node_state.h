// State classes: nodes of equal state are one to every decision.
//
// Two nodes are in the same state when nothing that fit and policies read tells them apart: their
// cards are equal, in whatever order, and so are the kubelet's counts, its pools and the other
// amounts of the node. CPU and memory count where policies weigh them, in buckets. Names and UUIDs
// are no part. A state gets a small number that lasts while some node is in it, so that what was
// decided for one node can be kept by number and reused for the others, and for the same node
// later. The *kind* of a node is the state that it would be in with nobody on it; a cluster has
// few.
#ifndef MODEL_NODE_STATE_H_
#define MODEL_NODE_STATE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/container/node_hash_map.h"
#include "model/node.h"
#include "model/string_map.h"

namespace tangram::model {

// A state in the table of one cluster. `number` is small and given again after the state went away;
// the pair is never given twice (within 2^32 states), and `age` is never 0.
struct StateRef {
  uint32_t number = 0;
  uint32_t age = 0;
  friend bool operator==(const StateRef&, const StateRef&) = default;
};

// The cards of a node sorted by Card's order: by what they are, then by what is taken from them.
using CanonicalCards = absl::InlinedVector<Card, 16>;
CanonicalCards SortedCards(const Node& node);

// The state of a node as bytes: equal exactly for nodes in the same state, given equal tables of
// card types and the same buckets.
std::string StateKey(const Node& node, const HostBuckets& buckets = {});

namespace internal {

// The states of the nodes of one cluster, with how many nodes are in each.
class StateTable {
 public:
  // Adds one node to the state of that key; `added`, when not null, tells whether it is the first.
  StateRef Enter(const std::string& key, bool* added = nullptr);
  // Takes one node out; the state is forgotten with its last node.
  void Leave(StateRef ref);

  // One more than the largest number given so far.
  size_t capacity() const { return states_.size(); }
  // Distinct states at present.
  size_t size() const { return numbers_.size(); }
  // The key of a state in use, and how many nodes are in it.
  const std::string& KeyOf(StateRef state) const;
  uint32_t NodesIn(StateRef state) const;

 private:
  struct State {
    const std::string* key = nullptr;  // in numbers_; null while unused
    uint32_t age = 0;
    uint32_t nodes = 0;
  };

  const State& At(StateRef ref) const;

  std::vector<State> states_;
  std::vector<uint32_t> unused_;
  absl::node_hash_map<std::string, uint32_t, StringHash, StringEqual> numbers_;
  uint32_t last_age_ = 0;
};

}  // namespace internal
}  // namespace tangram::model

#endif  // MODEL_NODE_STATE_H_
