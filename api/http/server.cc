// Listening, admission and stopping: the registry of connections and Server itself.
#include "api/http/server.h"

#include <algorithm>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "api/http/connection.h"
#include "model/check.h"

namespace tangram::api::http {
namespace internal {

using model::MutexLock;

// Beside those in service; a probe takes a millisecond, so that these see thousands a second.
constexpr int kReserveMax = 64;

Registry::Registry(int in_service_max, int waiting_max, std::function<void()> on_empty)
    : in_service_max_(in_service_max), waiting_max_(waiting_max), on_empty_(std::move(on_empty)) {}

int& Registry::CountOf(Place place) { return counts_[static_cast<std::size_t>(place)]; }

void Registry::Move(Entry& entry, Place place) {
  --CountOf(entry.place);
  entry.place = place;
  ++CountOf(place);
}

bool Registry::HasRoom() {
  return CountOf(Place::kInService) < in_service_max_ || EvictLongestIdle();
}

Registry::Admission Registry::Admit(const std::shared_ptr<Connection>& connection) {
  const MutexLock lock(mutex_);
  if (closed_) return Admission::kDrop;
  const Place place = HasRoom() ? Place::kInService : Place::kReserve;
  if (place == Place::kReserve && CountOf(place) >= kReserveMax) CutOffOldestInReserve();
  connection->id = next_id_++;
  entries_.emplace(connection->id, Entry{connection, place});
  ++CountOf(place);
  return place == Place::kReserve ? Admission::kReserve : Admission::kServe;
}

void Registry::CutOffOldestInReserve() {
  for (auto& [id, entry] : entries_) {
    if (entry.place != Place::kReserve) continue;
    Move(entry, Place::kLeaving);
    entry.connection->CutOff("connection_refused", "too many connections");
    return;
  }
}

bool Registry::Promote(Connection* connection) {
  const MutexLock lock(mutex_);
  const auto found = entries_.find(connection->id);
  if (found == entries_.end() || found->second.place != Place::kReserve || !HasRoom()) return false;
  Move(found->second, Place::kInService);
  return true;
}

void Registry::BeginWait(Connection* connection) {
  const MutexLock lock(mutex_);
  const auto found = entries_.find(connection->id);
  if (found == entries_.end() || found->second.place != Place::kInService) return;
  if (CountOf(Place::kWaiting) < waiting_max_) Move(found->second, Place::kWaiting);
}

void Registry::EndWait(Connection* connection) {
  const MutexLock lock(mutex_);
  const auto found = entries_.find(connection->id);
  if (found == entries_.end() || found->second.place != Place::kWaiting) return;
  Move(found->second, Place::kInService);
}

bool Registry::EvictLongestIdle() {
  // One that begins a request while we look is skipped by the next round.
  for (;;) {
    Entry* longest = nullptr;
    for (auto& [id, entry] : entries_) {
      if (entry.place == Place::kInService && entry.connection->idle() &&
          (longest == nullptr ||
           entry.connection->idle_since() < longest->connection->idle_since())) {
        longest = &entry;
      }
    }
    if (longest == nullptr) return false;
    if (longest->connection->Evict()) {
      Move(*longest, Place::kLeaving);
      return true;
    }
  }
}

void Registry::Remove(Connection* connection) {
  bool emptied = false;
  std::shared_ptr<Connection> last_reference;  // Destroyed after the lock.
  {
    const MutexLock lock(mutex_);
    const auto found = entries_.find(connection->id);
    TANGRAM_CHECK(found != entries_.end());
    --CountOf(found->second.place);
    last_reference = std::move(found->second.connection);
    entries_.erase(found);
    emptied = closed_ && entries_.empty();
  }
  if (emptied) on_empty_();
}

void Registry::Close() {
  const MutexLock lock(mutex_);
  closed_ = true;
}

std::vector<std::shared_ptr<Connection>> Registry::All() const {
  const MutexLock lock(mutex_);
  std::vector<std::shared_ptr<Connection>> all;
  all.reserve(entries_.size());
  for (const auto& [id, entry] : entries_) all.push_back(entry.connection);
  return all;
}

std::vector<std::shared_ptr<Connection>> InTransit::Set(
    const std::shared_ptr<Connection>& connection, std::size_t bytes) {
  std::vector<std::shared_ptr<Connection>> over;
  const MutexLock lock(mutex_);
  Entry& own = entries_[connection->id];
  own.connection = connection;
  own.turn = next_turn_++;
  bytes_ = bytes_ - own.bytes + bytes;
  own.bytes = bytes;
  while (bytes_ > max_bytes_ && entries_.size() > 1) {
    auto oldest = entries_.end();
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
      if (entry->first == connection->id) continue;
      if (oldest == entries_.end() || entry->second.turn < oldest->second.turn) oldest = entry;
    }
    bytes_ -= oldest->second.bytes;
    over.push_back(std::move(oldest->second.connection));
    entries_.erase(oldest);
  }
  return over;
}

void InTransit::Clear(std::uint64_t id) {
  std::shared_ptr<Connection> last_reference;  // Destroyed after the lock.
  const MutexLock lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  bytes_ -= found->second.bytes;
  last_reference = std::move(found->second.connection);
  entries_.erase(found);
}

Hub::Hub(ServerOptions options_in, Router router_in, std::function<void()> on_empty)
    : options(std::move(options_in)),
      router(std::move(router_in)),
      context(options.threads),
      registry(options.connections_max, options.waiting_max, std::move(on_empty)),
      in_transit(options.in_transit_max_bytes) {}

void Hub::Log(std::string_view event, std::string_view detail) const {
  if (options.log != nullptr) options.log(event, detail);
}

}  // namespace internal

namespace {

using internal::Clock;
using internal::ErrorCode;
using internal::Socket;
using internal::Strand;
namespace net = internal::net;

// How long accepting rests when the system refuses it (no file descriptors left).
constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr int kBacklog = 512;

template <class T>
absl::Status CheckRange(const char* name, T value, T low, T high) {
  if (value >= low && value <= high) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("http server: ", name, " is ", value, ", allowed are ", low, " to ", high));
}

absl::Status CheckOptions(const ServerOptions& options) {
  constexpr std::size_t kMiB = 1024 * 1024;
  constexpr std::int64_t kDayMs = 24 * 3600 * 1000;
  const auto ms = [](std::chrono::milliseconds value) {
    return static_cast<std::int64_t>(value.count());
  };
  absl::Status status;
  status.Update(CheckRange("threads", options.threads, 1, 64));
  status.Update(
      CheckRange<std::size_t>("header_limit_bytes", options.header_limit_bytes, 256, kMiB));
  status.Update(
      CheckRange<std::size_t>("body_limit_bytes", options.body_limit_bytes, 1, 4096 * kMiB));
  status.Update(CheckRange("header_fields_max", options.header_fields_max, 1, 10'000));
  status.Update(CheckRange("connections_max", options.connections_max, 1, 100'000));
  status.Update(CheckRange("waiting_max", options.waiting_max, 0, 1'000'000));
  status.Update(CheckRange<std::size_t>("in_transit_max_bytes", options.in_transit_max_bytes, 1,
                                        1024 * 4096 * kMiB));
  status.Update(CheckRange<std::int64_t>("read_deadline", ms(options.read_deadline), 1, kDayMs));
  status.Update(CheckRange<std::int64_t>("write_deadline", ms(options.write_deadline), 1, kDayMs));
  status.Update(CheckRange<std::int64_t>("idle_deadline", ms(options.idle_deadline), 1, kDayMs));
  return status;
}

}  // namespace

// The acceptor and the threads. Everything but Stop() runs on `strand_` once the threads are up.
class Server::Impl {
 public:
  Impl(ServerOptions options, Router router)
      : hub_(std::move(options), std::move(router), [this] { OnEmpty(); }),
        strand_(net::make_strand(hub_.context)),
        acceptor_(strand_),
        accept_timer_(strand_),
        drain_timer_(strand_),
        work_(hub_.context.get_executor()) {}

  absl::Status Listen();
  void Run();
  void Stop(std::chrono::milliseconds drain);
  std::uint16_t port() const { return port_; }

 private:
  using Acceptor = net::basic_socket_acceptor<net::ip::tcp, Strand>;

  void Accept();
  void OnAccept(ErrorCode error, Socket socket);
  void RunThread();
  void BeginStop(std::chrono::milliseconds drain);
  void OnEmpty();

  internal::Hub hub_;
  Strand strand_;
  Acceptor acceptor_;
  internal::Timer accept_timer_;
  internal::Timer drain_timer_;
  net::executor_work_guard<net::io_context::executor_type> work_;
  std::uint16_t port_ = 0;
  std::vector<std::thread> threads_;
  std::atomic<bool> stopped_ = false;
};

absl::Status Server::Impl::Listen() {
  const ServerOptions& options = hub_.options;
  ErrorCode error;
  const net::ip::address address = net::ip::make_address(options.address, error);
  if (error) {
    return absl::InvalidArgumentError(absl::StrCat("http server: address \"", options.address,
                                                   "\" is not an IPv4 or IPv6 literal"));
  }
  const net::ip::tcp::endpoint endpoint(address, options.port);
  acceptor_.open(endpoint.protocol(), error);
  // Lets a restart bind while old connections are in TIME_WAIT. On Linux it does not let two
  // listeners share a port; SO_REUSEPORT would, and a second Tangram must not come up unnoticed.
  if (!error) acceptor_.set_option(net::socket_base::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(kBacklog, error);
  if (!error) port_ = acceptor_.local_endpoint(error).port();
  if (error) {
    return absl::UnavailableError(absl::StrCat("http server: cannot listen on ", options.address,
                                               " port ", options.port, ": ", error.message()));
  }
  return absl::OkStatus();
}

void Server::Impl::Run() {
  net::post(strand_, [this] { Accept(); });
  for (int i = 0; i < hub_.options.threads; ++i) threads_.emplace_back([this] { RunThread(); });
}

void Server::Impl::RunThread() {
  for (;;) {
    try {
      hub_.context.run();
      return;
    } catch (const std::exception& error) {
      // Handlers and callbacks are guarded where they are called; this is memory running out.
      hub_.Log("callback_threw", error.what());
    }
  }
}

void Server::Impl::Accept() {
  acceptor_.async_accept(net::make_strand(hub_.context), [this](ErrorCode error, Socket socket) {
    OnAccept(error, std::move(socket));
  });
}

void Server::Impl::OnAccept(ErrorCode error, Socket socket) {
  if (!acceptor_.is_open()) return;
  if (error) {
    hub_.Log("accept_failed", error.message());
    accept_timer_.expires_after(kAcceptPause);
    accept_timer_.async_wait([this](ErrorCode cancelled) {
      if (!cancelled && acceptor_.is_open()) Accept();
    });
    return;
  }
  ErrorCode ignored;
  // Without it the tail of every answer waits for the client's delayed acknowledgement.
  socket.set_option(net::ip::tcp::no_delay(true), ignored);
  socket.non_blocking(true, ignored);
  const auto connection = std::make_shared<internal::Connection>(hub_, std::move(socket));
  switch (hub_.registry.Admit(connection)) {
    case internal::Registry::Admission::kServe:
      connection->Serve(/*in_reserve=*/false);
      break;
    case internal::Registry::Admission::kReserve:
      connection->Serve(/*in_reserve=*/true);
      break;
    case internal::Registry::Admission::kDrop:
      break;
  }
  Accept();
}

void Server::Impl::Stop(std::chrono::milliseconds drain) {
  for (const std::thread& thread : threads_) {
    TANGRAM_CHECK(thread.get_id() != std::this_thread::get_id());
  }
  if (stopped_.exchange(true)) return;
  net::post(strand_, [this, drain] { BeginStop(drain); });
  work_.reset();
  for (std::thread& thread : threads_) thread.join();
}

// The threads end by themselves when the last connection has closed and no timer is set.
void Server::Impl::BeginStop(std::chrono::milliseconds drain) {
  ErrorCode ignored;
  acceptor_.close(ignored);
  accept_timer_.cancel();
  hub_.draining.store(true);
  hub_.registry.Close();
  const auto connections = hub_.registry.All();
  if (connections.empty()) return;
  for (const auto& connection : connections) connection->BeginDrain();
  drain_timer_.expires_after(std::max(drain, std::chrono::milliseconds(0)));
  drain_timer_.async_wait([this](ErrorCode cancelled) {
    if (cancelled) return;
    for (const auto& connection : hub_.registry.All()) connection->Abort();
  });
}

void Server::Impl::OnEmpty() {
  net::post(strand_, [this] { drain_timer_.cancel(); });
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() { impl_->Stop(std::chrono::milliseconds(0)); }

absl::StatusOr<std::unique_ptr<Server>> Server::Start(ServerOptions options, Router router) {
  if (absl::Status status = CheckOptions(options); !status.ok()) return status;
  std::unique_ptr<Server> server(
      new Server(std::make_unique<Impl>(std::move(options), std::move(router))));
  if (absl::Status status = server->impl_->Listen(); !status.ok()) return status;
  server->impl_->Run();
  return server;
}

std::uint16_t Server::port() const { return impl_->port(); }

void Server::Stop(std::chrono::milliseconds drain) { impl_->Stop(drain); }

}  // namespace tangram::api::http
