// A server that a bench starts, waits for and ends.
#ifndef BENCH_CHILD_PROCESS_H_
#define BENCH_CHILD_PROCESS_H_

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tangram::bench {

class ChildProcess {
 public:
  // Runs argv[0] with the rest as arguments; both outputs go to the file `log`. TANGRAM_ variables
  // are kept from it, because they would be options of the server. Call it from the main thread.
  static absl::StatusOr<std::unique_ptr<ChildProcess>> Start(const std::vector<std::string>& argv,
                                                             const std::string& log);
  // SIGTERM, after 10 s SIGKILL; returns when it is gone.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // Waits until GET /readyz answers 200. Internal, naming the log, when the process ends before;
  // DeadlineExceeded when it takes longer.
  absl::Status WaitReady(uint16_t port, std::chrono::seconds patience);

  // Peak resident memory so far (VmHWM), 0 when it cannot be read.
  int64_t PeakKibibytes() const;

 private:
  ChildProcess(pid_t pid, std::string log) : pid_(pid), log_(std::move(log)) {}
  bool Ended();

  const pid_t pid_;
  const std::string log_;
  bool ended_ = false;
};

}  // namespace tangram::bench

#endif  // BENCH_CHILD_PROCESS_H_
