// See http_connection.h.
#include "bench/http_connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace tangram::bench {
namespace {

constexpr size_t kFirstRoom = size_t{1} << 20;

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

absl::Status Broken(std::string_view what) {
  return absl::InternalError(
      absl::StrCat(absl::string_view(what.data(), what.size()), ": ", std::strerror(errno)));
}

// The number behind "Content-Length:", or -1.
int64_t ContentLength(std::string_view header) {
  constexpr std::string_view kName = "content-length:";
  size_t begin = 0;
  while (begin < header.size()) {
    const size_t end = std::min(header.find("\r\n", begin), header.size());
    const std::string_view line = header.substr(begin, end - begin);
    begin = end + 2;
    if (line.size() < kName.size()) continue;
    const bool same = std::equal(kName.begin(), kName.end(), line.begin(), [](char a, char b) {
      return a == (b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b);
    });
    if (!same) continue;
    const std::string_view value = line.substr(kName.size());
    int64_t length = -1;
    return absl::SimpleAtoi(absl::string_view(value.data(), value.size()), &length) ? length : -1;
  }
  return -1;
}

}  // namespace

HttpConnection::HttpConnection(uint16_t port) : port_(port), received_(kFirstRoom, '\0') {}

HttpConnection::~HttpConnection() { Close(); }

void HttpConnection::Close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

absl::Status HttpConnection::Open() {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return Broken("socket");
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  const timeval patience{.tv_sec = 60, .tv_usec = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  const sockaddr_in address = Loopback(port_);
  sockaddr plain{};
  static_assert(sizeof(plain) == sizeof(address));
  std::memcpy(&plain, &address, sizeof(plain));
  if (::connect(socket_, &plain, sizeof(plain)) == 0) return absl::OkStatus();
  const std::string why = std::strerror(errno);
  Close();
  return absl::UnavailableError(absl::StrCat("connect to 127.0.0.1:", port_, ": ", why));
}

absl::Status HttpConnection::Send(std::string_view head, std::string_view body) {
  std::array<iovec, 2> parts{};
  size_t sent = 0;
  while (sent < head.size() + body.size()) {
    int count = 0;
    const auto add = [&parts, &count](std::string_view piece) {
      // sendmsg does not write through the pointer.
      parts.at(static_cast<size_t>(count++)) = {const_cast<char*>(piece.data()), piece.size()};
    };
    if (sent < head.size()) {
      add(head.substr(sent));
      add(body);
    } else {
      add(body.substr(sent - head.size()));
    }
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = static_cast<size_t>(count);
    const ssize_t done = ::sendmsg(socket_, &message, MSG_NOSIGNAL);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return Broken("send");
    sent += static_cast<size_t>(done);
  }
  return absl::OkStatus();
}

absl::Status HttpConnection::ReceiveMore() {
  if (length_ == received_.size()) received_.resize(received_.size() * 2);
  while (true) {
    const ssize_t got = ::recv(socket_, received_.data() + length_, received_.size() - length_, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Broken("receive");
    if (got == 0) return absl::InternalError("the server closed the connection");
    length_ += static_cast<size_t>(got);
    return absl::OkStatus();
  }
}

absl::StatusOr<size_t> HttpConnection::ReceiveHeader() {
  length_ = 0;
  while (true) {
    if (absl::Status status = ReceiveMore(); !status.ok()) return status;
    const size_t end = std::string_view(received_.data(), length_).find("\r\n\r\n");
    if (end != std::string_view::npos) return end + 4;
  }
}

absl::StatusOr<HttpAnswer> HttpConnection::Call(std::string_view method, std::string_view path,
                                                std::string_view body) {
  if (socket_ < 0) {
    if (absl::Status status = Open(); !status.ok()) return status;
  }
  head_.assign(method);
  head_ += ' ';
  head_.append(path);
  head_ += " HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Go-http-client/1.1\r\n";
  if (!body.empty()) {
    absl::StrAppend(&head_, "Content-Length: ", body.size(),
                    "\r\nContent-Type: application/json\r\n");
  }
  head_ += "Accept-Encoding: gzip\r\n\r\n";

  const auto start = std::chrono::steady_clock::now();
  absl::Status status = Send(head_, body);
  absl::StatusOr<size_t> header = status.ok() ? ReceiveHeader() : status;
  int64_t expected = 0;
  if (header.ok()) {
    expected = ContentLength(std::string_view(received_.data(), *header));
    status = expected < 0 ? absl::InternalError("an answer without Content-Length") : status;
    const size_t total = *header + static_cast<size_t>(std::max<int64_t>(expected, 0));
    while (status.ok() && length_ < total) status = ReceiveMore();
  } else {
    status = header.status();
  }
  const auto taken = std::chrono::steady_clock::now() - start;
  if (!status.ok()) {
    Close();
    return status;
  }
  HttpAnswer answer;
  // "HTTP/1.1 200 OK"
  if (!absl::SimpleAtoi(absl::string_view(received_.data() + 9, 3), &answer.status)) {
    Close();
    return absl::InternalError("an answer without status");
  }
  answer.body = std::string_view(received_.data() + *header, static_cast<size_t>(expected));
  answer.taken = taken;
  return answer;
}

uint16_t FreePort() {
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return 0;
  const sockaddr_in address = Loopback(0);
  sockaddr plain{};
  std::memcpy(&plain, &address, sizeof(plain));
  uint16_t port = 0;
  socklen_t size = sizeof(plain);
  if (::bind(probe, &plain, sizeof(plain)) == 0 && ::getsockname(probe, &plain, &size) == 0) {
    sockaddr_in bound{};
    std::memcpy(&bound, &plain, sizeof(bound));
    port = ntohs(bound.sin_port);
  }
  ::close(probe);
  return port;
}

}  // namespace tangram::bench
