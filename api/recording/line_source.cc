#include "api/recording/line_source.h"

#include <cerrno>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace tangram::api::recording {

absl::StatusOr<std::unique_ptr<LineSource>> LineSource::Open(const std::string& path) {
  const gzFile file = ::gzopen(path.c_str(), "rbe");
  if (file == nullptr) {
    return absl::NotFoundError(absl::StrCat("cannot read ", path, ": ", std::strerror(errno)));
  }
  return std::unique_ptr<LineSource>(new LineSource(file));
}

LineSource::~LineSource() { ::gzclose_r(file_); }

absl::StatusOr<LineSource::Outcome> LineSource::Next(std::string* line) {
  constexpr unsigned kPiece = 1u << 18;
  size_t searched = at_;
  while (true) {
    const size_t end = buffer_.find('\n', searched);
    if (end != std::string::npos) {
      line->assign(buffer_, at_, end - at_);
      at_ = end + 1;
      return Outcome::kLine;
    }
    buffer_.erase(0, at_);
    at_ = 0;
    searched = buffer_.size();
    if (searched > kLineBytesMax) {
      return absl::InvalidArgumentError(
          absl::StrCat("the line is longer than ", kLineBytesMax, " bytes"));
    }
    buffer_.resize(searched + kPiece);
    const int got = ::gzread(file_, buffer_.data() + searched, kPiece);
    buffer_.resize(searched + static_cast<size_t>(got > 0 ? got : 0));
    if (got > 0) continue;
    int error = Z_OK;
    const char* const why = ::gzerror(file_, &error);
    if (error == Z_BUF_ERROR) return Outcome::kTorn;
    if (got < 0) return absl::InvalidArgumentError(absl::StrCat("cannot be read: ", why));
    return buffer_.empty() ? Outcome::kEnd : Outcome::kTorn;
  }
}

}  // namespace tangram::api::recording
