#include "scheduler/fragmentation.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

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

}  // namespace

TypicalPods::TypicalPods(std::span<const WorkloadPod> pods) {
  using Key = std::tuple<int64_t, int32_t, int32_t, std::string>;
  struct Entry {
    Demand demand;
    size_t count = 0;
  };
  std::map<Key, Entry> by_key;
  for (const WorkloadPod& pod : pods) {
    const Demand& demand = pod.demand;
    Entry& entry = by_key[{demand.cpu, demand.milli, demand.cards, pod.model_text}];
    entry.demand = demand;
    entry.demand.memory = 0;
    ++entry.count;
  }
  std::vector<std::pair<size_t, Key>> order;
  for (const auto& [key, entry] : by_key) order.emplace_back(entry.count, key);
  std::sort(order.rbegin(), order.rend());
  constexpr double kCovered = 0.95;
  size_t covered = 0;
  for (const auto& [count, key] : order) {
    pods_.push_back({by_key[key].demand, static_cast<double>(count)});
    covered += count;
    if (static_cast<double>(covered) >= kCovered * static_cast<double>(pods.size())) break;
  }
  // In this order of divisions, as published: the last bit decides where scores are cut.
  const auto total = static_cast<double>(pods.size());
  const double of_all = static_cast<double>(covered) / total;
  for (Pod& pod : pods_) pod.share = pod.share / total / of_all;
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
    int32_t enough = 0;
    int64_t too_small = 0;
    for (const int16_t left : node.gpus()) {
      const bool holds = left >= demand.milli;
      enough += holds ? 1 : 0;
      too_small += holds ? 0 : left;
    }
    if (enough < demand.cards) {
      sums[cpu ? kNoGpu : kNeither] += pod.share * idle;
    } else if (!cpu) {
      sums[kNoCpu] += pod.share * idle;
    } else {
      sums[kNoGpu] += pod.share * static_cast<double>(too_small);
    }
  }
  double fragment = 0;
  for (const double sum : sums) fragment += sum;
  return fragment;
}

}  // namespace tangram::scheduler
