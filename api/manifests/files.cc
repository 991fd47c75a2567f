// See files.h.
#include "api/manifests/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace tangram::api::manifests {

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

}  // namespace tangram::api::manifests
