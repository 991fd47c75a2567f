#include "api/manifests/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <climits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "api/manifests/files.h"
#include "model/string_map.h"

namespace tangram::api::manifests {
namespace {

// A stream of zlib's that ends with its scope.
struct Stream {
  Stream() {
    // 16 more than the largest window: gzip's header is expected.
    ready = ::inflateInit2(&z, MAX_WBITS + 16) == Z_OK;
  }
  ~Stream() {
    if (ready) ::inflateEnd(&z);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  z_stream z{};
  bool ready = false;
};

}  // namespace

bool IsGzip(std::string_view bytes) { return bytes.substr(0, 2) == "\x1f\x8b"; }

absl::StatusOr<std::string> Unpack(std::string_view bytes, std::string_view path,
                                   size_t bytes_max) {
  Stream stream;
  if (!stream.ready) return absl::ResourceExhaustedError("no memory to unpack a file with");
  std::string text;
  std::array<char, 65536> block;
  int state = Z_OK;
  while (true) {
    if (stream.z.avail_in == 0) {
      const size_t more = std::min<size_t>(bytes.size(), UINT_MAX);
      // zlib does not write there, but has no const.
      stream.z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
      stream.z.avail_in = static_cast<uInt>(more);
      bytes.remove_prefix(more);
    }
    if (state == Z_STREAM_END) {
      if (stream.z.avail_in == 0) return text;
      if (::inflateReset(&stream.z) != Z_OK) break;
    }
    stream.z.next_out = reinterpret_cast<Bytef*>(block.data());
    stream.z.avail_out = static_cast<uInt>(block.size());
    state = ::inflate(&stream.z, Z_NO_FLUSH);
    text.append(block.data(), block.size() - stream.z.avail_out);
    if (text.size() > bytes_max) {
      return absl::ResourceExhaustedError(
          absl::StrCat(model::ToAbsl(path), " unpacks to more than ", bytes_max, " bytes"));
    }
    if (state != Z_OK && state != Z_STREAM_END) break;
  }
  const char* const why = stream.z.msg != nullptr ? stream.z.msg : "the end is missing";
  return absl::InvalidArgumentError(
      absl::StrCat(model::ToAbsl(path), ": packed by gzip, and broken: ", why));
}

absl::StatusOr<std::string> ReadTextFile(const std::string& path, size_t bytes_max) {
  absl::StatusOr<std::string> bytes = ReadFile(path, bytes_max);
  if (!bytes.ok() || !IsGzip(*bytes)) return bytes;
  return Unpack(*bytes, path, bytes_max);
}

}  // namespace tangram::api::manifests
