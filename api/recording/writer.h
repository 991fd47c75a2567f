// Writes what the scheduler records to a file.
//
// The owner calls Drain() some times a second; the file is up to date within a second and when
// Finish() returns. When the disk is too slow for the queue, or refuses, the recording ends with a
// line that says so where that can still be written; the scheduler goes on.
//
// Thread contract: none; the scheduler is on the other end of the queue.
#ifndef API_RECORDING_WRITER_H_
#define API_RECORDING_WRITER_H_

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "api/recording/line.h"
#include "api/recording/sink.h"
#include "model/string_map.h"
#include "scheduler/recording/recorder.h"

namespace tangram::api::recording {

class Writer {
 public:
  // Creates the file with its header. `queue` must outlive this; `began` is now on the clock of the
  // records. Unavailable with the path and the system's reason.
  static absl::StatusOr<std::unique_ptr<Writer>> Create(const std::string& path,
                                                        const Header& header,
                                                        scheduler::recording::RecordQueue& queue,
                                                        scheduler::Instant began);

  // Takes what was recorded. An error says why the recording has ended, once.
  absl::Status Drain();
  // The same, and ends the recording.
  absl::Status Finish();

 private:
  using Numbers = std::vector<uint32_t>;
  // A list of nodes that verbs refer to.
  struct List {
    Numbers nodes;
    uint64_t used = 0;  // when, in uses of lists
  };

  Writer(std::unique_ptr<Sink> sink, scheduler::recording::RecordQueue& queue,
         scheduler::Instant began);
  void Write(const scheduler::recording::Record& record);
  void WriteLine(Line line);
  uint64_t ListOf(const scheduler::recording::OfferedNodes& offered, int64_t at_ms);
  absl::Status Flush();
  absl::Status End(const std::string& why);

  const std::unique_ptr<Sink> sink_;
  scheduler::recording::RecordQueue& queue_;
  const scheduler::Instant began_;
  std::string text_;  // not in the file yet
  std::chrono::steady_clock::time_point flushed_;
  bool ended_ = false;
  model::StringMap<uint32_t> numbers_;  // of the names written
  std::array<List, kLists> lists_;
  uint64_t uses_ = 0;
};

}  // namespace tangram::api::recording

#endif  // API_RECORDING_WRITER_H_
