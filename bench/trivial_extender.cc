// The cheapest extender there can be, to measure kube-scheduler and the API server with: every node
// fits, every score is the same, a bind is one POST of a plain Binding. It stands on Tangram's own
// HTTP server and connections to the API server, so that the difference to Tangram is Tangram.
//
//   trivial_extender --kubeconfig FILE --listen PORT
//
// GET /stats counts what it was asked, as JSON.
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "api/extender/codec.h"
#include "api/http/server.h"
#include "api/kubernetes/kube_api.h"
#include "api/kubernetes/kubeconfig.h"
#include "api/kubernetes/watchdog.h"
#include "scheduler/ports.h"

namespace tangram::bench {
namespace {

using api::http::Exchange;
using api::http::Request;
using api::http::Response;

constexpr std::string_view kNamesKey = R"("NodeNames":[)";

struct Counters {
  std::atomic<uint64_t> filters{0}, prioritizes{0}, binds{0}, bind_errors{0};
};

Response Json(std::string text) {
  Response response;
  response.body = std::move(text);
  return response;
}

// The names as they stand in kube-scheduler's body, which writes them last.
std::string_view NamesIn(std::string_view body) {
  const size_t at = body.rfind(kNamesKey);
  if (at == body.npos) return {};
  const size_t begin = at + kNamesKey.size();
  const size_t end = body.find(']', begin);
  return end == body.npos ? std::string_view() : body.substr(begin, end - begin);
}

std::string FilterAnswer(std::string_view body) {
  const std::string_view names = NamesIn(body);
  std::string out = R"({"Nodes":null,"NodeNames":[)";
  out.reserve(names.size() + 100);
  out.append(names);
  out += R"(],"FailedNodes":{},"FailedAndUnresolvableNodes":{},"Error":""})";
  return out;
}

std::string Scores(std::string_view body) {
  std::string_view names = NamesIn(body);
  std::string out = "[";
  out.reserve(names.size() * 4);
  while (!names.empty()) {
    const size_t end = std::min(names.find(','), names.size());
    if (out.size() > 1) out += ',';
    out += R"({"Host":)";
    out.append(names.substr(0, end));
    out += R"(,"Score":5})";
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  out += ']';
  return out;
}

void Bind(Request&& request, const std::shared_ptr<Exchange>& exchange,
          api::kubernetes::PooledKubeApi& api, Counters& counters) {
  ++counters.binds;
  auto call = api::extender::DecodeBindingArgs(std::move(request.body));
  if (!call.ok()) {
    exchange->Respond(api::http::ErrorResponse(400, call.status().ToString()));
    return;
  }
  scheduler::BindingWrite write;
  write.pod = call->pod;
  write.node = call->node;
  api.PostBinding(write, [exchange, &counters](const scheduler::WriteResult& result) {
    const bool done = result.outcome == scheduler::WriteOutcome::kDone;
    if (!done) ++counters.bind_errors;
    exchange->Respond(Json(api::extender::EncodeBindingResult(done ? "" : result.message)));
  });
}

std::string Stats(const Counters& counters) {
  return absl::StrCat(R"({"filter":)", counters.filters.load(), R"(,"prioritize":)",
                      counters.prioritizes.load(), R"(,"bind":)", counters.binds.load(),
                      R"(,"bind_errors":)", counters.bind_errors.load(), "}\n");
}

api::http::Router MakeRouter(api::kubernetes::PooledKubeApi& api, Counters& counters) {
  using Given = const std::shared_ptr<Exchange>&;
  api::http::Router router;
  router.Handle("POST", "/filter", [&counters](Request&& request, Given exchange) {
    ++counters.filters;
    exchange->Respond(Json(FilterAnswer(request.body)));
  });
  router.Handle("POST", "/prioritize", [&counters](Request&& request, Given exchange) {
    ++counters.prioritizes;
    exchange->Respond(Json(Scores(request.body)));
  });
  router.Handle("POST", "/bind", [&api, &counters](Request&& request, Given exchange) {
    Bind(std::move(request), exchange, api, counters);
  });
  router.Handle("GET", "/stats", [&counters](Request&&, Given exchange) {
    exchange->Respond(Json(Stats(counters)));
  });
  router.Handle("GET", "/readyz", [](Request&&, Given exchange) { exchange->Respond({}); });
  return router;
}

absl::Status Serve(const std::string& kubeconfig, uint16_t port) {
  sigset_t signals{};
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  auto access = api::kubernetes::LoadKubeconfig(kubeconfig, "");
  if (!access.ok()) return access.status();
  const auto watchdog = std::make_shared<api::kubernetes::Watchdog>();
  Counters counters;
  api::kubernetes::PooledKubeApi api(*access, watchdog, {.user_agent = "trivial-extender"});
  api::http::ServerOptions options;
  options.port = port;
  auto server = api::http::Server::Start(std::move(options), MakeRouter(api, counters));
  if (!server.ok()) return server.status();
  int signal = 0;
  ::sigwait(&signals, &signal);
  (*server)->Stop(std::chrono::seconds(1));
  api.Stop(std::chrono::seconds(1));
  return absl::OkStatus();
}

}  // namespace
}  // namespace tangram::bench

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);
  std::string kubeconfig;
  uint16_t port = 0;
  CLI::App app("An extender that fits everything and binds: the floor for bench/burst.");
  app.add_option("--kubeconfig", kubeconfig, "API server to bind through")->required();
  app.add_option("--listen", port, "port on 127.0.0.1")->required();
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = tangram::bench::Serve(kubeconfig, port);
  if (status.ok()) return 0;
  std::cerr << "error: " << status << "\n";
  return 1;
}
