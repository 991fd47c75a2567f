// A recording run again under another policy: where would the pods have gone?
//
// The pods of the survey come at their first filter and are offered the nodes that the recording
// offered them. Each goes to the node with the highest score, of equals to the first by name, and
// is bound at once: nothing is held and nothing fails. A pod that fits nowhere waits; it is tried
// when room is made on a node, in the order of the first filters, and when the recording filters it
// again. Pods leave when the recording says that they are gone. CPU and memory are kept to where
// the recording tells them; taints, selectors and affinity are in the nodes that were offered.
//
// A policy that learns is taught by the pods as they are seen, every kLesson of them; the MIG
// policy, too, which is tuned at once.
//
// Beside it the books as they were recorded are kept, and both are measured at the same moments.
//
// Not thread-safe. Deterministic.
#ifndef SCHEDULER_RECORDING_RERUN_H_
#define SCHEDULER_RECORDING_RERUN_H_

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "model/cluster.h"
#include "model/string_map.h"
#include "scheduler/fragmentation.h"
#include "scheduler/mig/keeper.h"
#include "scheduler/policy_keepers.h"
#include "scheduler/recording/entry.h"
#include "scheduler/recording/survey.h"
#include "scheduler/scheduler.h"
#include "scheduler/simulation/run.h"
#include "scheduler/verdict_cache.h"

namespace tangram::scheduler::recording {

// Of the GPU of all nodes, in percent; a slice counts as live_view.h has it.
struct Gauge {
  double allocated = 0;
  double fragmentation = 0;  // FGD's measure, by the pods of the survey
};

// The cluster under one policy.
struct Side {
  // When 0, 1, ... percent of the pods had come and been placed; 100 is the end of the recording.
  std::vector<Gauge> curve;
  std::array<simulation::ClassCount, simulation::kPodClasses> classes;  // failed: never placed
  int64_t cards_free = 0;                                               // wholly, at the end
  int64_t cards_touched = 0;                                            // partly or wholly in use
};

struct RerunReport {
  size_t nodes = 0;  // at the end
  size_t pods = 0;
  Side recorded;
  Side tried;
  uint64_t placed_late = 0;  // that had to wait
  // Pods never placed, by the reason that most nodes gave last.
  std::map<std::string, uint64_t> failed_by_reason;
  struct Placed {
    model::PodId pod;
    std::string node;                // empty: never placed
    std::vector<std::string> cards;  // UUIDs, sorted; MIG instances behind theirs: " 1g.10gb@6"
  };
  std::vector<Placed> placements;  // in the order of the first filters
  uint64_t policy_versions = 0;    // learned, of all policies
};

class Rerun {
 public:
  static constexpr uint64_t kLesson = 25;

  // `pods` are those of a survey of the whole recording.
  Rerun(SchedulerOptions options, const std::vector<SurveyedPod>& pods);

  // InvalidArgument when the books refuse the entry.
  absl::Status Take(const Record& record);
  // After the last entry.
  RerunReport Report();

 private:
  struct Pod {
    size_t index = 0;  // among the pods of the survey
    model::PodRequest request;
    model::HostResources host;
    OfferedNodes offered;
    bool came = false, gone = false, late = false;
    bool recorded = false;  // placed by the recording
    bool placed = false;    // by us, at some time
    std::string node;
    std::vector<std::string> cards;
    std::string reason;
  };

  absl::Status Read(const EventApplied& entry);
  void Read(const PodSeen& entry);
  void Read(const PodGone& entry);
  void Read(const VerbBegun& entry);
  void Read(const FilterAnswered& entry);
  // Tries all nodes offered to the pod.
  void Try(const std::string& uid, Pod& pod);
  // Tries the waiting pods on a node that has more room now.
  void Retry(model::NodeIndex index);
  void Book(const std::string& uid, Pod& pod, const std::string& node,
            const model::Allocation& allocation);
  // Tries all waiting pods on all nodes offered to them.
  void RetryAll();
  void Learn();
  void LearnMig();
  model::HostResources Counted(const model::HostResources& host) const;
  std::string ReasonOf(const FilterOutcome& outcome, size_t without_host) const;
  Gauge Measure(model::Cluster& cluster) const;
  void Sample();
  void CountCards(model::Cluster& cluster, Side& side) const;

  const SchedulerOptions options_;
  const std::vector<SurveyedPod>& surveyed_;
  TypicalPods typical_;
  model::Cluster recorded_;
  model::Cluster tried_;
  PolicyKeepers keepers_;
  mig::Keeper mig_keeper_;
  VerdictCache verdicts_;
  std::map<std::string, Pod, std::less<>> pods_;  // by uid
  std::map<size_t, std::string> waiting_;         // uids, by index
  std::map<uint64_t, VerbBegun> calls_;           // filters not answered yet
  model::StringMap<model::HostResources> hosts_;  // of pods seen, by uid
  uint64_t seen_ = 0;
  size_t came_ = 0;
  RerunReport report_;
};

}  // namespace tangram::scheduler::recording

#endif  // SCHEDULER_RECORDING_RERUN_H_
