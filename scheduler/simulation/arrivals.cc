#include "scheduler/simulation/arrivals.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace tangram::scheduler::simulation {
namespace {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
  }
  // From 0 to below - 1; below is at most 2^32.
  uint32_t Below(uint64_t below) { return static_cast<uint32_t>((Next() >> 32) * below >> 32); }

 private:
  uint64_t state_;
};

std::vector<uint32_t> Shuffled(size_t count, Random& random) {
  std::vector<uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0u);
  for (size_t i = count; i > 1; --i) std::swap(order[i - 1], order[random.Below(i)]);
  return order;
}

}  // namespace

Arrivals MakeArrivals(const Workload& workload, uint64_t seed, double inflate) {
  Random random(seed);
  Arrivals arrivals;
  arrivals.seed = seed;
  arrivals.pods = Shuffled(workload.pods.size(), random);
  arrivals.ranks = Shuffled(workload.nodes.size(), random);
  int64_t capacity = 0;
  for (const SimNode& node : workload.nodes) capacity += node.view.gpu_left();
  const auto gpu_of = [&workload](uint32_t pod) { return workload.pods[pod].pod.demand.gpu(); };
  int64_t asked = 0;
  for (const uint32_t pod : arrivals.pods) asked += gpu_of(pod);
  // Pods without GPU alone never reach any volume.
  if (inflate <= 0 || asked == 0) return arrivals;
  const auto target = static_cast<int64_t>(inflate * static_cast<double>(capacity));
  while (asked < target) {
    const uint32_t pod = random.Below(workload.pods.size());
    arrivals.pods.push_back(pod);
    asked += gpu_of(pod);
  }
  while (asked > target) {
    asked -= gpu_of(arrivals.pods.back());
    arrivals.pods.pop_back();
  }
  return arrivals;
}

}  // namespace tangram::scheduler::simulation
