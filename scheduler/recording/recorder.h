// Where the scheduler puts what it records, until somebody takes it away.
//
// A queue in memory and nothing more: the scheduler adds while its mutex is held, whoever writes
// the recording takes now and then (api/recording). The queue is bounded. What does not fit ends
// the recording, because one with a gap could not be replayed: nothing more is added, and serving
// goes on.
//
// Thread contract: every method may be called from any thread; the mutex inside is a leaf.
#ifndef SCHEDULER_RECORDING_RECORDER_H_
#define SCHEDULER_RECORDING_RECORDER_H_

#include <atomic>
#include <cstddef>
#include <deque>
#include <utility>

#include "model/mutex.h"
#include "scheduler/ports.h"
#include "scheduler/recording/entry.h"

namespace tangram::scheduler::recording {

class RecordQueue {
 public:
  static constexpr size_t kBytesMax = size_t{64} << 20;

  explicit RecordQueue(size_t bytes_max = kBytesMax) : bytes_max_(bytes_max) {}

  // Whether the recording goes on.
  bool open() const { return open_.load(std::memory_order_relaxed); }
  void Add(Record record);
  // What was added since the last call, in order.
  std::deque<Record> Take();
  // Nothing more is added.
  void Close() { open_.store(false, std::memory_order_relaxed); }
  // Whether it was closed because it was full.
  bool overflowed() const { return overflowed_.load(std::memory_order_relaxed); }

 private:
  const size_t bytes_max_;
  std::atomic<bool> open_{true};
  std::atomic<bool> overflowed_{false};
  model::Mutex mutex_;
  std::deque<Record> records_ TANGRAM_GUARDED_BY(mutex_);
  size_t bytes_ TANGRAM_GUARDED_BY(mutex_) = 0;  // about what the records take
};

// The scheduler's end of the queue, if there is one.
class Recorder {
 public:
  Recorder() = default;
  // Both must outlive this; without a queue nothing is recorded.
  Recorder(RecordQueue* queue, const Clock& clock) : queue_(queue), clock_(&clock) {}

  // Ask first: what nobody records need not be made.
  bool on() const { return queue_ != nullptr && queue_->open(); }
  void Add(Entry entry) const { queue_->Add({clock_->Now(), std::move(entry)}); }

 private:
  RecordQueue* queue_ = nullptr;
  const Clock* clock_ = nullptr;
};

}  // namespace tangram::scheduler::recording

#endif  // SCHEDULER_RECORDING_RECORDER_H_
