// A client of bare bytes: says exactly what a test wants said, well-formed or not.
//
// For tests of the HTTP server only. One connection to 127.0.0.1 per object; blocking, with a time
// limit on every read; never raises SIGPIPE. Not thread-safe.
#ifndef TESTS_API_HTTP_RAW_CLIENT_H_
#define TESTS_API_HTTP_RAW_CLIENT_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace tangram::api::http {

struct Reply {
  int status = 0;
  std::map<std::string, std::string> fields;  // Names in lower case.
  std::string body;
};

class RawClient {
 public:
  // `receive_buffer` > 0 makes a small window, for a client that does not read.
  explicit RawClient(std::uint16_t port, int receive_buffer = 0) {
    fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
    if (receive_buffer > 0) {
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
    }
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  }
  ~RawClient() { Close(); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return connected_; }

  // False when the server has closed the connection.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // `step` bytes at a time with a pause after each, until the server answers or closes.
  void Drip(std::string_view bytes, std::size_t step, std::chrono::milliseconds pause) {
    while (!bytes.empty() && !Readable(std::chrono::milliseconds(0))) {
      const std::size_t size = std::min(step, bytes.size());
      if (!Send(bytes.substr(0, size))) return;
      bytes.remove_prefix(size);
      std::this_thread::sleep_for(pause);
    }
  }

  // The next answer; none when the connection ends, or `limit` passes, before it is whole.
  std::optional<Reply> Read(std::chrono::milliseconds limit = std::chrono::seconds(10),
                            bool head_only = false) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    std::size_t end = 0;
    while ((end = input_.find("\r\n\r\n")) == std::string::npos) {
      if (!Fill(deadline)) return std::nullopt;
    }
    Reply reply = ParseHead(input_.substr(0, end + 2));
    input_.erase(0, end + 4);
    const auto length = reply.fields.find("content-length");
    const std::size_t size = length == reply.fields.end() || head_only
                                 ? 0
                                 : std::strtoull(length->second.c_str(), nullptr, 10);
    while (input_.size() < size) {
      if (!Fill(deadline)) return std::nullopt;
    }
    reply.body = input_.substr(0, size);
    input_.erase(0, size);
    return reply;
  }

  std::optional<Reply> Ask(std::string_view request) {
    Send(request);
    return Read();
  }

  // True when the server ends the connection (FIN or RST) within `limit`; bytes before are skipped.
  bool Ended(std::chrono::milliseconds limit = std::chrono::seconds(10)) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (Fill(deadline)) {
    }
    return ended_;
  }
  // The bytes that came beyond the last reply.
  const std::string& rest() const { return input_; }

  bool Readable(std::chrono::milliseconds limit) const {
    pollfd entry{fd_, POLLIN, 0};
    return ::poll(&entry, 1, static_cast<int>(limit.count())) > 0;
  }

  void HalfClose() { ::shutdown(fd_, SHUT_WR); }
  void Close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  void Reset() {
    const linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    Close();
  }

 private:
  bool Fill(std::chrono::steady_clock::time_point deadline) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (ended_ || !Readable(std::max(left, std::chrono::milliseconds(0)))) return false;
    char bytes[65536];
    const ssize_t size = ::recv(fd_, bytes, sizeof(bytes), 0);
    if (size <= 0) {
      ended_ = true;
      return false;
    }
    input_.append(bytes, static_cast<std::size_t>(size));
    return true;
  }

  static Reply ParseHead(const std::string& head) {
    Reply reply;
    reply.status = std::atoi(head.c_str() + std::min(head.size(), head.find(' ')));
    std::size_t line = head.find("\r\n") + 2;
    while (line < head.size()) {
      const std::size_t end = head.find("\r\n", line);
      const std::size_t colon = head.find(':', line);
      std::string name = head.substr(line, colon - line);
      std::transform(name.begin(), name.end(), name.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      reply.fields[name] = head.substr(colon + 2, end - colon - 2);
      line = end + 2;
    }
    return reply;
  }

  int fd_ = -1;
  bool connected_ = false;
  bool ended_ = false;
  std::string input_;
};

}  // namespace tangram::api::http

#endif  // TESTS_API_HTTP_RAW_CLIENT_H_
