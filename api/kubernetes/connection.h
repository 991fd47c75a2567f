// One HTTP connection to the API server: the only place that knows cpp-httplib.
//
// What it hides: Nagle is off and keep-alive on; a connection idle for more than 60 s is opened
// anew (the API server closes at about 90 s, and the close is not seen before the next request
// fails); a changed CA, certificate or token takes effect at the next request; a call has an
// overall deadline. The process must ignore SIGPIPE (every main does): a stopped TLS connection
// raises it.
//
// Thread contract: one call at a time; Stop may come from any other thread.
#ifndef API_KUBERNETES_CONNECTION_H_
#define API_KUBERNETES_CONNECTION_H_

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "api/kubernetes/access.h"
#include "api/kubernetes/watchdog.h"

namespace tangram::api::kubernetes {

// How a call ended, as far as the caller may rely on it.
enum class Outcome {
  kAnswered,  // the server answered in full: `status` is what it said, definitely
  kNotSent,   // the server cannot have executed it: never connected, or the request was cut
  kUnknown,   // sent, no complete answer: it may or may not have been executed
};

// "answered", "not sent", "unknown".
std::string_view ToText(Outcome outcome);

struct Reply {
  Outcome outcome = Outcome::kNotSent;
  int status = 0;  // HTTP status; 0 unless kAnswered
  std::string body;
  int retry_after_seconds = -1;  // -1 = not said
  bool refused = false;          // kNotSent because no connection came about
  bool cut = false;   // kNotSent because the connection broke while the request was written
  std::string error;  // for people; empty when kAnswered

  bool ok() const { return outcome == Outcome::kAnswered && status >= 200 && status < 300; }
};

struct Request {
  std::string method = "GET";
  std::string path;  // with query, already escaped (fields.h)
  std::string body;
  std::string content_type;  // of the body
};

class Connection {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `access` and `watchdog` are shared with other connections; neither may be null.
  Connection(std::shared_ptr<const ClusterAccess> access, std::shared_ptr<Watchdog> watchdog,
             std::string user_agent);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  struct Limits {
    Time deadline;
    std::size_t body_bytes_max = std::size_t{64} << 20;
  };
  // One request, one answer. Never retries. A body above the limit is kUnknown.
  Reply Exchange(const Request& request, const Limits& limits);

  struct StreamHandler {
    Time open_deadline;                     // until the answer's header is there
    std::chrono::milliseconds silence_max;  // without a byte for so long, the stream is dead
    std::function<void()> on_open;          // the server said 200
    std::function<bool(std::string_view)> on_bytes;  // false ends the stream
  };
  // A GET whose answer is read as it comes. kAnswered: the server refused (status is not 200, body
  // as usual) or ended the stream itself in good order. kUnknown: the stream broke, or on_bytes
  // said false.
  Reply Stream(const std::string& path, const StreamHandler& handler);

  // Ends a running call with an error and makes every later one fail. Returns when the running call
  // has returned; that takes milliseconds, or up to 5 s while a connection is being opened. Not to
  // be called from a handler.
  void Stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tangram::api::kubernetes

#endif  // API_KUBERNETES_CONNECTION_H_
