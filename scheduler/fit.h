// May this request run on this node, on which cards, and if not, why.
//
// Pure functions over a node's books. The rules are HAMi v2.10's NVIDIA fit (device checks in its
// order, except quota and link topology), with one difference: when placing the containers in
// order, each greedily, fails, an exact search tries the other cards. So everything HAMi places
// fits here, and some that it refuses.
//
// A container asks for cards of one vendor; the others of a node are none to it (HAMi's
// candidates).
//
// Rules, per container in slot order (each sees what sidecars and app containers before it take,
// and no init container, which has ended by then): `count` different cards, each passing
//   health, cordon, type / mode constraints, UUID constraints, not over-committed, a free slot,
//   [card policy `mutex`: unused,] memory (MiB, or percent of the card, truncated), cores (cut to
//   100), exclusive use (a request of 100 cores on a card of exactly 100 needs the card unused), a
//   card whose cores are all taken takes no request without cores (scheduler/card_rules.h); with
//   numa_bind all from one NUMA node. Cards in MIG mode may serve several instances of a container,
//   which then has no other cards (scheduler/mig_fit.h); where both would do, whole cards are
//   shared before others are cut.
// Per node: cards described, no more than model::kMostCards of them, no unaccounted pod, kubelet's
// count within allocatable. A node that counts only (model/pool.h) is judged by
// scheduler/pool_fit.h instead, and gives no card.
//
// Cards that a pod with `mutex` has alone come last: they are taken only where the request finds no
// place without them. (HAMi lets later pods join, and so does this; it does not put them last.)
//
// Among the cards that would do, those whose type bears the words of nvidia.com/use-gputype as
// whole words come first (scheduler/type_match.h), then those of the card policy's order.
//
// Reasons: those of the first container, in slot order, that the greedy order cannot place, each
// card counted with the first check it fails, as HAMi does. On top of that UnaccountedPod where it
// applies. NodeAllocatableExhausted only where the cards themselves would do. SearchLimit alone,
// where the greedy order failed, every container fits by itself, the cards have enough of
// everything in sum, and the search (search.h) cannot tell.
#ifndef SCHEDULER_FIT_H_
#define SCHEDULER_FIT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "model/allocation.h"
#include "model/gpu.h"
#include "model/host.h"
#include "model/node.h"
#include "model/request.h"
#include "model/snapshot.h"
#include "model/string_map.h"
#include "scheduler/card_policy.h"
#include "scheduler/card_rules.h"
#include "scheduler/mig/live_policy.h"
#include "scheduler/reason.h"
#include "scheduler/search.h"
#include "scheduler/type_match.h"

namespace tangram::scheduler {

// What a pod takes from all cards of a node together.
struct PodAmounts {
  int64_t slots = 0;
  int64_t memory_mib = 0;
  int64_t cores = 0;
  friend bool operator==(const PodAmounts&, const PodAmounts&) = default;
};

// A request made ready for many nodes of one snapshot. Cheap to build; build one per verb.
class CompiledRequest {
 public:
  // `snapshot` gives the card types; it must be the one whose nodes are then judged (or one
  // with the same types; cards of later types are matched by their text). `request` must outlive
  // this. `default_policy` is used when the pod names no card policy.
  // Instances are made where `mig` says, which must outlive this; by best fit when it is null.
  CompiledRequest(const model::PodRequest& request, const model::Snapshot& snapshot,
                  CardPolicy default_policy, model::HostResources host = {},
                  const mig::LivePolicy* mig = nullptr);

  const model::PodRequest& request() const { return request_; }
  // CPU and memory of the pod: fit does not look at them, some policies do.
  const model::HostResources& host() const { return host_; }
  const CardPolicy& card_policy() const { return card_policy_; }
  const mig::LivePolicy& mig_policy() const { return mig_policy_; }
  bool empty() const { return gpu_slots_.empty() && request_.counted.empty() && !invalid_; }
  // Whether something in it cannot be meant (model::RequestFault): then it fits nowhere.
  bool invalid() const { return invalid_; }
  // What it asks for of resources that DRA drivers give out: on a node that does not offer one of
  // them by count kube-scheduler asks the driver (KEP-5004), and it does not fit there.
  std::span<const std::string_view> dra_asked() const { return dra_asked_; }
  // Whether some container asks for less than a whole card, or for a whole card that is its own.
  bool wants_parts() const { return wants_parts_; }
  bool wants_exclusive() const { return wants_exclusive_; }
  // Whether the pod itself asks for unused cards (`mutex`): it is booked as having them alone.
  bool wants_alone() const { return wants_alone_; }
  // What the pod's type constraints on that vendor's cards say of that product.
  TypeMatch MatchProduct(std::string_view product, model::Vendor vendor) const;
  // Whether it wishes for types, so that of two cards that would do one may be preferred.
  bool wishes_types() const { return wishes_types_; }
  // Whether it asks for something that no card is, so that a node with cards alone is not enough.
  bool needs_pool() const { return needs_pool_; }
  // Slots that ask for cards, ascending: init containers, then (sidecars and) app containers.
  const absl::InlinedVector<uint32_t, 4>& gpu_slots() const { return gpu_slots_; }
  // Parallel to gpu_slots(): what each wants.
  const absl::InlinedVector<ContainerWant, 4>& wants() const { return wants_; }
  // How many of the wants run side by side (sidecars and app containers).
  size_t side_by_side() const { return side_by_side_; }
  // What the pod takes from a node when that is the same whichever cards it gets: no init
  // container, and amounts by MiB or cards of one size (Node::memory_of_each). Nothing otherwise.
  std::optional<PodAmounts> AmountsOn(std::optional<model::Mebibytes> memory_of_each) const;
  // The same for a node; nothing where cards are cut, because instances book what they are.
  std::optional<PodAmounts> AmountsOn(const model::Node& node) const {
    return node.has_mig() ? std::nullopt : AmountsOn(node.memory_of_each());
  }

  // The MIG profile that the want asks for by name; "" when it asks by amounts.
  std::string_view ProfileOf(const ContainerWant& want) const {
    return request_.containers[want.slot].mig_profile;
  }

  // Whether some container asks for cards of the type's vendor and the pod's type and mode
  // constraints accept it; a MIG card may be accepted and yet take nothing.
  bool TypeAllowed(model::CardTypeId type) const {
    return type < types_.size() && (types_[type] & kFailsType) == 0 &&
           (types_[type] & vendors_) != 0;
  }
  // The same for a type whose cards take shares.
  bool TypeTakes(model::CardTypeId type) const {
    return TypeAllowed(type) && (types_[type] & kInMigMode) == 0;
  }
  // Whether all cards of the container must be of one NUMA node: nvidia.com/numa-bind holds for
  // NVIDIA's alone.
  bool NumaBind(const ContainerWant& want) const {
    return request_.constraints.numa_bind && want.vendor == VendorBit(model::Vendor::kNvidia);
  }
  // What the request says of a card of the node.
  TypeFails TypeOf(const model::Node& node, size_t card) const {
    const model::CardTypeId type = node.cards()[card].type;
    return type < types_.size() ? types_[type] : LateType(node, card);
  }
  // The same by CardTypeId, for the types that were known when the request was compiled.
  std::span<const TypeFails> types() const { return types_; }
  bool UuidAllowed(const model::Gpu& gpu) const;
  bool names_uuids() const { return names_uuids_; }

 private:
  TypeFails Judge(const model::CardType& type) const;
  TypeFails LateType(const model::Node& node, size_t card) const;

  const model::PodRequest& request_;  // must outlive this
  model::HostResources host_;
  CardPolicy card_policy_;
  bool wants_alone_ = false;
  const mig::LivePolicy& mig_policy_;
  absl::InlinedVector<uint32_t, 4> gpu_slots_;
  absl::InlinedVector<ContainerWant, 4> wants_;
  size_t side_by_side_ = 0;
  PodAmounts amounts_by_mib_;  // the sums, leaving out memory by percent
  bool all_by_mib_ = true;
  bool any_by_share_ = false;     // of compute
  uint32_t vendors_ = 0;          // VendorBits of the wants
  std::vector<TypeFails> types_;  // by CardTypeId
  struct Uuids {
    model::StringSet use, avoid;
  };
  std::array<Uuids, model::kVendors.size()> uuids_;                       // by vendor
  std::array<std::optional<TypeMatcher>, model::kVendors.size()> named_;  // those with lists
  bool wishes_types_ = false;
  bool names_uuids_ = false;
  absl::InlinedVector<std::string_view, 1> dra_asked_;
  bool invalid_ = false;
  bool needs_pool_ = false;
  bool wants_parts_ = false;
  bool wants_exclusive_ = false;
};

inline constexpr uint16_t kNoInstance = UINT16_MAX;

// Which cards each gpu slot takes: for CompiledRequest::gpu_slots()[i],
// cards[begin(i)..begin(i+1)).
struct Placement {
  absl::InlinedVector<uint16_t, 4> cards;  // card indices, slot after slot, each slot `count` long
  // Parallel to `cards`: the placement on a card that is cut (an index into its table's states),
  // kNoInstance for a share. Empty when all are shares.
  absl::InlinedVector<uint16_t, 4> instances = {};
  friend bool operator==(const Placement&, const Placement&) = default;
};

// The answer for one node.
struct FitAnswer {
  bool fits = false;
  // When it does not fit: whether it would with nobody on the node (kube-scheduler may then try
  // preemption). False = FailedAndUnresolvableNodes.
  bool resolvable = true;
  ReasonSet reasons;
};

// Whether something in the request cannot be meant, on a cluster of that snapshot or on any.
bool IsInvalid(const model::PodRequest& request, const model::Snapshot& snapshot);
bool IsInvalidEverywhere(const model::PodRequest& request);

// Whether the placement has a card, or the node a pool that the request takes from, whose type
// bears what is wished for only as a part of a longer word. Such a place comes after all others.
bool IsPartOfWord(const CompiledRequest& request, const model::Node& node,
                  const Placement& placement);

// Judges the node; fills `placement` (when not null) if it fits. Allocates nothing for requests of
// one GPU container. An empty request fits every node, known or not.
FitAnswer Fit(const CompiledRequest& request, const model::Node& node, Placement* placement);
// The same in two parts, for many nodes in a row: `usage` is made of the request's weights and
// keeps reciprocals from node to node. FitAsBooked leaves FitAnswer::resolvable true; what that
// says of a node which does not fit depends on the node's kind alone (model/node_state.h), and
// FitsEmpty tells it.
FitAnswer FitAsBooked(const CompiledRequest& request, const model::Node& node, Placement* placement,
                      CardUsage* usage);
bool FitsEmpty(const CompiledRequest& request, const model::Node& node, CardUsage* usage);
// Why it would not fit there with nobody on the node; empty when it would, or when nobody can tell.
ReasonSet ReasonsWhenEmpty(const CompiledRequest& request, const model::Node& node,
                           CardUsage* usage);

// Whether the placement takes a card of the node that some pod has alone (GpuUsage::alone): it is
// made only where nothing else would do.
bool JoinsAlone(const model::Node& node, const Placement& placement);

// The cards of gpu slot `i` within the placement.
std::span<const uint16_t> CardsOf(const CompiledRequest& request, const Placement& placement,
                                  size_t i);
// The instances on these cards, parallel to CardsOf; empty when all are shares.
std::span<const uint16_t> InstancesOf(const CompiledRequest& request, const Placement& placement,
                                      size_t i);

// How good the instances of the placement are by the MIG policy, made one after the other; nothing
// when it has none. Always below the scores of placements without instances.
std::optional<int64_t> MigScore(const CompiledRequest& request, const model::Node& node,
                                const Placement& placement);

// What the placement sets aside on each card it uses, ascending by card: the fold of
// model::FoldDemand by card index, for "what if" on a copy.
struct CardTake {
  uint16_t card = 0;
  model::GpuUsage usage;
  absl::InlinedVector<uint16_t, 2> placements = {};  // of the instances, each once
  friend bool operator==(const CardTake&, const CardTake&) = default;
};
using CardTakes = absl::InlinedVector<CardTake, 8>;
CardTakes TakenBy(const CompiledRequest& request, const model::Node& node,
                  const Placement& placement);

// The placement as an allocation: amounts resolved per card, slots for every container. None on a
// node that counts only.
model::Allocation MakeAllocation(const CompiledRequest& request, const model::Node& node,
                                 const Placement& placement);

// Per card, why it does not take the first container that cannot be placed (the first of all when
// every container can), with the containers before it placed: for `top` and people, not for the hot
// path. `have` and `want` are in the reason's unit (MiB, percent, slots; 0 where it has none);
// `have` is negative on an over-committed card. Empty for a request without cards, for an unknown
// node and for one that counts only.
struct CardVerdict {
  size_t card = 0;
  bool fits = false;
  Reason reason = Reason::kCardNotHealth;  // meaningless when it fits
  int64_t have = 0;
  int64_t want = 0;
};
std::vector<CardVerdict> ExplainCards(const CompiledRequest& request, const model::Node& node);

}  // namespace tangram::scheduler

#endif  // SCHEDULER_FIT_H_
