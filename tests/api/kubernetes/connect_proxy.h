// An HTTP proxy that knows CONNECT: every tunnel ends at one port of this machine, whatever host
// was asked for.
#ifndef TESTS_API_KUBERNETES_CONNECT_PROXY_H_
#define TESTS_API_KUBERNETES_CONNECT_PROXY_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <mutex>
#include <string>
#include <vector>

#include "tests/api/kubernetes/fake_server.h"

namespace tangram::api::kubernetes::testing {

class ConnectProxy {
 public:
  // `status` is its answer to CONNECT; anything but 200 is a refusal.
  explicit ConnectProxy(int to_port, int status = 200)
      : to_port_(to_port), status_(status), listener_(Listen()), acceptor_([this] { Accept(); }) {}
  ~ConnectProxy() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    for (std::thread& thread : threads_) thread.join();
    ::close(listener_);
  }

  int port() const {
    sockaddr_in address{};
    socklen_t size = sizeof(address);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
  }
  // Request line and header fields of each CONNECT.
  std::vector<std::string> heads() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return heads_;
  }

 private:
  static sockaddr_in Loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(port));
    return address;
  }

  static int Listen() {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = Loopback(0);
    // A proxy that is bound to nothing refuses its clients, which every test notices.
    static_cast<void>(
        ::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof(address)));
    ::listen(listener, 16);
    return listener;
  }

  void Accept() {
    while (!stopping_) {
      const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client >= 0) threads_.emplace_back([this, client] { Serve(client); });
    }
  }

  void Serve(int client) {
    std::string head;
    char bytes[16384];
    while (head.find("\r\n\r\n") == std::string::npos) {
      const auto got = ::recv(client, bytes, sizeof(bytes), 0);
      if (got <= 0) break;
      head.append(bytes, static_cast<size_t>(got));
    }
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      heads_.push_back(head);
    }
    const std::string answer =
        "HTTP/1.1 " + std::to_string(status_) + " X\r\nContent-Length: 0\r\n\r\n";
    ::send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
    if (status_ == 200) Tunnel(client);
    ::close(client);
  }

  void Tunnel(int client) {
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = Loopback(to_port_);
    if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
      while (!stopping_ && Pass(client, server)) {
      }
    }
    ::close(server);
  }

  // What came on either side goes to the other; false when one of them has closed.
  static bool Pass(int client, int server) {
    pollfd both[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    if (::poll(both, 2, 20) < 0) return false;
    for (int i = 0; i < 2; ++i) {
      if (both[i].revents == 0) continue;
      char bytes[16384];
      const auto got = ::recv(both[i].fd, bytes, sizeof(bytes), 0);
      if (got <= 0) return false;
      if (::send(both[1 - i].fd, bytes, static_cast<size_t>(got), MSG_NOSIGNAL) != got)
        return false;
    }
    return true;
  }

  const int to_port_;
  const int status_;
  const int listener_;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::vector<std::string> heads_;
  std::vector<std::thread> threads_;  // the acceptor's alone, until it has ended
  std::thread acceptor_;
};

}  // namespace tangram::api::kubernetes::testing

#endif  // TESTS_API_KUBERNETES_CONNECT_PROXY_H_
