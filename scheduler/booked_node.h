// A node's view beside what pods it holds: a pod takes its cards and gives them back.
//
// The view says only which kinds of pods a node holds; after a departure that takes a count of
// them. Who owns a pod's cards is remembered by the caller, who gets them told.
#ifndef SCHEDULER_BOOKED_NODE_H_
#define SCHEDULER_BOOKED_NODE_H_

#include <array>
#include <cstdint>

#include "scheduler/node_view.h"

namespace tangram::scheduler {

class BookedNode {
 public:
  // `empty` holds no pods.
  explicit BookedNode(const NodeView& empty) : view_(empty) {}

  const NodeView& view() const { return view_; }
  // Books the pod, which fits; `card` for a slice. Returns the cards it got.
  CardSet Take(const Demand& demand, int8_t card);
  // Undoes a Take of that demand which returned `cards`.
  void GiveBack(const Demand& demand, CardSet cards);

 private:
  NodeView view_;
  std::array<uint32_t, kTagBits> pods_ = {};  // by bit of NodeView::tags
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_BOOKED_NODE_H_
