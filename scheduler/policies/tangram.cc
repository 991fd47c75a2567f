#include "scheduler/policies/tangram.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace tangram::scheduler {
namespace {

// Weights, chosen on workloads and seeds of their own.
constexpr double kBestFit = 0.02;   // of a full node over an empty one
constexpr double kUsable = 0.6;     // of a card that the usual pods can use, once pods leave
constexpr double kManyCards = 0.4;  // of places for pods of several cards
constexpr double kScarcity = 50;    // how much scarcity adds to that, once pods leave
constexpr double kLeastDepartures = 0.04;
// Changes below these are left alone: every change costs judging nodes anew.
constexpr double kPriceStep = 0.02;  // of the price
constexpr double kDepartureStep = 0.05;

// Scores are compared as integers.
int64_t Fixed(double score) { return static_cast<int64_t>(std::llround(score * (1 << 30))); }

int64_t FreeCards(const NodeView& node) {
  return std::count(node.gpus().begin(), node.gpus().end(), static_cast<int16_t>(kWholeCard));
}

// How many pods of that kind the node could take.
int64_t Places(const NodeView& node, int64_t free, const TangramTables::ManyCards& kind) {
  const auto by_cards =
      static_cast<int64_t>(static_cast<uint32_t>(free) / static_cast<uint32_t>(kind.cards));
  const int64_t cpu_left = std::max<int64_t>(node.cpu_left, 0);
  // Most often there is CPU for all of them, and that needs no division.
  return by_cards * kind.cpu <= cpu_left ? by_cards : cpu_left / kind.cpu;
}

}  // namespace

TangramPolicy::TangramPolicy(std::span<const WorkloadPod> pods, std::span<const NodeView> nodes)
    : tables_(pods, nodes), prices_(tables_.many().size(), kManyCards) {}

double TangramPolicy::WorthOf(const NodeView& node) const {
  double worth = tables_.Sells(node);
  if (departures_ > 0) {
    worth += kUsable * departures_ * Usable(tables_.typical(), node) / kWholeCard;
  }
  return worth;
}

TangramPolicy::PlacesGain TangramPolicy::GainOf(const NodeView& before,
                                                const NodeView& after) const {
  const int64_t free_before = FreeCards(before);
  const int64_t free_after = FreeCards(after);
  PlacesGain places;
  for (size_t i = 0; i < prices_.size(); ++i) {
    const TangramTables::ManyCards& kind = tables_.many()[i];
    if (free_before < kind.cards) break;  // they are sorted by their number
    const int64_t more = Places(after, free_after, kind) - Places(before, free_before, kind);
    if (more == 0) continue;
    places.none = false;
    places.gain += prices_[i] * kind.volume * kind.cards * static_cast<double>(more);
  }
  return places;
}

ViewPolicy::Choice TangramPolicy::Judge(const NodeView& node, const Demand& demand) const {
  const double before = WorthOf(node);
  const double premium = tables_.premium(node.model);
  Choice best{.score = 0, .card = -1, .lasts = true};
  // They depend on how many cards are free afterwards: for a slice one of two numbers.
  std::array<std::optional<PlacesGain>, 2> gains;
  const auto judge = [&](int8_t card) {
    NodeView after = node;
    Take(demand, card, &after);
    const bool breaks = card >= 0 && node.left[static_cast<size_t>(card)] == kWholeCard;
    std::optional<PlacesGain>& places = gains[breaks ? 1 : 0];
    if (!places.has_value()) places = GainOf(node, after);
    best.lasts = best.lasts && places->none;
    const double rest =
        static_cast<double>(after.cpu_left) / 128000 + static_cast<double>(after.gpu_left()) / 8000;
    return Fixed(premium * (WorthOf(after) - before + places->gain) - kBestFit * rest / 2);
  };
  if (!demand.shares()) {
    best.score = judge(-1);
    return best;
  }
  for (size_t i = 0; i < node.cards; ++i) {
    if (node.left[i] < demand.milli) continue;
    const auto earlier = node.left.begin() + static_cast<ptrdiff_t>(i);
    if (std::find(node.left.begin(), earlier, node.left[i]) != earlier) continue;  // the same
    const auto card = static_cast<int8_t>(i);
    const int64_t score = judge(card);
    if (best.card < 0 || score > best.score) {
      best.score = score;
      best.card = card;
    }
  }
  return best;
}

ViewPolicy::Keep TangramPolicy::Refresh(const Outlook& outlook) {
  Keep keep = Keep::kAll;
  if (std::abs(outlook.departures - departures_) >= kDepartureStep) {
    departures_ = outlook.departures;
    keep = Keep::kNone;
  }
  const std::vector<TangramTables::ManyCards>& many = tables_.many();
  std::vector<int64_t> supply(many.size(), 0);
  double left = 0;
  for (const NodeView& node : outlook.nodes) {
    left += tables_.CardsWorth(node);
    const int64_t free = FreeCards(node);
    for (size_t i = 0; i < many.size() && many[i].cards <= free; ++i) {
      supply[i] += Places(node, free, many[i]);
    }
  }
  for (size_t i = 0; i < many.size(); ++i) {
    const double need = many[i].count_volume * left / many[i].cards;
    const double scarcity =
        supply[i] > 0 ? std::min(1.0, std::pow((need + 5) / static_cast<double>(supply[i]), 2))
                      : 1.0;
    const double price =
        kManyCards + kScarcity * std::max(departures_, kLeastDepartures) * scarcity;
    if (std::abs(price - prices_[i]) < kPriceStep * prices_[i]) continue;
    prices_[i] = price;
    keep = std::max(keep, Keep::kLasting);
  }
  return keep;
}

}  // namespace tangram::scheduler
