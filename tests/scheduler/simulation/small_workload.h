// The nodes of small simulated clusters.
#ifndef TESTS_SCHEDULER_SIMULATION_SMALL_WORKLOAD_H_
#define TESTS_SCHEDULER_SIMULATION_SMALL_WORKLOAD_H_

#include <string>

#include "scheduler/simulation/workload.h"

namespace tangram::scheduler::simulation {

// So many nodes of two T4 cards, 8 cores and 1,000 MiB; no pods.
inline Workload NodesOfTwoCards(int count) {
  Workload workload;
  workload.models = {"T4"};
  for (int i = 0; i < count; ++i) {
    SimNode node{"node-" + std::to_string(i), {}};
    node.view.cpu_left = 8000;
    node.view.memory_left = 1000;
    node.view.cards = 2;
    node.view.left[0] = node.view.left[1] = kWholeCard;
    workload.nodes.push_back(node);
  }
  return workload;
}

}  // namespace tangram::scheduler::simulation

#endif  // TESTS_SCHEDULER_SIMULATION_SMALL_WORKLOAD_H_
