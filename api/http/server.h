// The HTTP/1.1 server: what every route of Tangram is served by.
//
// Library-neutral: callers see requests, responses and a router of their own; the library beneath
// (Boost.Beast and Asio) stays behind connection.h and request_reader.cc of this folder.
//
// A request is read whole (within limits and one deadline), handed to the handler that the router
// names, and answered through its Exchange, at once or later. Requests of one connection are
// answered in order, one at a time.
//
// Invariants
//   1. Every request that reaches a handler gets at most one answer, and none after its client has
//      gone. A handler that lets go of its Exchange without an answer, or throws, is answered 500.
//   2. A deferred answer holds no thread; an answer given inside the handler changes no thread.
//   3. Nothing that a client sends, or does not read, ends the process, grows memory past the
//   limits
//      below, or holds a thread; only what handlers do can.
//   4. A request that waits for its answer takes no place from those that are being served, and
//      admin routes answer however many connections there are.
//
// Threads: handlers and close callbacks run on the server's own threads (`ServerOptions::threads`),
// several at once for different connections. A handler that computes for long or waits blocks one
// of them: short work is done inline, all else is handed to a thread of the caller's own and
// answered from there. Router is built before Start and is constant afterwards.
#ifndef API_HTTP_SERVER_H_
#define API_HTTP_SERVER_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace tangram::api::http {

// Spare bytes behind `Request::body`: simdjson reads this far past the end of its input.
inline constexpr std::size_t kBodySpareBytes = 64;

struct Request {
  std::string method;  // As sent: methods are case-sensitive.
  // The target without query, always beginning with '/', visible ASCII only, not percent-decoded.
  std::string path;
  std::string query;  // What follows the first '?', without it; empty when there is none.
  // Whole body, chunks already joined. capacity() >= size() + kBodySpareBytes, so that a parser
  // that needs padding may read it in place.
  std::string body;
};

struct Response {
  int status = 200;  // 200 ... 599; any other is a handler's error and is sent as 500.
  std::string content_type = "application/json";
  std::string body;  // Moved to the socket, never copied. Content-Length is made from it.
  // Further fields, in this order. A name or value with a control character is left out, so that
  // text from outside cannot forge a field.
  std::vector<std::pair<std::string, std::string>> headers;
};

// `{"error":"<message>"}` with the message escaped for JSON and cut after 1,000 bytes.
Response ErrorResponse(int status, std::string_view message);

// One request that waits for its answer. Every method may be called from any thread; the object may
// outlive the connection and the server.
class Exchange {
 public:
  virtual ~Exchange() = default;

  // Gives the answer. Exactly once: a second call is a broken invariant and aborts. After the
  // client has gone, or after Server::Stop, the answer is dropped. Inside the handler the bytes are
  // written before the call returns (as far as the socket takes them); from elsewhere the answer is
  // posted.
  virtual void Respond(Response response) = 0;

  // True when the connection ended before the answer: by the client (FIN and RST alike, so a client
  // must not half-close while it waits) or by Server::Stop. Once true it stays true.
  virtual bool closed() const = 0;

  // `callback` runs once, on a server thread, when the connection ends before the answer was given;
  // it is destroyed unused when the answer comes first. At most one: a later call replaces it.
  // When the connection has ended already, it runs at once on the calling thread.
  // A client that pipelines further requests behind the pending one is no longer watched.
  virtual void OnClose(std::function<void()> callback) = 0;
};

using Handler = std::function<void(Request&& request, std::shared_ptr<Exchange> exchange)>;

// Finds the handler by method and path. An unknown path is 404; a known path with another method is
// 405 with `Allow`. HEAD is served by a GET route (the server leaves the body out). Paths compare
// byte for byte: no decoding, no trailing-slash rule.
class Router {
 public:
  // Exactly this path. Setting the same method and path twice is a broken invariant.
  void Handle(std::string method, std::string path, Handler handler);
  // The same for probes and monitors: such a path is answered when all other places are taken, too.
  void HandleAdmin(std::string method, std::string path, Handler handler);
  // Every path that begins with `prefix` and is longer; the handler reads the rest from
  // Request::path. Literal paths come first, then the longest prefix.
  void HandlePrefix(std::string method, std::string prefix, Handler handler);

  void Dispatch(Request&& request, std::shared_ptr<Exchange> exchange) const;
  bool IsAdmin(std::string_view path) const { return admin_paths_.contains(path); }

 private:
  using Methods = std::map<std::string, Handler, std::less<>>;
  const Methods* Find(std::string_view path) const;

  std::map<std::string, Methods, std::less<>> literals_;
  std::map<std::string, Methods, std::less<>> prefixes_;
  std::set<std::string, std::less<>> admin_paths_;
};

// Called on any server thread, at most once per refused request, failed accept, or throwing
// handler. `event` is one of `request_refused`, `connection_refused`, `accept_failed`,
// `handler_threw`, `callback_threw`, `bad_status`, `write_timed_out`, `memory_taken_back`; `detail`
// says what and, where known, the peer.
using LogHook = std::function<void(std::string_view event, std::string_view detail)>;

struct ServerOptions {
  std::string address = "127.0.0.1";  // An IPv4 or IPv6 literal.
  std::uint16_t port = 0;             // 0 = any free one, see Server::port().
  int threads = 2;                    // 1 ... 64. More than there are cores is slower.

  std::size_t header_limit_bytes = 16 * 1024;       // 256 ... 1 MiB; request line included; 431.
  std::size_t body_limit_bytes = 16 * 1024 * 1024;  // Chunks joined; over it 413.
  int header_fields_max = 64;                       // Over it 431.
  // Connections that are idle, send a request or take an answer. Over it the longest idle one is
  // closed; where none is idle, the new one is served on admin routes only, and its other requests
  // get 503. 64 of those at a time; the oldest gives way to the newest.
  int connections_max = 1024;
  // Connections whose request waits for an answer that comes later (a bind in line for its node):
  // they do not count above. Over it they do.
  int waiting_max = 8192;
  // What long requests that are still being sent (over 256 KiB) and answers that are still being
  // taken hold together. Over it the client that did nothing for the longest is cut off, but never
  // the only one.
  std::size_t in_transit_max_bytes = 64 * 1024 * 1024;

  // From the first byte of a request to its last, however it drips; over it 408 and close.
  std::chrono::milliseconds read_deadline = std::chrono::seconds(10);
  // For one whole response; over it the connection is closed.
  std::chrono::milliseconds write_deadline = std::chrono::seconds(10);
  // Without a request. Longer than the 90 s after which Go's client closes an idle connection:
  // closing first would fail a POST that is just being sent, which Go does not repeat.
  std::chrono::milliseconds idle_deadline = std::chrono::seconds(120);

  LogHook log;  // May be empty.
};

class Server {
 public:
  // Binds, listens and starts the threads. A second server on the same address and port fails.
  // InvalidArgument: an option out of range, named. Unavailable: the address cannot be bound; the
  // message names address, port and the system's reason.
  static absl::StatusOr<std::unique_ptr<Server>> Start(ServerOptions options, Router router);

  // Stops without drain.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const;

  // Refuses new connections, closes idle ones at once, lets requests that have begun end for up to
  // `drain` (each answer then says `Connection: close`), closes the rest (their Exchanges are
  // closed()) and joins the threads. Returns when no handler runs any more. Later calls do nothing.
  // Must not be called from a handler or close callback.
  void Stop(std::chrono::milliseconds drain);

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tangram::api::http

#endif  // API_HTTP_SERVER_H_
