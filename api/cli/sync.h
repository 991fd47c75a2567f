// From the watches into the scheduler: objects as JSON text in, observations out.
//
// Each object is decoded as it streams in and its text forgotten. An object that is no Node or Pod
// (an API server sends none such) is logged and passed over: as an event it changes nothing, in a
// list it counts as absent.
//
// What a user should know of is told once, in the log and, where there is a server to tell it to,
// as an Event: a bound pod whose use of the cards cannot be told (unaccounted_log.h), an annotation
// that does nothing.
//
// Thread contract: a sink is called by its reflector's thread only.
#ifndef API_CLI_SYNC_H_
#define API_CLI_SYNC_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "api/cli/card_inventory.h"
#include "api/cli/unaccounted_log.h"
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
           UnaccountedLog& unaccounted, const CardInventory* cards = nullptr)
      : scheduler_(scheduler), log_(log), unaccounted_(unaccounted), cards_(cards) {}

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
  UnaccountedLog& unaccounted_;
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
  using Tell = UnaccountedLog::Tell;

  // `tell` takes the Events about annotations; may be null.
  PodSink(scheduler::Scheduler& scheduler, const telemetry::Logger& log,
          UnaccountedLog& unaccounted, Tell tell = nullptr)
      : scheduler_(scheduler), log_(log), unaccounted_(unaccounted), tell_(std::move(tell)) {}

  void BeginReplace() override;
  void Object(std::string_view json) override;
  void EndReplace(std::string_view resource_version) override;
  void Upsert(std::string_view json) override;
  void Delete(std::string_view json) override;
  void Connected(bool connected) override;

 private:
  // Tells what is odd about the annotations of a pod that is not bound yet, once.
  void NoteAnnotations(const model::Pod& pod, std::string_view json);

  scheduler::Scheduler& scheduler_;
  const telemetry::Logger& log_;
  UnaccountedLog& unaccounted_;
  const Tell tell_;
  std::vector<model::Pod> listed_;
  model::StringSet misannotated_;         // uids told of, and while a list comes in ...
  model::StringSet misannotated_before_;  // ... those told of before it
};

}  // namespace tangram::api::cli

#endif  // API_CLI_SYNC_H_
