// How far a long simulation is, for somebody who waits at a terminal.
#ifndef API_CLI_SIMULATE_PROGRESS_H_
#define API_CLI_SIMULATE_PROGRESS_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <mutex>
#include <string>

namespace tangram::api::cli::simulate {

// "[#####.....]  50 %, 3 s left"; nothing is said of the rest before anything is done.
std::string ProgressLine(uint64_t done, uint64_t total, double seconds);

// Where a bar is drawn, and by which clock.
struct ProgressView {
  std::FILE* to = stderr;
  bool shown = false;  // whether somebody looks
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
};

// A bar on stderr, from the third second on, gone when this is. Silent where stderr is no terminal.
// Thread-safe.
class Progress {
 public:
  explicit Progress(uint64_t total);
  Progress(uint64_t total, ProgressView view);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void Add(uint64_t done);

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  const ProgressView view_;
  const uint64_t total_;
  const TimePoint began_;
  std::atomic<uint64_t> done_{0};
  std::mutex mutex_;
  TimePoint next_;      // guarded by mutex_
  bool drawn_ = false;  // guarded by mutex_
};

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_PROGRESS_H_
