#include "scheduler/simulation/outcome.h"

namespace tangram::scheduler::simulation {

std::vector<std::vector<int32_t>> CardsInUse(const Workload& workload, const Arrivals& arrivals,
                                             const RunReport& report) {
  std::vector<std::vector<int32_t>> use;
  for (const SimNode& node : workload.nodes) {
    std::vector<int32_t>& cards = use.emplace_back();
    for (const int16_t left : node.view.gpus()) cards.push_back(kWholeCard - left);
  }
  for (size_t i = 0; i < report.placements.size(); ++i) {
    const Placed& placed = report.placements[i];
    for (const uint8_t card : placed.cards) {
      use[placed.node][card] += workload.pods[arrivals.pods[i]].pod.demand.milli;
    }
  }
  return use;
}

FailureCounts CountFailures(const Workload& workload, const Arrivals& arrivals,
                            const RunReport& report) {
  FailureCounts counts = {};
  for (size_t i = 0; i < report.placements.size(); ++i) {
    const Placed& placed = report.placements[i];
    if (placed.node != kNowhere) continue;
    const PodClass pod_class = ClassOf(workload.pods[arrivals.pods[i]].pod.demand);
    ++counts[static_cast<size_t>(pod_class)][static_cast<size_t>(placed.lack)];
  }
  return counts;
}

}  // namespace tangram::scheduler::simulation
