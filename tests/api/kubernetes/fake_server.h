// A scriptable API server on raw sockets, so that every nasty thing a network does can be played:
// answers cut anywhere, resets, silence, drips, TLS with any certificate.
//
// The handler runs on the thread of its connection and is called for each request. It returns true
// to keep the connection, false to close it.
#ifndef TESTS_API_KUBERNETES_FAKE_SERVER_H_
#define TESTS_API_KUBERNETES_FAKE_SERVER_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cctype>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "api/kubernetes/access.h"

namespace tangram::api::kubernetes::testing {

struct FakeRequest {
  std::string method;
  std::string target;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  int connection = 0;  // 1 is the first connection accepted

  bool Contains(std::string_view text) const { return target.find(text) != std::string::npos; }
  bool IsWatch() const { return Contains("watch=1"); }
  std::string Header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

class FakePeer {
 public:
  FakePeer(int socket, SSL* ssl, const std::atomic<bool>& stopping)
      : socket_(socket), ssl_(ssl), stopping_(stopping) {}

  bool Write(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto n = ssl_ != nullptr ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                                     : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  bool Answer(int status, std::string_view body, const std::string& more_headers = "") {
    return Write("HTTP/1.1 " + std::to_string(status) +
                 " X\r\nContent-Type: application/json\r\nContent-Length: " +
                 std::to_string(body.size()) + "\r\n" + more_headers + "\r\n" + std::string(body));
  }
  bool BeginChunks() {
    return Write(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\n");
  }
  bool Chunk(std::string_view bytes) {
    char size[32];
    std::snprintf(size, sizeof(size), "%zx\r\n", bytes.size());
    return Write(std::string(size) + std::string(bytes) + "\r\n");
  }
  bool EndChunks() { return Write("0\r\n\r\n"); }
  // Makes the coming close a reset.
  void Reset() {
    const linger now = {1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  }
  // Until the client has closed, the server stops, or the time is over.
  void WaitClosed(std::chrono::milliseconds most = std::chrono::seconds(30)) {
    const auto end = std::chrono::steady_clock::now() + most;
    while (!stopping_ && std::chrono::steady_clock::now() < end) {
      pollfd wait = {socket_, POLLRDHUP, 0};
      if (::poll(&wait, 1, 10) > 0) return;
    }
  }
  bool stopping() const { return stopping_; }

 private:
  const int socket_;
  SSL* const ssl_;
  const std::atomic<bool>& stopping_;
};

class FakeServer {
 public:
  using Handler = std::function<bool(const FakeRequest&, FakePeer&)>;

  // `port` 0 = any that is free.
  explicit FakeServer(Handler handler, SSL_CTX* tls = nullptr, int port = 0)
      : handler_(std::move(handler)), tls_(tls) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(port));
    // A server that is bound to nothing refuses its clients, which every test notices.
    static_cast<void>(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)));
    socklen_t size = sizeof(address);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    ::listen(listener_, 64);
    acceptor_ = std::thread([this] { Accept(); });
  }
  ~FakeServer() { Stop(); }

  void Stop() {
    if (stopping_.exchange(true)) return;
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    {
      std::lock_guard<std::mutex> lock(mutex_);
      for (const int socket : open_) ::shutdown(socket, SHUT_RDWR);
    }
    for (std::thread& thread : threads_) thread.join();
  }

  int port() const { return port_; }
  int connections() const { return connections_; }
  std::vector<FakeRequest> requests() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return requests_;
  }

  // Plain access to this server, without credentials.
  ClusterAccess Access() const {
    ClusterAccess access;
    access.tls = tls_ != nullptr;
    access.host = "127.0.0.1";
    access.port = port_;
    access.credentials = MakeTextCredentials({});
    return access;
  }

 private:
  void Accept() {
    while (!stopping_) {
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) continue;
      const int number = ++connections_;
      std::lock_guard<std::mutex> lock(mutex_);
      open_.push_back(socket);
      threads_.emplace_back([this, socket, number] { Serve(socket, number); });
    }
  }

  void Serve(int socket, int number) {
    SSL* ssl = nullptr;
    bool up = true;
    if (tls_ != nullptr) {
      ssl = SSL_new(tls_);
      SSL_set_fd(ssl, socket);
      up = SSL_accept(ssl) == 1;
    }
    FakePeer peer(socket, ssl, stopping_);
    std::string buffer;
    FakeRequest request;
    request.connection = number;
    while (up && Read(socket, ssl, buffer, request)) {
      {
        std::lock_guard<std::mutex> lock(mutex_);
        requests_.push_back(request);
      }
      if (!handler_(request, peer)) break;
    }
    if (ssl != nullptr) SSL_free(ssl);
    std::lock_guard<std::mutex> lock(mutex_);
    std::erase(open_, socket);
    ::close(socket);
  }

  static bool More(int socket, SSL* ssl, std::string& buffer) {
    char bytes[16384];
    const auto n = ssl != nullptr ? SSL_read(ssl, bytes, sizeof(bytes))
                                  : ::recv(socket, bytes, sizeof(bytes), 0);
    if (n <= 0) return false;
    buffer.append(bytes, static_cast<std::size_t>(n));
    return true;
  }

  static bool Read(int socket, SSL* ssl, std::string& buffer, FakeRequest& request) {
    std::size_t end = 0;
    while ((end = buffer.find("\r\n\r\n")) == std::string::npos) {
      if (!More(socket, ssl, buffer)) return false;
    }
    request.headers.clear();
    const std::string head = buffer.substr(0, end + 2);
    buffer.erase(0, end + 4);
    std::size_t begin = head.find("\r\n") + 2;
    const std::size_t space = head.find(' ');
    request.method = head.substr(0, space);
    request.target = head.substr(space + 1, head.find(' ', space + 1) - space - 1);
    while (begin < head.size()) {
      const std::size_t line = head.find("\r\n", begin);
      const std::size_t colon = head.find(": ", begin);
      std::string name = head.substr(begin, colon - begin);
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      request.headers[name] = head.substr(colon + 2, line - colon - 2);
      begin = line + 2;
    }
    const std::string length = request.Header("content-length");
    const std::size_t size = length.empty() ? 0 : std::stoul(length);
    while (buffer.size() < size) {
      if (!More(socket, ssl, buffer)) return false;
    }
    request.body = buffer.substr(0, size);
    buffer.erase(0, size);
    return true;
  }

  const Handler handler_;
  SSL_CTX* const tls_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<int> connections_{0};
  mutable std::mutex mutex_;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  std::vector<FakeRequest> requests_;
  std::thread acceptor_;
};

}  // namespace tangram::api::kubernetes::testing

#endif  // TESTS_API_KUBERNETES_FAKE_SERVER_H_
