// See child_process.h.
#include "bench/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

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
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::vector<char*> environment = EnvironmentWithoutOptions();

  posix_spawn_file_actions_t files{};
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                   0644);
  posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
  pid_t pid = 0;
  const int error =
      ::posix_spawn(&pid, arguments[0], &files, nullptr, arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&files);
  if (error != 0) {
    return absl::NotFoundError(absl::StrCat("cannot run ", words[0], ": ", std::strerror(error)));
  }
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
