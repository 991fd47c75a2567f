// Overall deadlines for calls that know none themselves.
//
// cpp-httplib's time-outs are per read, so a server that drips one byte a second is never given up.
// A Watchdog is one thread that calls a function when a deadline passes; one serves all connections
// of a process.
#ifndef API_KUBERNETES_WATCHDOG_H_
#define API_KUBERNETES_WATCHDOG_H_

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace tangram::api::kubernetes {

// Thread-safe.
class Watchdog {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Watchdog();
  // Every guard must be gone.
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  struct Entry;
  // While it lives, the watch is armed. Destroying it (or calling Release) waits for a running call
  // of the function; afterwards the function is not called again.
  class Guard {
   public:
    Guard() = default;
    Guard(Watchdog* watchdog, std::shared_ptr<Entry> entry);
    Guard(Guard&&) = default;
    Guard& operator=(Guard&&) = delete;
    ~Guard();
    void Release();

   private:
    Watchdog* watchdog_ = nullptr;
    std::shared_ptr<Entry> entry_;
  };

  // Calls `bark` on the watchdog's thread at `deadline`, and again every 100 ms until the guard is
  // gone: a bark may come a moment before there is something to interrupt. `bark` should be quick,
  // since it delays the deadlines of others.
  Guard Arm(Time deadline, std::function<void()> bark);

 private:
  void Run();

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  uint64_t next_id_ = 0;
  std::map<std::pair<Time, uint64_t>, std::shared_ptr<Entry>> queue_;
  std::thread thread_;
};

}  // namespace tangram::api::kubernetes

#endif  // API_KUBERNETES_WATCHDOG_H_
