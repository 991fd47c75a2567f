// See child_process.h.
#include "bench/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/http_connection.h"

namespace tangram::bench {
namespace {

constexpr std::chrono::milliseconds kPoll{5};
constexpr std::chrono::seconds kTermPatience{10};
constexpr int kCannotRun = 127;  // as a shell has it

std::vector<char*> EnvironmentWithoutOptions() {
  std::vector<char*> kept;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!std::string_view(*variable).starts_with("TANGRAM_")) kept.push_back(*variable);
  }
  kept.push_back(nullptr);
  return kept;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::Start(
    const std::vector<std::string>& argv, const std::string& log) {
  std::vector<std::string> words = argv;
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::vector<char*> environment = EnvironmentWithoutOptions();

  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (out < 0) {
    return absl::PermissionDeniedError(
        absl::StrCat("cannot write ", log, ": ", std::strerror(errno)));
  }
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) {
    // The server ends with the bench, however that ends.
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(kCannotRun);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
    ::execve(arguments[0], arguments.data(), environment.data());
    ::_exit(kCannotRun);
  }
  ::close(out);
  if (pid < 0) return absl::InternalError(absl::StrCat("fork: ", std::strerror(errno)));
  return std::unique_ptr<ChildProcess>(new ChildProcess(pid, log));
}

bool ChildProcess::Ended() {
  if (!ended_) ended_ = ::waitpid(pid_, nullptr, WNOHANG) == pid_;
  return ended_;
}

ChildProcess::~ChildProcess() {
  if (Ended()) return;
  ::kill(pid_, SIGTERM);
  const auto deadline = std::chrono::steady_clock::now() + kTermPatience;
  while (!Ended() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(kPoll);
  }
  if (ended_) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

absl::Status ChildProcess::WaitReady(uint16_t port, std::chrono::seconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  HttpConnection connection(port);
  while (std::chrono::steady_clock::now() < deadline) {
    if (Ended()) return absl::InternalError(absl::StrCat("the server ended; its log is ", log_));
    const auto answer = connection.Call("GET", "/readyz", "");
    if (answer.ok() && answer->status == 200) return absl::OkStatus();
    std::this_thread::sleep_for(kPoll);
  }
  return absl::DeadlineExceededError(
      absl::StrCat("the server is not ready after ", patience.count(), " s; its log is ", log_));
}

int64_t ChildProcess::PeakKibibytes() const {
  std::ifstream status(absl::StrCat("/proc/", pid_, "/status"));
  std::string word;
  while (status >> word) {
    int64_t kibibytes = 0;
    if (word == "VmHWM:" && status >> kibibytes) return kibibytes;
  }
  return 0;
}

}  // namespace tangram::bench
