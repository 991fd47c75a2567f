// A file that grows by whole pieces.
//
// A piece is there or it is not: one that cannot be written is cut off again. Packed, each piece is
// a member of a gzip file, so that the file can be read at any time.
//
// Thread contract: none.
#ifndef API_RECORDING_SINK_H_
#define API_RECORDING_SINK_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tangram::api::recording {

class Sink {
 public:
  // Makes the file; packed when its name ends in ".gz". A regular file that is there is renamed to
  // FILE.old first, in the place of an older one. Unavailable with the path and the system's
  // reason.
  static absl::StatusOr<std::unique_ptr<Sink>> Create(const std::string& path);
  ~Sink();
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  absl::Status Append(std::string_view text);

 private:
  Sink(std::string path, int file, bool packed)
      : path_(std::move(path)), file_(file), packed_(packed) {}

  const std::string path_;
  const int file_;
  const bool packed_;
  int64_t length_ = 0;  // bytes that count
};

}  // namespace tangram::api::recording

#endif  // API_RECORDING_SINK_H_
