#include "scheduler/policies/tangram.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>
#include <utility>

#include "scheduler/effective_size.h"

namespace tangram::scheduler {
namespace {

// Weights, chosen on workloads and seeds of their own.
constexpr double kBestFit = 0.02;   // of a full node over an empty one
constexpr double kManyCards = 0.4;  // of places for pods of several cards
constexpr double kScarcity = 50;    // how much scarcity adds to that
constexpr double kLeastDepartures = 0.04;
constexpr double kPremium = 2;
constexpr size_t kBundles = 200;
constexpr double kBundleCards = 3;
constexpr size_t kBundlePods = 60;

// Scores are compared as integers.
int64_t Fixed(double score) { return static_cast<int64_t>(std::llround(score * (1 << 30))); }

int64_t FreeCards(const NodeView& node) {
  return std::count(node.gpus().begin(), node.gpus().end(), static_cast<int16_t>(kWholeCard));
}

// How many pods of that kind the node could take.
int64_t Places(const NodeView& node, int64_t free, int32_t cards, int64_t cpu) {
  const int64_t by_cards = free / cards;
  return cpu > 0 ? std::min(by_cards, std::max<int64_t>(node.cpu_left, 0) / cpu) : by_cards;
}

}  // namespace

TangramPolicy::TangramPolicy(std::span<const WorkloadPod> pods, std::span<const NodeView> nodes) {
  LearnSizes(pods);
  LearnManyCards(pods);
  LearnPremiums(pods, nodes);
  LearnBundles(pods, nodes);
}

void TangramPolicy::LearnSizes(std::span<const WorkloadPod> pods) {
  std::map<int32_t, double> counts;
  for (const WorkloadPod& pod : pods) {
    if (pod.demand.shares()) counts[pod.demand.milli] += 1;
  }
  std::vector<SliceCount> slices;
  slices.reserve(counts.size());
  for (const auto& [milli, count] : counts) slices.push_back({milli, count});
  const std::vector<double> sizes = EffectiveSizes(slices);
  for (size_t room = 1; room <= kWholeCard; ++room) {
    worth_[room] = worth_[room - 1];
    for (size_t i = 0; i < slices.size(); ++i) {
      const auto milli = static_cast<size_t>(slices[i].milli);
      if (milli <= room) worth_[room] = std::max(worth_[room], worth_[room - milli] + sizes[i]);
    }
  }
  worth_[kWholeCard] = 1;
}

double TangramPolicy::SizeOf(const Demand& demand) const {
  return demand.shares() ? worth_[static_cast<size_t>(demand.milli)] : demand.cards;
}

void TangramPolicy::LearnManyCards(std::span<const WorkloadPod> pods) {
  std::map<std::pair<int32_t, int64_t>, double> volumes;
  std::map<int32_t, double> by_cards;
  double all = 0;
  for (const WorkloadPod& pod : pods) {
    const auto gpu = static_cast<double>(pod.demand.gpu());
    all += gpu;
    if (pod.demand.cards < 2) continue;
    volumes[{pod.demand.cards, pod.demand.cpu}] += gpu;
    by_cards[pod.demand.cards] += gpu;
  }
  for (const auto& [kind, volume] : volumes) {
    many_.push_back({.cards = kind.first,
                     .cpu = kind.second,
                     .volume = volume / all,
                     .count_volume = by_cards[kind.first] / all,
                     .price = kManyCards});
  }
}

// Of every set of models that some pods cannot do without: how much of its cards they want.
void TangramPolicy::LearnPremiums(std::span<const WorkloadPod> pods,
                                  std::span<const NodeView> nodes) {
  std::map<uint8_t, double> cards;
  double all_cards = 0;
  for (const NodeView& node : nodes) {
    cards[node.model] += node.cards;
    all_cards += node.cards;
  }
  ModelSet present = 0;
  for (const auto& [model, count] : cards) present |= ModelSet{1} << model;
  std::map<ModelSet, double> demand;
  double all_demand = 0;
  for (const WorkloadPod& pod : pods) {
    if (pod.demand.cards == 0) continue;
    const double size = SizeOf(pod.demand);
    all_demand += size;
    const ModelSet allowed = pod.demand.models & present;
    if (allowed != present && allowed != 0) demand[allowed] += size;
  }
  // Only unions of the sets that pods name can be the scarcest.
  std::vector<ModelSet> unions;
  for (const auto& [set, size] : demand) {
    const size_t before = unions.size();
    unions.push_back(set);
    for (size_t i = 0; i < before && unions.size() < 4096; ++i) unions.push_back(unions[i] | set);
    std::sort(unions.begin(), unions.end());
    unions.erase(std::unique(unions.begin(), unions.end()), unions.end());
  }
  for (const ModelSet set : unions) {
    double wanted = 0, held = 0;
    for (const auto& [allowed, size] : demand) wanted += (allowed & ~set) == 0 ? size : 0;
    for (const auto& [model, count] : cards) held += (set >> model & 1) != 0 ? count : 0;
    if (set == present || held == 0) continue;
    const double share = std::min(1.0, wanted / all_demand / (held / all_cards));
    for (const auto& [model, count] : cards) {
      if ((set >> model & 1) == 0) continue;
      models_[model].premium = std::max(models_[model].premium, 1 + kPremium * share);
    }
  }
}

void TangramPolicy::LearnBundles(std::span<const WorkloadPod> pods,
                                 std::span<const NodeView> nodes) {
  std::set<uint8_t> present;
  for (const NodeView& node : nodes) present.insert(node.model);
  for (const uint8_t model : present) {
    std::vector<const Demand*> allowed;
    for (const WorkloadPod& pod : pods) {
      if (pod.demand.cards == 1 && (pod.demand.models >> model & 1) != 0) {
        allowed.push_back(&pod.demand);
      }
    }
    if (allowed.empty()) continue;
    std::mt19937_64 random(model + 1u);
    for (size_t bundle = 0; bundle < kBundles; ++bundle) {
      double cards = 0, cpu = 0, memory = 0;
      for (size_t pod = 0; pod < kBundlePods && cards < kBundleCards; ++pod) {
        const Demand& drawn = *allowed[random() % allowed.size()];
        cards += SizeOf(drawn);
        cpu += static_cast<double>(drawn.cpu);
        memory += static_cast<double>(drawn.memory);
      }
      cards = std::max(cards, 1e-6);
      models_[model].bundles.push_back(
          {cards / std::max(cpu, 1e-6), cards / std::max(memory, 1e-6)});
    }
  }
}

double TangramPolicy::CardsWorth(const NodeView& node) const {
  double worth = 0;
  for (const int16_t left : node.gpus()) worth += worth_[static_cast<size_t>(left)];
  return worth;
}

double TangramPolicy::Sells(const NodeView& node, double cards_worth) const {
  const std::vector<Bundle>& bundles = models_[node.model].bundles;
  if (bundles.empty()) return cards_worth;
  const auto cpu = static_cast<double>(node.cpu_left);
  const auto memory = static_cast<double>(node.memory_left);
  double sum = 0;
  for (const Bundle& bundle : bundles) {
    sum += std::min(cards_worth, std::min(cpu * bundle.per_cpu, memory * bundle.per_memory));
  }
  return sum / static_cast<double>(bundles.size());
}

double TangramPolicy::ManyCardsGain(const NodeView& before, const NodeView& after,
                                    bool* none) const {
  const int64_t free_before = FreeCards(before);
  const int64_t free_after = FreeCards(after);
  double gain = 0;
  *none = true;
  for (const ManyCards& kind : many_) {
    if (free_before < kind.cards) break;  // they are sorted by their number
    const int64_t more = Places(after, free_after, kind.cards, kind.cpu) -
                         Places(before, free_before, kind.cards, kind.cpu);
    if (more == 0) continue;
    *none = false;
    gain += kind.price * kind.volume * kind.cards * static_cast<double>(more);
  }
  return gain;
}

ViewPolicy::Choice TangramPolicy::Judge(const NodeView& node, const Demand& demand) const {
  const double before = Sells(node, CardsWorth(node));
  const double premium = models_[node.model].premium;
  Choice best{.score = 0, .card = -1, .lasts = true};
  const auto judge = [&](int8_t card) {
    NodeView after = node;
    Take(demand, card, &after);
    bool none = true;
    const double many = ManyCardsGain(node, after, &none);
    best.lasts = best.lasts && none;
    const double rest =
        static_cast<double>(after.cpu_left) / 128000 + static_cast<double>(after.gpu_left()) / 8000;
    const double gain = Sells(after, CardsWorth(after)) - before + many;
    return Fixed(premium * gain - kBestFit * rest / 2);
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

bool TangramPolicy::Refresh(std::span<const NodeView> nodes) {
  double left = 0;
  for (const NodeView& node : nodes) left += CardsWorth(node);
  bool changed = false;
  for (ManyCards& kind : many_) {
    int64_t supply = 0;
    for (const NodeView& node : nodes) {
      const int64_t free = FreeCards(node);
      if (free >= kind.cards) supply += Places(node, free, kind.cards, kind.cpu);
    }
    const double need = kind.count_volume * left / kind.cards;
    const double scarcity =
        supply > 0 ? std::min(1.0, std::pow((need + 5) / static_cast<double>(supply), 2)) : 1.0;
    const double price = kManyCards + kScarcity * kLeastDepartures * scarcity;
    // A price that hardly moved is left alone: every change costs judging all nodes anew.
    if (std::abs(price - kind.price) < 0.02 * kind.price) continue;
    kind.price = price;
    changed = true;
  }
  return changed;
}

}  // namespace tangram::scheduler
