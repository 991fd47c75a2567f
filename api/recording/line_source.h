// A text file by lines, packed by gzip or not. Internal to recording/.
#ifndef API_RECORDING_LINE_SOURCE_H_
#define API_RECORDING_LINE_SOURCE_H_

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace tangram::api::recording {

class LineSource {
 public:
  // What no line of ours comes near.
  static constexpr size_t kLineBytesMax = size_t{256} << 20;

  enum class Outcome : uint8_t {
    kLine,
    kEnd,
    kTorn,  // the file ends in the middle of a line, or of packed data
  };

  // NotFound with the path and the system's reason.
  static absl::StatusOr<std::unique_ptr<LineSource>> Open(const std::string& path);
  ~LineSource();
  LineSource(const LineSource&) = delete;
  LineSource& operator=(const LineSource&) = delete;

  // The next line, without its end. InvalidArgument for broken packed data and for lines longer
  // than kLineBytesMax.
  absl::StatusOr<Outcome> Next(std::string* line);

 private:
  explicit LineSource(gzFile file) : file_(file) {}

  const gzFile file_;
  std::string buffer_;
  size_t at_ = 0;  // what was given of the buffer
};

}  // namespace tangram::api::recording

#endif  // API_RECORDING_LINE_SOURCE_H_
