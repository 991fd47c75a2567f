// What a simulation runs: nodes, pods, and the order in which the pods arrive.
//
// Values only; filled by a reader of traces. Pods that are equal in what they ask for are kept
// apart by name.
#ifndef SCHEDULER_SIMULATION_WORKLOAD_H_
#define SCHEDULER_SIMULATION_WORKLOAD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scheduler/fragmentation.h"
#include "scheduler/node_view.h"

namespace tangram::scheduler::simulation {

struct SimNode {
  std::string name;
  NodeView view;  // empty
};

struct SimPod {
  std::string name;
  WorkloadPod pod;
  std::optional<int64_t> lifetime_seconds = std::nullopt;  // where the trace tells
};

struct Workload {
  std::vector<std::string> models;  // by NodeView::model
  std::vector<SimNode> nodes;
  std::vector<SimPod> pods;
};

// One order of arrival.
struct Arrivals {
  uint64_t seed = 0;
  std::vector<uint32_t> pods;   // indices into Workload::pods; a pod may come more than once
  std::vector<uint32_t> ranks;  // parallel to Workload::nodes: among equal nodes the lowest wins
};

}  // namespace tangram::scheduler::simulation

#endif  // SCHEDULER_SIMULATION_WORKLOAD_H_
