// Inside of the HTTP server: one connection, and what all connections of a server share.
//
// Internal to this folder: it shows Asio types. Included by this folder's own sources only.
//
// Invariants
//   1. A Connection's fields are touched on its strand only, but for those marked otherwise.
//   2. At most one request of a connection is in hand; the next is parsed when its answer is
//   written.
//   3. The registry holds every open connection, so when it is empty no operation is pending, and
//   an
//      io_context that has run out of work holds nothing that points to a connection.
//   4. An ExchangeState lets go of its connection, under its mutex, before the connection is closed
//   or
//      its answer is written. So nobody posts to the io_context of a server that has stopped.
//
// Lock order: none. The mutexes of ExchangeState, Registry and InTransit are leaves, never held
// together.
#ifndef API_HTTP_CONNECTION_H_
#define API_HTTP_CONNECTION_H_

#include <array>
#include <atomic>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/strand.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/http/request_reader.h"
#include "api/http/server.h"
#include "model/mutex.h"

namespace tangram::api::http::internal {

namespace net = boost::asio;
using ErrorCode = boost::system::error_code;
using Clock = std::chrono::steady_clock;
using Strand = net::strand<net::io_context::executor_type>;
using Socket = net::basic_stream_socket<net::ip::tcp, Strand>;
using Timer = net::basic_waitable_timer<Clock, net::wait_traits<Clock>, Strand>;

class Connection;

// The open connections. Safe from any thread.
class Registry {
 public:
  enum class Admission { kServe, kReserve, kDrop };

  // `in_service_max` bounds the connections that are served, `waiting_max` those that wait for an
  // answer beside them. `on_empty` is called, outside the lock, when the last connection is removed
  // after Close().
  Registry(int in_service_max, int waiting_max, std::function<void()> on_empty);

  // Decides about `connection` and holds it unless the answer is kDrop. When there is no room, the
  // longest idle connection is evicted to make it; when none is idle, the new one is held in
  // reserve, for admin routes only. The oldest in reserve is cut off when there are too many.
  Admission Admit(const std::shared_ptr<Connection>& connection);
  // True when a connection in reserve has found room by now, and is in service like others.
  bool Promote(Connection* connection);
  // A connection in service waits for an answer from elsewhere, or has it. Whoever waits leaves its
  // place to others, as long as there is room among those who wait.
  void BeginWait(Connection* connection);
  void EndWait(Connection* connection);
  void Remove(Connection* connection);
  // From now on every Admit is kDrop.
  void Close();
  // In order of admission.
  std::vector<std::shared_ptr<Connection>> All() const;

 private:
  // kLeaving: evicted or cut off, counted nowhere.
  enum class Place { kInService, kWaiting, kReserve, kLeaving };
  struct Entry {
    std::shared_ptr<Connection> connection;
    Place place = Place::kInService;
  };

  bool HasRoom() TANGRAM_REQUIRES(mutex_);
  bool EvictLongestIdle() TANGRAM_REQUIRES(mutex_);
  void CutOffOldestInReserve() TANGRAM_REQUIRES(mutex_);
  void Move(Entry& entry, Place place) TANGRAM_REQUIRES(mutex_);
  int& CountOf(Place place) TANGRAM_REQUIRES(mutex_);

  const int in_service_max_;
  const int waiting_max_;
  const std::function<void()> on_empty_;
  mutable model::Mutex mutex_;
  bool closed_ TANGRAM_GUARDED_BY(mutex_) = false;
  std::array<int, 4> counts_ TANGRAM_GUARDED_BY(mutex_) = {};  // by Place
  std::uint64_t next_id_ TANGRAM_GUARDED_BY(mutex_) = 0;
  std::map<std::uint64_t, Entry> entries_ TANGRAM_GUARDED_BY(mutex_);
};

// What requests that are not complete and answers that are not taken hold in memory. Safe from any
// thread. Short ones are never told of; they are bounded by the number of connections.
class InTransit {
 public:
  explicit InTransit(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  // `connection` has sent or taken something, and holds that much from now on. Returns those to cut
  // off so that the sum fits: whoever did nothing for the longest, never `connection` itself. They
  // are not counted any more.
  std::vector<std::shared_ptr<Connection>> Set(const std::shared_ptr<Connection>& connection,
                                               std::size_t bytes);
  void Clear(std::uint64_t id);

 private:
  struct Entry {
    std::shared_ptr<Connection> connection;
    std::size_t bytes = 0;
    std::uint64_t turn = 0;
  };
  const std::size_t max_bytes_;
  mutable model::Mutex mutex_;
  std::size_t bytes_ TANGRAM_GUARDED_BY(mutex_) = 0;
  std::uint64_t next_turn_ TANGRAM_GUARDED_BY(mutex_) = 0;
  std::map<std::uint64_t, Entry> entries_ TANGRAM_GUARDED_BY(mutex_);
};

// What all connections of one server share; outlives them. `options` and `router` are constant.
struct Hub {
  Hub(ServerOptions options_in, Router router_in, std::function<void()> on_empty);
  void Log(std::string_view event, std::string_view detail) const;

  const ServerOptions options;
  const Router router;
  net::io_context context;
  std::atomic<bool> draining = false;
  Registry registry;
  InTransit in_transit;
};

// The part of an Exchange that user and connection share.
class ExchangeState : public std::enable_shared_from_this<ExchangeState> {
 public:
  explicit ExchangeState(std::shared_ptr<Connection> connection);

  // Any thread; see Exchange.
  void Respond(Response response) TANGRAM_EXCLUDES(mutex_);
  bool closed() const { return closed_.load(std::memory_order_acquire); }
  void OnClose(std::function<void()> callback) TANGRAM_EXCLUDES(mutex_);
  // The user let go of the exchange: the server answers in its place if nobody has.
  void Abandon() TANGRAM_EXCLUDES(mutex_);

  // On the strand: from now on answers are dropped. Returns the close callback, for the caller to
  // call when the connection has `ended`, and to destroy in any case.
  std::function<void()> Detach(bool ended) TANGRAM_EXCLUDES(mutex_);

 private:
  void Deliver(Response response) TANGRAM_EXCLUDES(mutex_);

  mutable model::Mutex mutex_;
  std::shared_ptr<Connection> connection_ TANGRAM_GUARDED_BY(mutex_);
  bool responded_ TANGRAM_GUARDED_BY(mutex_) = false;
  std::function<void()> on_close_ TANGRAM_GUARDED_BY(mutex_);
  std::atomic<bool> closed_ = false;
};

// The user's side of `state`; letting go of it abandons the state.
std::shared_ptr<Exchange> MakeExchange(std::shared_ptr<ExchangeState> state);

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Hub& hub, Socket socket);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Any thread. Once, after the registry has decided. `in_reserve`: for admin routes only, until
  // there is room.
  void Serve(bool in_reserve);

  // Any thread. True when the connection was idle: it is closed and serves no more requests.
  bool Evict();
  bool idle() const { return presence_.load() == Presence::kIdle; }
  Clock::time_point idle_since() const;

  // Any thread. Closes the connection if it is idle; otherwise its next answer is its last.
  void BeginDrain();
  // Any thread. Closes the connection whatever it is doing.
  void Abort();
  // The same, told in the log.
  void CutOff(const char* event, const char* why);

  bool OnStrand();
  // Any thread: posts the answer to `state`'s request; dropped when that request is over.
  void PostAnswer(std::shared_ptr<ExchangeState> state, Response response);
  // On the strand.
  void Answer(const std::shared_ptr<ExchangeState>& state, Response response);

  std::uint64_t id = 0;  // Set by the registry, under its lock, before anybody else reads it.

 private:
  enum class Phase { kIdle, kReading, kHandling, kWriting, kLingering, kClosed };
  // Decides between the strand (a request begins) and the registry (it is evicted).
  enum class Presence { kIdle, kBusy, kEvicted };

  void Read();
  void OnRead(ErrorCode error, std::size_t size);
  bool BeginRequest();
  void Parse();
  void SendContinue();
  void RefuseRequest(const Refusal& refusal, const char* event = "request_refused");

  void Handle();
  bool MayBeServed(const Request& request);
  void CountInTransit(std::size_t bytes);
  void Watch(const std::shared_ptr<ExchangeState>& state);
  bool PeerIsGone();

  void Write(Response response);
  void WriteSome();
  void OnWritten(ErrorCode error, std::size_t size);
  void NextRequest();

  void SetDeadline(Clock::time_point deadline);
  void ArmTimer(Clock::time_point at);
  void OnTimer();

  void Linger();
  void LingerRead();
  void Close();
  std::string Peer() const;

  Hub& hub_;
  Socket socket_;
  std::atomic<Presence> presence_ = Presence::kIdle;
  std::atomic<Clock::rep> idle_since_;

  Phase phase_ = Phase::kIdle;
  RequestReader reader_;

  // One timer for all deadlines. It is moved only when a deadline is nearer than the time it is set
  // to; a request on a busy connection touches no timer.
  Timer timer_;
  Clock::time_point deadline_ = Clock::time_point::max();
  Clock::time_point armed_ = Clock::time_point::max();

  std::shared_ptr<ExchangeState>
      exchange_;  // Of the request in hand; set in Phase::kHandling only.
  bool watching_ = false;
  bool in_reserve_ = false;
  bool waits_ = false;       // The registry was told that the answer comes later.
  bool in_transit_ = false;  // What is held is counted in the hub.

  bool http_1_0_ = false;
  bool head_only_ = false;
  bool close_after_answer_ = false;
  bool input_left_ = false;  // The peer may still be sending: see Linger().
  std::string head_;
  std::string body_;
  std::size_t written_ = 0;
};

}  // namespace tangram::api::http::internal

#endif  // API_HTTP_CONNECTION_H_
