#include "api/kubernetes/process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <thread>

#include "absl/strings/str_cat.h"

extern char** environ;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables): POSIX

namespace tangram::api::kubernetes {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kErrorsKept = 4096;
// How often it is looked whether the program has ended, and how long one that was killed is waited
// for.
constexpr milliseconds kLook{10};
constexpr milliseconds kKillMax{2000};

class Pipe {
 public:
  Pipe() {
    if (::pipe2(ends_, O_CLOEXEC) != 0) ends_[0] = ends_[1] = -1;
  }
  ~Pipe() {
    CloseRead();
    CloseWrite();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  bool valid() const { return ends_[0] >= 0; }
  int read_end() const { return ends_[0]; }
  int write_end() const { return ends_[1]; }
  void CloseRead() { Close(ends_[0]); }
  void CloseWrite() { Close(ends_[1]); }

 private:
  static void Close(int& end) {
    if (end >= 0) ::close(end);
    end = -1;
  }
  int ends_[2];
};

std::vector<std::string> Environment(const ProcessSpec& spec) {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::string name = text.substr(0, text.find('='));
    const bool replaced = std::any_of(spec.variables.begin(), spec.variables.end(),
                                      [&](const auto& variable) { return variable.first == name; });
    if (!replaced) out.push_back(text);
  }
  for (const auto& [name, value] : spec.variables) out.push_back(absl::StrCat(name, "=", value));
  return out;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

absl::StatusOr<pid_t> Spawn(const ProcessSpec& spec, const Pipe& output, const Pipe& errors) {
  std::vector<std::string> arguments = {spec.program};
  arguments.insert(arguments.end(), spec.arguments.begin(), spec.arguments.end());
  std::vector<std::string> environment = Environment(spec);

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, output.write_end(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, errors.write_end(), STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  // An own process group, so that its children can be killed with it. SIGPIPE, which we ignore, and
  // the signals that we hold back mean to it what every program expects.
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  pid_t pid = -1;
  const int error = ::posix_spawnp(&pid, spec.program.c_str(), &files, &attributes,
                                   Pointers(arguments).data(), Pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (error == 0) return pid;
  return absl::NotFoundError(
      absl::StrCat("cannot run \"", spec.program, "\": ", std::strerror(error)));
}

// Reads all that is there, up to `most` bytes in all, without waiting for more.
void Drain(Pipe& pipe, std::size_t most, std::string& into) {
  char buffer[4096];
  while (pipe.read_end() >= 0 && into.size() <= most) {
    const ssize_t count = ::read(pipe.read_end(), buffer, sizeof(buffer));
    if (count > 0) {
      into.append(buffer, static_cast<std::size_t>(count));
      continue;
    }
    if (count < 0 && errno == EINTR) continue;
    if (count == 0 || errno != EAGAIN) pipe.CloseRead();
    return;
  }
}

void KeepTheEnd(std::size_t size, std::string& text) {
  if (text.size() > size) text.erase(0, text.size() - size);
}

// The program that was started, until it was waited for.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}

  // Looks whether it has ended.
  bool Ended() {
    if (ended_) return true;
    const pid_t found = ::waitpid(pid_, &status_, WNOHANG);
    // Where SIGCHLD is ignored the system keeps no exit code: its output speaks for it.
    ended_ = found == pid_ || (found < 0 && errno == ECHILD);
    return ended_;
  }
  int exit_code() const {
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
  }
  // With everything it started. One that even this does not end (it hangs in the kernel) is left.
  void Kill() {
    ::kill(-pid_, SIGKILL);
    const auto end = steady_clock::now() + kKillMax;
    while (!Ended() && steady_clock::now() < end) std::this_thread::sleep_for(kLook);
  }

 private:
  const pid_t pid_;
  int status_ = 0;
  bool ended_ = false;
};

// Reads what the child prints until it has ended.
absl::Status Attend(const ProcessSpec& spec, Child& child, Pipe& output, Pipe& errors,
                    ProcessResult& result) {
  const auto end = steady_clock::now() + spec.deadline;
  while (true) {
    // In this order: what it wrote before its end is read after its end was seen.
    const bool ended = child.Ended();
    Drain(output, spec.output_bytes_max, result.output);
    std::string said;
    Drain(errors, 16 * kErrorsKept, said);
    result.errors += said;
    KeepTheEnd(kErrorsKept, result.errors);
    if (result.output.size() > spec.output_bytes_max) {
      return absl::ResourceExhaustedError(absl::StrCat("\"", spec.program, "\" printed more than ",
                                                       spec.output_bytes_max, " bytes"));
    }
    if (ended) return absl::OkStatus();
    if (spec.cancelled != nullptr && *spec.cancelled) {
      return absl::CancelledError(absl::StrCat("\"", spec.program, "\" was stopped"));
    }
    if (steady_clock::now() >= end) {
      return absl::DeadlineExceededError(
          absl::StrCat("\"", spec.program, "\" did not end within ", spec.deadline.count(), " ms"));
    }
    // A negative descriptor is skipped by poll, which is then a pause.
    pollfd waits[2] = {{output.read_end(), POLLIN, 0}, {errors.read_end(), POLLIN, 0}};
    if (::poll(waits, 2, static_cast<int>(kLook.count())) < 0 && errno != EINTR) {
      return absl::InternalError(absl::StrCat("poll: ", std::strerror(errno)));
    }
  }
}

}  // namespace

absl::StatusOr<ProcessResult> RunProcess(const ProcessSpec& spec) {
  Pipe output;
  Pipe errors;
  if (!output.valid() || !errors.valid()) {
    return absl::ResourceExhaustedError(absl::StrCat("pipe: ", std::strerror(errno)));
  }
  const absl::StatusOr<pid_t> pid = Spawn(spec, output, errors);
  if (!pid.ok()) return pid.status();
  output.CloseWrite();
  errors.CloseWrite();
  for (const Pipe* pipe : {&output, &errors}) {
    ::fcntl(pipe->read_end(), F_SETFL, ::fcntl(pipe->read_end(), F_GETFL) | O_NONBLOCK);
  }
  Child child(*pid);
  ProcessResult result;
  if (absl::Status status = Attend(spec, child, output, errors, result); !status.ok()) {
    child.Kill();
    return status;
  }
  result.exit_code = child.exit_code();
  return result;
}

}  // namespace tangram::api::kubernetes
