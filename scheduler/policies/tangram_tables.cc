#include "scheduler/policies/tangram_tables.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <utility>

#include "scheduler/effective_size.h"

namespace tangram::scheduler {
namespace {

constexpr double kPremium = 2;
constexpr size_t kBundles = 200;
constexpr double kBundleCards = 3;
constexpr size_t kBundlePods = 60;
// Before anything is known: what a card takes along.
constexpr double kUsualCpu = 10000;     // milli-cores
constexpr double kUsualMemory = 40000;  // MiB

// All unions of the sets; at most so many, which no workload comes near.
std::vector<ModelSet> UnionsOf(const std::map<ModelSet, double>& sets) {
  constexpr size_t kMost = 4096;
  std::vector<ModelSet> unions;
  for (const auto& [set, size] : sets) {
    const size_t before = unions.size();
    unions.push_back(set);
    for (size_t i = 0; i < before && unions.size() < kMost; ++i) unions.push_back(unions[i] | set);
    std::sort(unions.begin(), unions.end());
    unions.erase(std::unique(unions.begin(), unions.end()), unions.end());
  }
  return unions;
}

}  // namespace

TangramTables::TangramTables(std::span<const WorkloadPod> pods, std::span<const NodeView> nodes)
    : typical_(pods) {
  const std::vector<WorkloadPod> counted = CountAlike(pods);
  if (counted.empty()) {
    LearnNothing();
    return;
  }
  LearnSizes(counted);
  LearnManyCards(counted);
  LearnPremiums(counted, nodes);
  LearnBundles(counted, nodes);
}

void TangramTables::LearnNothing() {
  for (size_t room = 0; room <= kWholeCard; ++room) {
    worth_[room] = static_cast<double>(room) / kWholeCard;
  }
  for (Model& model : models_) SetBundles({{1 / kUsualCpu, 1 / kUsualMemory}}, &model);
}

void TangramTables::LearnSizes(std::span<const WorkloadPod> pods) {
  std::map<int32_t, uint64_t> counts;
  for (const WorkloadPod& pod : pods) {
    if (!pod.demand.parts()) continue;
    counts[pod.demand.milli] += pod.count * static_cast<uint64_t>(pod.demand.cards);
  }
  std::vector<SliceCount> slices;
  slices.reserve(counts.size());
  for (const auto& [milli, count] : counts) slices.push_back({milli, static_cast<double>(count)});
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

double TangramTables::SizeOf(const Demand& demand) const {
  return demand.cards * worth_[static_cast<size_t>(demand.milli)];
}

void TangramTables::LearnManyCards(std::span<const WorkloadPod> pods) {
  std::map<std::pair<int32_t, int64_t>, double> volumes;
  std::map<int32_t, double> by_cards;
  double all = 0;
  for (const WorkloadPod& pod : pods) {
    const double gpu = static_cast<double>(pod.demand.gpu()) * static_cast<double>(pod.count);
    all += gpu;
    if (pod.demand.cards < 2 || pod.demand.parts()) continue;
    volumes[{pod.demand.cards, pod.demand.cpu}] += gpu;
    by_cards[pod.demand.cards] += gpu;
  }
  for (const auto& [kind, volume] : volumes) {
    many_.push_back({.cards = kind.first,
                     .cpu = kind.second,
                     .volume = volume / all,
                     .count_volume = by_cards[kind.first] / all});
  }
}

// Of every set of models that some pods cannot do without: how much of its cards they want.
void TangramTables::LearnPremiums(std::span<const WorkloadPod> pods,
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
    const double size = SizeOf(pod.demand) * static_cast<double>(pod.count);
    all_demand += size;
    const ModelSet allowed = pod.demand.models & present;
    if (allowed != present && allowed != 0) demand[allowed] += size;
  }
  // Only unions of the sets that pods name can be the scarcest.
  for (const ModelSet set : UnionsOf(demand)) {
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

void TangramTables::LearnBundles(std::span<const WorkloadPod> pods,
                                 std::span<const NodeView> nodes) {
  std::set<uint8_t> present;
  for (const NodeView& node : nodes) present.insert(node.model);
  for (const uint8_t model : present) {
    std::vector<const Demand*> allowed;
    std::vector<uint64_t> up_to;  // pods of this kind and those before it
    uint64_t all = 0;
    for (const WorkloadPod& pod : pods) {
      if (pod.demand.cards != 1 || (pod.demand.models >> model & 1) == 0) continue;
      allowed.push_back(&pod.demand);
      up_to.push_back(all += pod.count);
    }
    if (allowed.empty()) continue;
    std::mt19937_64 random(model + 1u);
    std::vector<Bundle> bundles;
    for (size_t bundle = 0; bundle < kBundles; ++bundle) {
      double cards = 0, cpu = 0, memory = 0;
      for (size_t pod = 0; pod < kBundlePods && cards < kBundleCards; ++pod) {
        const auto kind = std::upper_bound(up_to.begin(), up_to.end(), random() % all);
        const Demand& drawn = *allowed[static_cast<size_t>(kind - up_to.begin())];
        cards += SizeOf(drawn);
        cpu += static_cast<double>(drawn.cpu);
        memory += static_cast<double>(drawn.memory);
      }
      cards = std::max(cards, 1e-6);
      bundles.push_back({cards / std::max(cpu, 1e-6), cards / std::max(memory, 1e-6)});
    }
    SetBundles(std::move(bundles), &models_[model]);
  }
}

void TangramTables::SetBundles(std::vector<Bundle> bundles, Model* model) const {
  model->least = bundles.front();
  for (const Bundle& bundle : bundles) {
    model->least.per_cpu = std::min(model->least.per_cpu, bundle.per_cpu);
    model->least.per_memory = std::min(model->least.per_memory, bundle.per_memory);
  }
  model->bundles = std::move(bundles);
}

double TangramTables::CardsWorth(const NodeView& node) const {
  double worth = 0;
  for (const int16_t left : node.gpus()) worth += worth_[static_cast<size_t>(left)];
  return worth;
}

double TangramTables::Sells(const NodeView& node) const {
  const Model& model = models_[node.model];
  const double worth = CardsWorth(node);
  if (model.bundles.empty()) return worth;
  const auto cpu = static_cast<double>(node.cpu_left);
  const auto memory = static_cast<double>(node.memory_left);
  // Enough of both for every bundle.
  if (cpu * model.least.per_cpu >= worth && memory * model.least.per_memory >= worth) return worth;
  double sum = 0;
  for (const Bundle& bundle : model.bundles) {
    sum += std::min(worth, std::min(cpu * bundle.per_cpu, memory * bundle.per_memory));
  }
  return sum / static_cast<double>(model.bundles.size());
}

}  // namespace tangram::scheduler
