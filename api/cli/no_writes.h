// A port that writes nothing, for looking at a cluster.
#ifndef API_CLI_NO_WRITES_H_
#define API_CLI_NO_WRITES_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/mutex.h"
#include "scheduler/ports.h"

namespace tangram::api::cli {

// Makes no call to anybody; each is answered "unknown" by Stop. Thread-safe.
class NoWrites final : public scheduler::KubeApi {
 public:
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

  // Answers what was asked so far; what comes later is not answered any more.
  void Stop();

 private:
  // Remembers the answer to be given; a default result of each kind is "unknown".
  void Keep(std::function<void()> answer);

  model::Mutex mutex_;
  std::vector<std::function<void()>> answers_ TANGRAM_GUARDED_BY(mutex_);
};

}  // namespace tangram::api::cli

#endif  // API_CLI_NO_WRITES_H_
