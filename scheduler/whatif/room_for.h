// Which pods to move so that one more fits. A part of defrag.h.
#ifndef SCHEDULER_WHATIF_ROOM_FOR_H_
#define SCHEDULER_WHATIF_ROOM_FOR_H_

#include <cstddef>
#include <optional>

#include "scheduler/whatif/moving.h"

namespace tangram::scheduler::whatif {

// Moves at most `max_moves` pods so that `ask` fits on some node, and returns the node; nullopt,
// with nothing moved, when no such moves are found. Of one, two and three moves every set of pods
// of one node is tried, those that hold least first, while half of the questions last; beyond that
// the cards of a node that are emptied most easily. Room is made on one node only, by moving pods
// that run there.
std::optional<size_t> MakeRoomFor(Moving& moving, const Ask& ask, const CardPolicy& policy,
                                  size_t max_moves);

}  // namespace tangram::scheduler::whatif

#endif  // SCHEDULER_WHATIF_ROOM_FOR_H_
