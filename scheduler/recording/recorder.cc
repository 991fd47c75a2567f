#include "scheduler/recording/recorder.h"

#include <type_traits>
#include <variant>

namespace tangram::scheduler::recording {
namespace {

constexpr size_t kRest = 1024;

// About what a record takes: its lists count, the rest is taken for a constant.
size_t BytesOf(const Record& record) {
  return std::visit(
      [](const auto& entry) {
        using T = std::remove_cvref_t<decltype(entry)>;
        if constexpr (std::is_same_v<T, FilterAnswered>) {
          return kRest + (entry.offered.indices.size() + entry.fitting.size()) * sizeof(uint32_t);
        } else if constexpr (std::is_same_v<T, PrioritizeAnswered>) {
          return kRest + (entry.offered.indices.size() + entry.scores.size()) * sizeof(uint32_t);
        } else {
          return kRest;
        }
      },
      record.entry);
}

}  // namespace

void RecordQueue::Add(Record record) {
  const size_t bytes = BytesOf(record);
  const model::MutexLock lock(mutex_);
  if (!open()) return;
  if (bytes_ + bytes > bytes_max_) {
    overflowed_.store(true, std::memory_order_relaxed);
    Close();
    return;
  }
  bytes_ += bytes;
  records_.push_back(std::move(record));
}

std::deque<Record> RecordQueue::Take() {
  const model::MutexLock lock(mutex_);
  bytes_ = 0;
  return std::exchange(records_, {});
}

}  // namespace tangram::scheduler::recording
