// Keeps a sink in step with one resource of the API server: list once, then watch for ever.
//
// The rules are those of client-go's reflector:
//   1. The list is consistent (no resourceVersion) and paged. A page whose continue token expired
//      (410) begins the list anew.
//   2. The watch begins at the list's version and always resumes after the last version seen, of an
//      event or of a bookmark. So no event is lost, and none comes twice.
//   3. A version the server no longer has (410, as HTTP status or in the stream) or does not yet
//      have ("too large resource version") leads to a new list. Nothing else does: after 429, 5xx,
//      401, a refused or a lost connection the watch is tried again from the same version, after a
//      growing pause.
//   4. The server ends a watch after 5 to 10 minutes; that is no error and it is renewed at once. A
//      watch that ends within a second without an event is an error.
//      A watch that delivered something, or stayed open for a while, was healthy: the pauses after
//      it begin anew, however often watches are cut.
//   5. A connection without a byte for 130 s is dead: bookmarks come about every minute, so two of
//      them are missing by then. (A vanished peer is noticed earlier, by TCP keep-alive.)
//
// Thread contract: Start and Stop from one thread. The sink is called on the reflector's own thread
// only. Destroying a reflector stops it.
#ifndef API_KUBERNETES_REFLECTOR_H_
#define API_KUBERNETES_REFLECTOR_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "api/kubernetes/access.h"
#include "api/kubernetes/backoff.h"
#include "api/kubernetes/watchdog.h"

namespace tangram::api::kubernetes {

// Receives the objects. `json` is one object's JSON text, valid during the call; kReadablePadding
// (line_buffer.h) bytes after it may be read. Items of a list bear no kind and apiVersion. Calls
// should take well under a millisecond: the server cuts slow readers off.
class ReflectorSink {
 public:
  virtual ~ReflectorSink() = default;
  // A complete new state follows: objects, then EndReplace, after which everything that was not
  // among them is to be forgotten. BeginReplace may come again before EndReplace (the list had to
  // be begun anew): the objects since the last BeginReplace count alone.
  virtual void BeginReplace() = 0;
  virtual void Object(std::string_view json) = 0;
  virtual void EndReplace(std::string_view resource_version) = 0;
  // One object was added or changed. May repeat the state already known.
  virtual void Upsert(std::string_view json) = 0;
  // One object is gone or no longer selected; `json` is its last state.
  virtual void Delete(std::string_view json) = 0;
  // Whether changes arrive at present. True when a watch is open; false when it was lost.
  virtual void Connected(bool connected) = 0;
};

// Counts since the start; read them from any thread.
struct ReflectorCounters {
  std::atomic<uint64_t> lists{0};  // completed; 1 after the start, each more is a relist
  std::atomic<uint64_t> list_errors{0};
  std::atomic<uint64_t> watches{0};  // opened
  std::atomic<uint64_t> watch_errors{0};
  std::atomic<uint64_t> events{0};  // added, modified, deleted
  std::atomic<uint64_t> bookmarks{0};
};

struct ReflectorOptions {
  std::string resource;        // path, e.g. kNodesPath (fields.h)
  std::string field_selector;  // unescaped; empty = all
  std::string user_agent;      // "tangram/<version>"
  // One can do without the resource. A server that does not know it (404) has none of it and is
  // asked again now and then; what fails over and over is told once, until a call succeeds.
  bool optional = false;
  int page_limit = 500;
  std::chrono::milliseconds list_deadline{60'000};  // of each page
  std::chrono::seconds watch_min{300};              // what the server is asked for; random between
  std::chrono::seconds watch_max{600};
  std::chrono::milliseconds silence_max{130'000};
  std::chrono::milliseconds open_max{35'000};  // until the watch's answer begins
  std::chrono::milliseconds short_watch{1'000};
  std::chrono::milliseconds healthy_after{10'000};
  // Lists that are asked for again sooner than this (410 upon 410) wait like any other failure.
  std::chrono::milliseconds relist_calm{10'000};
  std::size_t line_bytes_max = std::size_t{8} << 20;
  BackoffOptions backoff;
  // A number from [0, 1); called on the reflector's thread.
  std::function<double()> random;
  // Something failed and will be tried again; for the log. On the reflector's thread. May be empty.
  std::function<void(const std::string& what)> on_error;
  // The server does not know the optional resource; told once. On the reflector's thread. May be
  // empty.
  std::function<void()> on_unknown;
};

class Reflector {
 public:
  // `access`, `watchdog`, `options.random` must not be null; `sink` outlives the reflector.
  Reflector(const std::shared_ptr<const ClusterAccess>& access,
            const std::shared_ptr<Watchdog>& watchdog, ReflectorOptions options,
            ReflectorSink& sink);
  ~Reflector();
  Reflector(const Reflector&) = delete;
  Reflector& operator=(const Reflector&) = delete;

  // Begins, on a thread of its own. Once.
  void Start();
  // Ends within milliseconds (up to 5 s while a connection is being opened); the sink is not called
  // afterwards.
  void Stop();

  const ReflectorCounters& counters() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tangram::api::kubernetes

#endif  // API_KUBERNETES_REFLECTOR_H_
