// See echo_server.h.
#include "bench/echo_server.h"

#include <signal.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/numbers.h"
#include "api/http/server.h"

namespace tangram::bench {
namespace {

constexpr std::string_view kEchoPrefix = "/echo/";
constexpr uint32_t kLongest = 64U << 20;

void Echo(const api::http::Request& request, api::http::Exchange& exchange) {
  const std::string_view size_text = std::string_view(request.path).substr(kEchoPrefix.size());
  uint32_t size = 0;
  if (!absl::SimpleAtoi(absl::string_view(size_text.data(), size_text.size()), &size) ||
      size > kLongest) {
    exchange.Respond(api::http::ErrorResponse(400, "the path is /echo/<bytes of the answer>"));
    return;
  }
  api::http::Response response;
  response.body.assign(size, 'x');
  exchange.Respond(std::move(response));
}

}  // namespace

absl::Status RunEchoServer(uint16_t port) {
  sigset_t signals{};
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  // Before any thread is made, so that all of them leave the signals to sigwait.
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  api::http::Router router;
  router.HandlePrefix(
      "POST", std::string(kEchoPrefix),
      [](api::http::Request&& request, const std::shared_ptr<api::http::Exchange>& exchange) {
        Echo(request, *exchange);
      });
  router.Handle("GET", "/readyz",
                [](api::http::Request&&, const std::shared_ptr<api::http::Exchange>& exchange) {
                  exchange->Respond({});
                });
  api::http::ServerOptions options;
  options.port = port;
  const auto server = api::http::Server::Start(std::move(options), std::move(router));
  if (!server.ok()) return server.status();
  int signal = 0;
  ::sigwait(&signals, &signal);
  (*server)->Stop(std::chrono::seconds(1));
  return absl::OkStatus();
}

}  // namespace tangram::bench
