#include "scheduler/simulation/arrivals.h"

#include "scheduler/split_mix.h"

namespace tangram::scheduler::simulation {
Arrivals MakeArrivals(const Workload& workload, uint64_t seed, double inflate) {
  SplitMix random(seed);
  Arrivals arrivals;
  arrivals.seed = seed;
  arrivals.pods = random.Shuffled(workload.pods.size());
  arrivals.ranks = random.Shuffled(workload.nodes.size());
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
