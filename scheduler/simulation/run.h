// One workload, one order of arrival, one policy: pods come, are placed or dropped, and never
// leave.
//
// The protocol of the published FGD experiments: a pod that fits nowhere is dropped and counted as
// arrived, nothing is retried, nothing is moved.
#ifndef SCHEDULER_SIMULATION_RUN_H_
#define SCHEDULER_SIMULATION_RUN_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "scheduler/simulation/sim_cluster.h"
#include "scheduler/simulation/workload.h"

namespace tangram::scheduler::simulation {

// Pods by what they ask for: no card, a slice, one card, up to seven, eight and more.
enum class PodClass : uint8_t { kCpu, kShare, kOne, kFew, kEight };
inline constexpr size_t kPodClasses = 5;
PodClass ClassOf(const Demand& demand);
// "cpu", "share", "1", "2-4", "8": the sizes that clusters see.
std::string_view PodClassName(PodClass pod_class);

struct ClassCount {
  uint64_t placed = 0, failed = 0;
  int64_t placed_milli = 0, asked_milli = 0;
  // Percent of the GPU asked for that was placed; of the pods where they ask for none; 100 of
  // nothing.
  double served_percent() const;
};

// Why a pod was dropped: what keeps it off most of the nodes whose model it allows. Of one node it
// is the first that it lacks in the order GPU, CPU, memory; of equally many nodes it is the first,
// too. A node with fewer cards than the pod wants lacks GPU; one without cards has no model.
enum class Lack : uint8_t { kModel, kGpu, kCpu, kMemory };
inline constexpr size_t kLacks = 4;
// "CardTypeMismatch", "InsufficientGpu", "InsufficientCpu", "InsufficientMemory".
std::string_view LackName(Lack lack);
// What the pod wants of it, and the most that any of those nodes has that lack it: cards with
// enough left (kGpu), milli-cores, MiB; 0 of a model.
struct LackAmounts {
  int64_t have = 0;
  int64_t want = 0;
};

inline constexpr uint32_t kNowhere = UINT32_MAX;
struct Placed {
  uint32_t node = kNowhere;    // index into Workload::nodes
  std::vector<uint8_t> cards;  // ascending
  int64_t score = 0;           // the policy's, of a pod that was placed
  Lack lack = Lack::kModel;    // of a pod that was not
  LackAmounts amounts = {};    // of that lack
};

struct RunReport {
  std::string policy;
  uint64_t seed = 0;
  bool partial = false;  // stopped before the last arrival
  size_t nodes = 0;
  int64_t gpu_milli = 0;  // of all nodes
  std::array<ClassCount, kPodClasses> classes;
  // The same when the pods that arrived asked for as much GPU as the cluster has.
  std::array<ClassCount, kPodClasses> classes_at_100;
  std::array<uint64_t, kLacks> lacks = {};
  // By whole percent of GPU arrived, in percent of the cluster's GPU; fragmentation_ratio in
  // percent of the idle GPU.
  std::vector<double> allocated;
  std::vector<double> fragmentation_amount;
  std::vector<double> fragmentation_ratio;
  std::vector<Placed> placements;  // by arrival
  int64_t cards_free = 0;          // wholly
  int64_t cards_touched = 0;       // partly or wholly in use
  uint64_t judgements = 0;

  uint64_t placed() const;
  uint64_t failed() const;
};

// Asked before every arrival, with how many there were; false stops the run.
using KeepGoing = std::function<bool(size_t arrived)>;

Placed PlacedAt(const SimCluster& cluster, const SimCluster::Seat& seat);

// InvalidArgument when the policy is unknown or the arrivals do not belong to the workload. `known`
// is the list of pods that the policy knows, unless it learns, and that fragmentation is measured
// by.
absl::StatusOr<RunReport> Simulate(const Workload& workload, const Arrivals& arrivals,
                                   std::string_view policy, const std::vector<WorkloadPod>& known,
                                   Foresight foresight = Foresight::kKnown,
                                   const KeepGoing& keep_going = {});

// The workload's own list.
std::vector<WorkloadPod> PodsOf(const Workload& workload);

}  // namespace tangram::scheduler::simulation

#endif  // SCHEDULER_SIMULATION_RUN_H_
