// See files.h.
#include "api/manifests/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace tangram::api::manifests {
namespace {

// Whether all of it could be written; errno says why not.
bool WriteAll(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t bytes_max) {
  const bool is_stdin = path == "-";
  const int file = is_stdin ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const auto fail = [&path] {
    return absl::NotFoundError(absl::StrCat("cannot read ", path, ": ", std::strerror(errno)));
  };
  if (file < 0) return fail();
  std::string text;
  std::array<char, 65536> block{};
  ssize_t got = 0;
  while (text.size() <= bytes_max && (got = ::read(file, block.data(), block.size())) != 0) {
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) break;
    text.append(block.data(), static_cast<size_t>(got));
  }
  absl::Status status;
  if (got < 0) status = fail();
  if (text.size() > bytes_max) {
    status =
        absl::ResourceExhaustedError(absl::StrCat(path, " is longer than ", bytes_max, " bytes"));
  }
  if (!is_stdin) ::close(file);
  if (!status.ok()) return status;
  return text;
}

absl::Status WriteFile(const std::string& path, std::string_view text) {
  // A link is followed, never replaced: /dev/stderr is one.
  struct stat found {};
  const bool in_place = ::lstat(path.c_str(), &found) == 0 && !S_ISREG(found.st_mode);
  const std::string made = in_place ? path : absl::StrCat(path, ".", ::getpid());
  const int file = ::open(made.c_str(), O_WRONLY | O_CLOEXEC | O_CREAT | O_TRUNC, 0644);
  bool good = file >= 0 && WriteAll(file, text);
  if (file >= 0) good = ::close(file) == 0 && good;
  if (good && !in_place) good = std::rename(made.c_str(), path.c_str()) == 0;
  if (good) return absl::OkStatus();
  absl::Status status =
      absl::UnavailableError(absl::StrCat("cannot write ", path, ": ", std::strerror(errno)));
  if (file >= 0 && !in_place) ::unlink(made.c_str());
  return status;
}

}  // namespace tangram::api::manifests
