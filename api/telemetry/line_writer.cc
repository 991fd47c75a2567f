// See line_writer.h.
#include "api/telemetry/line_writer.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace tangram::api::telemetry {
namespace {

// A pipe that is ready to be written to takes so many bytes at once (POSIX: PIPE_BUF, on Linux a
// page) without blocking.
constexpr size_t kAtOnce = 4096;
// How often a writer without a reader looks whether it is to end.
constexpr int kPollMs = 100;

}  // namespace

struct LineWriter::State {
  State(int descriptor_in, LineWriterOptions options_in)
      : descriptor(descriptor_in), options(std::move(options_in)) {}

  const int descriptor;
  const LineWriterOptions options;

  std::mutex mutex;
  std::condition_variable changed;
  std::string queue;        // lines, whole
  size_t queued_lines = 0;  // in the queue
  bool writing = false;     // what was taken out of the queue is not written yet
  bool stopping = false;    // end once the queue is empty
  bool giving_up = false;   // end now
  bool ended = false;
  uint64_t dropped = 0;  // lines, ever
  uint64_t dropped_told = 0;

  bool GivingUp() {
    const std::lock_guard lock(mutex);
    return giving_up;
  }
  // False when it was given up, or nobody can ever read it.
  bool WriteOut(std::string_view text);
};

bool LineWriter::State::WriteOut(std::string_view text) {
  while (!text.empty()) {
    pollfd ready{descriptor, POLLOUT, 0};
    const int count = ::poll(&ready, 1, kPollMs);
    if (count < 0 && errno != EINTR) return false;
    if (count <= 0) {
      if (GivingUp()) return false;
      continue;
    }
    const ssize_t wrote = ::write(descriptor, text.data(), std::min(text.size(), kAtOnce));
    if (wrote > 0) {
      text.remove_prefix(static_cast<size_t>(wrote));
    } else if (wrote < 0 && errno != EINTR && errno != EAGAIN) {
      return false;
    }
  }
  return true;
}

LineWriter::LineWriter(int descriptor, LineWriterOptions options)
    : state_(std::make_shared<State>(descriptor, std::move(options))),
      thread_([state = state_] { Run(state); }) {}

void LineWriter::Run(const std::shared_ptr<State>& state) {
  std::unique_lock lock(state->mutex);
  while (true) {
    state->changed.wait(
        lock, [&state] { return state->stopping || state->giving_up || !state->queue.empty(); });
    if (state->queue.empty() || state->giving_up) break;
    std::string text = std::exchange(state->queue, {});
    const size_t lines = std::exchange(state->queued_lines, 0);
    const uint64_t dropped = state->dropped - state->dropped_told;
    state->dropped_told = state->dropped;
    state->writing = true;
    lock.unlock();
    // They came after the lines that were kept.
    if (dropped > 0 && state->options.tell_dropped) text += state->options.tell_dropped(dropped);
    const bool written = state->WriteOut(text);
    lock.lock();
    state->writing = false;
    if (!written) state->dropped += lines;
    state->changed.notify_all();
  }
  state->ended = true;
  state->changed.notify_all();
}

LineWriter::~LineWriter() {
  std::unique_lock lock(state_->mutex);
  state_->stopping = true;
  state_->changed.notify_all();
  const auto ended = [this] { return state_->ended; };
  bool over = state_->changed.wait_for(lock, state_->options.patience, ended);
  if (!over) {
    state_->giving_up = true;
    state_->changed.notify_all();
    over = state_->changed.wait_for(lock, std::chrono::milliseconds(5 * kPollMs), ended);
  }
  lock.unlock();
  if (over) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

void LineWriter::Write(std::string_view line) {
  const std::lock_guard lock(state_->mutex);
  if (state_->queue.size() + line.size() > state_->options.queue_bytes_max) {
    ++state_->dropped;
    return;
  }
  state_->queue += line;
  ++state_->queued_lines;
  if (!state_->writing) state_->changed.notify_all();
}

bool LineWriter::Flush() {
  std::unique_lock lock(state_->mutex);
  return state_->changed.wait_for(lock, state_->options.patience,
                                  [this] { return state_->queue.empty() && !state_->writing; });
}

uint64_t LineWriter::dropped() const {
  const std::lock_guard lock(state_->mutex);
  return state_->dropped;
}

}  // namespace tangram::api::telemetry
