// A KubeApi that counts and logs how the calls of another one end.
#ifndef API_TELEMETRY_COUNTED_KUBE_API_H_
#define API_TELEMETRY_COUNTED_KUBE_API_H_

#include <functional>
#include <optional>
#include <string>

#include "api/telemetry/log.h"
#include "api/telemetry/metrics.h"
#include "scheduler/ports.h"

namespace tangram::api::telemetry {

// Passes every call on to `api` and, when it ends, counts it. At debug each Binding is logged with
// its cards. A write that was not done is logged (unknown and refused: warn, conflict and gone:
// debug). One count per call of the scheduler: what the client repeats beneath it is not seen here.
// All three must outlive it and its callbacks.
class CountedKubeApi final : public scheduler::KubeApi {
 public:
  CountedKubeApi(scheduler::KubeApi& api, Metrics& metrics, const Logger& log)
      : api_(api), metrics_(metrics), log_(log) {}

  void PostBinding(const scheduler::BindingWrite& write,
                   std::function<void(scheduler::WriteResult)> done) override;
  void GetPod(const std::string& name_space, const std::string& name,
              std::function<void(scheduler::PodReading)> done) override;
  void FencePod(const model::PodId& pod, const std::string& resource_version,
                std::function<void(scheduler::PodReading)> done) override;
  void GetNodeLock(const std::string& node,
                   std::function<void(scheduler::NodeLockReading)> done) override;
  void PatchNodeLock(const std::string& node, const std::optional<std::string>& lock,
                     const std::string& resource_version,
                     std::function<void(scheduler::WriteResult)> done) override;
  void PatchPodLabel(const model::PodId& pod, const std::string& node,
                     std::function<void(scheduler::WriteResult)> done) override;
  void WakeScheduler(const std::string& node, uint64_t version,
                     std::function<void(scheduler::WriteResult)> done) override;

 private:
  using WriteDone = std::function<void(scheduler::WriteResult)>;
  // `object` is what is written to: "namespace/name", or a node.
  WriteDone Counted(WriteKind kind, std::string object, WriteDone done);

  scheduler::KubeApi& api_;
  Metrics& metrics_;
  const Logger& log_;
};

}  // namespace tangram::api::telemetry

#endif  // API_TELEMETRY_COUNTED_KUBE_API_H_
