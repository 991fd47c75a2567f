// The doors to the world, as the scheduler needs them: time and the Kubernetes API.
//
// Declared here by their user, implemented in api/ (a real API server, or a journal on disk) and in
// tests (scripted). A page in all: every method is one decision of the commit protocol.
#ifndef SCHEDULER_PORTS_H_
#define SCHEDULER_PORTS_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "model/allocation.h"
#include "model/pod.h"

namespace tangram::scheduler {

// Monotonic time since an arbitrary start; what deadlines are made of.
using Instant = std::chrono::nanoseconds;
using Duration = std::chrono::nanoseconds;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant Now() const = 0;
  // Wall-clock seconds since 1970 (UTC), to be written into annotations and compared with them.
  virtual int64_t UnixSeconds() const = 0;
};

// How a write ended. What is not definite must be repeated or looked up, never undone.
enum class WriteOutcome : uint8_t {
  kDone,      // 2xx: the server did it
  kConflict,  // 409: a precondition failed (resourceVersion, uid, already bound, being deleted)
  kNotFound,  // 404: the object is gone
  kRefused,   // any other 4xx but 429: definite, the server will not do it
  kUnknown,   // time-out, reset, 5xx, 429 that outlived its retries: may or may not have happened
};

struct WriteResult {
  WriteOutcome outcome = WriteOutcome::kUnknown;
  // For logs and for the extender's Error text; empty when done.
  std::string message;
  // After a node PATCH that is done: the node's new resourceVersion (may be empty).
  std::string resource_version;
};

// What a GET of a pod says.
struct PodReading {
  enum class Outcome : uint8_t { kFound, kGone, kUnknown };
  Outcome outcome = Outcome::kUnknown;
  model::Pod pod;  // kFound only
  std::string message;
};

// What a GET of a node says about its lock.
struct NodeLockReading {
  enum class Outcome : uint8_t { kFound, kGone, kUnknown };
  Outcome outcome = Outcome::kUnknown;
  std::string lock;  // the annotation's text, empty = free
  std::string resource_version;
  std::string message;
};

// One Binding: the pod to this node, with its allocation in the same write.
struct BindingWrite {
  model::PodId pod;
  std::string node;
  // The pod's as last known: a precondition, like the uid. Empty: none.
  std::string resource_version;
  // Empty: a plain Binding without annotations.
  model::Allocation allocation;
  // What the kubelet counts for the pod, kGpuResource among it; for who keeps no pod objects.
  model::ResourceCounts counts;
  model::HostResources host;
  // hami.io/vgpu-time and hami.io/bind-time; fixed for all repetitions of one bind.
  int64_t unix_seconds = 0;
};

// The Kubernetes API. Every method returns at once and calls `done` exactly once later, on a thread
// of the implementation's choosing, never from inside the call. Thread-safe.
class KubeApi {
 public:
  virtual ~KubeApi() = default;

  // POST pods/binding. Uid and resourceVersion are preconditions (kube-apiserver, registry/core/pod
  // BindingREST: checked in the transaction that binds). Repeating an identical write is safe.
  virtual void PostBinding(const BindingWrite& write, std::function<void(WriteResult)> done) = 0;

  // GET of a pod by namespace and name. The uid of the answer may be another pod's.
  virtual void GetPod(const std::string& name_space, const std::string& name,
                      std::function<void(PodReading)> done) = 0;

  // A GET that closes the door behind it: a PATCH of one annotation of the pod, conditional on the
  // uid, and the pod as it is then. Whatever Binding was posted with an older resourceVersion is
  // refused from there on. kUnknown: no door was closed for certain (or the uid is another).
  virtual void FencePod(const model::PodId& pod, const std::string& resource_version,
                        std::function<void(PodReading)> done) = 0;

  // GET of a node's lock annotation and resourceVersion.
  virtual void GetNodeLock(const std::string& node, std::function<void(NodeLockReading)> done) = 0;

  // PATCH of the node lock annotation (hami.io/mutex.lock) to `lock`, or its removal when nullopt,
  // on the condition that the node is still at `resource_version`.
  virtual void PatchNodeLock(const std::string& node, const std::optional<std::string>& lock,
                             const std::string& resource_version,
                             std::function<void(WriteResult)> done) = 0;

  // PATCH of the pod label hami.io/vgpu-node (for servers that do not merge a Binding's labels).
  // Conditional on the uid.
  virtual void PatchPodLabel(const model::PodId& pod, const std::string& node,
                             std::function<void(WriteResult)> done) = 0;

  // PATCH of one node annotation, so that kube-scheduler tries waiting pods again.
  virtual void WakeScheduler(const std::string& node, uint64_t version,
                             std::function<void(WriteResult)> done) = 0;
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_PORTS_H_
