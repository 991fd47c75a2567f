#include "scheduler/booked_node.h"

#include <bit>

#include "model/check.h"
#include "scheduler/view_policy.h"

namespace tangram::scheduler {

CardSet BookedNode::Take(const Demand& demand, int8_t card) {
  if (demand.cards > 0) ++pods_[static_cast<size_t>(demand.tag_bit())];
  return scheduler::Take(demand, card, &view_);
}

void BookedNode::GiveBack(const Demand& demand, CardSet cards) {
  TANGRAM_CHECK(std::popcount(cards) == demand.cards);
  view_.cpu_left += demand.cpu;
  view_.memory_left += demand.memory;
  for (CardSet rest = cards; rest != 0; rest &= rest - 1) {
    const auto card = static_cast<size_t>(std::countr_zero(rest));
    TANGRAM_CHECK(card < view_.cards);
    const int32_t left = view_.left[card] + demand.milli;
    TANGRAM_CHECK(left <= kWholeCard);
    view_.left[card] = static_cast<int16_t>(left);
  }
  if (demand.cards == 0) return;
  uint32_t& alike = pods_[static_cast<size_t>(demand.tag_bit())];
  TANGRAM_CHECK(alike > 0);
  if (--alike == 0) view_.tags &= ~demand.tag();
}

}  // namespace tangram::scheduler
