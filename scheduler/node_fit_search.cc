// From a node's books to the exact search and back: what sets of containers each card can take.
#include <algorithm>
#include <bit>
#include <cstdint>
#include <tuple>
#include <vector>

#include "scheduler/node_fit.h"
#include "scheduler/search.h"

namespace tangram::scheduler {
namespace {

using model::Card;

// The containers that see one another, in slot order.
using Wants = absl::InlinedVector<ContainerWant, kSearchContainers>;

// A card with what the request says of its type.
struct TypedCard {
  const Card& card;
  TypeFails type;
};

bool TakeAlike(const TypedCard& a, const TypedCard& b) {
  return a.card.used == b.card.used && a.card.slots == b.card.slots &&
         a.card.memory == b.card.memory && a.card.cores == b.card.cores && a.type == b.type;
}

// Every set of containers that the card takes when they come in slot order. A set whose last
// container does not follow the others fails, and with it every larger one.
CardFamily FamilyOf(const TypedCard& typed, const Wants& wants, bool unused_only) {
  const Card& card = typed.card;
  std::array<model::GpuUsage, size_t{1} << kSearchContainers> used;
  CardFamily family;
  family[0] = true;
  used[0] = card.used;
  for (size_t set = 1; set < (size_t{1} << wants.size()); ++set) {
    const size_t last = static_cast<size_t>(std::bit_width(set)) - 1;
    const size_t before = set & ~(size_t{1} << last);
    if (!family[before]) continue;
    if (FirstFail(card, used[before], wants[last], typed.type, true, unused_only) != 0) {
      continue;
    }
    family[set] = true;
    used[set] = used[before];
    if (wants[last].init) continue;  // it has ended when the next one starts
    const model::GpuUsage taken = Taken(card, wants[last]);
    used[set].slots += taken.slots;
    used[set].memory += taken.memory;
    used[set].cores += taken.cores;
  }
  return family;
}

}  // namespace

std::vector<size_t> NodeFit::SeeOneAnother() const {
  std::vector<size_t> which;
  const bool all = InitBesideSidecar(request_);
  for (size_t i = 0; i < request_.wants().size(); ++i) {
    if (all || !request_.wants()[i].init) which.push_back(i);
  }
  return which;
}

NodeFit::Outcome NodeFit::Search(std::span<const Card> cards, Placement* placement,
                                 ReasonSet* lacks) const {
  const auto& wants = request_.wants();
  const std::vector<size_t> which = SeeOneAnother();
  // A container that does not even fit by itself settles the matter.
  for (const size_t i : which) {
    if (!PlaceOne(cards, wants[i], nullptr, nullptr)) return Outcome::kRefused;
  }
  if (which.size() <= kSearchContainers) {
    CardList able;  // cards that take at least one of the containers
    for (size_t c = 0; c < cards.size(); ++c) {
      const bool takes_one = std::any_of(which.begin(), which.end(),
                                         [&](size_t i) { return Fails(cards, c, wants[i]) == 0; });
      if (takes_one) able.push_back(static_cast<uint16_t>(c));
    }
    // The search prefers earlier cards among equals, so what it finds follows the policy, and from
    // the cards' states alone.
    SortByPolicy(Order(cards), &able);
    const Outcome outcome = SearchCards(cards, able, which, placement);
    if (outcome != Outcome::kBeyondSearch) return outcome;
  }
  const ReasonSet in_sum = LacksInSum(cards);
  lacks->AddAll(in_sum);
  if (!in_sum.empty()) return Outcome::kRefused;
  return PlaceInOrders(cards, placement) ? Outcome::kFits : Outcome::kBeyondSearch;
}

ReasonSet NodeFit::LacksInSum(std::span<const Card> cards) const {
  ReasonSet lacks;
  for (const model::Vendor vendor : model::kVendors) {
    const auto of_vendor = [&](const ContainerWant& want) {
      return !want.init && want.vendor == VendorBit(vendor);
    };
    // What the cards have that take any of them, and the least of what one of these is: a
    // percentage comes to no less.
    int64_t slots = 0, memory = 0, cores = 0;
    int32_t least_memory = INT32_MAX, least_cores = INT32_MAX;
    for (size_t i = 0; i < cards.size(); ++i) {
      const auto& wants = request_.wants();
      const bool able = std::any_of(wants.begin(), wants.end(), [&](const ContainerWant& want) {
        return of_vendor(want) && Fails(cards, i, want) == 0;
      });
      if (!able) continue;
      const Card& card = cards[i];
      slots += card.slots.value() - card.used.slots.value();
      memory += card.memory.value() - card.used.memory.value();
      cores += card.cores.value() - card.used.cores.value();
      least_memory = std::min(least_memory, card.memory.value());
      least_cores = std::min(least_cores, card.cores.value());
    }
    // Counts are of different cards each, so that no sum comes near what overflows.
    for (const ContainerWant& want : request_.wants()) {
      if (!of_vendor(want)) continue;
      slots -= want.count;
      memory -= int64_t{want.MemoryOn(least_memory)} * want.count;
      cores -= int64_t{want.CoresOn(least_cores)} * want.count;
    }
    if (memory < 0) lacks.Add(Reason::kCardInsufficientMemory);
    if (cores < 0) lacks.Add(Reason::kCardInsufficientCore);
    if (slots < 0) lacks.Add(Reason::kCardTimeSlicingExhausted);
  }
  return lacks;
}

bool NodeFit::PlaceInOrders(std::span<const Card> cards, Placement* placement) const {
  const std::vector<size_t> which = SeeOneAnother();
  std::vector<size_t> large_first = which;
  std::stable_sort(large_first.begin(), large_first.end(), [&](size_t a, size_t b) {
    const ContainerWant& x = request_.wants()[a];
    const ContainerWant& y = request_.wants()[b];
    const auto size = [](const ContainerWant& want) {
      return std::tuple(want.exclusive(), want.count, want.memory > 0 ? want.memory : want.percent,
                        want.cores);
    };
    return size(x) > size(y);
  });
  for (const char* policy : {"binpack", "spread"}) {
    const CardPolicy order = CardPolicy::Parse(policy);
    if (PlaceInOrder(cards, large_first, order, placement)) return true;
    if (PlaceInOrder(cards, which, order, placement)) return true;
  }
  return false;
}

bool NodeFit::PlaceInOrder(std::span<const Card> cards, std::span<const size_t> which,
                           const CardPolicy& policy, Placement* placement) const {
  std::vector<CardList> chosen(request_.wants().size());
  CardBooks books(cards.begin(), cards.end());
  for (const size_t i : which) {
    const ContainerWant& want = request_.wants()[i];
    const auto needed = static_cast<size_t>(want.count);
    CardList& passing = chosen[i];
    for (size_t c = 0; c < books.size(); ++c) {
      if (Fails(books, c, want) == 0) passing.push_back(static_cast<uint16_t>(c));
    }
    const CardOrder order{policy, books, usage_};
    if (ByNuma(want)) {
      if (!KeepBestOfOneNuma(order, needed, &passing)) return false;
    } else {
      if (passing.size() < needed) return false;
      KeepBestCards(order, needed, &passing);
    }
    if (!want.init) BookOne(want, passing, &books);
  }
  // The rules are those of the slot order.
  books.assign(cards.begin(), cards.end());
  for (size_t i = 0; i < request_.wants().size(); ++i) {
    const ContainerWant& want = request_.wants()[i];
    for (const uint16_t card : chosen[i]) {
      if (Fails(books, card, want) != 0) return false;
    }
    if (!want.init) BookOne(want, chosen[i], &books);
  }
  for (const size_t i : which) Store(i, chosen[i], placement);
  return true;
}

// The cards of a vendor that is not bound to NUMA nodes are all of one.
int32_t NodeFit::NumaOf(std::span<const Card> cards, size_t card) const {
  const bool bound = (request_.TypeOf(node_, card) & VendorBit(model::Vendor::kNvidia)) != 0;
  return bound ? cards[card].numa : 0;
}

NodeFit::Outcome NodeFit::SearchCards(std::span<const Card> cards, const CardList& able,
                                      std::span<const size_t> which, Placement* placement) const {
  Wants wants;
  for (const size_t i : which) wants.push_back(request_.wants()[i]);
  CoverProblem problem;
  problem.containers = wants.size();
  for (size_t i = 0; i < wants.size(); ++i) {
    if (static_cast<size_t>(wants[i].count) > able.size()) return Outcome::kRefused;
    problem.demand[i] = static_cast<uint8_t>(wants[i].count);
  }
  absl::InlinedVector<int32_t, kSearchCards> numa;
  for (size_t c = 0; c < able.size(); ++c) {
    const auto typed = [&](size_t i) {
      return TypedCard{cards[able[i]], request_.TypeOf(node_, able[i])};
    };
    size_t same = 0;
    while (same < c && !TakeAlike(typed(same), typed(c))) ++same;
    const bool unused_only = request_.card_policy().unused_only();
    problem.families.push_back(same < c ? problem.families[same]
                                        : FamilyOf(typed(c), wants, unused_only));
    numa.push_back(NumaOf(cards, able[c]));
  }
  Cover cover;
  const CoverOutcome found = request_.request().constraints.numa_bind
                                 ? FindCoverByNuma(problem, numa, &cover)
                                 : FindCover(problem, &cover);
  if (found == CoverOutcome::kTooMuch) return Outcome::kBeyondSearch;
  if (found == CoverOutcome::kNone) return Outcome::kRefused;
  if (placement == nullptr) return Outcome::kFits;
  // Of the cards that could take a container, those that the policy likes best do.
  for (size_t i = 0; i < wants.size(); ++i) {
    CardList takers;
    for (size_t c = 0; c < able.size(); ++c) {
      if (((static_cast<uint32_t>(cover[c]) >> i) & 1u) != 0) takers.push_back(able[c]);
    }
    KeepBestCards(Order(cards), problem.demand[i], &takers);
    std::sort(takers.begin(), takers.end());
    Store(which[i], takers, placement);
  }
  return Outcome::kFits;
}

}  // namespace tangram::scheduler
