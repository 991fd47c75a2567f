#include "api/cli/simulate/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace tangram::api::cli::simulate {
namespace {

constexpr std::chrono::milliseconds kPatience{2000};
constexpr std::chrono::milliseconds kApart{100};

}  // namespace

std::string ProgressLine(uint64_t done, uint64_t total, double seconds) {
  constexpr size_t kWidth = 30;
  const double part =
      total == 0 ? 1 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  const auto filled = static_cast<size_t>(part * kWidth);
  std::string line = absl::StrFormat("[%s%s] %3.0f %%", std::string(filled, '#'),
                                     std::string(kWidth - filled, '.'), std::floor(100 * part));
  if (part > 0) absl::StrAppendFormat(&line, ", %.0f s left", seconds * (1 - part) / part);
  return line;
}

Progress::Progress(uint64_t total) : Progress(total, {.shown = ::isatty(STDERR_FILENO) == 1}) {}

Progress::Progress(uint64_t total, ProgressView view)
    : view_(std::move(view)), total_(total), began_(view_.now()), next_(began_ + kPatience) {}

Progress::~Progress() {
  if (drawn_) std::fputs("\r\033[K", view_.to);
}

void Progress::Add(uint64_t done) {
  const uint64_t now_done = done_ += done;
  if (!view_.shown) return;
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return;
  const TimePoint now = view_.now();
  if (now < next_) return;
  next_ = now + kApart;
  drawn_ = true;
  const std::chrono::duration<double> took = now - began_;
  std::fprintf(view_.to, "\r%s\033[K", ProgressLine(now_done, total_, took.count()).c_str());
  std::fflush(view_.to);
}

}  // namespace tangram::api::cli::simulate
