// Calls to the API server, with the retries that are always right and no others.
//
// Repeated by itself, within the deadline:
//   - any call that was certainly not executed: a request cut while it was written (an idle
//     connection the server had closed), once; 429, up to ten times, after its Retry-After; 401,
//     once, after the credentials were fetched anew;
//   - a GET whose answer was lost, once, and a GET answered 5xx with Retry-After.
// Everything else is the caller's to decide, by Reply::outcome: a POST that timed out may or may
// not have been executed.
//
// Thread contract: one call at a time (make one client per thread); Stop from any thread.
#ifndef API_KUBERNETES_REST_CLIENT_H_
#define API_KUBERNETES_REST_CLIENT_H_

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "api/kubernetes/access.h"
#include "api/kubernetes/connection.h"
#include "api/kubernetes/watchdog.h"

namespace tangram::api::kubernetes {

inline constexpr char kJson[] = "application/json";
inline constexpr char kMergePatch[] = "application/merge-patch+json";

struct CallOptions {
  std::chrono::milliseconds deadline{30'000};  // of the whole call, retries included
  std::size_t body_bytes_max = std::size_t{64} << 20;
  bool retry_throttled = true;  // false: a 429 is handed to the caller at once
};

class RestClient {
 public:
  // None may be null. `user_agent` is "tangram/<version>".
  RestClient(const std::shared_ptr<const ClusterAccess>& access, std::shared_ptr<Watchdog> watchdog,
             std::string user_agent);

  // Blocks until answered, failed, or past the deadline.
  Reply Call(const Request& request, const CallOptions& options);
  Reply Get(std::string_view path, const CallOptions& options);

  // Ends a running call and makes every later one fail. Returns when the running call has returned.
  void Stop();

 private:
  // False when stopped or when the deadline comes first.
  bool Sleep(std::chrono::milliseconds time, Connection::Time deadline);

  const std::shared_ptr<const ClusterAccess> access_;
  Connection connection_;
  std::mutex mutex_;
  std::condition_variable stop_changed_;
  bool stopped_ = false;  // guarded by mutex_
};

// OK for a 2xx. Else what was tried, and why it failed: by ToStatus(ApiStatus) when the server
// answered, Unavailable when the request was not sent, Unknown when its outcome is.
absl::Status ToStatus(const Reply& reply, std::string_view what);

}  // namespace tangram::api::kubernetes

#endif  // API_KUBERNETES_REST_CLIENT_H_
