// Runs a program to its end and collects what it prints. No shell is involved.
#ifndef API_KUBERNETES_PROCESS_H_
#define API_KUBERNETES_PROCESS_H_

#include <atomic>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace tangram::api::kubernetes {

struct ProcessSpec {
  std::string program;  // a path, or a bare name that is looked for in PATH
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> variables;  // added to our own environment
  std::chrono::milliseconds deadline{30'000};  // until it has ended, whatever it does meanwhile
  std::size_t output_bytes_max = std::size_t{1} << 20;
  // Ends the run soon after it becomes true, from any thread; null: nobody does.
  const std::atomic<bool>* cancelled = nullptr;
};

struct ProcessResult {
  int exit_code = 0;  // 128 + signal when it was killed
  std::string output;
  std::string errors;  // the last 4 KiB of standard error
};

// Blocks until the program has ended. Its standard input is empty. Whatever it started and left
// behind is not waited for, even if it holds the program's output open.
//
// NotFound when it cannot be started, DeadlineExceeded when it has not ended in time (also one that
// has closed its output), ResourceExhausted when it prints too much, Cancelled when `cancelled`
// says so; in these cases it is killed with everything it started.
absl::StatusOr<ProcessResult> RunProcess(const ProcessSpec& spec);

}  // namespace tangram::api::kubernetes

#endif  // API_KUBERNETES_PROCESS_H_
