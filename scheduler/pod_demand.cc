#include "scheduler/pod_demand.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

#include "scheduler/card_rules.h"
#include "scheduler/live_view.h"
#include "scheduler/node_fit.h"
#include "scheduler/pool_fit.h"

namespace tangram::scheduler {
namespace {

using model::Card;

// In floating point, because it is done for every card of every state and integers divide slowly;
// rounding up is as exact: a fraction of 32-bit numbers that is no integer is farther from the next
// one than the error of the division.
int32_t ShareTaken(int32_t taken, int32_t all) {
  if (all <= 0) return 0;
  const double share = static_cast<double>(taken) * kWholeCard / all;
  return static_cast<int32_t>(std::ceil(std::clamp(share, 0.0, double{kWholeCard})));
}

Card EmptyCard(const CardKind& kind) {
  Card card;
  card.slots = model::Slots(kind.slots);
  card.memory = model::Mebibytes(kind.memory);
  card.cores = model::CorePercent(kind.cores);
  card.type = kind.type;
  card.healthy = true;
  return card;
}

int32_t MilliOn(const ContainerWant& want, const CardKind& kind) {
  return MilliTaken(want.MemoryOn(kind.memory), want.CoresOn(kind.cores), kind.memory, kind.cores);
}

constexpr uint32_t kFirstVendor = VendorBit(static_cast<model::Vendor>(0));

bool IsOf(const ContainerWant& want, TypeFails type) { return (type & want.vendor) != 0; }

size_t VendorOf(const ContainerWant& want) {
  return static_cast<size_t>(std::countr_zero(want.vendor >> std::countr_zero(kFirstVendor)));
}

// How many cards the containers of the vendor come to where they share none.
int64_t MostCards(const CompiledRequest& request, uint32_t vendors) {
  int64_t running = 0;
  int64_t init = 0;
  for (const ContainerWant& want : request.wants()) {
    if ((want.vendor & vendors) == 0) continue;
    if (want.init) {
      init = std::max<int64_t>(init, running + want.count);  // beside the sidecars before it
    } else {
      running += want.count;
    }
  }
  return std::max(running, init);
}

// The most frequent kind of each vendor that holds the pod; of equals the one with less memory.
using UsualKinds = std::array<const CardKind*, model::kVendors.size()>;

// Nothing where the containers of some vendor have no such kind.
std::optional<UsualKinds> UsualOf(const CompiledRequest& request,
                                  const std::vector<CardKind>& kinds, PodDemand* made) {
  UsualKinds usual = {};
  const auto before = [](const CardKind& a, const CardKind& b) {
    return a.count != b.count ? a.count > b.count : a.memory < b.memory;
  };
  std::vector<const CardKind*> holding;
  made->demand.models = 0;
  for (const CardKind& kind : kinds) {
    if (!HoldsOn(request, kind)) continue;
    holding.push_back(&kind);
    made->demand.models |= ModelSet{1} << ModelOf(kind.type);
    for (size_t v = 0; v < usual.size(); ++v) {
      const bool of_vendor =
          (request.types()[kind.type] & VendorBit(static_cast<model::Vendor>(v))) != 0;
      if (of_vendor && (usual[v] == nullptr || before(kind, *usual[v]))) usual[v] = &kind;
    }
  }
  for (const ContainerWant& want : request.wants()) {
    const CardKind* own = usual[VendorOf(want)];
    if (own == nullptr) return std::nullopt;
    for (const CardKind* kind : holding) {
      const bool counts = IsOf(want, request.types()[kind->type]);
      made->rounded |= counts && MilliOn(want, *kind) != MilliOn(want, *own);
    }
  }
  return usual;
}

// A node with so many empty cards of the usual kinds as the containers can take.
model::Node RoomyNode(const CompiledRequest& request, const UsualKinds& usual) {
  auto spec = std::make_shared<model::NodeSpec>();
  std::vector<model::CardTypeId> types;
  for (size_t v = 0; v < usual.size(); ++v) {
    if (usual[v] == nullptr) continue;
    const int64_t cards = MostCards(request, VendorBit(static_cast<model::Vendor>(v)));
    for (int64_t i = 0; i < cards; ++i) {
      model::Gpu gpu;
      gpu.slots = model::Slots(usual[v]->slots);
      gpu.memory = model::Mebibytes(usual[v]->memory);
      gpu.cores = model::CorePercent(usual[v]->cores);
      gpu.healthy = true;
      spec->gpus.push_back(std::move(gpu));
      types.push_back(usual[v]->type);
    }
  }
  model::Node node("");
  node.Describe(std::move(spec), types);
  return node;
}

// The containers in slot order on the empty cards, of which there are enough, each by the card
// policy; names of cards play no part.
Placement PlaceInOrder(const CompiledRequest& request, const model::Node& node) {
  const bool unused_only = request.card_policy().unused_only();
  CardUsage usage(request.request().weights);
  CardBooks running(node.cards().begin(), node.cards().end());
  Placement placement;
  for (const ContainerWant& want : request.wants()) {
    CardList passing;
    for (size_t i = 0; i < running.size(); ++i) {
      const model::Card& card = running[i];
      const TypeFails type = request.types()[card.type];
      if (FirstFail(card, card.used, want, type, true, unused_only) != 0) continue;
      passing.push_back(static_cast<uint16_t>(i));
    }
    KeepBestCards({request.card_policy(), running, &usage}, static_cast<size_t>(want.count),
                  &passing);
    placement.cards.insert(placement.cards.end(), passing.begin(), passing.end());
    if (!want.init) BookOne(want, passing, &running);
  }
  return placement;
}

// By what the pod asks for by count.
void CountDevices(const CompiledRequest& request, const DeviceKinds& kinds, PodDemand* made) {
  std::map<std::string_view, const DeviceKind*> usual;
  for (const DeviceKind& kind : kinds.devices) {
    const DeviceKind*& known = usual[kind.resource];
    if (known == nullptr || kind.count > known->count) known = &kind;
  }
  int64_t milli = 0;
  for (const auto& [resource, kind] : usual) {
    milli += DevicesAsked(request, resource) * kind->milli;
  }
  const int64_t cards = MostCards(request, ~uint32_t{0});
  // Cards that are cut take shares as instances, whatever they come to.
  const bool any = kinds.cards.empty() || milli > 0 ||
                   std::any_of(kinds.cards.begin(), kinds.cards.end(), [&](const CardKind& kind) {
                     return request.TypeAllowed(kind.type) && !request.TypeTakes(kind.type);
                   });
  if (milli == 0) milli = std::min<int64_t>(cards, kViewCards + 1) * kWholeCard;
  made->too_many = milli > int64_t{kViewCards} * kWholeCard;
  made->demand = DemandOfDevices(milli, kViewCards, request.host());
  made->demand.models = any ? kAnyModel : 0;
}

}  // namespace

int32_t MilliTaken(int32_t memory, int32_t cores, int32_t all_memory, int32_t all_cores) {
  return std::max(ShareTaken(memory, all_memory), ShareTaken(cores, all_cores));
}

Demand DemandOfCards(std::span<const int32_t> milli, const model::HostResources& host) {
  Demand demand{.cpu = host.cpu_milli, .memory = host.memory_mib};
  demand.cards = static_cast<int32_t>(std::min(milli.size(), kViewCards));
  if (demand.cards == 0) return demand;
  demand.milli = std::max(*std::max_element(milli.begin(), milli.end()), 1);
  return demand;
}

Demand DemandOfDevices(int64_t milli, int64_t most, const model::HostResources& host) {
  Demand demand{.cpu = host.cpu_milli, .memory = host.memory_mib};
  if (milli <= 0 || most <= 0) return demand;
  const int64_t whole = (milli + kWholeCard - 1) / kWholeCard;
  demand.cards = static_cast<int32_t>(std::min(whole, most));
  demand.milli =
      static_cast<int32_t>(demand.cards > 1 ? kWholeCard : std::min<int64_t>(milli, kWholeCard));
  return demand;
}

DeviceKinds DeviceKindsOf(const model::Snapshot& snapshot) {
  std::map<std::tuple<model::CardTypeId, int32_t, int32_t, int32_t>, int64_t> cards;
  std::map<std::pair<std::string, int64_t>, int64_t> devices;
  for (const model::Node* node : snapshot.NodesByName()) {
    for (const Card& card : node->cards()) {
      ++cards[{card.type, card.slots.value(), card.memory.value(), card.cores.value()}];
    }
    for (const model::Pool& pool : node->spec().pools) {
      // Counts of a cluster's nodes together never overflow, however many somebody claims.
      const int64_t count = std::clamp<int64_t>(pool.count, 0, 1'000'000);
      if (count > 0) devices[{pool.resource, MilliOfDevice(pool)}] += count;
    }
  }
  DeviceKinds kinds;
  for (const auto& [kind, count] : cards) {
    kinds.cards.push_back(
        {std::get<0>(kind), std::get<1>(kind), std::get<2>(kind), std::get<3>(kind), count});
  }
  for (const auto& [kind, count] : devices) {
    kinds.devices.push_back({kind.first, kind.second, count});
  }
  return kinds;
}

bool HoldsOn(const CompiledRequest& request, const CardKind& kind) {
  if (!request.TypeTakes(kind.type)) return false;
  const TypeFails type = request.types()[kind.type];
  const Card card = EmptyCard(kind);
  return std::all_of(
      request.wants().begin(), request.wants().end(), [&](const ContainerWant& want) {
        return !IsOf(want, type) ||
               (!want.by_profile && FirstFail(card, card.used, want, type, true, false) == 0);
      });
}

PodDemand DemandOf(const CompiledRequest& request, const DeviceKinds& kinds) {
  PodDemand made;
  made.demand.cpu = request.host().cpu_milli;
  made.demand.memory = request.host().memory_mib;
  if (request.empty()) return made;
  const std::optional<UsualKinds> usual =
      request.wants().empty() ? std::nullopt : UsualOf(request, kinds.cards, &made);
  if (!usual.has_value()) {
    made = PodDemand();
    CountDevices(request, kinds, &made);
    return made;
  }
  const ModelSet models = made.demand.models;
  std::vector<int32_t> parts;
  if (MostCards(request, ~uint32_t{0}) > int64_t{kViewCards}) {
    made.too_many = true;
    parts.assign(kViewCards, kWholeCard);
  } else if (request.wants().size() == 1) {
    const ContainerWant& want = request.wants()[0];
    parts.assign(static_cast<size_t>(want.count), MilliOn(want, *(*usual)[VendorOf(want)]));
  } else {
    const model::Node node = RoomyNode(request, *usual);
    for (const CardTake& take : TakenBy(request, node, PlaceInOrder(request, node))) {
      const Card& card = node.cards()[take.card];
      parts.push_back(MilliTaken(take.usage.memory.value(), take.usage.cores.value(),
                                 card.memory.value(), card.cores.value()));
    }
    made.rounded |=
        std::adjacent_find(parts.begin(), parts.end(), std::not_equal_to<>()) != parts.end();
  }
  made.demand = DemandOfCards(parts, request.host());
  made.demand.models = models;
  return made;
}

}  // namespace tangram::scheduler
