#include "scheduler/live_view.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "scheduler/card_rules.h"
#include "scheduler/node_fit.h"
#include "scheduler/pod_demand.h"
#include "scheduler/pool_fit.h"

namespace tangram::scheduler {
namespace {

using model::Card;
using model::HostResources;
using model::Node;

using SortedIndices = absl::InlinedVector<uint16_t, kViewCards>;

// In thousandths, rounded down; everything of nothing is left. In floating point, as MilliTaken.
int32_t ShareLeft(int32_t left, int32_t all) {
  if (all <= 0) return kWholeCard;
  const double share = static_cast<double>(left) * kWholeCard / all;
  return static_cast<int32_t>(std::clamp(share, 0.0, double{kWholeCard}));
}

int32_t MilliLeft(const LiveCard& card) {
  if (!card.open) return 0;
  return std::min(ShareLeft(card.memory_left, card.memory), ShareLeft(card.cores_left, card.cores));
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
  if (node.counts_only() || node.cards().size() > model::kMostCards) return view;
  const SortedIndices order = InStateOrder(node);
  if (!order.empty()) view.model = ModelOf(node.cards()[order[0]].type);
  for (const uint16_t index : order) {
    Card card = node.cards()[index];
    if (empty) card.used = model::GpuUsage();
    view.left[view.cards++] = static_cast<int16_t>(MilliLeft(LiveCardOf(card, IsMig(node, index))));
  }
  return view;
}

// The cards for a request of one container: those that pass, and what it would take of each. Cards
// of a lesser standing than the placement's are for who has no others.
void JudgeForOne(const CompiledRequest& request, const Node& node, const Placement& placement,
                 std::span<const uint16_t> order, bool joins, LiveCards* cards) {
  CardUsage usage(request.request().weights);
  const NodeFit fit(request, node, &usage);
  const ContainerWant& want = request.wants()[0];
  const bool whole_words = request.wishes_types() && !IsPartOfWord(request, node, placement);
  for (size_t i = 0; i < order.size(); ++i) {
    LiveCard& card = (*cards)[i];
    // Where this is asked of a card that is cut, shares were placed on others.
    const TypeFails type = request.TypeOf(node, order[i]);
    const bool mig = (type & kInMigMode) != 0;
    const bool shut = (!joins && node.cards()[order[i]].used.alone > 0) ||
                      (whole_words && (type & kPartOfWord) != 0);
    card.passes = !mig && !shut && fit.Fails(node.cards(), order[i], want) == 0;
    card.milli_wanted =
        MilliTaken(want.MemoryOn(card.memory), want.CoresOn(card.cores), card.memory, card.cores);
  }
}

// The same for several containers: what they take of the cards of their placement. Another card
// passes where one of them could have it and as much is left as the view asks of each card. Returns
// how many cards they take.
int32_t JudgeForSeveral(const CompiledRequest& request, const Node& node,
                        const Placement& placement, std::span<const uint16_t> order, bool joins,
                        LiveCards* cards) {
  CardUsage usage(request.request().weights);
  const NodeFit fit(request, node, &usage);
  const CardTakes taken = TakenBy(request, node, placement);
  int32_t most = 1;
  for (size_t i = 0; i < order.size(); ++i) {
    LiveCard& card = (*cards)[i];
    const auto take = std::find_if(taken.begin(), taken.end(),
                                   [&](const CardTake& t) { return t.card == order[i]; });
    if (take == taken.end()) continue;
    card.passes = true;
    card.milli_wanted =
        MilliTaken(take->usage.memory.value(), take->usage.cores.value(), card.memory, card.cores);
    most = std::max(most, card.milli_wanted);
  }
  for (size_t i = 0; i < order.size(); ++i) {
    LiveCard& card = (*cards)[i];
    const bool shut = !joins && node.cards()[order[i]].used.alone > 0;
    if (card.passes || shut || MilliLeft(card) < most) continue;
    card.passes = std::any_of(
        request.wants().begin(), request.wants().end(),
        [&](const ContainerWant& want) { return fit.Fails(node.cards(), order[i], want) == 0; });
  }
  return static_cast<int32_t>(taken.size());
}

}  // namespace

uint8_t ModelOf(model::CardTypeId type) {
  return static_cast<uint8_t>(std::min<size_t>(type, kViewModels - 1));
}

LiveHypothesis Hypothesis(std::span<const LiveCard> cards, model::CardTypeId type, int32_t count,
                          const HostResources& host, const HostResources& host_left) {
  LiveHypothesis made;
  Demand& demand = made.demand;
  demand.cpu = host.cpu_milli;
  demand.memory = host.memory_mib;
  demand.cards = count;
  demand.milli = 1;
  for (const LiveCard& card : cards) {
    if (card.passes) demand.milli = std::max(demand.milli, card.milli_wanted);
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
  LiveCards cards;
  for (const uint16_t index : *sorted) {
    const bool mig = (request.TypeOf(node, index) & kInMigMode) != 0;
    cards.push_back(LiveCardOf(node.cards()[index], mig));
  }
  const bool joins = JoinsAlone(node, placement);
  int32_t count = 0;
  if (request.wants().size() == 1) {
    count = request.wants()[0].count;
    JudgeForOne(request, node, placement, *sorted, joins, &cards);
  } else {
    count = JudgeForSeveral(request, node, placement, *sorted, joins, &cards);
  }
  const model::CardTypeId type = sorted->empty() ? 0 : node.cards()[sorted->front()].type;
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

}  // namespace tangram::scheduler
