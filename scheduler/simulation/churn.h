// A cluster that lives: pods come, stay for a while, and leave.
//
// Pods are drawn uniformly from the workload and arrive as a Poisson process; each stays for its
// lifetime. Time is counted in mean lifetimes. A pod that fits nowhere when it comes is rejected
// and never comes again. The same stream of arrivals and lifetimes can be given to several
// policies, so that what they differ by is theirs (common random numbers).
#ifndef SCHEDULER_SIMULATION_CHURN_H_
#define SCHEDULER_SIMULATION_CHURN_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "scheduler/simulation/run.h"
#include "scheduler/simulation/workload.h"

namespace tangram::scheduler::simulation {

struct ChurnOptions {
  // kExponential: mean 1, the same for all pods; the cluster is empty at first. kTrace: the
  // lifetime of the pod in the workload over the mean of the list. Because a few pods of a trace
  // outlive any warm-up, those who would be there if it had gone on for ever come at once at time
  // 0, each with what would be left of its lifetime.
  enum class Lifetimes : uint8_t { kExponential, kTrace };
  // GPU that arrives and stays, over the GPU of the cluster: what would be in use on average if
  // nothing were ever rejected.
  double load = 1;
  Lifetimes lifetimes = Lifetimes::kExponential;
  double warm_up = 1.5;  // before anything is counted, in mean lifetimes
  double measured = 3;   // after that
};

// Who comes when and for how long.
struct ChurnStream {
  struct Arrival {
    double time = 0;
    double leaves = 0;
    uint32_t pod = 0;  // index into Workload::pods
  };
  uint64_t seed = 0;
  double warm_up = 0;
  double measured = 0;
  std::vector<Arrival> arrivals;  // by time, until the end of what is measured
  std::vector<uint32_t> ranks;    // parallel to Workload::nodes: among equal nodes the lowest wins
};

// A function of its arguments alone (split_mix.h): first the ranks, then who is there at
// time 0, then for every arrival the time since the last one, the pod, and the lifetime.
// InvalidArgument when the pods ask for no GPU, or where lifetimes of the trace are asked for and a
// pod has none.
absl::StatusOr<ChurnStream> MakeChurn(const Workload& workload, const ChurnOptions& options,
                                      uint64_t seed);

struct ChurnReport {
  struct Class {
    uint64_t arrived = 0, rejected = 0;
    int64_t asked_milli = 0, rejected_milli = 0;
    double allocated_percent = 0;  // of the cluster's GPU, by pods of this class; mean over time
    // Percent of the pods that arrived; 0 of none.
    double rejected_percent() const;
  };

  std::string policy;
  uint64_t seed = 0;
  size_t nodes = 0;
  int64_t gpu_milli = 0;  // of all nodes
  // All of what follows is about the time that is measured.
  std::array<Class, kPodClasses> classes;
  double allocated_percent = 0;        // mean over time
  double rejected_volume_percent = 0;  // of the GPU asked for
  std::vector<Placed> placements;      // by arrival, of all arrivals
  uint64_t judgements = 0;
  uint64_t policy_version = 0;  // of a policy that learns

  const Class& of(PodClass pod_class) const { return classes[static_cast<size_t>(pod_class)]; }
};

// InvalidArgument when the policy is unknown or the stream does not belong to the workload. `known`
// is what the policy knows, unless it learns. `keep_going` is asked before every arrival and once
// behind the last; Cancelled where it says no.
absl::StatusOr<ChurnReport> SimulateChurn(const Workload& workload, const ChurnStream& stream,
                                          std::string_view policy,
                                          const std::vector<WorkloadPod>& known,
                                          Foresight foresight = Foresight::kKnown,
                                          const KeepGoing& keep_going = nullptr);

}  // namespace tangram::scheduler::simulation

#endif  // SCHEDULER_SIMULATION_CHURN_H_
