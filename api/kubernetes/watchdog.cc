#include "api/kubernetes/watchdog.h"

namespace tangram::api::kubernetes {
namespace {

constexpr std::chrono::milliseconds kRepeat{100};

}  // namespace

struct Watchdog::Entry {
  std::mutex mutex;  // held while barking; taken before the watchdog's own mutex, never after
  bool released = false;
  std::function<void()> bark;
  std::pair<Time, uint64_t> key;  // guarded by the watchdog's mutex
};

Watchdog::Guard::Guard(Watchdog* watchdog, std::shared_ptr<Entry> entry)
    : watchdog_(watchdog), entry_(std::move(entry)) {}

Watchdog::Guard::~Guard() { Release(); }

void Watchdog::Guard::Release() {
  if (entry_ == nullptr) return;
  {
    std::lock_guard<std::mutex> barking(entry_->mutex);
    entry_->released = true;
    std::lock_guard<std::mutex> lock(watchdog_->mutex_);
    watchdog_->queue_.erase(entry_->key);
  }
  entry_.reset();
}

Watchdog::Watchdog() : thread_([this] { Run(); }) {}

Watchdog::~Watchdog() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Watchdog::Guard Watchdog::Arm(Time deadline, std::function<void()> bark) {
  auto entry = std::make_shared<Entry>();
  entry->bark = std::move(bark);
  bool first = false;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    entry->key = {deadline, next_id_++};
    const auto added = queue_.emplace(entry->key, entry).first;
    first = added == queue_.begin();
  }
  if (first) changed_.notify_one();
  return Guard(this, std::move(entry));
}

void Watchdog::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopping_) {
    if (queue_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const Time due = queue_.begin()->first.first;
    if (std::chrono::steady_clock::now() < due) {
      changed_.wait_until(lock, due);
      continue;
    }
    const std::shared_ptr<Entry> entry = queue_.begin()->second;
    queue_.erase(queue_.begin());
    lock.unlock();
    {
      std::lock_guard<std::mutex> barking(entry->mutex);
      if (!entry->released) {
        entry->bark();
        std::lock_guard<std::mutex> again(mutex_);
        entry->key = {std::chrono::steady_clock::now() + kRepeat, next_id_++};
        queue_.emplace(entry->key, entry);
      }
    }
    lock.lock();
  }
}

}  // namespace tangram::api::kubernetes
