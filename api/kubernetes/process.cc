#include "api/kubernetes/process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>

#include "absl/strings/str_cat.h"

extern char** environ;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables): POSIX

namespace tangram::api::kubernetes {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kErrorsKept = 4096;

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
  // An own process group, so that its children can be killed with it; and SIGPIPE, which we ignore,
  // means to it what every program expects.
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
  pid_t pid = -1;
  const int error = ::posix_spawnp(&pid, spec.program.c_str(), &files, &attributes,
                                   Pointers(arguments).data(), Pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (error == 0) return pid;
  return absl::NotFoundError(
      absl::StrCat("cannot run \"", spec.program, "\": ", std::strerror(error)));
}

// Reads what is there. False when the pipe is at its end.
bool Drain(int descriptor, std::string& into) {
  char buffer[4096];
  const ssize_t count = ::read(descriptor, buffer, sizeof(buffer));
  if (count > 0) into.append(buffer, static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && errno == EINTR);
}

// Reads both pipes to their ends.
absl::Status Collect(const ProcessSpec& spec, Pipe& output, Pipe& errors, ProcessResult& result) {
  const auto end = steady_clock::now() + spec.deadline;
  while (output.valid() || errors.valid()) {
    const auto left = std::chrono::duration_cast<milliseconds>(end - steady_clock::now());
    if (left <= milliseconds::zero()) {
      return absl::DeadlineExceededError(
          absl::StrCat("\"", spec.program, "\" did not end within ", spec.deadline.count(), " ms"));
    }
    // A negative descriptor is skipped by poll.
    pollfd waits[2] = {{output.read_end(), POLLIN, 0}, {errors.read_end(), POLLIN, 0}};
    if (::poll(waits, 2, static_cast<int>(left.count())) < 0 && errno != EINTR) {
      return absl::InternalError(absl::StrCat("poll: ", std::strerror(errno)));
    }
    if (waits[0].revents != 0 && !Drain(output.read_end(), result.output)) output.CloseRead();
    if (waits[1].revents != 0 && !Drain(errors.read_end(), result.errors)) errors.CloseRead();
    if (result.errors.size() > 2 * kErrorsKept) {
      result.errors.erase(0, result.errors.size() - kErrorsKept);
    }
    if (result.output.size() > spec.output_bytes_max) {
      return absl::ResourceExhaustedError(absl::StrCat("\"", spec.program, "\" printed more than ",
                                                       spec.output_bytes_max, " bytes"));
    }
  }
  return absl::OkStatus();
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
  ProcessResult result;
  const absl::Status collected = Collect(spec, output, errors, result);
  // A program that closed its output and runs on has nothing more to tell us.
  if (!collected.ok()) ::kill(-*pid, SIGKILL);
  int status = 0;
  while (::waitpid(*pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!collected.ok()) return collected;
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (result.errors.size() > kErrorsKept) {
    result.errors.erase(0, result.errors.size() - kErrorsKept);
  }
  return result;
}

}  // namespace tangram::api::kubernetes
