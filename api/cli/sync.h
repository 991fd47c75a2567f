// From the watches into the scheduler: objects as JSON text in, observations out.
//
// Each object is decoded as it streams in and its text forgotten. An object that is no Node or Pod
// (an API server sends none such) is logged and passed over: as an event it changes nothing, in a
// list it counts as absent.
//
// What a user should know of (a bound pod whose use of the cards cannot be told, an annotation that
// does nothing) is logged once, and told as an Event where there is a server to tell it to.
//
// Thread contract: a sink is called by its reflector's thread only.
#ifndef API_CLI_SYNC_H_
#define API_CLI_SYNC_H_

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "api/cli/card_inventory.h"
#include "api/kubernetes/event_recorder.h"
#include "api/kubernetes/reflector.h"
#include "api/telemetry/log.h"
#include "model/pod.h"
#include "model/string_map.h"
#include "scheduler/observation.h"
#include "scheduler/scheduler.h"

namespace tangram::api::cli {

// Nodes. All arguments must outlive it. What they say is compared with `cards`, where there are
// such: a slice that comes later is held against the node when that is heard of next, which the
// kubelet sees to every few minutes.
class NodeSink final : public kubernetes::ReflectorSink {
 public:
  NodeSink(scheduler::Scheduler& scheduler, const telemetry::Logger& log,
           const CardInventory* cards = nullptr)
      : scheduler_(scheduler), log_(log), cards_(cards) {}

  void BeginReplace() override;
  void Object(std::string_view json) override;
  void EndReplace(std::string_view resource_version) override;
  void Upsert(std::string_view json) override;
  void Delete(std::string_view json) override;
  void Connected(bool connected) override;

 private:
  // The node as an object says it, with what ResourceSlices say otherwise.
  absl::StatusOr<scheduler::NodeObservation> Read(std::string_view json) const;
  // Logs a node's problem and notes when they are new: HAMi's agent writes its node every half
  // minute.
  void NoteProblem(const scheduler::NodeObservation& node);

  scheduler::Scheduler& scheduler_;
  const telemetry::Logger& log_;
  const CardInventory* const cards_;
  std::vector<scheduler::NodeObservation> listed_;
  model::StringMap<std::string> problems_;  // by node
};

// Device classes of DRA. One that cannot be read gives out nothing.
class DeviceClassSink final : public kubernetes::ReflectorSink {
 public:
  DeviceClassSink(scheduler::Scheduler& scheduler, const telemetry::Logger& log)
      : scheduler_(scheduler), log_(log) {}

  void BeginReplace() override;
  void Object(std::string_view json) override;
  void EndReplace(std::string_view resource_version) override;
  void Upsert(std::string_view json) override;
  void Delete(std::string_view json) override;
  void Connected(bool connected) override;

 private:
  void Tell();

  scheduler::Scheduler& scheduler_;
  const telemetry::Logger& log_;
  std::map<std::string, std::vector<std::string>> resources_;  // by class
  std::vector<std::string> told_;
};

// Pods that have not ended: the reflector selects by kLivePods, so a pod that ends is deleted to
// us.
class PodSink final : public kubernetes::ReflectorSink {
 public:
  using Tell = std::function<void(const kubernetes::EventNote&)>;

  // `tell` takes the Events; may be null.
  PodSink(scheduler::Scheduler& scheduler, const telemetry::Logger& log, Tell tell)
      : scheduler_(scheduler), log_(log), tell_(std::move(tell)) {}

  void BeginReplace() override;
  void Object(std::string_view json) override;
  void EndReplace(std::string_view resource_version) override;
  void Upsert(std::string_view json) override;
  void Delete(std::string_view json) override;
  void Connected(bool connected) override;

 private:
  // Tells of a bound pod that does not say what it takes, once. On a node that counts only every
  // pod does; of one whose node is not known yet it is told later.
  void NoteUnaccounted(const model::Pod& pod);
  void NoteUndecided();
  // Tells what is odd about the annotations of a pod that is not bound yet, once.
  void NoteAnnotations(const model::Pod& pod, std::string_view json);

  scheduler::Scheduler& scheduler_;
  const telemetry::Logger& log_;
  const Tell tell_;
  std::vector<model::Pod> listed_;
  model::StringSet unaccounted_;                 // uids told of
  model::StringSet misannotated_;                // the same, and while a list comes in ...
  model::StringSet misannotated_before_;         // ... those told of before it
  std::map<std::string, model::Pod> undecided_;  // by uid: their nodes are not known yet
};

}  // namespace tangram::api::cli

#endif  // API_CLI_SYNC_H_
