#include "scheduler/fragmentation.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

namespace tangram::scheduler {
namespace {

// Why idle GPU is of no use to a pod; the sums are kept apart and added up in this order.
enum Misfit : size_t {
  kNeither,
  kNoGpu,
  kNoCpu,
  kNoneAsked,
  kNoneAskedNoCpu,
  kNotAllowed,
  kMisfits
};

struct CardsFor {
  int32_t enough = 0;  // cards that have enough left for the pod
  int64_t left = 0;    // on those, milli-GPU
};

CardsFor CardsOf(const NodeView& node, const Demand& demand) {
  CardsFor cards;
  for (const int16_t left : node.gpus()) {
    const bool holds = left >= demand.milli;
    cards.enough += holds ? 1 : 0;
    cards.left += holds ? left : 0;
  }
  return cards;
}

// What these of the usual pods could use, one after the other.
double UsableBy(std::span<const TypicalPods::Pod> pods, const NodeView& node) {
  double usable = 0;
  for (const TypicalPods::Pod& pod : pods) {
    const Demand& demand = pod.demand;
    if (demand.cards == 0 || node.cpu_left < demand.cpu || node.memory_left < demand.memory ||
        !ModelAllowed(node, demand)) {
      continue;
    }
    const CardsFor cards = CardsOf(node, demand);
    if (cards.enough >= demand.cards) usable += pod.share * static_cast<double>(cards.left);
  }
  return usable;
}

}  // namespace

std::vector<WorkloadPod> CountAlike(std::span<const WorkloadPod> pods) {
  std::map<std::pair<Demand, std::string_view>, uint64_t> counts;
  for (const WorkloadPod& pod : pods) counts[{pod.demand, pod.model_text}] += pod.count;
  std::vector<WorkloadPod> counted;
  counted.reserve(counts.size());
  for (const auto& [key, count] : counts) {
    counted.push_back({key.first, std::string(key.second), count});
  }
  return counted;
}

TypicalPods::TypicalPods(std::span<const WorkloadPod> pods) {
  using Key = std::tuple<int64_t, int32_t, int32_t, std::string>;
  struct Entry {
    Demand demand;
    uint64_t count = 0;
    double memory = 0;  // of all of them
  };
  std::map<Key, Entry> by_key;
  uint64_t all = 0;
  for (const WorkloadPod& pod : pods) {
    const Demand& demand = pod.demand;
    Entry& entry = by_key[{demand.cpu, demand.milli, demand.cards, pod.model_text}];
    entry.demand = demand;
    entry.count += pod.count;
    entry.memory += static_cast<double>(demand.memory) * static_cast<double>(pod.count);
    all += pod.count;
  }
  std::vector<std::pair<uint64_t, Key>> order;
  for (const auto& [key, entry] : by_key) order.emplace_back(entry.count, key);
  std::sort(order.rbegin(), order.rend());
  constexpr double kCovered = 0.95;
  const auto total = static_cast<double>(all);
  uint64_t covered = 0;
  for (const auto& [count, key] : order) {
    Demand demand = by_key[key].demand;
    demand.memory = static_cast<int64_t>(by_key[key].memory / static_cast<double>(count));
    pods_.push_back({demand, static_cast<double>(count)});
    covered += count;
    if (static_cast<double>(covered) >= kCovered * total) break;
  }
  // In this order of divisions, as published: the last bit decides where scores are cut.
  const double of_all = static_cast<double>(covered) / total;
  for (Pod& pod : pods_) pod.share = pod.share / total / of_all;
  MakeTables();
}

void TypicalPods::MakeTables() {
  for (const Pod& pod : pods_) {
    if (pod.demand.cards == 0) continue;
    // The tables tell several cards of one pod only where it wants all of each.
    if (pod.demand.cards > 1 && pod.demand.parts()) {
      untabled_.push_back(pod);
      continue;
    }
    most_cpu_ = std::max(most_cpu_, pod.demand.cpu);
    most_memory_ = std::max(most_memory_, pod.demand.memory);
  }
  for (uint8_t model = 0; model < kViewModels; ++model) {
    const UsableTable table = MakeTable(model);
    const auto known = std::find(tables_.begin(), tables_.end(), table);
    table_of_[model] = static_cast<uint8_t>(known - tables_.begin());
    if (known == tables_.end()) tables_.push_back(table);
  }
}

TypicalPods::UsableTable TypicalPods::MakeTable(uint8_t model) const {
  UsableTable table;
  std::array<double, kWholeCard + 1> shares = {};  // of pods that want so much of one card
  for (const Pod& pod : pods_) {
    const Demand& demand = pod.demand;
    if (demand.cards == 0 || (demand.models >> model & 1) == 0) continue;
    if (demand.cards > 1 && demand.parts()) continue;
    if (demand.cards == 1) {
      shares[static_cast<size_t>(demand.milli)] += pod.share;
      continue;
    }
    for (auto whole = static_cast<size_t>(demand.cards); whole <= kViewCards; ++whole) {
      table.by_whole[whole] += pod.share * static_cast<double>(whole) * kWholeCard;
    }
  }
  double covered = 0;
  for (size_t left = 0; left <= kWholeCard; ++left) {
    covered += shares[left];
    table.by_left[left] = covered * static_cast<double>(left);
  }
  return table;
}

double Fragment(const TypicalPods& pods, const NodeView& node) {
  std::array<double, kMisfits> sums = {};
  const auto idle = static_cast<double>(node.gpu_left());
  for (const TypicalPods::Pod& pod : pods.pods()) {
    const Demand& demand = pod.demand;
    const bool cpu = node.cpu_left >= demand.cpu;
    if (demand.cards == 0) {
      sums[cpu ? kNoneAsked : kNoneAskedNoCpu] += pod.share * idle;
      continue;
    }
    if (!ModelAllowed(node, demand)) {
      sums[kNotAllowed] += pod.share * idle;
      continue;
    }
    const CardsFor cards = CardsOf(node, demand);
    if (cards.enough < demand.cards) {
      sums[cpu ? kNoGpu : kNeither] += pod.share * idle;
    } else if (!cpu) {
      sums[kNoCpu] += pod.share * idle;
    } else {
      sums[kNoGpu] += pod.share * (idle - static_cast<double>(cards.left));
    }
  }
  double fragment = 0;
  for (const double sum : sums) fragment += sum;
  return fragment;
}

double Usable(const TypicalPods& pods, const NodeView& node) {
  double usable = 0;
  if (const TypicalPods::UsableTable* table = pods.TableFor(node); table != nullptr) {
    size_t whole = 0;
    for (const int16_t left : node.gpus()) {
      usable += table->by_left[static_cast<size_t>(left)];
      whole += left == kWholeCard ? 1 : 0;
    }
    usable += table->by_whole[whole];
    return pods.untabled().empty() ? usable : usable + UsableBy(pods.untabled(), node);
  }
  return UsableBy(pods.pods(), node);
}

}  // namespace tangram::scheduler
