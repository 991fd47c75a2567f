// The scheduler's port to a real API server.
//
// A pool of worker threads, each with a connection of its own, takes calls from one queue in the
// order they came. How an HTTP answer becomes a WriteOutcome is the first rule of the commit
// protocol, and it is all here:
//   2xx kDone, 409 kConflict, 404 kNotFound, any other 4xx kRefused, except 408 and 429;
//   everything else (5xx, 408, 429, time-out, lost or refused connection) kUnknown.
// A call that was certainly not sent is kUnknown, too: it has to be repeated just the same.
#ifndef API_KUBERNETES_KUBE_API_H_
#define API_KUBERNETES_KUBE_API_H_

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "api/dialects/hami/keys.h"
#include "api/kubernetes/access.h"
#include "api/kubernetes/rest_client.h"
#include "api/kubernetes/watchdog.h"
#include "scheduler/ports.h"

namespace tangram::api::kubernetes {

struct KubeApiOptions {
  std::string user_agent;  // "tangram/<version>"
  int workers = 16;
  // Of one call, the repetitions of RestClient included. A write that takes longer is kUnknown.
  std::chrono::milliseconds deadline{15'000};
  hami::ResourceNames names = hami::kDefaultResourceNames;
};

class PooledKubeApi final : public scheduler::KubeApi {
 public:
  using WriteDone = std::function<void(scheduler::WriteResult)>;

  PooledKubeApi(const std::shared_ptr<const ClusterAccess>& access,
                const std::shared_ptr<Watchdog>& watchdog, KubeApiOptions options);
  // As Stop.
  ~PooledKubeApi() override;

  void PostBinding(const scheduler::BindingWrite& write, WriteDone done) override;
  void GetPod(const std::string& name_space, const std::string& name,
              std::function<void(scheduler::PodReading)> done) override;
  void FencePod(const model::PodId& pod, const std::string& resource_version,
                std::function<void(scheduler::PodReading)> done) override;
  void GetNodeLock(const std::string& node,
                   std::function<void(scheduler::NodeLockReading)> done) override;
  // An empty resource version is answered kConflict without a request: it would make the write
  // unconditional.
  void PatchNodeLock(const std::string& node, const std::optional<std::string>& lock,
                     const std::string& resource_version, WriteDone done) override;
  void PatchPodLabel(const model::PodId& pod, const std::string& node, WriteDone done) override;
  void WakeScheduler(const std::string& node, uint64_t version, WriteDone done) override;

  // Gives running calls up to `grace` to end, then ends them; every call not made yet is answered
  // kUnknown. Returns when no callback runs any more; nothing may be called afterwards. Not to be
  // called from a callback.
  void Stop(std::chrono::milliseconds grace);

  // Calls waiting or running.
  std::size_t queued() const;

 private:
  using Finish = std::function<void(const Reply&)>;
  struct Task {
    Request request;
    Finish finish;
    std::optional<Reply> known;  // the answer, when there is nothing to ask
  };

  void Enqueue(Task task);
  void Patch(std::string path, std::string body, WriteDone done);
  void Work(RestClient& client);

  const KubeApiOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;   // guarded by mutex_
  std::size_t running_ = 0;  // guarded by mutex_
  bool stopping_ = false;    // guarded by mutex_
  std::vector<std::unique_ptr<RestClient>> clients_;
  std::vector<std::thread> threads_;
};

// How `reply`, the answer to a write, counts. `what` begins the message.
scheduler::WriteResult ToWriteResult(const Reply& reply, std::string_view what);

}  // namespace tangram::api::kubernetes

#endif  // API_KUBERNETES_KUBE_API_H_
