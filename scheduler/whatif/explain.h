// Why a pod does not fit on a node, card by card, and the smallest changes that would make it fit.
//
// A change is found by asking the live Fit: where amounts shrink, by halving the distance between
// one that fits and one that does not, so that one unit less of the change does not do. Changes are
// of one kind each: nothing says that two small ones of different kinds would not do as well.
#ifndef SCHEDULER_WHATIF_EXPLAIN_H_
#define SCHEDULER_WHATIF_EXPLAIN_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "scheduler/card_policy.h"
#include "scheduler/fit.h"
#include "scheduler/pool_fit.h"
#include "scheduler/whatif/world.h"

namespace tangram::scheduler::whatif {

enum class ChangeKind : uint8_t {
  kLessMemory,          // MiB a card, of one container
  kLowerPercent,        // percent of a card's memory, of one container
  kFewerCores,          // percent of a card's compute, of one container
  kLessMemoryAndCores,  // both, of one container: only where neither alone does
  kFewerCards,          // of one container
  kLessCpu,             // milli-cores of the pod
  kLessHostMemory,      // MiB of the pod
  kWithoutNumaBind,
  kWithoutTypes,  // nvidia.com/use-gputype and nouse-gputype
  kWithoutUuids,  // nvidia.com/use-gpuuuid and nouse-gpuuuid
  kPodLeaves,     // a pod that is there now
};
inline constexpr size_t kChangeKinds = static_cast<size_t>(ChangeKind::kPodLeaves) + 1;
// "less-memory" and so on, for machines.
std::string_view ChangeName(ChangeKind kind);

struct Change {
  ChangeKind kind = ChangeKind::kLessMemory;
  size_t container = 0;                  // slot of the pod, where the kind speaks of a container
  int64_t from = 0, to = 0;              // amounts, where the kind has them
  int64_t cores_from = 0, cores_to = 0;  // of kLessMemoryAndCores, which has the memory above
  size_t pod = 0;         // kPodLeaves: index into World::pods, the one that holds least ...
  size_t pods_alike = 0;  // ... of so many that would do
};

struct NodeExplanation {
  size_t node = 0;  // index into World::nodes
  Verdict verdict;
  Placement placement;             // when it fits
  std::vector<CardVerdict> cards;  // parallel to the node's cards; empty for a request without any
  std::optional<size_t> nearest;   // of those
  std::vector<PoolVerdict> pools;  // where the node counts only
  std::vector<Change> changes;     // at most one of a kind, in the order of kinds; none if it fits
};

// The ask with the change made; for kPodLeaves the ask as it is.
Ask WithChange(const Ask& ask, const Change& change);

// `policy` is used where the request names no card policy.
NodeExplanation ExplainNode(const World& world, size_t node, const Ask& ask,
                            const CardPolicy& policy);

// The smallest change of each kind over all nodes: by how much is given up, then by node.
struct BestChange {
  size_t node = 0;
  Change change;
};
std::vector<BestChange> SmallestChanges(const World& world,
                                        const std::vector<NodeExplanation>& nodes);

}  // namespace tangram::scheduler::whatif

#endif  // SCHEDULER_WHATIF_EXPLAIN_H_
