#include "api/kubernetes/reflector.h"

#include <condition_variable>
#include <future>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "api/kubernetes/connection.h"
#include "api/kubernetes/decode.h"
#include "api/kubernetes/fields.h"
#include "api/kubernetes/line_buffer.h"
#include "api/kubernetes/rest_client.h"
#include "api/kubernetes/status.h"
#include "model/string_map.h"

namespace tangram::api::kubernetes {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// A watch the server forgot to end is ended by us so much later.
constexpr std::chrono::seconds kOverdue{30};
constexpr int kNotFound = 404;

// What to do after a list or a watch.
enum class Next {
  kWatch,       // watch from resource_version_, at once
  kWatchLater,  // the same after a pause
  kList,        // list, at once
  kListLater,
};

}  // namespace

class Reflector::Impl {
 public:
  Impl(const std::shared_ptr<const ClusterAccess>& access,
       const std::shared_ptr<Watchdog>& watchdog, ReflectorOptions options, ReflectorSink& sink)
      : access_(access),
        options_(std::move(options)),
        sink_(sink),
        list_client_(access, watchdog, options_.user_agent),
        watch_connection_(access, watchdog, options_.user_agent),
        backoff_(options_.backoff) {}

  void Start() {
    thread_ = std::thread([this] { Run(); });
  }
  void Stop();
  const ReflectorCounters& counters() const { return counters_; }

 private:
  struct Watch;  // one watch call

  void Run();
  Next List();
  Next ListAgain() const;
  Next ListFailed(const Reply& reply);
  Reply FetchPage(const std::string& continue_token);
  Next WatchOnce();
  bool OnLine(Watch& watch, std::string_view line);
  Next AfterWatch(const Watch& watch, const Reply& reply);
  Next Refused(const ApiStatus& status);
  Next Failed(Next next, const std::string& what);
  void Succeeded();
  void SetConnected(bool connected);
  void Pause();

  const std::shared_ptr<const ClusterAccess> access_;
  const ReflectorOptions options_;
  ReflectorSink& sink_;
  RestClient list_client_;
  Connection watch_connection_;
  WatchDecoder decoder_;
  Backoff backoff_;
  ReflectorCounters counters_;

  // The reflector's thread alone.
  std::string resource_version_;
  bool connected_ = false;
  steady_clock::time_point list_began_;
  int undecodable_ = 0;          // consecutive watches that ended with an undecodable line
  bool refused_ = false;         // the last failure was a refused connection
  milliseconds asked_pause_{0};  // Retry-After of the last failure
  bool reauthenticated_ = false;
  bool unknown_ = false;  // the last list said so
  std::string told_;      // the last failure, until something succeeds

  std::mutex mutex_;
  std::condition_variable stop_changed_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

struct Reflector::Impl::Watch {
  explicit Watch(std::size_t line_bytes_max) : lines(line_bytes_max) {}
  LineBuffer lines;
  steady_clock::time_point opened;
  steady_clock::time_point end_at;
  bool open = false;
  bool any_event = false;
  bool ended_by_us = false;        // overdue or stopping
  std::optional<ApiStatus> error;  // the ERROR event that ended it
  absl::Status undecodable;
};

void Reflector::Impl::Run() {
  Next next = Next::kList;
  while (!stopping_) {
    if (next == Next::kWatchLater || next == Next::kListLater) {
      Pause();
      if (stopping_) return;
    }
    const bool watch = next == Next::kWatch || next == Next::kWatchLater;
    next = watch ? WatchOnce() : List();
  }
}

Reply Reflector::Impl::FetchPage(const std::string& continue_token) {
  CallOptions call;
  call.deadline = options_.list_deadline;
  call.body_bytes_max = std::size_t{1} << 30;
  return list_client_.Get(
      ListPath(options_.resource, options_.field_selector, options_.page_limit, continue_token),
      call);
}

// A list that is asked for again and again must not become a busy loop.
Next Reflector::Impl::ListAgain() const {
  const bool calm = steady_clock::now() - list_began_ > options_.relist_calm;
  return calm ? Next::kList : Next::kListLater;
}

Next Reflector::Impl::List() {
  list_began_ = steady_clock::now();
  Reply reply = FetchPage("");
  if (!reply.ok()) return ListFailed(reply);
  sink_.BeginReplace();
  while (true) {
    ListPage page(std::move(reply.body));
    if (absl::Status s = page.ReadHeader(); !s.ok()) {
      ++counters_.list_errors;
      return Failed(Next::kListLater, std::string(s.message()));
    }
    // The server works on the next page while the sink works on this one.
    std::future<Reply> following;
    const bool last = page.continue_token().empty();
    if (!last) {
      following = std::async(std::launch::async,
                             [this, token = page.continue_token()] { return FetchPage(token); });
    }
    const absl::Status items =
        page.ForEachItem([this](std::string_view item) { sink_.Object(item); });
    if (!last) reply = following.get();
    if (!items.ok()) {
      ++counters_.list_errors;
      return Failed(Next::kListLater, std::string(items.message()));
    }
    if (last) {
      resource_version_ = page.resource_version();
      break;
    }
    if (!reply.ok()) return ListFailed(reply);
  }
  sink_.EndReplace(resource_version_);
  unknown_ = false;
  Succeeded();
  ++counters_.lists;
  return Next::kWatch;
}

Next Reflector::Impl::ListFailed(const Reply& reply) {
  if (stopping_) return Next::kListLater;
  if (options_.optional && reply.outcome == Outcome::kAnswered && reply.status == kNotFound) {
    sink_.BeginReplace();
    sink_.EndReplace("");
    if (!std::exchange(unknown_, true) && options_.on_unknown) options_.on_unknown();
    return Next::kListLater;
  }
  ++counters_.list_errors;
  refused_ = reply.refused;
  asked_pause_ = std::chrono::seconds(std::max(0, reply.retry_after_seconds));
  const bool expired =
      reply.outcome == Outcome::kAnswered && DecodeStatus(reply.status, reply.body).IsExpired();
  return Failed(expired ? ListAgain() : Next::kListLater,
                std::string(ToStatus(reply, "list").message()));
}

Next Reflector::Impl::WatchOnce() {
  const auto spread = static_cast<double>((options_.watch_max - options_.watch_min).count());
  const std::chrono::seconds duration =
      options_.watch_min + std::chrono::seconds(static_cast<int64_t>(spread * options_.random()));
  Watch watch(options_.line_bytes_max);
  const auto now = steady_clock::now();
  watch.end_at = now + duration + kOverdue;
  Connection::StreamHandler handler;
  handler.open_deadline = now + options_.open_max;
  handler.silence_max = options_.silence_max;
  handler.on_open = [&] {
    watch.open = true;
    watch.opened = steady_clock::now();
    ++counters_.watches;
    Succeeded();
    SetConnected(true);
  };
  handler.on_bytes = [&](std::string_view bytes) {
    watch.ended_by_us = stopping_ || steady_clock::now() > watch.end_at;
    return !watch.ended_by_us &&
           watch.lines.Add(bytes, [&](std::string_view line) { return OnLine(watch, line); });
  };
  const Reply reply = watch_connection_.Stream(
      WatchPath(options_.resource, options_.field_selector, resource_version_, duration.count()),
      handler);
  if (watch.any_event ||
      (watch.open && steady_clock::now() - watch.opened >= options_.healthy_after)) {
    backoff_.Reset();
  }
  const Next next = AfterWatch(watch, reply);
  if (next != Next::kWatch) SetConnected(false);
  return next;
}

// One line of the stream. False ends the watch; the cause is noted in `watch`.
bool Reflector::Impl::OnLine(Watch& watch, std::string_view line) {
  // A line taken while stopping would not be lost: nobody resumes. But the sink wants quiet.
  if (stopping_) return false;
  WatchEvent event;
  if (absl::Status s = decoder_.Decode(line, event); !s.ok()) {
    watch.undecodable = std::move(s);
    return false;
  }
  switch (event.type) {
    case WatchEvent::Type::kError:
      watch.error = DecodeStatus(500, event.object);
      return false;
    case WatchEvent::Type::kOther:
      return true;
    case WatchEvent::Type::kBookmark:
      ++counters_.bookmarks;
      break;
    case WatchEvent::Type::kDeleted:
      ++counters_.events;
      sink_.Delete(event.object);
      break;
    case WatchEvent::Type::kAdded:
    case WatchEvent::Type::kModified:
      ++counters_.events;
      sink_.Upsert(event.object);
      break;
  }
  // Only now: a version counts as seen when the sink has it.
  resource_version_ = std::move(event.resource_version);
  watch.any_event = true;
  undecodable_ = 0;
  return true;
}

Next Reflector::Impl::AfterWatch(const Watch& watch, const Reply& reply) {
  if (stopping_) return Next::kWatchLater;
  refused_ = reply.refused;
  asked_pause_ = std::chrono::seconds(std::max(0, reply.retry_after_seconds));
  if (watch.error) {
    ++counters_.watch_errors;
    return Refused(*watch.error);
  }
  if (!watch.undecodable.ok() || watch.lines.too_long()) {
    ++counters_.watch_errors;
    const std::string what =
        watch.lines.too_long()
            ? absl::StrCat("watch: a line is longer than ", options_.line_bytes_max, " bytes")
            : std::string(watch.undecodable.message());
    // The same line again would mean standing still: a list goes round it.
    return Failed(++undecodable_ >= 2 ? Next::kListLater : Next::kWatchLater, what);
  }
  if (reply.outcome == Outcome::kAnswered && reply.status != 200) {
    ++counters_.watch_errors;
    return Refused(DecodeStatus(reply.status, reply.body));
  }
  if (watch.ended_by_us) return Next::kWatch;
  const bool clean = reply.outcome == Outcome::kAnswered;
  const bool too_short =
      !watch.any_event && steady_clock::now() - watch.opened < options_.short_watch;
  if (clean && !too_short) return Next::kWatch;
  ++counters_.watch_errors;
  return Failed(Next::kWatchLater,
                clean ? "watch: ended at once without an event" : "watch: " + reply.error);
}

// The server said no, as an HTTP status or within the stream.
Next Reflector::Impl::Refused(const ApiStatus& status) {
  const std::string what(ToStatus(status, "watch").message());
  if (status.IsExpired() || status.IsTooLargeResourceVersion()) {
    return Failed(ListAgain(), what);
  }
  if (options_.optional && status.code == kNotFound) return Failed(Next::kListLater, what);
  if (status.code == 401 && !reauthenticated_) {
    reauthenticated_ = true;
    access_->credentials->Invalidate();
    return Failed(Next::kWatch, what);
  }
  asked_pause_ =
      std::max<milliseconds>(asked_pause_, std::chrono::seconds(status.retry_after_seconds));
  return Failed(Next::kWatchLater, what);
}

Next Reflector::Impl::Failed(Next next, const std::string& what) {
  if (!options_.on_error || stopping_) return next;
  if (options_.optional && what == told_) return next;
  told_ = what;
  options_.on_error(absl::StrCat(options_.resource, ": ", what));
  return next;
}

void Reflector::Impl::Succeeded() {
  reauthenticated_ = false;
  told_.clear();
}

void Reflector::Impl::SetConnected(bool connected) {
  if (connected_ == connected) return;
  connected_ = connected;
  if (!stopping_) sink_.Connected(connected);
}

void Reflector::Impl::Pause() {
  const auto now = steady_clock::now();
  // A server that asks for an hour is not obeyed.
  const milliseconds asked = std::min(asked_pause_, options_.backoff.max);
  const milliseconds pause = std::max(asked, backoff_.Next(now, refused_, options_.random()));
  asked_pause_ = milliseconds::zero();
  refused_ = false;
  std::unique_lock<std::mutex> lock(mutex_);
  stop_changed_.wait_until(lock, now + pause, [this] { return stopping_.load(); });
}

void Reflector::Impl::Stop() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  stop_changed_.notify_all();
  list_client_.Stop();
  watch_connection_.Stop();
  if (thread_.joinable()) thread_.join();
}

Reflector::Reflector(const std::shared_ptr<const ClusterAccess>& access,
                     const std::shared_ptr<Watchdog>& watchdog, ReflectorOptions options,
                     ReflectorSink& sink)
    : impl_(std::make_unique<Impl>(access, watchdog, std::move(options), sink)) {}

Reflector::~Reflector() { impl_->Stop(); }

void Reflector::Start() { impl_->Start(); }

void Reflector::Stop() { impl_->Stop(); }

const ReflectorCounters& Reflector::counters() const { return impl_->counters(); }

}  // namespace tangram::api::kubernetes
