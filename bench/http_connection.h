// One keep-alive HTTP/1.1 connection to a server on loopback, as kube-scheduler holds one to an
// extender: plain blocking POSIX sockets, so that what is measured is the server.
//
// Understands what our own servers answer: a status line, a Content-Length, a body. One thread.
#ifndef BENCH_HTTP_CONNECTION_H_
#define BENCH_HTTP_CONNECTION_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tangram::bench {

struct HttpAnswer {
  int status = 0;
  std::string_view body;  // valid until the next call
  // From before the first byte was sent until the last byte had been read.
  std::chrono::nanoseconds taken{0};
};

class HttpConnection {
 public:
  // To 127.0.0.1:port; opened by the first call, and opened anew after a failed one.
  explicit HttpConnection(uint16_t port);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  // Unavailable when nobody listens; Internal when the connection breaks or the answer is none.
  absl::StatusOr<HttpAnswer> Call(std::string_view method, std::string_view path,
                                  std::string_view body);

 private:
  absl::Status Open();
  void Close();
  absl::Status Send(std::string_view head, std::string_view body);
  // Reads until `received_` holds the header; its length, the blank line included.
  absl::StatusOr<size_t> ReceiveHeader();
  absl::Status ReceiveMore();

  const uint16_t port_;
  int socket_ = -1;
  std::string head_;
  std::string received_;  // size() is room, length_ what is filled
  size_t length_ = 0;
};

// A port that was free a moment ago; 0 when there is none.
uint16_t FreePort();

}  // namespace tangram::bench

#endif  // BENCH_HTTP_CONNECTION_H_
