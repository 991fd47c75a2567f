// Lines to a file descriptor, without ever making a caller wait.
//
// A pipe that nobody reads, or a terminal that was stopped, blocks whoever writes to it. So lines
// go into a queue of bounded size, which a thread of its own empties. When it is full, new lines
// are dropped and counted; once the reader is back a line says how many.
//
// Thread contract: safe from any thread.
#ifndef API_TELEMETRY_LINE_WRITER_H_
#define API_TELEMETRY_LINE_WRITER_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

namespace tangram::api::telemetry {

struct LineWriterOptions {
  size_t queue_bytes_max = size_t{1} << 20;
  // How long the destructor and Flush() wait for a reader.
  std::chrono::milliseconds patience{1000};
  // The line that tells of dropped ones, with its end. Called on the writer's thread.
  std::function<std::string(uint64_t dropped)> tell_dropped;
};

class LineWriter {
 public:
  // `descriptor` must stay open; it is not closed.
  LineWriter(int descriptor, LineWriterOptions options);
  // Writes what is queued, as far as it is taken in time; the rest is dropped.
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  // Queues a line, its end included.
  void Write(std::string_view line);
  // Waits until all that was queued is written. False when it was not in time.
  bool Flush();
  // Lines that were dropped so far.
  uint64_t dropped() const;

 private:
  struct State;
  static void Run(const std::shared_ptr<State>& state);

  // Shared with the thread, which is left behind where a write hangs in the kernel for good.
  const std::shared_ptr<State> state_;
  std::thread thread_;
};

}  // namespace tangram::api::telemetry

#endif  // API_TELEMETRY_LINE_WRITER_H_
