// Plain calls to a server of one URL, for the commands that talk to one.
#ifndef API_CLI_HTTP_CLIENT_H_
#define API_CLI_HTTP_CLIENT_H_

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace tangram::api::kubernetes {
class Connection;
class Watchdog;
}  // namespace tangram::api::kubernetes

namespace tangram::api::cli {

// What a server answered, whatever the status.
struct HttpReply {
  int status = 0;
  std::string body;
};

// One keep-alive connection. Not thread-safe.
class HttpClient {
 public:
  // `url` is http[s]://HOST[:PORT][/PREFIX]; paths are appended to it. InvalidArgument says what is
  // allowed. Connects at the first call. https is checked against the system's roots.
  static absl::StatusOr<std::unique_ptr<HttpClient>> Create(const std::string& url);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // `body` empty: none is sent. Unavailable when there was no complete answer within `deadline`.
  absl::StatusOr<HttpReply> Call(const std::string& method, const std::string& path,
                                 const std::string& body,
                                 std::chrono::milliseconds deadline = std::chrono::seconds(35));
  const std::string& url() const { return url_; }

 private:
  // An answer above this is an error.
  static constexpr size_t kAnswerBytesMax = size_t{256} << 20;

  HttpClient(std::string url, std::shared_ptr<kubernetes::Watchdog> watchdog,
             std::unique_ptr<kubernetes::Connection> connection);

  const std::string url_;
  const std::shared_ptr<kubernetes::Watchdog> watchdog_;
  const std::unique_ptr<kubernetes::Connection> connection_;
};

}  // namespace tangram::api::cli

#endif  // API_CLI_HTTP_CLIENT_H_
