// Bytes in; a request, or the reason why there is none, out. No sockets, no clock: the connection
// feeds it, tests may too.
//
// Internal to this folder. Framing is Boost.Beast's parser, seen in request_reader.cc only; on top
// of it stand our limits and the checks that Beast leaves to its user. What two readers could
// understand differently is refused, never guessed: it is how requests are smuggled past proxies.
//
// Invariants
//   1. Memory stays within the buffer plus header limit plus body limit (plus one doubling of a
//      chunked body), whatever arrives and in whatever pieces.
//   2. After a refusal the input's framing is unknown; the connection must end.
//
// Threads: none of its own; one caller at a time.
#ifndef API_HTTP_REQUEST_READER_H_
#define API_HTTP_REQUEST_READER_H_

#include <cstddef>
#include <memory>
#include <string>

#include "api/http/server.h"

namespace tangram::api::http::internal {

struct Refusal {
  int status = 0;  // 400, 413, 417, 431, 501; the connection adds 408 and 503.
  std::string message;
};

class RequestReader {
 public:
  enum class Progress {
    kNeedsInput,     // Read into Space(), Commit(), Advance() again.
    kNeedsContinue,  // As kNeedsInput, but the client waits for `100 Continue` first.
    kComplete,       // Take() it.
    kRefused,        // See refusal().
  };
  struct Space {
    char* data = nullptr;
    std::size_t size = 0;  // At least 1.
  };
  struct Taken {
    Request request;
    bool http_1_0 = false;
    bool keep_alive = false;  // As the client wishes it.
  };

  // `options` must outlive the reader; its limits are read. Sets the buffer aside once.
  explicit RequestReader(const ServerOptions& options);
  ~RequestReader();
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  // Where the next bytes go: valid until the next call of any method.
  Space FreeSpace();
  void Commit(std::size_t size);
  // Bytes are left that belong to the next request.
  bool has_input() const;
  void DiscardInput();
  // Gives the buffer's memory back while nothing is to be read; FreeSpace() takes new. Only when
  // there is no input.
  void ReleaseBuffer();
  // Bytes of the body that have come so far of the request that is being read.
  std::size_t body_bytes() const;

  // Starts a request. Limits count from here.
  void Begin();
  // Parses what is buffered. Throws std::bad_alloc when memory for the body is refused.
  Progress Advance();
  const Refusal& refusal() const;
  // Only after kComplete. The body has kBodySpareBytes behind its end.
  Taken Take();

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace tangram::api::http::internal

#endif  // API_HTTP_REQUEST_READER_H_
