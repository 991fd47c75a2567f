// Placing containers on a node with cards that are cut (MIG): in slot order, each by the policy.
#include <algorithm>

#include "model/check.h"
#include "scheduler/card_order.h"
#include "scheduler/node_fit.h"

namespace tangram::scheduler {

using model::Card;
using model::mig::CardTable;
using model::mig::StateId;

int32_t NodeFit::InstancesOn(std::span<const Card> cards, size_t card,
                             const ContainerWant& want) const {
  if (node_.mig_table(card) == nullptr || Fails(cards, card, want) != 0) return 0;
  return AskOf(card, want).Most(cards[card].used.mig_state);
}

MigPicks NodeFit::AgainOn(std::span<const Card> cards, size_t card, const ContainerWant& want,
                          std::span<const MigHeld> held) const {
  MigPicks again;
  if (held.empty() || node_.mig_table(card) == nullptr) return again;
  const uint32_t fails = Fails(cards, card, want);
  if (fails != 0 && fails != kFailsMig) return again;
  const MigAsk ask = AskOf(card, want);
  const std::span<const uint16_t> profiles = ask.profiles();
  for (const MigHeld& one : held) {
    if (one.running || one.pick.card != card) continue;
    const size_t profile = ask.table().states().placements()[one.pick.placement].profile;
    if (std::find(profiles.begin(), profiles.end(), profile) == profiles.end()) continue;
    again.push_back(one.pick);
  }
  return again;
}

void NodeFit::BookInstances(const ContainerWant& want, const MigPicks& chosen, CardBooks* books,
                            MigHelds* held) const {
  for (const MigPick& pick : chosen) {
    const CardTable& table = *node_.mig_table(pick.card);
    model::GpuUsage& used = (*books)[pick.card].used;
    const auto known = std::find_if(held->begin(), held->end(),
                                    [&pick](const MigHeld& one) { return one.pick == pick; });
    if (known == held->end()) {
      used.mig_state = StateAfter(table, used.mig_state, pick.placement);
      held->push_back({pick, !want.init});
    } else {
      known->running = !want.init;
    }
    // The amounts of init containers are over when the others run, their instances are not.
    if (want.init) continue;
    const model::GpuUsage taken = TakenByInstance(table, pick.placement);
    used.slots += taken.slots;
    used.memory += taken.memory;
    used.cores += taken.cores;
  }
}

// What might be made next, in no order: the best start of each card, or with `all` every open place
// of a profile that would do.
NodeFit::Options NodeFit::OptionsOn(std::span<const Card> books, const ContainerWant& want,
                                    const CardList& allowed, bool all) const {
  const bool numa_first = request_.card_policy().numa_first();
  const mig::LivePolicy& policy = request_.mig_policy();
  Options options;
  for (const uint16_t card : allowed) {
    const MigAsk ask = AskOf(card, want);
    const auto state = static_cast<StateId>(books[card].used.mig_state);
    const auto add = [&](uint16_t profile, int64_t score, size_t placement) {
      options.push_back({numa_first ? books[card].numa : 0, ask.table().memory(profile).value(),
                         score, MigPick{card, static_cast<uint16_t>(placement)}});
    };
    if (!all) {
      const uint16_t* profile = ask.FirstOpen(state);
      if (profile == nullptr) continue;
      const auto best = policy.BestOf(ask.table(), state, *profile);
      add(*profile, best.score, best.placement);
      continue;
    }
    const model::mig::CardStates& states = ask.table().states();
    for (const uint16_t profile : ask.profiles()) {
      for (size_t p = states.first(profile); p < states.first(profile + 1u); ++p) {
        if (states.After(state, p) == model::mig::kNoState) continue;
        add(profile, policy.Score(ask.table(), state, p), p);
      }
    }
  }
  return options;
}

// Picks the instances one by one from the cards of `allowed`, which pass the checks: each time the
// best one after which the rest can still be had. False when they cannot be had.
bool NodeFit::PickInstances(std::span<const Card> cards, const ContainerWant& want,
                            const CardList& allowed, std::span<const MigHeld> held,
                            MigPicks* chosen) const {
  CardBooks books(cards.begin(), cards.end());
  MigPicks again;
  for (const uint16_t card : allowed) {
    for (const MigPick& pick : AgainOn(cards, card, want, held)) again.push_back(pick);
  }
  const auto total = [&] {
    auto sum = static_cast<int32_t>(again.size());
    for (const uint16_t card : allowed) sum += AskOf(card, want).Most(books[card].used.mig_state);
    return sum;
  };
  if (total() < want.count) return false;
  if (chosen == nullptr) return true;
  const auto better = [&books](const MigOption& a, const MigOption& b) {
    if (a.numa != b.numa) return a.numa < b.numa;
    if (a.memory != b.memory) return a.memory < b.memory;
    if (a.again != b.again) return a.again;
    if (a.score != b.score) return a.score > b.score;
    const auto order = books[a.pick.card] <=> books[b.pick.card];
    return order != 0 ? order < 0 : a.pick < b.pick;
  };
  const bool numa_first = request_.card_policy().numa_first();
  for (int32_t rest = want.count; rest > 0; --rest) {
    Options options = OptionsOn(books, want, allowed, /*all=*/rest > 1);
    for (const MigPick& pick : again) {
      const CardTable& table = *node_.mig_table(pick.card);
      const size_t profile = table.states().placements()[pick.placement].profile;
      options.push_back({numa_first ? books[pick.card].numa : 0, table.memory(profile).value(), 0,
                         pick, /*again=*/true});
    }
    const auto keeps_the_rest = [&](const MigOption& option) {
      if (option.again) return true;
      int32_t& state = books[option.pick.card].used.mig_state;
      const int32_t before = state;
      state = StateAfter(*node_.mig_table(option.pick.card), before, option.pick.placement);
      const bool keeps = rest == 1 || total() >= rest - 1;
      if (!keeps) state = before;
      return keeps;
    };
    std::sort(options.begin(), options.end(), better);
    const auto found = std::find_if(options.begin(), options.end(), keeps_the_rest);
    TANGRAM_CHECK(found != options.end());
    chosen->push_back(found->pick);
    if (found->again) again.erase(std::find(again.begin(), again.end(), found->pick));
  }
  std::sort(chosen->begin(), chosen->end());
  return true;
}

bool NodeFit::PlaceInstances(std::span<const Card> cards, const ContainerWant& want,
                             std::span<const MigHeld> held, MigPicks* chosen) const {
  CardList allowed;
  absl::InlinedVector<int32_t, 4> numas;
  for (size_t i = 0; i < cards.size(); ++i) {
    if (InstancesOn(cards, i, want) == 0 && AgainOn(cards, i, want, held).empty()) continue;
    allowed.push_back(static_cast<uint16_t>(i));
    if (std::find(numas.begin(), numas.end(), cards[i].numa) == numas.end()) {
      numas.push_back(cards[i].numa);
    }
  }
  if (!ByNuma(want)) return PickInstances(cards, want, allowed, held, chosen);
  std::sort(numas.begin(), numas.end());
  return std::any_of(numas.begin(), numas.end(), [&](int32_t numa) {
    CardList there;
    for (const uint16_t card : allowed) {
      if (cards[card].numa == numa) there.push_back(card);
    }
    return PickInstances(cards, want, there, held, chosen);
  });
}

// Shares of whole cards where there are enough, else instances.
bool NodeFit::PlaceOneMixed(std::span<const Card> cards, const ContainerWant& want,
                            std::span<const MigHeld> held, CardList* shared, MigPicks* cut,
                            ReasonSet* reasons) const {
  const auto needed = static_cast<size_t>(want.count);
  CardList passing;  // those that are not cut
  uint32_t first_fails = 0;
  bool any_cut = false;
  for (size_t i = 0; i < cards.size(); ++i) {
    const uint32_t fails = Fails(cards, i, want);
    if (fails == kFailsMig && !AgainOn(cards, i, want, held).empty()) {
      any_cut = true;
      continue;
    }
    first_fails |= fails;
    if (fails != 0) continue;
    if (node_.mig_table(i) == nullptr) {
      passing.push_back(static_cast<uint16_t>(i));
    } else {
      any_cut = true;
    }
  }
  const bool enough =
      ByNuma(want) ? KeepBestOfOneNuma(Order(cards), needed, &passing) : passing.size() >= needed;
  if (enough) {
    if (shared == nullptr) return true;
    if (!ByNuma(want)) KeepBestCards(Order(cards), needed, &passing);
    *shared = passing;
    return true;
  }
  if (any_cut && PlaceInstances(cards, want, held, cut)) return true;
  if (reasons == nullptr) return false;
  if (any_cut) {
    // HAMi takes what there is and comes back to the card, where nothing more is left.
    first_fails |= kFailsMig;
    reasons->Add(Reason::kAllocatedCardsInsufficientRequest);
  }
  reasons->AddAll(ReasonsFor(cards, want, passing, first_fails));
  return false;
}

void NodeFit::StoreInstances(size_t want, const MigPicks& chosen, Placement* placement) const {
  if (placement == nullptr || chosen.empty()) return;
  if (placement->instances.empty())
    placement->instances.assign(placement->cards.size(), kNoInstance);
  const auto offset = static_cast<size_t>(request_.wants()[want].offset);
  TANGRAM_CHECK(offset + chosen.size() <= placement->cards.size());
  for (size_t i = 0; i < chosen.size(); ++i) {
    placement->cards[offset + i] = chosen[i].card;
    placement->instances[offset + i] = chosen[i].placement;
  }
}

// Containers in slot order. What init containers take of amounts is over when the others run; the
// instances of all stay.
NodeFit::Outcome NodeFit::PlaceMixed(std::span<const Card> cards, Placement* placement,
                                     ReasonSet* reasons) {
  const auto& wants = request_.wants();
  if (placement != nullptr && !MakeRoom(cards.size(), placement)) placement = nullptr;
  CardBooks running(cards.begin(), cards.end());
  MigHelds held;
  for (size_t i = 0; i < wants.size(); ++i) {
    const ContainerWant& want = wants[i];
    CardList shared;
    MigPicks cut;
    ReasonSet own;
    if (PlaceOneMixed(running, want, held, &shared, &cut, &own)) {
      if (cut.empty()) {
        Store(i, shared, placement);
        if (!want.init) BookOne(want, shared, &running);
        continue;
      }
      StoreInstances(i, cut, placement);
      BookInstances(want, cut, &running, &held);
      continue;
    }
    const Outcome outcome = wants.size() > 1 ? SearchMixed(cards, placement) : Outcome::kRefused;
    if (outcome == Outcome::kFits) return outcome;
    if (outcome == Outcome::kBeyondSearch) {
      own = ReasonSet();
      own.Add(Reason::kSearchLimit);
    }
    if (reasons != nullptr) reasons->AddAll(own);
    return outcome;
  }
  return Outcome::kFits;
}

}  // namespace tangram::scheduler
