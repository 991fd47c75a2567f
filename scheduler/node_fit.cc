#include "scheduler/node_fit.h"

#include <algorithm>

#include "model/check.h"

namespace tangram::scheduler {

using model::Card;

void BookOne(const ContainerWant& want, const CardList& chosen, CardBooks* books) {
  for (const uint16_t card : chosen) {
    Card& target = (*books)[card];
    const model::GpuUsage taken = Taken(target, want);
    target.used.slots += taken.slots;
    target.used.memory += taken.memory;
    target.used.cores += taken.cores;
  }
}

bool InitBesideSidecar(const CompiledRequest& request) {
  bool sidecar = false;
  for (const ContainerWant& want : request.wants()) {
    if (want.init && sidecar) return true;
    sidecar |= !want.init;
  }
  return false;
}

namespace {

// HAMi counts fewer slots than its pods hold (its issue 2899). A card that is over-committed in
// slots alone is not out of order: slots are what it lacks.
uint32_t FirstLack(const Card& card, const model::GpuUsage& used, const ContainerWant& want,
                   TypeFails type, bool uuid_allowed, bool unused_only) {
  const uint32_t fails = FirstFail(card, used, want, type, uuid_allowed, unused_only);
  if (fails != kFailsOvercommitted) return fails;
  const bool amounts = used.memory > card.memory || used.cores > card.cores;
  return amounts ? fails : uint32_t{kFailsSlots};
}

}  // namespace

uint32_t NodeFit::FailsWith(const model::GpuUsage& used, size_t card,
                            const ContainerWant& want) const {
  if (avoid_alone_ && used.alone > 0) return kFailsMutex;
  const bool uuid_allowed =
      !request_.names_uuids() || request_.UuidAllowed(node_.spec().gpus[card]);
  TypeFails type = request_.TypeOf(node_, card);
  if (want.by_profile) {
    const bool has = (type & kMigCard) != 0 && !AskOf(card, want).profiles().empty();
    if (!has) type |= kFailsMigProfile;
  }
  const uint32_t fails = FirstLack(node_.cards()[card], used, want, type, uuid_allowed,
                                   request_.card_policy().unused_only());
  if (fails != 0 || (type & kMigCard) == 0) return fails;
  return AskOf(card, want).Most(used.mig_state) > 0 ? 0u : kFailsMig;
}

template <NodeFit::InUse kInUse>
uint32_t NodeFit::Check(std::span<const Card> cards, const ContainerWant& want_in, size_t enough,
                        CardList* passing) const {
  // Filter spends its time here: what the loop needs is at hand, and the rare cases are apart.
  const ContainerWant want = want_in;
  const std::span<const TypeFails> types = request_.types();
  const bool unused_only = request_.card_policy().unused_only();
  const bool names_uuids = request_.names_uuids();
  uint32_t first_fails = 0;
  passing->clear();
  for (size_t i = 0; i < cards.size(); ++i) {
    const Card& card = cards[i];
    const model::GpuUsage used = kInUse == InUse::kNothing ? model::GpuUsage() : card.used;
    const bool plain = !names_uuids && !want.by_profile && !avoid_alone_ &&
                       card.type < types.size() && (types[card.type] & kMigCard) == 0;
    const uint32_t fails = plain ? FirstLack(card, used, want, types[card.type], true, unused_only)
                                 : FailsWith(used, i, want);
    if (fails != 0) {
      first_fails |= fails;
    } else {
      passing->push_back(static_cast<uint16_t>(i));
      if (passing->size() == enough) break;
    }
  }
  return first_fails;
}

bool NodeFit::PlaceOne(std::span<const Card> cards, const ContainerWant& want, CardList* chosen,
                       ReasonSet* reasons) const {
  if (node_.has_mig()) return PlaceOneMixed(cards, want, {}, chosen, nullptr, reasons);
  const size_t needed = static_cast<size_t>(want.count);
  const bool by_numa = ByNuma(want);
  // Without a choice to make, the first cards that pass are enough.
  const size_t enough = chosen == nullptr && !by_numa ? needed : SIZE_MAX;
  CardList unchosen;
  CardList& passing = chosen == nullptr ? unchosen : *chosen;
  const uint32_t first_fails = Check<InUse::kAsBooked>(cards, want, enough, &passing);
  if (by_numa ? KeepBestOfOneNuma(Order(cards), needed, &passing) : passing.size() >= needed) {
    if (chosen != nullptr && !by_numa) KeepBestCards(Order(cards), needed, chosen);
    return true;
  }
  if (reasons != nullptr) reasons->AddAll(ReasonsFor(cards, want, passing, first_fails));
  return false;
}

ReasonSet NodeFit::ReasonsFor(std::span<const Card> cards, const ContainerWant& want,
                              const CardList& passing, uint32_t first_fails) const {
  ReasonSet reasons;
  // HAMi counts the cards before it looks at them; a MIG card may serve several instances.
  if (want.count > Candidates(want) && !HasMigCandidate(want)) {
    reasons.Add(Reason::kNodeInsufficientDevice);
    return reasons;
  }
  if (ByNuma(want)) return NumaReasons(cards, want, passing, first_fails);
  reasons = ReasonsOf(first_fails);
  if (!passing.empty()) reasons.Add(Reason::kAllocatedCardsInsufficientRequest);
  return reasons;
}

// HAMi goes from NUMA node to NUMA node and drops what it had collected at each change: dropped
// cards are NumaNotFit, those of the last node AllocatedCardsInsufficientRequest.
ReasonSet NodeFit::NumaReasons(std::span<const Card> cards, const ContainerWant& want,
                               const CardList& passing, uint32_t first_fails) const {
  ReasonSet reasons = ReasonsOf(first_fails);
  absl::InlinedVector<int32_t, 8> visited;  // NUMA nodes with a card that reaches the NUMA check
  for (size_t i = 0; i < cards.size(); ++i) {
    const TypeFails type = request_.TypeOf(node_, i);
    const bool reaches = (type & want.vendor) != 0 && cards[i].healthy && !cards[i].cordoned &&
                         (type & kFailsType) == 0;
    if (reaches) visited.push_back(cards[i].numa);
  }
  if (visited.empty()) return reasons;
  const bool ascending = request_.card_policy().keys().size() == 1 &&
                         request_.card_policy().keys()[0] == CardPolicy::Key::kBinpack;
  const int32_t last = ascending ? *std::max_element(visited.begin(), visited.end())
                                 : *std::min_element(visited.begin(), visited.end());
  for (const uint16_t card : passing) {
    reasons.Add(cards[card].numa == last ? Reason::kAllocatedCardsInsufficientRequest
                                         : Reason::kNumaNotFit);
  }
  return reasons;
}

int32_t NodeFit::Candidates(const ContainerWant& want) const {
  int32_t candidates = 0;
  for (size_t i = 0; i < node_.cards().size(); ++i) {
    candidates += (request_.TypeOf(node_, i) & want.vendor) != 0 ? 1 : 0;
  }
  return candidates;
}

bool NodeFit::HasMigCandidate(const ContainerWant& want) const {
  const std::string& modes = request_.request().constraints.modes;
  if (!modes.empty() && modes.find("mig") == std::string::npos) return false;
  for (size_t i = 0; i < node_.cards().size(); ++i) {
    const TypeFails type = request_.TypeOf(node_, i);
    if ((type & want.vendor) != 0 && (type & kInMigMode) != 0) return true;
  }
  return false;
}

bool NodeFit::FitsEmpty(const ContainerWant& want) const {
  const std::span<const Card> cards = node_.cards();
  if (node_.has_mig()) {
    CardBooks empty(cards.begin(), cards.end());
    for (Card& card : empty) card.used = model::GpuUsage();
    return PlaceOneMixed(empty, want, {}, nullptr, nullptr, nullptr);
  }
  const size_t needed = static_cast<size_t>(want.count);
  CardList passing;
  Check<InUse::kNothing>(cards, want, ByNuma(want) ? SIZE_MAX : needed, &passing);
  if (!ByNuma(want)) return passing.size() >= needed;
  return std::any_of(passing.begin(), passing.end(), [&](uint16_t card) {
    const auto same = std::count_if(passing.begin(), passing.end(), [&](uint16_t other) {
      return cards[other].numa == cards[card].numa;
    });
    return static_cast<size_t>(same) >= needed;
  });
}

bool NodeFit::MakeRoom(size_t cards, Placement* placement) const {
  // What one card can be cut into at most; shares are of different cards.
  constexpr size_t kMostOfCard = 64;
  const auto& wants = request_.wants();
  if (wants.empty()) return true;
  for (const ContainerWant& want : wants) {
    if (static_cast<size_t>(want.count) > cards * kMostOfCard) return false;
  }
  placement->cards.assign(static_cast<size_t>(wants.back().offset + wants.back().count), 0);
  return true;
}

void NodeFit::Store(size_t want, const CardList& chosen, Placement* placement) const {
  if (placement == nullptr) return;
  const auto offset = static_cast<size_t>(request_.wants()[want].offset);
  TANGRAM_CHECK(offset + chosen.size() <= placement->cards.size());
  std::copy(chosen.begin(), chosen.end(),
            placement->cards.begin() + static_cast<ptrdiff_t>(offset));
}

NodeFit::Outcome NodeFit::Place(std::span<const Card> cards, Placement* placement,
                                ReasonSet* reasons) {
  if (std::any_of(cards.begin(), cards.end(), [](const Card& c) { return c.used.alone > 0; })) {
    avoid_alone_ = true;
    const Outcome outcome = PlaceAll(cards, placement, nullptr);
    avoid_alone_ = false;
    if (outcome == Outcome::kFits) return outcome;
    if (placement != nullptr) *placement = Placement();
  }
  return PlaceAll(cards, placement, reasons);
}

NodeFit::Outcome NodeFit::PlaceAll(std::span<const Card> cards, Placement* placement,
                                   ReasonSet* reasons) {
  const auto& wants = request_.wants();
  if (node_.has_mig()) return PlaceMixed(cards, placement, reasons);
  if (wants.size() == 1) {
    if (placement == nullptr) {
      return PlaceOne(cards, wants[0], nullptr, reasons) ? Outcome::kFits : Outcome::kRefused;
    }
    CardList chosen;
    if (!PlaceOne(cards, wants[0], &chosen, reasons)) return Outcome::kRefused;
    placement->cards.assign(chosen.begin(), chosen.end());
    return Outcome::kFits;
  }
  if (placement == nullptr && FitsPlainly(cards)) return Outcome::kFits;
  if (placement != nullptr && !MakeRoom(cards.size(), placement)) placement = nullptr;
  return PlaceTogether(cards, placement, reasons);
}

// Any places for the containers show that the search would find some, so that ranking the cards can
// be saved. Not where the search may give up, nor with NUMA nodes to keep to.
bool NodeFit::FitsPlainly(std::span<const Card> cards) const {
  if (cards.size() > kCompleteCards || Together() > kSearchContainers) return false;
  if (request_.request().constraints.numa_bind) return false;
  CardBooks running(cards.begin(), cards.end());
  CardList passing;
  for (const ContainerWant& want : request_.wants()) {
    const size_t needed = static_cast<size_t>(want.count);
    Check<InUse::kAsBooked>(running, want, needed, &passing);
    if (passing.size() < needed) return false;
    if (!want.init) BookOne(want, passing, &running);
  }
  return true;
}

// Containers in slot order, on a copy that those add to which run side by side. Where no init
// container runs beside a sidecar, init containers see the books as given.
NodeFit::Outcome NodeFit::PlaceTogether(std::span<const Card> cards, Placement* placement,
                                        ReasonSet* reasons) {
  const auto& wants = request_.wants();
  const bool init_too = InitBesideSidecar(request_);
  const bool copy_needed = Together() > 1;
  CardBooks running;
  if (copy_needed) running.assign(cards.begin(), cards.end());
  bool searched = false;
  for (size_t i = 0; i < wants.size(); ++i) {
    const ContainerWant& want = wants[i];
    const bool shared = copy_needed && (!want.init || init_too);
    if (shared && searched) continue;
    CardList chosen;
    ReasonSet own;
    const std::span<const Card> books = shared ? std::span<const Card>(running) : cards;
    if (PlaceOne(books, want, &chosen, &own)) {
      Store(i, chosen, placement);
      if (shared && !want.init) BookOne(want, chosen, &running);
      continue;
    }
    Outcome outcome = Outcome::kRefused;
    if (shared) {
      outcome = Search(cards, placement, &own);
      searched = true;
    }
    if (outcome == Outcome::kFits) continue;
    if (outcome == Outcome::kBeyondSearch) {
      own = ReasonSet();
      own.Add(Reason::kSearchLimit);
    }
    if (reasons != nullptr) reasons->AddAll(own);
    return outcome;
  }
  return Outcome::kFits;
}

size_t NodeFit::FirstRefused(CardBooks* met) const {
  const std::span<const Card> cards = node_.cards();
  CardBooks running(cards.begin(), cards.end());
  MigHelds held;
  const auto& wants = request_.wants();
  for (size_t i = 0; i < wants.size(); ++i) {
    CardList chosen;
    MigPicks cut;
    const bool placed = node_.has_mig()
                            ? PlaceOneMixed(running, wants[i], held, &chosen, &cut, nullptr)
                            : PlaceOne(running, wants[i], &chosen, nullptr);
    if (!placed) {
      *met = running;
      return i;
    }
    if (!wants[i].init && cut.empty()) BookOne(wants[i], chosen, &running);
    BookInstances(wants[i], cut, &running, &held);
  }
  met->assign(cards.begin(), cards.end());
  return 0;
}

}  // namespace tangram::scheduler
