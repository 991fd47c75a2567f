// Which pods a recording is about: those that a filter was asked about before they held anything.
//
// All others (those that were bound when the recording began, or by somebody else) stay where the
// recording has them, whatever policy is tried.
//
// Not thread-safe. Deterministic.
#ifndef SCHEDULER_RECORDING_SURVEY_H_
#define SCHEDULER_RECORDING_SURVEY_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "model/cluster.h"
#include "model/string_map.h"
#include "scheduler/card_policy.h"
#include "scheduler/pod_demand.h"
#include "scheduler/recording/entry.h"

namespace tangram::scheduler::recording {

struct SurveyedPod {
  model::PodId id;
  // By the cards there were at its first filter; CPU and memory are left out.
  Demand demand;
};

class Survey {
 public:
  // `card_policy` is that of pods which name none.
  explicit Survey(CardPolicy card_policy = {}) : card_policy_(std::move(card_policy)) {}

  // InvalidArgument when the books refuse the entry.
  absl::Status Take(const Record& record);

  // In the order of their first filters. Pods that ask for no card are left out.
  const std::vector<SurveyedPod>& pods() const { return pods_; }
  // The books after the entries so far.
  model::Cluster& cluster() { return cluster_; }

 private:
  void Begin(const VerbBegun& entry);
  void Answer(uint64_t call);

  const CardPolicy card_policy_;
  model::Cluster cluster_;
  std::map<uint64_t, SurveyedPod> calls_;  // that were not answered yet
  DeviceKinds kinds_;
  bool kinds_are_old_ = true;
  model::StringSet known_;
  std::vector<SurveyedPod> pods_;
};

}  // namespace tangram::scheduler::recording

#endif  // SCHEDULER_RECORDING_SURVEY_H_
