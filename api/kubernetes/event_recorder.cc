#include "api/kubernetes/event_recorder.h"

#include <cstdio>
#include <ctime>
#include <utility>

#include "absl/strings/str_cat.h"
#include "api/kubernetes/fields.h"
#include "nlohmann/json.hpp"

namespace tangram::api::kubernetes {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMessageBytesMax = 1024;
constexpr std::size_t kSeenMax = 4096;
constexpr char kComponent[] = "tangram";

std::string Timestamp(WallTime now) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

}  // namespace

EventBody MakeEvent(const EventNote& note, WallTime now) {
  EventBody out;
  out.name_space = note.name_space.empty() ? "default" : note.name_space;
  const auto nanoseconds = std::chrono::nanoseconds(now.time_since_epoch()).count();
  const std::string time = Timestamp(now);
  Json object = {{"kind", note.kind}, {"apiVersion", "v1"}, {"name", note.name}, {"uid", note.uid}};
  if (!note.name_space.empty()) object["namespace"] = note.name_space;
  const Json event = {
      {"apiVersion", "v1"},
      {"kind", "Event"},
      {"metadata",
       {{"name", absl::StrCat(note.name, ".", absl::Hex(nanoseconds))},
        {"namespace", out.name_space}}},
      {"involvedObject", std::move(object)},
      {"type", note.warning ? "Warning" : "Normal"},
      {"reason", note.reason},
      {"message", note.message.substr(0, kMessageBytesMax)},
      {"source", {{"component", kComponent}}},
      {"reportingComponent", kComponent},
      {"firstTimestamp", time},
      {"lastTimestamp", time},
      {"count", 1},
  };
  out.json = event.dump(-1, ' ', false, Json::error_handler_t::replace);
  return out;
}

EventRecorder::EventRecorder(const std::shared_ptr<const ClusterAccess>& access,
                             std::shared_ptr<Watchdog> watchdog, std::string user_agent)
    : client_(access, std::move(watchdog), std::move(user_agent)), thread_([this] { Work(); }) {}

EventRecorder::~EventRecorder() { Stop(); }

void EventRecorder::Record(const EventNote& note, WallTime now) {
  const std::string key = absl::StrCat(note.kind, "\n", note.name_space, "\n", note.name, "\n",
                                       note.uid, "\n", note.reason, "\n", note.message);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto seen = seen_.find(key);
    if (seen != seen_.end() && now < seen->second + kRepeatAfter) return;
    if (queue_.size() >= kQueueMax || stopping_) {
      ++dropped_;
      return;
    }
    // Forgetting what was said costs at most a repetition.
    if (seen_.size() >= kSeenMax) seen_.clear();
    seen_[key] = now;
    queue_.push_back(MakeEvent(note, now));
  }
  changed_.notify_one();
}

void EventRecorder::Work() {
  CallOptions call;
  call.deadline = std::chrono::seconds(10);
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    const EventBody event = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    const Reply reply = client_.Call({.method = "POST",
                                      .path = EventsPath(event.name_space),
                                      .body = event.json,
                                      .content_type = kJson},
                                     call);
    ++(reply.ok() ? posted_ : dropped_);
    lock.lock();
  }
}

void EventRecorder::Stop() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  client_.Stop();
  if (thread_.joinable()) thread_.join();
}

}  // namespace tangram::api::kubernetes
