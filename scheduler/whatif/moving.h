// A world in which pods move, one after the other: booked at the new place first, released at the
// old one after that, so that no move ever needs room that is not there.
//
// Deterministic: among places the tightest is taken, then the first by name.
#ifndef SCHEDULER_WHATIF_MOVING_H_
#define SCHEDULER_WHATIF_MOVING_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "scheduler/fit.h"
#include "scheduler/whatif/world.h"

namespace tangram::scheduler::whatif {

// A node and what a pod takes from its cards.
struct Place {
  size_t node = 0;
  CardTakes takes;
  friend bool operator==(const Place&, const Place&) = default;
};

struct Move {
  size_t pod = 0;  // index into World::pods
  Place from, to;
};

// A card that no pod uses and that a pod could use.
bool IsFree(const model::Card& card);
// A node with cards of which none is used.
bool IsFree(const model::Node& node);

class Moving {
 public:
  // `fits_max` bounds how often Fit is asked. `world` must outlive this.
  Moving(const World& world, const CardPolicy& policy, int64_t fits_max);

  const std::vector<HostedNode>& nodes() const { return nodes_; }
  const World& world() const { return world_; }
  // Whether the pod can be placed anew: it holds cards that are known, and is not about to end.
  bool movable(size_t pod) const { return judges_[pod] != nullptr; }
  const Place& place(size_t pod) const { return places_[pod]; }
  // The pods on a node at present, ascending.
  std::vector<size_t> PodsOn(size_t node) const;
  // MiB of all cards that the pod holds.
  int64_t MemoryOf(size_t pod) const;

  // Asks Fit; false without asking once the bound is met.
  bool Fits(const Judge& judge, const HostedNode& node, Placement* placement);
  bool stopped() const { return fits_left_ <= 0; }
  int64_t fits_left() const { return fits_left_; }
  // Whether something was left untried because of the bound; NoteCut says so for a part of a
  // search.
  bool cut() const { return cut_ || stopped(); }
  void NoteCut() { cut_ = true; }

  // The tightest place for a movable pod, on cards that `allowed`, beside the one it has.
  using Allowed = std::function<bool(size_t node, size_t card)>;
  std::optional<Place> FindPlace(size_t pod, const Allowed& allowed);
  // Makes the move, which FindPlace found; Undo takes the last one back.
  void Go(size_t pod, const Place& to);
  void Undo();
  const std::vector<Move>& moves() const { return moves_; }

  // The node without some of its pods.
  HostedNode WithoutPods(size_t node, const std::vector<size_t>& pods) const;
  // Books an ask on a node for others not to take its place, and takes that back.
  void Reserve(size_t node, const Judge& judge, const Placement& placement);
  void Unreserve(size_t node, const Judge& judge, const Placement& placement);

 private:
  void Change(size_t pod, const Place& place, int sign);
  void Shift(size_t pod, const Place& from, const Place& to);

  const World& world_;
  std::vector<HostedNode> nodes_;
  std::vector<Ask> asks_;                       // by pod
  std::vector<std::unique_ptr<Judge>> judges_;  // by pod; null: cannot be moved
  std::vector<Place> places_;                   // by pod
  std::vector<std::vector<size_t>> pods_on_;    // by node, ascending
  std::vector<Move> moves_;
  int64_t fits_left_;
  bool cut_ = false;
};

}  // namespace tangram::scheduler::whatif

#endif  // SCHEDULER_WHATIF_MOVING_H_
