// What was decided, for whoever asks later: a log line for every answer, and counts of refusals.
//
//   debug  "filter"      pod, nodes offered, how many fit, the first of them, its cards, and how
//                        many nodes each reason keeps off
//   debug  "prioritize"  pod, and the best scores
//   debug  "bind"        pod, node
//   info   "bind refused" pod, node, and why
//
// The cards and amounts of a bind are logged with its write (counted_kube_api.h). All of it is
// made after the answer was given, and nothing at all below the log's level.
//
// Thread contract: safe from any thread.
#ifndef API_EXTENDER_DECISION_LOG_H_
#define API_EXTENDER_DECISION_LOG_H_

#include <optional>
#include <string>

#include "api/telemetry/log.h"
#include "api/telemetry/metrics.h"
#include "scheduler/placement.h"
#include "scheduler/reason.h"
#include "scheduler/scheduler.h"

namespace tangram::api::extender {

class DecisionLog {
 public:
  // Both must outlive it.
  DecisionLog(const telemetry::Logger& log, telemetry::Metrics& metrics)
      : log_(log), metrics_(metrics) {}

  void Filtered(const scheduler::FilterCall& call, const scheduler::FilterReply& reply) const;
  void Prioritized(const scheduler::FilterCall& call,
                   const scheduler::PrioritizeReply& reply) const;
  // `error` is empty for a bind that is done.
  void Bound(const scheduler::BindCall& call, const std::string& error) const;

 private:
  const telemetry::Logger& log_;
  telemetry::Metrics& metrics_;
};

// The reason that keeps most nodes off, of those that could take the pod with nobody on them; of
// all nodes when there is no such. Of equals the first in the order of reasons. None when nothing
// was refused.
std::optional<scheduler::Reason> MainReason(const scheduler::FilterOutcome& outcome);

}  // namespace tangram::api::extender

#endif  // API_EXTENDER_DECISION_LOG_H_
