// A running server for a test: its handlers, its log, and the exchanges it was told to keep.
//
// Handlers: POST /echo answers the body at once; GET /path answers path and query; POST /later
// keeps the exchange for Take(); GET /large answers 8 MiB; GET /alive is
// an admin route; GET /throws throws; GET /drops answers
// nothing and lets the exchange go. DELETE /pods/... answers the rest of the path.
#ifndef TESTS_API_HTTP_SERVED_H_
#define TESTS_API_HTTP_SERVED_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/http/server.h"
#include "tests/api/http/raw_client.h"

namespace tangram::api::http {

inline constexpr std::size_t kLargeBytes = 8 * 1024 * 1024;

inline std::string Post(std::string_view path, std::string_view body) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}
inline std::string Get(std::string_view path) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: t\r\n\r\n";
}

class Served {
 public:
  explicit Served(ServerOptions options = {}) {
    options.log = [this](std::string_view event, std::string_view detail) {
      const std::lock_guard<std::mutex> lock(mutex_);
      log_.push_back(std::string(event) + " " + std::string(detail));
    };
    auto started = Server::Start(std::move(options), MakeRouter());
    EXPECT_TRUE(started.ok()) << started.status();
    if (started.ok()) server_ = *std::move(started);
  }

  Server& server() { return *server_; }
  std::uint16_t port() const { return server_->port(); }
  void Shutdown() { server_.reset(); }

  // The next exchange that reached /later; null when none comes within 10 s.
  std::shared_ptr<Exchange> Take() {
    std::unique_lock<std::mutex> lock(mutex_);
    if (!arrived_.wait_for(lock, std::chrono::seconds(10), [this] { return !kept_.empty(); })) {
      return nullptr;
    }
    std::shared_ptr<Exchange> first = std::move(kept_.front());
    kept_.pop_front();
    return first;
  }

  bool Logged(std::string_view text) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return std::any_of(log_.begin(), log_.end(), [&](const std::string& line) {
      return line.find(text) != std::string::npos;
    });
  }

 private:
  Router MakeRouter() {
    Router router;
    router.Handle("POST", "/echo", [](Request&& request, std::shared_ptr<Exchange> exchange) {
      Response response;
      response.body = std::move(request.body);
      exchange->Respond(std::move(response));
    });
    router.Handle("GET", "/path", [](Request&& request, std::shared_ptr<Exchange> exchange) {
      Response response;
      response.content_type = "text/plain";
      response.body = request.path + "|" + request.query;
      response.headers.emplace_back("X-Kept", "yes");
      response.headers.emplace_back("X-Forged", "a\r\nX-Injected: b");
      exchange->Respond(std::move(response));
    });
    router.Handle("POST", "/later", [this](Request&&, std::shared_ptr<Exchange> exchange) {
      const std::lock_guard<std::mutex> lock(mutex_);
      kept_.push_back(std::move(exchange));
      arrived_.notify_all();
    });
    router.Handle("GET", "/large", [](Request&&, std::shared_ptr<Exchange> exchange) {
      Response response;
      response.body.assign(kLargeBytes, 'x');
      exchange->Respond(std::move(response));
    });
    router.HandleAdmin("GET", "/alive", [](Request&&, const std::shared_ptr<Exchange>& exchange) {
      exchange->Respond({});
    });
    router.Handle("GET", "/throws", [](Request&&, std::shared_ptr<Exchange>) {
      throw std::runtime_error("handler's own trouble");
    });
    router.Handle("GET", "/answers-then-throws", [](Request&&, std::shared_ptr<Exchange> exchange) {
      exchange->Respond({});
      throw std::runtime_error("too late");
    });
    router.Handle("GET", "/drops", [](Request&&, std::shared_ptr<Exchange>) {});
    router.HandlePrefix("DELETE", "/pods/",
                        [](Request&& request, std::shared_ptr<Exchange> exchange) {
                          Response response;
                          response.body = request.path.substr(6);
                          exchange->Respond(std::move(response));
                        });
    return router;
  }

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::shared_ptr<Exchange>> kept_;
  std::vector<std::string> log_;
  std::unique_ptr<Server> server_;
};

}  // namespace tangram::api::http

#endif  // TESTS_API_HTTP_SERVED_H_
