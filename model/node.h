// The inventory and the books of one node.
//
// A Node is a value: copying it is how snapshots and "what if" are made (one shared pointer, one
// small vector). Only model/cluster and code that works on its own copy may change it.
//
// Invariants: cards() runs parallel to spec().gpus and pool_used() to spec().pools; totals() are
// the sums over cards(); used amounts are never negative. A card may be over-committed by others
// (Card::overcommitted).
#ifndef MODEL_NODE_H_
#define MODEL_NODE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "model/allocation.h"
#include "model/gpu.h"
#include "model/host.h"
#include "model/mig/card_table.h"
#include "model/pool.h"

namespace tangram::model {

// Why a node has no cards and counts none either. Means nothing where it has some.
enum class Cardless : uint8_t {
  kNoAgent,       // nothing says that it ever had one: a node without cards
  kUnregistered,  // an agent that shares cards runs there, and has not told which there are
  kUnusable,      // it told of none, or what it told cannot be read
};

// A node as described from outside; cards in the order they are kept (by UUID: registration order
// is not stable).
struct NodeSpec {
  std::string name;
  std::vector<Gpu> gpus;
  // status.allocatable["nvidia.com/gpu"]; nullopt when the node does not name the resource, and
  // then the kubelet counts nothing against it.
  std::optional<int64_t> allocatable_gpus;
  // What pods may take of CPU and memory in all; nullopt where the source does not say.
  std::optional<HostResources> host;
  // What the node offers by count alone, sorted by resource; none where it describes its cards.
  std::vector<Pool> pools;
  // Why some of what it counts may not be used now: the resources whose names begin with
  // `blocked_prefix`, which is all of them when that is empty.
  PoolBlock pool_block = PoolBlock::kNone;
  std::string blocked_prefix = {};
  Cardless cardless = Cardless::kNoAgent;
  // What is wrong with the description, for people; decides nothing.
  std::string problem = {};
  // The names of the extended resources in status.allocatable that nobody here counts, sorted:
  // which names are spelled right for this cluster.
  std::vector<std::string> extended_resources = {};
  friend bool operator==(const NodeSpec&, const NodeSpec&) = default;
};

// Sums over the cards of a node.
struct NodeTotals {
  int64_t slots = 0, slots_used = 0;
  int64_t memory_mib = 0, memory_used_mib = 0;
  int64_t cores = 0, cores_used = 0;
  friend bool operator==(const NodeTotals&, const NodeTotals&) = default;
};

class Node {
 public:
  // An empty node of that name: no cards, unknown to fit until described.
  explicit Node(std::string name);

  // Describes the node anew; books of cards that remain (by UUID) must be rebuilt by the caller:
  // after this call nothing is used, no kubelet_gpus are counted and no pod is unaccounted.
  // `types[i]` is the CardTypeId of spec->gpus[i]; in `all`, by CardTypeId, are the tables of cards
  // in MIG mode.
  void Describe(std::shared_ptr<const NodeSpec> spec, std::span<const CardTypeId> types,
                std::span<const CardType> all = {});
  // Forgets inventory and books (the node object is gone) but keeps the name.
  void Forget();

  // Adds or takes back what a pod takes. UUIDs that the node does not have are passed over. Release
  // of more than is booked is a broken invariant. What is booked on a card stops at 2^31 - 1, and
  // instances that contradict each other leave the card unclear (kMigUnclear), all cards in MIG
  // mode where a spare one names a card that the node does not have: from there Release cannot tell
  // what remains (MustRebook) and leaves the card as it is, so that Cluster books anew instead.
  // `counted` is what is asked of resources other than kGpuResource; what is no pool of the node is
  // passed over.
  void Book(std::span<const CardDemand> demand, int64_t kubelet_gpus,
            std::span<const ResourceCount> counted = {});
  void Release(std::span<const CardDemand> demand, int64_t kubelet_gpus,
               std::span<const ResourceCount> counted = {});
  // Takes everything back: nothing is used, no kubelet_gpus are counted, no pod is unaccounted.
  void ClearBooks();
  // Adds or takes back what a pod takes of CPU and memory. Nothing depends on it but policies that
  // ask for it: kube-scheduler counts it itself.
  void TakeHost(const HostResources& taken) { host_used_ += taken; }
  void GiveBackHost(const HostResources& taken) { host_used_ -= taken; }
  // The same as Book and Release for demand given by card index, for "what if" on a copy.
  // `placements` index the states of the card's table.
  void BookCard(size_t card, const GpuUsage& usage, std::span<const uint16_t> placements = {});
  void ReleaseCard(size_t card, const GpuUsage& usage, std::span<const uint16_t> placements = {});

  const std::string& name() const { return spec_->name; }
  // Whether the node object is present and was described.
  bool known() const { return known_; }
  const NodeSpec& spec() const { return *spec_; }
  std::span<const Card> cards() const { return cards_; }
  const NodeTotals& totals() const { return totals_; }
  // What the card can be cut into; null when it is not in MIG mode, or takes nothing there.
  const mig::CardTable* mig_table(size_t card) const {
    return mig_ == nullptr ? nullptr : (*mig_)[card].get();
  }
  // Whether some card has a table.
  bool has_mig() const { return mig_ != nullptr; }
  // The memory that every card has, or nullopt when they differ or there are none.
  std::optional<Mebibytes> memory_of_each() const { return memory_of_each_; }
  // As in the description; at hand, because fit asks thousands of nodes in a row.
  std::optional<int64_t> allocatable_gpus() const { return allocatable_gpus_; }
  // Sum of PodRequest::kubelet_gpus over the pods bound (or being bound) here.
  int64_t kubelet_gpus() const { return kubelet_gpus_; }
  // Whether the node offers devices by count alone (NodeSpec::pools), or would if it might.
  bool counts_only() const { return counts_only_; }
  // Parallel to spec().pools: what pods take of each, beyond its count where others put them there.
  std::span<const int64_t> pool_used() const { return pool_used_; }
  // Bound pods whose use of the cards is not known: the node is closed to new GPU pods while > 0.
  // None where the node counts only: there what a pod takes is what it asks for.
  int32_t unaccounted_pods() const { return counts_only_ ? 0 : unaccounted_pods_; }
  // The same of pods that close nothing, because whoever runs the server said so.
  int32_t ignored_pods() const { return counts_only_ ? 0 : ignored_pods_; }
  // Counts the pods among the former, or among the latter where `ignored`.
  void AddUnaccounted(int32_t by, bool ignored = false);
  const HostResources& host_used() const { return host_used_; }
  // What is left of CPU and memory, cut down to the buckets, within 0 to INT32_MAX; INT32_MAX of
  // what is not told or not counted.
  HostResources HostLeft(const HostBuckets& buckets) const;

  // Whether both go by one description: they differ in their books alone.
  bool SameDescription(const Node& other) const { return spec_ == other.spec_; }
  // Index of the card with that UUID, or -1. Letters count: UUIDs are compared as they are.
  int FindCard(std::string_view uuid) const;
  // Whether the node is known and lacks one of these cards: so nobody can tell what is taken.
  bool LacksCardOf(std::span<const CardDemand> demand) const;
  // Whether Release of this demand cannot tell what remains.
  bool MustRebook(std::span<const CardDemand> demand) const;
  // Index of the pool of that resource, or -1.
  int FindPool(std::string_view resource) const;

 private:
  using MigTables = std::vector<std::shared_ptr<const mig::CardTable>>;  // by card

  void AddUsage(size_t card, const GpuUsage& usage, int sign);
  void Cut(size_t card, const CardDemand& demand);
  void Mend(size_t card, const CardDemand& demand);
  void AddCounts(int64_t kubelet_gpus, std::span<const ResourceCount> counted, int sign);

  std::shared_ptr<const NodeSpec> spec_;
  absl::InlinedVector<Card, 8> cards_;
  std::shared_ptr<const MigTables> mig_;  // null when no card has a table
  NodeTotals totals_;
  std::optional<Mebibytes> memory_of_each_;
  std::optional<int64_t> allocatable_gpus_;
  int64_t kubelet_gpus_ = 0;
  int32_t unaccounted_pods_ = 0;
  int32_t ignored_pods_ = 0;
  absl::InlinedVector<int64_t, 2> pool_used_;
  HostResources host_used_;
  bool known_ = false;
  bool counts_only_ = false;
};

}  // namespace tangram::model

#endif  // MODEL_NODE_H_
