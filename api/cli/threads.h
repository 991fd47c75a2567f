// The two threads of our own beside those of the HTTP server and the API clients.
#ifndef API_CLI_THREADS_H_
#define API_CLI_THREADS_H_

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace tangram::api::cli {

// Calls a function again and again, `interval` apart, from construction to destruction. A call that
// takes longer delays the next; none is made up for.
class Ticker {
 public:
  Ticker(std::chrono::milliseconds interval, std::function<void()> tick);
  ~Ticker();
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable stop_changed_;
  bool stopped_ = false;  // guarded by mutex_
  std::thread thread_;
};

// Runs jobs one after the other on a thread, so that what takes long does not take a server thread.
// Thread-safe. The destructor runs what was posted before it.
class Worker {
 public:
  Worker();
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // False, and the job dropped, when kQueueMax jobs wait already.
  bool Post(std::function<void()> job);

  static constexpr size_t kQueueMax = 16;

 private:
  void Run();

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;                    // guarded by mutex_
  std::deque<std::function<void()>> jobs_;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace tangram::api::cli

#endif  // API_CLI_THREADS_H_
