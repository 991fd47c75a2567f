#include "api/kubernetes/line_buffer.h"

#include <algorithm>

namespace tangram::api::kubernetes {
namespace {

// One huge object must not hold its memory for ever.
constexpr std::size_t kKeptBytesMax = 1 << 20;

}  // namespace

bool LineBuffer::Add(std::string_view bytes, const std::function<bool(std::string_view)>& on_line) {
  std::size_t searched = buffer_.size();
  const std::size_t needed = buffer_.size() + bytes.size() + kReadablePadding;
  // Twice what is needed, so that a long line is not copied for each of its pieces.
  if (buffer_.capacity() < needed) buffer_.reserve(std::max(needed, 2 * buffer_.capacity()));
  buffer_.append(bytes);
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = buffer_.find('\n', searched);
    const std::size_t length = std::min(end, buffer_.size()) - begin;
    if (length > line_bytes_max_) {
      too_long_ = true;
      buffer_.clear();
      return false;
    }
    if (end == std::string::npos) break;
    if (length > 0 && !on_line(std::string_view(buffer_).substr(begin, length))) {
      buffer_.clear();
      return false;
    }
    begin = searched = end + 1;
  }
  buffer_.erase(0, begin);
  if (buffer_.empty() && buffer_.capacity() > kKeptBytesMax) buffer_.shrink_to_fit();
  return true;
}

}  // namespace tangram::api::kubernetes
