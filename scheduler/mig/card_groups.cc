#include "scheduler/mig/card_groups.h"

#include <algorithm>
#include <bit>

#include "model/check.h"

namespace tangram::scheduler::mig {

using model::mig::CardStates;
using model::mig::StateId;

constexpr uint32_t kWord = 64;

CardGroups::CardGroups(const CardStates& states, uint32_t cards)
    : state_of_(cards, CardStates::kEmpty), groups_(states.size()) {
  for (uint32_t card = 0; card < cards; ++card) {
    Join(groups_[CardStates::kEmpty], CardStates::kEmpty, card);
  }
}

uint32_t CardGroups::Lowest(StateId state) const {
  const Group& group = groups_[state];
  TANGRAM_CHECK(group.cards > 0);
  uint32_t word = group.from;
  while (group.members[word] == 0) ++word;
  return word * kWord + static_cast<uint32_t>(std::countr_zero(group.members[word]));
}

void CardGroups::Move(uint32_t card, StateId state) {
  TANGRAM_CHECK(card < state_of_.size() && state < groups_.size());
  if (state_of_[card] == state) return;
  Leave(groups_[state_of_[card]], card);
  Join(groups_[state], state, card);
  state_of_[card] = state;
}

void CardGroups::Join(Group& group, StateId state, uint32_t card) {
  const uint32_t word = card / kWord;
  if (group.members.empty()) group.members.assign((state_of_.size() + kWord - 1) / kWord, 0);
  if (group.cards++ == 0) {
    group.place = static_cast<uint32_t>(present_.size());
    group.from = word;
    present_.push_back(state);
  }
  group.from = std::min(group.from, word);
  group.members[word] |= uint64_t{1} << (card % kWord);
}

void CardGroups::Leave(Group& group, uint32_t card) {
  const uint32_t word = card / kWord;
  group.members[word] &= ~(uint64_t{1} << (card % kWord));
  if (--group.cards == 0) {
    const StateId last = present_.back();
    present_[group.place] = last;
    groups_[last].place = group.place;
    present_.pop_back();
    return;
  }
  while (group.members[group.from] == 0) ++group.from;
}

}  // namespace tangram::scheduler::mig
