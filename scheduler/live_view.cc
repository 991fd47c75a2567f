#include "scheduler/live_view.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <tuple>

#include "scheduler/card_rules.h"
#include "scheduler/node_fit.h"
#include "scheduler/pool_fit.h"

namespace tangram::scheduler {
namespace {

using model::Card;
using model::HostResources;
using model::Node;

using SortedIndices = absl::InlinedVector<uint16_t, kViewCards>;

// `part` in thousandths of `all`, 0..kWholeCard. In floating point, because it is done for every
// card of every state and integers divide slowly; rounding it up or down is as exact: a fraction of
// 32-bit numbers that is no integer is farther from the next one than the error of the division.
double Share(int32_t part, int32_t all) {
  return std::clamp(static_cast<double>(part) * kWholeCard / all, 0.0, double{kWholeCard});
}

// Rounded down; everything of nothing is left.
int32_t ShareLeft(int32_t left, int32_t all) {
  return all <= 0 ? kWholeCard : static_cast<int32_t>(Share(left, all));
}

// Rounded up; nothing of nothing is asked for.
int32_t ShareAsked(int32_t asked, int32_t all) {
  return all <= 0 ? 0 : static_cast<int32_t>(std::ceil(Share(asked, all)));
}

int32_t MilliLeft(const LiveCard& card) {
  if (!card.open) return 0;
  return std::min(ShareLeft(card.memory_left, card.memory), ShareLeft(card.cores_left, card.cores));
}

uint8_t ModelOf(model::CardTypeId type) {
  return static_cast<uint8_t>(std::min<size_t>(type, kViewModels - 1));
}

// A node's cards in the order of its state. Nodes with more than a view holds show the first.
SortedIndices InStateOrder(const Node& node) {
  SortedIndices order(node.cards().size());
  std::iota(order.begin(), order.end(), uint16_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](uint16_t a, uint16_t b) { return node.cards()[a] < node.cards()[b]; });
  if (order.size() > kViewCards) order.resize(kViewCards);
  return order;
}

LiveCard LiveCardOf(const Card& card, bool mig) {
  LiveCard live;
  live.memory = card.memory.value();
  live.memory_left = live.memory - card.used.memory.value();
  live.cores = card.cores.value();
  live.cores_left = live.cores - card.used.cores.value();
  live.open = card.healthy && !card.cordoned && !card.overcommitted() && !mig &&
              card.used.slots < card.slots;
  return live;
}

bool IsMig(const Node& node, size_t card) { return node.spec().gpus[card].mode == "mig"; }

NodeView PlainView(const Node& node, const HostResources& left, bool empty) {
  NodeView view = node.counts_only() ? PoolView(node, empty) : NodeView();
  view.cpu_left = left.cpu_milli;
  view.memory_left = left.memory_mib;
  if (node.counts_only()) return view;
  const SortedIndices order = InStateOrder(node);
  if (!order.empty()) view.model = ModelOf(node.cards()[order[0]].type);
  for (const uint16_t index : order) {
    Card card = node.cards()[index];
    if (empty) card.used = model::GpuUsage();
    view.left[view.cards++] = static_cast<int16_t>(MilliLeft(LiveCardOf(card, IsMig(node, index))));
  }
  return view;
}

}  // namespace

int32_t MilliWanted(const LiveCard& card, int32_t memory, int32_t cores) {
  return std::max(ShareAsked(memory, card.memory), ShareAsked(cores, card.cores));
}

LiveHypothesis Hypothesis(std::span<const LiveCard> cards, model::CardTypeId type, int32_t count,
                          const HostResources& host, const HostResources& host_left) {
  LiveHypothesis made;
  Demand& demand = made.demand;
  demand.cpu = host.cpu_milli;
  demand.memory = host.memory_mib;
  demand.cards = count;
  demand.milli = count > 1 ? kWholeCard : 1;
  for (const LiveCard& card : cards) {
    if (!card.passes || count > 1) continue;
    demand.milli = std::max(demand.milli, card.milli_wanted);
  }
  NodeView& node = made.node;
  node.cpu_left = std::max(host_left.cpu_milli, host.cpu_milli);
  node.memory_left = std::max(host_left.memory_mib, host.memory_mib);
  node.model = ModelOf(type);
  for (size_t i = cards.size(); i-- > 0;) {
    const LiveCard& card = cards[i];
    const int32_t left = MilliLeft(card);
    if (left < kWholeCard && card.open) node.tags |= left == 0 ? 2u : 1u;
    const int32_t shown =
        card.passes ? std::max(left, demand.milli) : std::min(left, demand.milli - 1);
    node.left[node.cards++] = static_cast<int16_t>(shown);
  }
  return made;
}

LiveHypothesis HypothesisOn(const CompiledRequest& request, const Node& node,
                            const Placement& placement, const model::HostBuckets& buckets,
                            SortedIndices* sorted) {
  *sorted = InStateOrder(node);
  if (node.counts_only()) return PoolHypothesis(request, node, node.HostLeft(buckets));
  const bool one = request.wants().size() == 1;
  const CardTakes taken = one ? CardTakes() : TakenBy(request, node, placement);
  CardUsage usage(request.request().weights);
  const NodeFit fit(request, node, &usage);
  LiveCards cards;
  for (const uint16_t index : *sorted) {
    const bool mig = (request.TypeOf(node, index) & kInMigMode) != 0;
    LiveCard& card = cards.emplace_back(LiveCardOf(node.cards()[index], mig));
    if (one) {
      const ContainerWant& want = request.wants()[0];
      // Where this is asked of a card that is cut, shares were placed on others.
      card.passes = !mig && fit.Fails(node.cards(), index, want) == 0;
      card.milli_wanted = MilliWanted(card, want.MemoryOn(card.memory), want.CoresOn(card.cores));
      continue;
    }
    for (const CardTake& take : taken) {
      if (take.card != index) continue;
      card.passes = true;
      card.milli_wanted = MilliWanted(card, take.usage.memory.value(), take.usage.cores.value());
    }
  }
  const model::CardTypeId type = sorted->empty() ? 0 : node.cards()[sorted->front()].type;
  const int32_t count = one ? request.wants()[0].count : static_cast<int32_t>(taken.size());
  std::reverse(sorted->begin(), sorted->end());
  return Hypothesis(cards, type, count, request.host(), node.HostLeft(buckets));
}

NodeView EmptyView(const Node& node) {
  HostResources all{.cpu_milli = model::kHostMost, .memory_mib = model::kHostMost};
  if (node.spec().host.has_value()) all = *node.spec().host;
  return PlainView(node, all, /*empty=*/true);
}

NodeView ViewOf(const Node& node, const model::HostBuckets& buckets) {
  return PlainView(node, node.HostLeft(buckets), /*empty=*/false);
}

std::vector<CardKind> CardKindsOf(const model::Snapshot& snapshot) {
  std::map<std::tuple<model::CardTypeId, int32_t, int32_t>, int64_t> counts;
  for (const Node* node : snapshot.NodesByName()) {
    for (const Card& card : node->cards()) {
      ++counts[{card.type, card.memory.value(), card.cores.value()}];
    }
  }
  std::vector<CardKind> kinds;
  for (const auto& [kind, count] : counts) {
    kinds.push_back({std::get<0>(kind), std::get<1>(kind), std::get<2>(kind), count});
  }
  return kinds;
}

Demand DemandOf(const CompiledRequest& request, std::span<const CardKind> kinds) {
  Demand demand{.cpu = request.host().cpu_milli, .memory = request.host().memory_mib};
  if (request.empty()) return demand;
  demand.models = 0;
  const CardKind* usual = nullptr;
  for (const CardKind& kind : kinds) {
    if (!request.TypeTakes(kind.type)) continue;
    demand.models |= ModelSet{1} << ModelOf(kind.type);
    if (usual == nullptr || kind.count > usual->count) usual = &kind;
  }
  if (usual == nullptr) demand.models = kAnyModel;
  int32_t milli = 0;
  for (const ContainerWant& want : request.wants()) {
    if (want.init && request.side_by_side() > 0) continue;
    demand.cards += want.count;
    milli = kWholeCard;
    if (usual != nullptr) {
      milli = std::max({1, ShareAsked(want.MemoryOn(usual->memory), usual->memory),
                        ShareAsked(want.CoresOn(usual->cores), usual->cores)});
    }
  }
  demand.cards = std::min<int32_t>(demand.cards, kViewCards);
  demand.milli = demand.cards == 1 ? milli : kWholeCard;
  return demand;
}

}  // namespace tangram::scheduler
