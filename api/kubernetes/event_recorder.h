// Events: what `kubectl describe` shows of our decisions.
//
// For what nobody else reports, such as a pod whose allocation cannot be read. Nothing is recorded
// for a pod that is bound (kube-scheduler says Scheduled) or refused (it says FailedScheduling).
// Best effort: recording never blocks and never fails; a full queue drops the event, one that the
// server does not take is not tried again. Source: core/v1 Event, which servers keep for an hour.
#ifndef API_KUBERNETES_EVENT_RECORDER_H_
#define API_KUBERNETES_EVENT_RECORDER_H_

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "api/kubernetes/access.h"
#include "api/kubernetes/rest_client.h"
#include "api/kubernetes/watchdog.h"

namespace tangram::api::kubernetes {

struct EventNote {
  std::string kind;        // "Pod" or "Node"
  std::string name_space;  // of the object; empty for a node
  std::string name;
  std::string uid;
  bool warning = true;  // else Normal
  std::string reason;   // CamelCase word, at most 128 bytes: "UnaccountedPod"
  std::string message;  // cut at 1,024 bytes
};

// The body to POST for `note`, and the namespace to POST it to ("default" for a node).
struct EventBody {
  std::string name_space;
  std::string json;
};
EventBody MakeEvent(const EventNote& note, WallTime now);

// Thread-safe.
class EventRecorder {
 public:
  static constexpr std::size_t kQueueMax = 1000;
  // The same note about the same object is recorded once in this time.
  static constexpr std::chrono::minutes kRepeatAfter{10};

  EventRecorder(const std::shared_ptr<const ClusterAccess>& access,
                std::shared_ptr<Watchdog> watchdog, std::string user_agent);
  ~EventRecorder();
  EventRecorder(const EventRecorder&) = delete;
  EventRecorder& operator=(const EventRecorder&) = delete;

  // Returns at once.
  void Record(const EventNote& note, WallTime now);
  // What waits is dropped; a running POST is ended.
  void Stop();

  uint64_t posted() const { return posted_; }    // taken by the server
  uint64_t dropped() const { return dropped_; }  // queue full, or not taken

 private:
  void Work();

  RestClient client_;
  std::atomic<uint64_t> posted_{0};
  std::atomic<uint64_t> dropped_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;                 // guarded by mutex_
  std::deque<EventBody> queue_;           // guarded by mutex_
  std::map<std::string, WallTime> seen_;  // guarded by mutex_; by object and text
  std::thread thread_;
};

}  // namespace tangram::api::kubernetes

#endif  // API_KUBERNETES_EVENT_RECORDER_H_
