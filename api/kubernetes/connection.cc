#include "api/kubernetes/connection.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "api/kubernetes/tls.h"
#include "httplib.h"
#include "model/mutex.h"
#include "model/string_map.h"

// Debian compiles the library with these; a file that includes the header without them sees other
// class layouts than the library has.
#if !defined(CPPHTTPLIB_OPENSSL_SUPPORT) || !defined(CPPHTTPLIB_ZLIB_SUPPORT) || \
    !defined(CPPHTTPLIB_BROTLI_SUPPORT)
#error "compile with the flags of pkg-config cpp-httplib"
#endif

namespace tangram::api::kubernetes {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kIdleMax{60};
constexpr std::chrono::seconds kConnectMax{5};
constexpr std::size_t kErrorBodyBytesMax = 64 * 1024;

void SetSocketOptions(int socket) {
  const auto set = [socket](int level, int name, int value) {
    ::setsockopt(socket, level, name, &value, sizeof(value));
  };
  // A peer whose machine vanished is noticed within a minute, also on a watch that never writes.
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 30);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
}

// The first numeric address of a host, empty when it has none.
std::string Resolve(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return "";
  char text[NI_MAXHOST] = "";
  const int failed = ::getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof(text), nullptr,
                                   0, NI_NUMERICHOST);
  ::freeaddrinfo(found);
  return failed == 0 ? text : "";
}

bool WasSent(httplib::Error error) {
  switch (error) {
    case httplib::Error::Connection:
    case httplib::Error::BindIPAddress:
    case httplib::Error::ConnectionTimeout:
    case httplib::Error::SSLConnection:
    case httplib::Error::SSLLoadingCerts:
    case httplib::Error::SSLServerVerification:
    // A failed write leaves the request incomplete, so that the server cannot act on it.
    case httplib::Error::Write:
      return false;
    default:
      return true;
  }
}

int RetryAfter(const httplib::Response& response) {
  const std::string text = response.get_header_value("Retry-After");
  int seconds = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  // The other form, a date, is not used by the API server.
  return error == std::errc() && end == text.data() + text.size() && seconds >= 0 ? seconds : -1;
}

Reply NotSent(std::string_view why) {
  Reply reply;
  reply.error = std::string(why);
  return reply;
}

}  // namespace

std::string_view ToText(Outcome outcome) {
  switch (outcome) {
    case Outcome::kAnswered:
      return "answered";
    case Outcome::kNotSent:
      return "not sent";
    case Outcome::kUnknown:
      return "unknown";
  }
  return "unknown";
}

class Connection::Impl {
 public:
  Impl(std::shared_ptr<const ClusterAccess> access, std::shared_ptr<Watchdog> watchdog,
       std::string user_agent)
      : access_(std::move(access)),
        watchdog_(std::move(watchdog)),
        user_agent_(std::move(user_agent)) {}

  Reply Exchange(const Request& request, const Limits& limits);
  Reply Stream(const std::string& path, const StreamHandler& handler);
  void Stop();

 private:
  // Marks a call as running, so that Stop knows whether there is something to wait for.
  class InCall {
   public:
    explicit InCall(std::atomic<bool>& flag) : flag_(flag) { flag_ = true; }
    ~InCall() { flag_ = false; }

   private:
    std::atomic<bool>& flag_;
  };

  absl::Status Prepare(const Request& request, httplib::Request& out);
  absl::StatusOr<std::unique_ptr<httplib::ClientImpl>> MakeClient(const TlsSettings& tls);
  void UseProxy(httplib::ClientImpl& client, const Proxy& proxy);
  void Interrupt();
  Reply Send(httplib::Request& request, Reply reply);
  std::string Describe(httplib::Error error) const;

  const std::shared_ptr<const ClusterAccess> access_;
  const std::shared_ptr<Watchdog> watchdog_;
  const std::string user_agent_;

  // The calling thread alone.
  TlsSettings tls_;
  Time last_used_;
  int refused_by_proxy_ = 0;  // HTTP status of its answer to CONNECT; 0: none, or it let us through

  std::atomic<bool> stopped_{false};
  std::atomic<bool> in_call_{false};
  std::atomic<bool> timed_out_{false};
  // The calling thread alone changes client_, under the mutex; others use it under the mutex.
  model::Mutex client_mutex_;
  TlsVerdict verdict_;
  std::unique_ptr<httplib::ClientImpl> client_;
};

absl::StatusOr<std::unique_ptr<httplib::ClientImpl>> Connection::Impl::MakeClient(
    const TlsSettings& tls) {
  std::unique_ptr<httplib::ClientImpl> client;
  if (!access_->tls) {
    client = std::make_unique<httplib::ClientImpl>(access_->host, access_->port);
  } else {
    // The library sends the host it was made with as SNI, hence the detours when that differs: a
    // proxy is asked for that host too, so that there the name is put right in the handshake.
    const bool proxied = access_->proxy.has_value();
    auto ssl = std::make_unique<httplib::SSLClient>(proxied ? access_->host : tls.server_name,
                                                    access_->port);
    verdict_.indicate = proxied && tls.server_name != access_->host ? tls.server_name : "";
    if (!proxied && tls.server_name != access_->host) {
      const std::string address = Resolve(access_->host);
      if (address.empty()) {
        return absl::UnavailableError(absl::StrCat("cannot resolve \"", access_->host, "\""));
      }
      ssl->set_hostname_addr_map({{tls.server_name, address}});
    }
    if (absl::Status s = ConfigureTls(ssl->ssl_context(), tls, &verdict_); !s.ok()) return s;
    ssl->enable_server_certificate_verification(false);
    client = std::move(ssl);
  }
  client->set_tcp_nodelay(true);
  client->set_keep_alive(true);
  client->set_follow_location(false);
  client->set_url_encode(false);
  client->set_socket_options(SetSocketOptions);
  if (access_->proxy.has_value()) UseProxy(*client, *access_->proxy);
  return client;
}

void Connection::Impl::UseProxy(httplib::ClientImpl& client, const Proxy& proxy) {
  client.set_proxy(proxy.host, proxy.port);
  if (!proxy.user.empty()) client.set_proxy_basic_auth(proxy.user, proxy.password);
  // The library goes on after a CONNECT that was refused, and the handshake fails for no reason.
  client.set_logger([this](const httplib::Request& asked, const httplib::Response& said) {
    if (asked.method != "CONNECT" || said.status / 100 == 2) return;
    refused_by_proxy_ = said.status;
  });
}

// Brings the client in line with the credentials of now and fills `out`.
absl::Status Connection::Impl::Prepare(const Request& request, httplib::Request& out) {
  const WallTime now = std::chrono::system_clock::now();
  absl::StatusOr<std::string> token = access_->credentials->BearerToken(now);
  if (!token.ok()) return token.status();
  TlsSettings tls;
  if (access_->tls) {
    tls.insecure_skip_verify = access_->insecure_skip_tls_verify;
    tls.server_name = access_->tls_server_name.empty() ? access_->host : access_->tls_server_name;
    absl::StatusOr<ClientCertificate> certificate = access_->credentials->Certificate(now);
    if (!certificate.ok()) return certificate.status();
    tls.certificate = *std::move(certificate);
    if (access_->ca != nullptr) {
      absl::StatusOr<std::string> ca = access_->ca->Get(now);
      if (!ca.ok()) return ca.status();
      tls.ca_pem = *std::move(ca);
    }
  }
  if (client_ == nullptr || tls != tls_) {
    auto client = MakeClient(tls);
    if (!client.ok()) return client.status();
    model::MutexLock lock(client_mutex_);
    client_ = *std::move(client);
    tls_ = std::move(tls);
  } else if (steady_clock::now() - last_used_ > kIdleMax) {
    client_->stop();
  }

  out.method = request.method;
  out.path = absl::StrCat(access_->path_prefix, request.path);
  out.body = request.body;
  const bool v6 = access_->host.find(':') != std::string::npos;
  out.set_header("Host",
                 absl::StrCat(v6 ? "[" : "", access_->host, v6 ? "]" : "", ":", access_->port));
  out.set_header("User-Agent", user_agent_);
  out.set_header("Accept", "application/json");
  if (!request.content_type.empty()) out.set_header("Content-Type", request.content_type);
  // The library would send the proxy's password through the tunnel, too.
  if (access_->tls && access_->proxy.has_value()) out.set_header("Proxy-Authorization", "");
  if (!token->empty()) out.set_header("Authorization", absl::StrCat("Bearer ", *token));
  return absl::OkStatus();
}

std::string Connection::Impl::Describe(httplib::Error error) const {
  std::string text = httplib::to_string(error);
  switch (error) {
    case httplib::Error::Connection:
      text = "cannot connect";
      break;
    case httplib::Error::Read:
      text = "connection lost or silent";
      break;
    case httplib::Error::SSLConnection:
      text =
          absl::StrCat("TLS handshake failed", verdict_.error.empty() ? "" : ": ", verdict_.error);
      break;
    default:
      break;
  }
  if (refused_by_proxy_ != 0) text = absl::StrCat("refused with HTTP ", refused_by_proxy_);
  if (timed_out_) text = "deadline exceeded";
  if (stopped_) text = "stopped";
  if (access_->proxy.has_value()) {
    return absl::StrCat(access_->Url(), " through the proxy ", access_->proxy->Url(), ": ", text);
  }
  return absl::StrCat(access_->Url(), ": ", text);
}

// Sends and fills the reply's outcome; body and callbacks are wired into the request already.
Reply Connection::Impl::Send(httplib::Request& request, Reply reply) {
  httplib::Response response;
  httplib::Error error = httplib::Error::Success;
  verdict_.error.clear();
  refused_by_proxy_ = 0;
  const bool sent = client_->send(request, response, error);
  last_used_ = steady_clock::now();
  if (sent) {
    reply.outcome = Outcome::kAnswered;
    reply.status = response.status;
    reply.retry_after_seconds = RetryAfter(response);
    return reply;
  }
  reply.outcome = WasSent(error) ? Outcome::kUnknown : Outcome::kNotSent;
  reply.refused = error == httplib::Error::Connection || error == httplib::Error::ConnectionTimeout;
  reply.cut = error == httplib::Error::Write;
  reply.error = Describe(error);
  return reply;
}

Reply Connection::Impl::Exchange(const Request& request, const Limits& limits) {
  InCall in_call(in_call_);
  if (stopped_) return NotSent("stopped");
  timed_out_ = false;
  httplib::Request out;
  if (absl::Status s = Prepare(request, out); !s.ok()) return NotSent(model::ToStd(s.message()));
  const auto left = std::chrono::duration_cast<milliseconds>(limits.deadline - steady_clock::now());
  if (left <= milliseconds::zero()) return NotSent("deadline exceeded before the request was sent");
  client_->set_connection_timeout(std::min<milliseconds>(left, kConnectMax));
  client_->set_read_timeout(left);
  client_->set_write_timeout(left);

  Reply reply;
  bool too_large = false;
  out.content_receiver = [&](const char* data, std::size_t size, uint64_t, uint64_t) {
    too_large = reply.body.size() + size > limits.body_bytes_max;
    if (too_large) return false;
    reply.body.append(data, size);
    return true;
  };
  const Watchdog::Guard guard = watchdog_->Arm(limits.deadline, [this] { Interrupt(); });
  Reply answer = Send(out, Reply());
  answer.body = std::move(reply.body);
  if (too_large) {
    answer.error = absl::StrCat(access_->Url(), ": the answer is larger than ",
                                limits.body_bytes_max, " bytes");
  }
  return answer;
}

Reply Connection::Impl::Stream(const std::string& path, const StreamHandler& handler) {
  InCall in_call(in_call_);
  if (stopped_) return NotSent("stopped");
  timed_out_ = false;
  Request request;
  request.path = path;
  httplib::Request out;
  if (absl::Status s = Prepare(request, out); !s.ok()) return NotSent(model::ToStd(s.message()));
  client_->set_connection_timeout(kConnectMax);
  client_->set_read_timeout(handler.silence_max);
  client_->set_write_timeout(kConnectMax);

  Watchdog::Guard opening = watchdog_->Arm(handler.open_deadline, [this] { Interrupt(); });
  bool streaming = false;
  std::string refusal;
  out.response_handler = [&](const httplib::Response& response) {
    streaming = response.status == 200;
    // An error's body is short: it stays under the deadline.
    if (streaming) {
      opening.Release();
      handler.on_open();
    }
    return true;
  };
  out.content_receiver = [&](const char* data, std::size_t size, uint64_t, uint64_t) {
    if (streaming) return handler.on_bytes(std::string_view(data, size));
    refusal.append(data, std::min(size, kErrorBodyBytesMax - refusal.size()));
    return true;
  };
  Reply answer = Send(out, Reply());
  opening.Release();
  answer.body = std::move(refusal);
  return answer;
}

// On the watchdog's thread.
void Connection::Impl::Interrupt() {
  timed_out_ = true;
  model::MutexLock lock(client_mutex_);
  if (client_ != nullptr) client_->stop();
}

void Connection::Impl::Stop() {
  stopped_ = true;
  // Again and again: a stop that comes before the library has begun to send is without effect.
  while (in_call_) {
    {
      model::MutexLock lock(client_mutex_);
      if (client_ != nullptr) client_->stop();
    }
    std::this_thread::sleep_for(milliseconds(2));
  }
}

Connection::Connection(std::shared_ptr<const ClusterAccess> access,
                       std::shared_ptr<Watchdog> watchdog, std::string user_agent)
    : impl_(std::make_unique<Impl>(std::move(access), std::move(watchdog), std::move(user_agent))) {
}

Connection::~Connection() = default;

Reply Connection::Exchange(const Request& request, const Limits& limits) {
  return impl_->Exchange(request, limits);
}

Reply Connection::Stream(const std::string& path, const StreamHandler& handler) {
  return impl_->Stream(path, handler);
}

void Connection::Stop() { impl_->Stop(); }

}  // namespace tangram::api::kubernetes
