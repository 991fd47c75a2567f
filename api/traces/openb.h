// The OpenB trace (Alibaba cluster-trace-gpu-v2023) as a workload.
//
// Nodes: sn, cpu_milli, memory_mib, gpu, model. Pods: name, cpu_milli, memory_mib, num_gpu,
// gpu_milli, and gpu_spec where there is one: the allowed models with '|' between them, empty for
// any. Where they are there, creation_time, scheduled_time and deletion_time, in seconds, make the
// lifetime. Other columns are passed over. The trace knows compute shares of cards, no GPU memory.
#ifndef API_TRACES_OPENB_H_
#define API_TRACES_OPENB_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "scheduler/simulation/workload.h"

namespace tangram::api::traces {

struct TraceText {
  std::string file;  // for messages
  std::string_view text;
};

// InvalidArgument naming file, line, column and value.
absl::StatusOr<scheduler::simulation::Workload> ReadOpenB(const TraceText& nodes,
                                                          const TraceText& pods);

// The pods alone, for nodes of these models (Workload::models) that come from elsewhere.
absl::StatusOr<std::vector<scheduler::simulation::SimPod>> ReadOpenBPods(
    const TraceText& pods, const std::vector<std::string>& models);

// An explicit order: for every seed three lines, "seed S pods P nodes N", P indices of pods, and N
// ranks of nodes. InvalidArgument where the text is not that, and NotFound when the seed is not in
// it.
absl::StatusOr<scheduler::simulation::Arrivals> ReadArrivals(const TraceText& text, uint64_t seed);

}  // namespace tangram::api::traces

#endif  // API_TRACES_OPENB_H_
