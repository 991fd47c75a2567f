// Cuts a stream of bytes, which arrives in pieces of any size, into lines.
#ifndef API_KUBERNETES_LINE_BUFFER_H_
#define API_KUBERNETES_LINE_BUFFER_H_

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace tangram::api::kubernetes {

// How many bytes after a text handed to a parser may be read (simdjson reads in whole blocks).
inline constexpr std::size_t kReadablePadding = 64;

// Not thread-safe.
class LineBuffer {
 public:
  // No line may be longer than `line_bytes_max`.
  explicit LineBuffer(std::size_t line_bytes_max) : line_bytes_max_(line_bytes_max) {}

  // Takes `bytes` and calls `on_line` for each line that is complete now, without its line feed and
  // never empty. kReadablePadding bytes after the line are readable; the view dies with the call.
  // `on_line` returns false to end; the rest is then dropped. False when ended or when a line is
  // too long (too_long() tells).
  bool Add(std::string_view bytes, const std::function<bool(std::string_view)>& on_line);

  bool too_long() const { return too_long_; }
  // Bytes of a line that is not complete.
  std::size_t pending() const { return buffer_.size(); }

 private:
  const std::size_t line_bytes_max_;
  std::string buffer_;
  bool too_long_ = false;
};

}  // namespace tangram::api::kubernetes

#endif  // API_KUBERNETES_LINE_BUFFER_H_
