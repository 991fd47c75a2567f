#include "api/recording/sink.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tangram::api::recording {
namespace {

absl::Status SystemError(const char* doing, const std::string& path) {
  return absl::UnavailableError(
      absl::StrCat("cannot ", doing, " ", path, ": ", std::strerror(errno)));
}

// The text as one member of a gzip file.
std::string Packed(std::string_view text) {
  constexpr int kGzip = 15 + 16;
  constexpr int kMemory = 8;
  z_stream stream{};
  if (::deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzip, kMemory, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    return "";
  }
  std::string packed(::deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int result = ::deflate(&stream, Z_FINISH);
  packed.resize(result == Z_STREAM_END ? stream.total_out : 0);
  ::deflateEnd(&stream);
  return packed;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Sink>> Sink::Create(const std::string& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) == 0 && S_ISREG(found.st_mode) &&
      ::rename(path.c_str(), (path + ".old").c_str()) != 0) {
    return SystemError("rename", path);
  }
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return SystemError("write", path);
  return std::unique_ptr<Sink>(new Sink(path, file, path.ends_with(".gz")));
}

Sink::~Sink() { ::close(file_); }

absl::Status Sink::Append(std::string_view text) {
  if (text.empty()) return absl::OkStatus();
  std::string packed;
  std::string_view rest = text;
  if (packed_) {
    packed = Packed(text);
    if (packed.empty()) return absl::UnavailableError(absl::StrCat("cannot pack ", path_));
    rest = packed;
  }
  const auto size = static_cast<int64_t>(rest.size());
  while (!rest.empty()) {
    const ssize_t wrote = ::write(file_, rest.data(), rest.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) {
      absl::Status status = SystemError("write", path_);
      // A pipe cannot be cut; then the reader finds a torn end.
      if (::ftruncate(file_, length_) == 0) ::lseek(file_, length_, SEEK_SET);
      return status;
    }
    rest.remove_prefix(static_cast<size_t>(wrote));
  }
  length_ += size;
  return absl::OkStatus();
}

}  // namespace tangram::api::recording
