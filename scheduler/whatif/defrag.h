// Which pods to move to other cards so that whole cards and whole nodes come free, or so that a pod
// fits that does not.
//
// Every move is legal where it stands in the list: the new place fits while the old one is still
// held. What is found is a bound for what can be had, not the most there is: candidates are emptied
// one after the other, the best at each step, and the search ends after so many questions to Fit.
// Deterministic: equal worlds give equal lists.
#ifndef SCHEDULER_WHATIF_DEFRAG_H_
#define SCHEDULER_WHATIF_DEFRAG_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "scheduler/whatif/moving.h"
#include "scheduler/whatif/world.h"

namespace tangram::scheduler::whatif {

struct Measure {
  int64_t cards_free = 0;  // wholly
  int64_t nodes_free = 0;
  int64_t most_cards = 0;         // whole cards free on one node: the largest pod of whole cards
  int64_t largest_slice_mib = 0;  // the largest pod of one slice
  // FGD's measure with the pods that are there as the workload: idle GPU that they could not use,
  // in thousandths of a card, and all idle GPU. Nodes beyond what a view holds make it nullopt.
  struct Fragments {
    double lost_milli = 0;
    int64_t idle_milli = 0;
  };
  std::optional<Fragments> fragments;
};
Measure MeasureOf(const World& world, const std::vector<HostedNode>& nodes);

struct DefragOptions {
  size_t max_moves = 0;
  // A pod that is to fit; without one, cards and nodes are to come free.
  const Ask* pod = nullptr;
  // For pods that name no card policy: which of the cards that do is taken.
  CardPolicy policy = CardPolicy::Parse("binpack");
  int64_t fits_max = 2'000'000;
};

struct DefragReport {
  Measure before, after;
  std::vector<Move> moves;
  bool stopped = false;           // fits_max was met: more may be there
  std::optional<size_t> fits_on;  // with a pod: the node on which it fits after the moves
};

DefragReport Defrag(const World& world, const DefragOptions& options);

}  // namespace tangram::scheduler::whatif

#endif  // SCHEDULER_WHATIF_DEFRAG_H_
