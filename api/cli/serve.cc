// The command serve: makes the parts, connects them, waits for a signal, and takes them apart.
#include <malloc.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "api/cli/admin_routes.h"
#include "api/cli/cluster_source.h"
#include "api/cli/commands.h"
#include "api/cli/exit_code.h"
#include "api/cli/file_limit.h"
#include "api/cli/recording.h"
#include "api/cli/serve_options.h"
#include "api/cli/system_clock.h"
#include "api/cli/threads.h"
#include "api/extender/decision_log.h"
#include "api/extender/routes.h"
#include "api/http/server.h"
#include "api/telemetry/counted_kube_api.h"
#include "api/telemetry/log.h"
#include "api/telemetry/metrics.h"
#include "scheduler/scheduler.h"

namespace tangram::api::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kTick{20};
// How often it is looked whether the policy has something to learn.
constexpr milliseconds kLearn{500};
constexpr seconds kDrain{10};
constexpr milliseconds kStartRetry{1000};
constexpr milliseconds kReadyPoll{50};
constexpr milliseconds kStartPoll{10};
// A start that takes longer is told of.
constexpr seconds kSlowStart{5};

// SIGTERM and SIGINT, kept from ending the process until they are waited for, and SIGHUP, which
// ends nothing: a server goes on when the terminal that started it is closed. Threads made while it
// lives do not get them.
class Signals {
 public:
  Signals() {
    sigemptyset(&ends_);
    sigaddset(&ends_, SIGTERM);
    sigaddset(&ends_, SIGINT);
    all_ = ends_;
    sigaddset(&all_, SIGHUP);
    ::pthread_sigmask(SIG_BLOCK, &all_, nullptr);
  }
  // True when the end was asked for, false after `timeout` or when it was not the end.
  bool Wait(milliseconds timeout) const {
    const auto whole = std::chrono::duration_cast<seconds>(timeout);
    const auto rest = std::chrono::nanoseconds(timeout - whole);
    const timespec time = {.tv_sec = whole.count(), .tv_nsec = rest.count()};
    const int signal = ::sigtimedwait(&all_, nullptr, &time);
    return signal > 0 && sigismember(&ends_, signal) == 1;
  }
  // From here on the next one ends the process at once.
  void Release() const { ::pthread_sigmask(SIG_UNBLOCK, &ends_, nullptr); }

 private:
  sigset_t ends_{};
  sigset_t all_{};
};

// Everything that runs; made top to bottom, destroyed bottom to top.
struct Parts {
  std::unique_ptr<telemetry::Logger> log;
  telemetry::Metrics metrics;
  SystemClock clock;
  std::unique_ptr<ClusterSource> source;
  std::unique_ptr<telemetry::CountedKubeApi> port;
  std::unique_ptr<extender::DecisionLog> decisions;
  std::unique_ptr<Recording> recording;  // where one is made
  std::unique_ptr<scheduler::Scheduler> scheduler;
  std::atomic<bool> stopping{false};
  std::unique_ptr<Ticker> ticker;
  std::unique_ptr<Ticker> waker;
  std::unique_ptr<Ticker> learner;  // where the policy learns
  std::unique_ptr<Worker> worker;
  std::unique_ptr<Worker> late_answers;  // filters that were held up
  std::unique_ptr<http::Server> server;
};

absl::StatusOr<std::unique_ptr<ClusterSource>> MakeSource(const ServeOptions& options,
                                                          const telemetry::Logger& log) {
  if (options.standalone()) {
    return MakeFileSource(options.cluster_file,
                          options.journal ? JournalUse::kKeep : JournalUse::kNone, log);
  }
  return MakeApiServerSource({options.kubeconfig, options.context, options.allow_old_server}, log);
}

http::Router MakeRouter(Parts& parts) {
  http::Router router;
  extender::AddRoutes(
      router, *parts.scheduler,
      [&metrics = parts.metrics](std::string_view verb, double taken_seconds,
                                 std::string_view outcome) {
        metrics.ObserveVerb(verb, taken_seconds, outcome);
      },
      parts.decisions.get(),
      [&worker = *parts.late_answers](auto job) { return worker.Post(std::move(job)); });
  AddAdminRoutes(router, {.version = std::string(Version()),
                          .scheduler = parts.scheduler.get(),
                          .metrics = &parts.metrics,
                          .worker = parts.worker.get(),
                          .stopping = &parts.stopping,
                          .cards = parts.source->cards()});
  parts.source->AddRoutes(router, *parts.scheduler);
  return router;
}

absl::Status StartServer(const ServeOptions& options, Parts& parts) {
  http::ServerOptions server;
  server.address = options.listen.host;
  server.port = options.listen.port;
  server.body_limit_bytes = options.body_limit_bytes;
  const ConnectionLimits limits = LimitsFor(RaiseFileLimit());
  server.connections_max = limits.connections;
  server.waiting_max = limits.waiting;
  server.log = [&log = *parts.log](std::string_view event, std::string_view detail) {
    log.Warn("HTTP server", {{"event", event}, {"detail", detail}});
  };
  auto started = http::Server::Start(std::move(server), MakeRouter(parts));
  if (!started.ok()) return started.status();
  parts.server = *std::move(started);
  parts.log->Info("listening", {{"address", options.listen.host}, {"port", parts.server->port()}});
  return absl::OkStatus();
}

absl::Status Build(const ServeOptions& options, Parts& parts) {
  auto source = MakeSource(options, *parts.log);
  if (!source.ok()) return source.status();
  parts.source = *std::move(source);
  parts.port =
      std::make_unique<telemetry::CountedKubeApi>(parts.source->port(), parts.metrics, *parts.log);
  parts.decisions = std::make_unique<extender::DecisionLog>(*parts.log, parts.metrics);
  scheduler::SchedulerOptions scheduler = options.scheduler;
  if (!options.record_file.empty()) {
    auto recording = Recording::Start(options.record_file, RecordedSettings(options.settings),
                                      parts.clock, *parts.log);
    if (!recording.ok()) return recording.status();
    parts.recording = *std::move(recording);
    scheduler.record = &parts.recording->queue();
  }
  parts.scheduler = std::make_unique<scheduler::Scheduler>(scheduler, parts.clock, *parts.port);
  parts.ticker = std::make_unique<Ticker>(kTick, [&parts] { parts.scheduler->Advance(); });
  parts.waker = std::make_unique<Ticker>(kTick, [&parts] {
    while (!parts.stopping && parts.scheduler->LookForRoom()) continue;
  });
  parts.worker = std::make_unique<Worker>();
  parts.late_answers = std::make_unique<Worker>();
  parts.learner = std::make_unique<Ticker>(kLearn, [&parts] {
    if (parts.scheduler->LearnPolicy()) parts.log->Debug("policy learned from the pods so far");
  });
  return StartServer(options, parts);
}

// One try, on a thread of its own: a signal ends it whatever the source waits for. Cancelled then.
absl::Status TryToStart(const Signals& signals, Parts& parts) {
  std::future<absl::Status> start =
      std::async(std::launch::async, [&parts] { return parts.source->Start(*parts.scheduler); });
  const auto slow = std::chrono::steady_clock::now() + kSlowStart;
  bool told = false;
  while (start.wait_for(milliseconds(0)) != std::future_status::ready) {
    if (signals.Wait(kStartPoll)) {
      parts.source->Interrupt();
      start.wait();
      return absl::CancelledError("stopped before the start was over");
    }
    if (!told && std::chrono::steady_clock::now() >= slow) {
      parts.log->Warn("still waiting for the API server, or for the plugin that gives credentials",
                      {{"seconds", kSlowStart.count()}});
      told = true;
    }
  }
  return start.get();
}

// Feeds the scheduler as soon as the source answers. False when a signal came before.
absl::StatusOr<bool> StartSource(const Signals& signals, Parts& parts) {
  while (true) {
    const absl::Status status = TryToStart(signals, parts);
    if (status.ok()) return true;
    if (absl::IsCancelled(status)) return false;
    if (!absl::IsUnavailable(status)) return status;
    parts.log->Warn("no answer yet, trying again", {{"why", status.message()}});
    if (signals.Wait(kStartRetry)) return false;
  }
}

// Waits for the end, telling once when the scheduler is ready.
void WaitForSignal(const Signals& signals, const Parts& parts) {
  while (!parts.scheduler->ready()) {
    if (signals.Wait(kReadyPoll)) return;
  }
  parts.log->Info("ready", {{"nodes", parts.scheduler->stats().nodes}});
  while (!signals.Wait(seconds(3600))) continue;
}

// Verbs first, so that nothing new begins; then time; then the source with its writes; the
// recording has seen it all then.
void Stop(Parts& parts) {
  parts.stopping = true;
  if (parts.server != nullptr) parts.server->Stop(kDrain);
  parts.worker.reset();
  parts.learner.reset();
  parts.waker.reset();
  parts.ticker.reset();
  parts.late_answers.reset();  // who keeps time has given it the last
  if (parts.source != nullptr) parts.source->Stop();
  if (parts.recording != nullptr) parts.recording->Stop();
}

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "tangram serve: %s\n", std::string(status.message()).c_str());
  return kExitUsage;
}

// Makes the allocator give the room of long answers (/metrics and /top of a big cluster) back, and
// keep that of a verb's: without a fixed threshold it would learn to keep them all.
void LimitRetainedMemory() {
  ::mallopt(M_MMAP_THRESHOLD, 4 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 16 << 20);
}

int Run(const ServeOptions& options, const std::vector<std::string>& warnings) {
  LimitRetainedMemory();
  const Signals signals;
  Parts parts;
  parts.log = telemetry::Logger::ToStderr(options.log_level);
  for (const std::string& warning : warnings) parts.log->Warn(warning);
  parts.log->Info("starting", {{"version", Version()}});
  if (absl::Status status = Build(options, parts); !status.ok()) {
    Stop(parts);
    parts.log->Flush();
    return Fail(status);
  }
  const absl::StatusOr<bool> started = StartSource(signals, parts);
  if (started.ok() && *started) WaitForSignal(signals, parts);
  signals.Release();
  parts.log->Info("stopping");
  Stop(parts);
  parts.log->Flush();
  if (!started.ok()) return Fail(started.status());
  parts.log->Info("stopped");
  return kExitOk;
}

std::vector<std::pair<std::string, std::string>> Environment() {
  std::vector<std::pair<std::string, std::string>> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string text(*entry);
    const size_t equals = text.find('=');
    if (equals != std::string::npos) {
      variables.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  return variables;
}

}  // namespace

int RunServe(const ServeCommand& command) {
  const auto resolved = ResolveSettings({command.flags, Environment()});
  if (!resolved.ok()) return Fail(resolved.status());
  const auto options = ParseServeOptions(resolved->settings);
  if (!options.ok()) return Fail(options.status());
  if (command.print_config) std::fputs(PrintSettings(resolved->settings).c_str(), stdout);
  if (command.check_config || command.print_config) {
    for (const std::string& warning : resolved->warnings) {
      std::fprintf(stderr, "tangram serve: warning: %s\n", warning.c_str());
    }
    return kExitOk;
  }
  return Run(*options, resolved->warnings);
}

}  // namespace tangram::api::cli
