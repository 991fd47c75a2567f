// The cards of a cluster, grouped by their state.
//
// Cards in the same state are one to every policy, so that a decision looks at the states there
// are and not at the cards. Card indexes are 0..size()-1. Not thread-safe; its owner guards it.
// Refers to the CardStates it was made of, which must outlive it.
#ifndef SCHEDULER_MIG_CARD_GROUPS_H_
#define SCHEDULER_MIG_CARD_GROUPS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model/mig/card_states.h"

namespace tangram::scheduler::mig {

class CardGroups {
 public:
  // So many empty cards.
  CardGroups(const model::mig::CardStates& states, uint32_t cards);

  uint32_t size() const { return static_cast<uint32_t>(state_of_.size()); }
  model::mig::StateId state(uint32_t card) const { return state_of_[card]; }
  // The states that any card is in, in no particular order.
  std::span<const model::mig::StateId> present() const { return present_; }
  // The lowest card in a state that is present. Looks at one word of 64 cards after another.
  uint32_t Lowest(model::mig::StateId state) const;

  void Move(uint32_t card, model::mig::StateId state);

 private:
  struct Group {
    uint32_t cards = 0;
    uint32_t place = 0;  // in present_, when there are cards
    uint32_t from = 0;   // no word before this one has a card
    std::vector<uint64_t> members;
  };

  void Join(Group& group, model::mig::StateId state, uint32_t card);
  void Leave(Group& group, uint32_t card);

  std::vector<model::mig::StateId> state_of_;
  std::vector<Group> groups_;
  std::vector<model::mig::StateId> present_;
};

}  // namespace tangram::scheduler::mig

#endif  // SCHEDULER_MIG_CARD_GROUPS_H_
