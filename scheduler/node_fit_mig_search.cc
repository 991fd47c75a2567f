// From the books of a node with cards that are cut to the exact searches and back.
#include <algorithm>
#include <bit>
#include <vector>

#include "scheduler/mig_search.h"
#include "scheduler/node_fit.h"
#include "scheduler/search.h"

namespace tangram::scheduler {

using model::Card;

// Each container is served by shares or by instances: where both are possible, both are tried,
// shares first.
NodeFit::Outcome NodeFit::SearchMixed(std::span<const Card> cards, Placement* placement) const {
  const auto& wants = request_.wants();
  if (wants.size() > kSearchContainers) {
    // One that does not even fit by itself settles the matter.
    const bool each = std::all_of(wants.begin(), wants.end(), [&](const ContainerWant& want) {
      return PlaceOneMixed(cards, want, {}, nullptr, nullptr, nullptr);
    });
    return each ? Outcome::kBeyondSearch : Outcome::kRefused;
  }
  uint32_t may_share = 0;
  uint32_t may_cut = 0;
  for (size_t i = 0; i < wants.size(); ++i) {
    size_t shares = 0;
    for (size_t c = 0; c < cards.size(); ++c) {
      if (node_.mig_table(c) == nullptr && Fails(cards, c, wants[i]) == 0) ++shares;
    }
    if (shares >= static_cast<size_t>(wants[i].count)) may_share |= 1u << i;
    if (PlaceInstances(cards, wants[i], {}, nullptr)) may_cut |= 1u << i;
  }
  // On more cards than the search is complete for, what may be tried is bounded.
  size_t budget = cards.size() > kCompleteCards ? kMostMigSteps : SIZE_MAX;
  Outcome outcome = Outcome::kRefused;
  for (uint32_t cut = 0; cut < (1u << wants.size()); ++cut) {
    const uint32_t shared = ((1u << wants.size()) - 1) & ~cut;
    if ((cut & ~may_cut) != 0 || (shared & ~may_share) != 0) continue;
    std::vector<size_t> sharing;
    std::vector<size_t> cutting;
    for (size_t i = 0; i < wants.size(); ++i) {
      (((cut >> i) & 1u) != 0 ? cutting : sharing).push_back(i);
    }
    const Outcome split = SearchSplit(cards, sharing, cutting, &budget, placement);
    if (split == Outcome::kFits) return split;
    if (split == Outcome::kBeyondSearch) outcome = split;
  }
  return outcome;
}

// The wants `shared` on cards that are not cut, the wants `cut` on those that are.
NodeFit::Outcome NodeFit::SearchSplit(std::span<const Card> cards, std::span<const size_t> shared,
                                      std::span<const size_t> cut, size_t* budget,
                                      Placement* placement) const {
  const auto& wants = request_.wants();
  Placement made;
  if (!MakeRoom(cards.size(), &made)) return Outcome::kRefused;
  // Init containers share on the node's books alone, but for those beside a sidecar.
  CardList able;
  std::vector<size_t> together;
  for (const size_t i : shared) {
    CardList passing;
    for (size_t c = 0; c < cards.size(); ++c) {
      if (node_.mig_table(c) != nullptr || Fails(cards, c, wants[i]) != 0) continue;
      passing.push_back(static_cast<uint16_t>(c));
    }
    if (!wants[i].init || InitBesideSidecar(request_)) {
      together.push_back(i);
      for (const uint16_t card : passing) {
        if (std::find(able.begin(), able.end(), card) == able.end()) able.push_back(card);
      }
      continue;
    }
    const auto needed = static_cast<size_t>(wants[i].count);
    if (ByNuma(wants[i])) {
      if (!KeepBestOfOneNuma(Order(cards), needed, &passing)) return Outcome::kRefused;
    } else {
      KeepBestCards(Order(cards), needed, &passing);
    }
    Store(i, passing, &made);
  }
  if (!together.empty()) {
    SortByPolicy(Order(cards), &able);
    const Outcome outcome = SearchCards(cards, able, together, &made);
    if (outcome != Outcome::kFits) return outcome;
  }
  MigProblem problem;
  problem.budget = budget;
  problem.numa_bind = request_.request().constraints.numa_bind;
  for (const size_t i : cut) problem.wants.push_back(wants[i]);
  for (size_t c = 0; c < cards.size() && !cut.empty(); ++c) {
    if (node_.mig_table(c) == nullptr || cards[c].used.mig_state == model::kMigUnclear) continue;
    MigProblem::CutCard& card = problem.cards.emplace_back();
    card.card = static_cast<uint16_t>(c);
    card.books = cards[c];
    for (const size_t i : cut) card.asks.push_back(AskOf(c, wants[i]));
    card.passes = [this, c, &problem](size_t want, const model::GpuUsage& used) {
      const uint32_t fails = FailsWith(used, c, problem.wants[want]);
      return fails == 0 || fails == kFailsMig;
    };
  }
  std::vector<MigPicks> picks;
  const MigSearchOutcome outcome = FindInstances(problem, &picks);
  if (outcome == MigSearchOutcome::kTooMuch) return Outcome::kBeyondSearch;
  if (outcome == MigSearchOutcome::kNone) return Outcome::kRefused;
  for (size_t i = 0; i < cut.size(); ++i) StoreInstances(cut[i], picks[i], &made);
  if (placement != nullptr) *placement = std::move(made);
  return Outcome::kFits;
}

}  // namespace tangram::scheduler
