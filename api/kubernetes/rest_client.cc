#include "api/kubernetes/rest_client.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "api/kubernetes/status.h"
#include "model/string_map.h"

namespace tangram::api::kubernetes {
namespace {

using model::ToAbsl;
using std::chrono::steady_clock;

constexpr int kThrottledMax = 10;
constexpr int kRetryAfterSecondsMax = 60;
constexpr std::chrono::milliseconds kThrottledPause{1000};

std::chrono::milliseconds PauseOf(const Reply& reply) {
  if (reply.retry_after_seconds < 0) return kThrottledPause;
  // A hurried "0" must not become a busy loop.
  return std::max(
      std::chrono::milliseconds(100),
      std::chrono::milliseconds(1000 * std::min(reply.retry_after_seconds, kRetryAfterSecondsMax)));
}

}  // namespace

RestClient::RestClient(const std::shared_ptr<const ClusterAccess>& access,
                       std::shared_ptr<Watchdog> watchdog, std::string user_agent)
    : access_(access), connection_(access, std::move(watchdog), std::move(user_agent)) {}

Reply RestClient::Call(const Request& request, const CallOptions& options) {
  const Connection::Limits limits = {.deadline = steady_clock::now() + options.deadline,
                                     .body_bytes_max = options.body_bytes_max};
  const bool safe = request.method == "GET";
  bool reconnected = false;
  bool reauthenticated = false;
  int throttled = 0;
  while (true) {
    Reply reply = connection_.Exchange(request, limits);
    const bool in_time = steady_clock::now() < limits.deadline;
    if (reply.outcome != Outcome::kAnswered) {
      const bool repeat = reply.cut || (safe && reply.outcome == Outcome::kUnknown);
      if (!repeat || reconnected || !in_time) return reply;
      reconnected = true;
      continue;
    }
    if (reply.status == 401 && !reauthenticated) {
      reauthenticated = true;
      access_->credentials->Invalidate();
      continue;
    }
    const bool busy = (reply.status == 429 && options.retry_throttled) ||
                      (safe && reply.status >= 500 && reply.retry_after_seconds >= 0);
    if (!busy || throttled == kThrottledMax || !Sleep(PauseOf(reply), limits.deadline)) {
      return reply;
    }
    ++throttled;
  }
}

Reply RestClient::Get(std::string_view path, const CallOptions& options) {
  Request request;
  request.path = std::string(path);
  return Call(request, options);
}

bool RestClient::Sleep(std::chrono::milliseconds time, Connection::Time deadline) {
  const Connection::Time until = steady_clock::now() + time;
  if (until >= deadline) return false;
  std::unique_lock<std::mutex> lock(mutex_);
  return !stop_changed_.wait_until(lock, until, [this] { return stopped_; });
}

void RestClient::Stop() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopped_ = true;
  }
  stop_changed_.notify_all();
  connection_.Stop();
}

absl::Status ToStatus(const Reply& reply, std::string_view what) {
  switch (reply.outcome) {
    case Outcome::kAnswered:
      if (reply.ok()) return absl::OkStatus();
      return ToStatus(DecodeStatus(reply.status, reply.body), what);
    case Outcome::kNotSent:
      return absl::UnavailableError(absl::StrCat(ToAbsl(what), ": not sent: ", reply.error));
    case Outcome::kUnknown:
      return absl::UnknownError(absl::StrCat(ToAbsl(what), ": outcome unknown: ", reply.error));
  }
  return absl::UnknownError(ToAbsl(what));
}

}  // namespace tangram::api::kubernetes
