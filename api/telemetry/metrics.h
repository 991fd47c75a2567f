// What `GET /metrics` says.
//
//   name and labels                                       what
//   tangram_build_info{version}                           always 1
//   tangram_ready                                         1 once verbs are answered
//   tangram_verb_duration_seconds{verb}                   histogram: request read to answer given
//   tangram_verb_answers_total{verb,outcome}              answers to kube-scheduler
//   tangram_api_writes_total{kind,outcome}                writes to the API server
//   tangram_api_reads_total{kind,outcome}                 single GETs
//   tangram_filters_total, tangram_filters_unfit_total    filter calls; those with nothing fitting
//   tangram_filter_rejections_total{reason}               the latter by what kept most nodes off
//   tangram_binds_total{outcome}                          binds that ended: done, failed
//   tangram_bind_conflicts_total                          the node was full by then
//   tangram_wake_ups_total                                node patches to wake pods
//   tangram_locks_taken_total, ..._released_total         node locks; those given back by us
//   tangram_binds_in_progress, tangram_bind_queue, tangram_holds, tangram_waiting_pods,
//   tangram_known_pods, tangram_nodes, tangram_overcommitted_cards, tangram_unaccounted_pods
//   tangram_policy_version{policy}                        policies that learn
//   tangram_node_unaccounted_pods{node}                   only nodes that have one
//   tangram_unaccounted_pod_info{node,namespace,pod,      one for each card that the node does not
//     device_uuid,closes_node}                            have; the first thousand
//   tangram_closed_nodes{reason}                          nodes that take no new pods
//   tangram_device_memory_bytes, tangram_device_memory_allocated_bytes,
//   tangram_device_compute_allocated_ratio, tangram_device_slots, tangram_device_slots_allocated
//     {node,device_uuid,device_index}                     as HAMi and DCGM name a card
//   process_*                                             process_metrics.h
//
// docs/metrics.md is for users: what to watch, and how to join with other exporters.
//
// verb: filter, prioritize, bind; its outcome: ok, error (200 with Error), bad_request (400),
// not_ready (503). kind of a write: binding, node_lock, pod_label, pod_fence, wake_up; of a
// read: pod, node_lock. outcome of a write: done, conflict, not_found, refused, unknown; of a read:
// found, gone, unknown. reason: the words of scheduler/reason.h. No pod is a label, but for those
// whose cards nobody can tell.
//
// Verbs and API calls are counted here (prometheus-cpp); all else is read from the scheduler at
// scrape time, so that a card that is gone leaves no series behind.
//
// Thread contract: every method may be called from any thread.
#ifndef API_TELEMETRY_METRICS_H_
#define API_TELEMETRY_METRICS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/snapshot.h"
#include "scheduler/ports.h"
#include "scheduler/reason.h"
#include "scheduler/scheduler.h"

namespace tangram::api::telemetry {

enum class WriteKind : uint8_t { kBinding, kNodeLock, kPodLabel, kPodFence, kWakeUp };
enum class ReadKind : uint8_t { kPod, kNodeLock };
enum class ReadOutcome : uint8_t { kFound, kGone, kUnknown };

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // One answered verb, in the words of the table above (as api/extender/routes.h says them); other
  // words are passed over.
  void ObserveVerb(std::string_view verb, double seconds, std::string_view outcome);
  void CountWrite(WriteKind kind, scheduler::WriteOutcome outcome);
  void CountRead(ReadKind kind, ReadOutcome outcome);
  // A filter call in which nothing fitted, for that reason above all.
  void CountUnfit(scheduler::Reason reason);

  // The families counted here, in text format, the same order every time.
  std::string Render() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What is read from elsewhere at scrape time.
struct Scrape {
  std::string version;
  bool ready = false;
  scheduler::SchedulerStats stats;
  model::Snapshot snapshot;
  std::vector<scheduler::UnaccountedPod> unaccounted;  // Scheduler::Unaccounted
};

// The whole answer, in text format 0.0.4 (exposition.h has the content type), nodes by name and
// cards in their order. 40,000 cards make 25 MB and take some 50 ms: not on a thread that serves
// verbs.
std::string RenderMetrics(const Metrics& metrics, const Scrape& scrape);

}  // namespace tangram::api::telemetry

#endif  // API_TELEMETRY_METRICS_H_
