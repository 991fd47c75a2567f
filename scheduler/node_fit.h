// Placing a request on one set of books. Internal to the fit: fit.h is what others call.
//
// A NodeFit lives on the stack for one node. The books may be the node's own, or the same cards
// with nothing in use.
#ifndef SCHEDULER_NODE_FIT_H_
#define SCHEDULER_NODE_FIT_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "model/gpu.h"
#include "model/node.h"
#include "scheduler/card_order.h"
#include "scheduler/fit.h"
#include "scheduler/mig_fit.h"
#include "scheduler/reason.h"

namespace tangram::scheduler {

using CardBooks = absl::InlinedVector<model::Card, 8>;

// Books the container's shares on the chosen cards.
void BookOne(const ContainerWant& want, const CardList& chosen, CardBooks* books);

// Whether an init container that asks for cards runs beside a sidecar that does.
bool InitBesideSidecar(const CompiledRequest& request);

// An instance that might be made next. The least memory is better, then the greatest score.
struct MigOption {
  int32_t numa = 0;  // 0 where NUMA nodes do not come first
  int32_t memory = 0;
  int64_t score = 0;
  MigPick pick;
  bool again = false;  // it is there already, and free when the container starts
};

class NodeFit {
 public:
  enum class Outcome : uint8_t {
    kFits,
    kRefused,
    kBeyondSearch,  // the greedy order failed, and the exact search cannot tell
  };

  NodeFit(const CompiledRequest& request, const model::Node& node, CardUsage* usage)
      : request_(request), node_(node), usage_(usage) {}

  // Places all containers on `cards`, the node's cards with the books to use, where that can be on
  // others than those that some pod has alone. `placement` and `reasons` may be null; with a null
  // placement no card is chosen where that can be avoided.
  Outcome Place(std::span<const model::Card> cards, Placement* placement, ReasonSet* reasons);

  // Whether the container would find its cards on a node where nothing is in use.
  bool FitsEmpty(const ContainerWant& want) const;

  // Places one container on `cards`; `chosen` (ascending) and `reasons` may be null.
  bool PlaceOne(std::span<const model::Card> cards, const ContainerWant& want, CardList* chosen,
                ReasonSet* reasons) const;

  // The first check that card `card` of the books `cards` fails, 0 when it passes.
  uint32_t Fails(std::span<const model::Card> cards, size_t card, const ContainerWant& want) const {
    return FailsWith(cards[card].used, card, want);
  }
  // How many instances the card of the books can be cut into for the container; 0 when it fails a
  // check, or is not one that is cut.
  int32_t InstancesOn(std::span<const model::Card> cards, size_t card,
                      const ContainerWant& want) const;

  // The first container, in slot order, that the greedy order cannot place, and the books that it
  // met; the first container and the node's books when there is none.
  size_t FirstRefused(CardBooks* met) const;

 private:
  uint32_t FailsWith(const model::GpuUsage& used, size_t card, const ContainerWant& want) const;
  // Fills `passing` with the cards that pass every check, ascending, stopping at `enough` of them;
  // returns the first checks that the others fail.
  enum class InUse : uint8_t { kAsBooked, kNothing };
  template <InUse kInUse>
  uint32_t Check(std::span<const model::Card> cards, const ContainerWant& want, size_t enough,
                 CardList* passing) const;
  bool ByNuma(const ContainerWant& want) const { return want.count > 1 && request_.NumaBind(want); }
  // Instances of one container, on a node with cards that are cut.
  MigAsk AskOf(size_t card, const ContainerWant& want) const {
    return MigAsk(*node_.mig_table(card), want, request_.ProfileOf(want),
                  node_.cards()[card].memory);
  }
  // `held` is what the containers before this one were given.
  bool PlaceInstances(std::span<const model::Card> cards, const ContainerWant& want,
                      std::span<const MigHeld> held, MigPicks* chosen) const;
  // Those of `held` on that card that the container may use in turn.
  MigPicks AgainOn(std::span<const model::Card> cards, size_t card, const ContainerWant& want,
                   std::span<const MigHeld> held) const;
  using Options = absl::InlinedVector<MigOption, 16>;
  Options OptionsOn(std::span<const model::Card> books, const ContainerWant& want,
                    const CardList& allowed, bool all) const;
  bool PickInstances(std::span<const model::Card> cards, const ContainerWant& want,
                     const CardList& allowed, std::span<const MigHeld> held,
                     MigPicks* chosen) const;
  bool PlaceOneMixed(std::span<const model::Card> cards, const ContainerWant& want,
                     std::span<const MigHeld> held, CardList* shared, MigPicks* cut,
                     ReasonSet* reasons) const;
  Outcome PlaceMixed(std::span<const model::Card> cards, Placement* placement, ReasonSet* reasons);
  Outcome SearchMixed(std::span<const model::Card> cards, Placement* placement) const;
  // `budget` as MigProblem has it.
  Outcome SearchSplit(std::span<const model::Card> cards, std::span<const size_t> shared,
                      std::span<const size_t> cut, size_t* budget, Placement* placement) const;
  void StoreInstances(size_t want, const MigPicks& chosen, Placement* placement) const;
  void BookInstances(const ContainerWant& want, const MigPicks& chosen, CardBooks* books,
                     MigHelds* held) const;

  ReasonSet ReasonsFor(std::span<const model::Card> cards, const ContainerWant& want,
                       const CardList& passing, uint32_t first_fails) const;
  ReasonSet NumaReasons(std::span<const model::Card> cards, const ContainerWant& want,
                        const CardList& passing, uint32_t first_fails) const;
  // How many cards of the node are of the vendor wanted.
  int32_t Candidates(const ContainerWant& want) const;
  bool HasMigCandidate(const ContainerWant& want) const;
  // The wants that have to be placed with a view to one another, where no card is cut: those that
  // run side by side, and init containers where one runs beside a sidecar.
  std::vector<size_t> SeeOneAnother() const;
  // How many these are.
  size_t Together() const {
    return InitBesideSidecar(request_) ? request_.wants().size() : request_.side_by_side();
  }
  // Whether the containers find cards in a plain order, each the first that take it. False says
  // nothing.
  bool FitsPlainly(std::span<const model::Card> cards) const;
  // Place, on the cards that may be taken at present.
  Outcome PlaceAll(std::span<const model::Card> cards, Placement* placement, ReasonSet* reasons);
  // Sets room aside for the cards of all containers; false where one asks for more than there can
  // ever be on so many cards.
  bool MakeRoom(size_t cards, Placement* placement) const;
  Outcome PlaceTogether(std::span<const model::Card> cards, Placement* placement,
                        ReasonSet* reasons);
  // `lacks` gets what the cards have too little of in sum, where that is all that can be said.
  Outcome Search(std::span<const model::Card> cards, Placement* placement, ReasonSet* lacks) const;
  // What the containers that run side by side want more of than all cards have that take any.
  ReasonSet LacksInSum(std::span<const model::Card> cards) const;
  // Places them in other orders, on other cards first; false says nothing.
  bool PlaceInOrders(std::span<const model::Card> cards, Placement* placement) const;
  bool PlaceInOrder(std::span<const model::Card> cards, std::span<const size_t> which,
                    const CardPolicy& policy, Placement* placement) const;
  // For the wants at these indexes, which see one another.
  Outcome SearchCards(std::span<const model::Card> cards, const CardList& able,
                      std::span<const size_t> which, Placement* placement) const;
  int32_t NumaOf(std::span<const model::Card> cards, size_t card) const;
  CardOrder Order(std::span<const model::Card> cards) const {
    const auto types = request_.wishes_types() ? request_.types() : std::span<const TypeFails>();
    return {request_.card_policy(), cards, usage_, types};
  }
  void Store(size_t want, const CardList& chosen, Placement* placement) const;

  const CompiledRequest& request_;
  const model::Node& node_;
  CardUsage* const usage_;
  bool avoid_alone_ = false;  // cards that some pod has alone fail
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_NODE_FIT_H_
