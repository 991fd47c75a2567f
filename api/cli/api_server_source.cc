// An API server as the source of a cluster.
#include <chrono>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "api/cli/api_access.h"
#include "api/cli/cluster_source.h"
#include "api/cli/sync.h"
#include "api/kubernetes/access.h"
#include "api/kubernetes/event_recorder.h"
#include "api/kubernetes/fields.h"
#include "api/kubernetes/kube_api.h"
#include "api/kubernetes/reflector.h"
#include "api/kubernetes/rest_client.h"
#include "api/kubernetes/server_version.h"
#include "api/kubernetes/watchdog.h"
#include "model/string_map.h"

namespace tangram::api::cli {
namespace {

using kubernetes::ClusterAccess;
using kubernetes::Reflector;
using kubernetes::Watchdog;

constexpr std::chrono::seconds kVersionDeadline{5};
constexpr std::chrono::seconds kWriteGrace{5};

std::function<double()> MakeRandom() {
  return [generator = std::mt19937_64(std::random_device()())]() mutable {
    return std::uniform_real_distribution<double>(0, 1)(generator);
  };
}

// The reflectors of one scheduler, and the sinks beneath them.
struct Feed {
  Feed(scheduler::Scheduler& scheduler, CardInventory& cards, const telemetry::Logger& log,
       UnaccountedLog::Tell tell)
      : unaccounted(scheduler, log, tell),
        class_sink(scheduler, log),
        slice_sink(cards, log),
        node_sink(scheduler, log, unaccounted, &cards),
        pod_sink(scheduler, log, unaccounted, std::move(tell)) {}

  UnaccountedLog unaccounted;
  DeviceClassSink class_sink;
  ResourceSliceSink slice_sink;
  NodeSink node_sink;
  PodSink pod_sink;
  std::unique_ptr<Reflector> classes;
  std::unique_ptr<Reflector> slices;
  std::unique_ptr<Reflector> nodes;
  std::unique_ptr<Reflector> pods;
};

class ApiServerSource final : public ClusterSource {
 public:
  ApiServerSource(std::shared_ptr<const ClusterAccess> access, bool allow_old_server,
                  const telemetry::Logger& log)
      : access_(std::move(access)),
        allow_old_server_(allow_old_server),
        log_(log),
        writer_(access_, watchdog_, kubernetes::KubeApiOptions{.user_agent = UserAgent()}),
        events_(access_, watchdog_, UserAgent()) {}

  scheduler::KubeApi& port() override { return writer_; }

  void AddRoutes(http::Router&, scheduler::Scheduler&) override {}

  const CardInventory* cards() const override { return &cards_; }

  absl::Status Start(scheduler::Scheduler& scheduler) override {
    if (absl::Status status = CheckVersion(); !status.ok()) return status;
    feed_ =
        std::make_unique<Feed>(scheduler, cards_, log_, [this](const kubernetes::EventNote& note) {
          events_.Record(note, std::chrono::system_clock::now());
        });
    feed_->classes =
        MakeReflector(kubernetes::kDeviceClassesPath, "", "DeviceClass", feed_->class_sink);
    feed_->slices = MakeReflector(kubernetes::kResourceSlicesPath, nvidia::kDraDriverSlices,
                                  "ResourceSlice", feed_->slice_sink);
    feed_->nodes = MakeReflector(kubernetes::kNodesPath, "", "Node", feed_->node_sink);
    feed_->pods =
        MakeReflector(kubernetes::kPodsPath, kubernetes::kLivePods, "Pod", feed_->pod_sink);
    // First, so that what DRA gives out is known before the first bind is written.
    feed_->classes->Start();
    feed_->slices->Start();
    feed_->nodes->Start();
    feed_->pods->Start();
    return absl::OkStatus();
  }

  void Interrupt() override { access_->credentials->Stop(); }

  void Stop() override {
    // First: any of the threads below may be waiting for a credential plugin.
    access_->credentials->Stop();
    if (feed_ != nullptr) {
      feed_->classes->Stop();
      feed_->slices->Stop();
      feed_->nodes->Stop();
      feed_->pods->Stop();
    }
    events_.Stop();
    writer_.Stop(kWriteGrace);
  }

 private:
  absl::Status CheckVersion() {
    kubernetes::RestClient client(access_, watchdog_, UserAgent());
    kubernetes::CallOptions call;
    call.deadline = kVersionDeadline;
    const auto version = kubernetes::GetServerVersion(client, call);
    // A server that is starting refuses what it will grant a moment later (its roles are not loaded
    // yet), so that a refusal is no reason to end: it is told and tried again.
    if (!version.ok()) return absl::UnavailableError(version.status().message());
    absl::Status supported = kubernetes::CheckSupported(*version);
    if (!supported.ok() && !allow_old_server_) return supported;
    log_.Log(supported.ok() ? telemetry::LogLevel::kInfo : telemetry::LogLevel::kWarn,
             supported.ok() ? "API server found" : "API server is older than supported",
             {{"url", access_->Url()}, {"version", version->git_version}});
    return absl::OkStatus();
  }

  std::unique_ptr<Reflector> MakeReflector(std::string_view path, std::string_view selector,
                                           std::string_view kind, kubernetes::ReflectorSink& sink) {
    kubernetes::ReflectorOptions options;
    options.resource = path;
    options.field_selector = selector;
    const bool slices = path == kubernetes::kResourceSlicesPath;
    options.optional = slices || path == kubernetes::kDeviceClassesPath;
    options.user_agent = UserAgent();
    options.random = MakeRandom();
    options.on_error = [this, kind, slices](const std::string& what) {
      log_.Warn("API server: trying again", {{"kind", kind}, {"why", what}});
      if (slices) cards_.NoteRefused();
    };
    options.on_unknown = [this, kind] {
      log_.Info("API server does not know the kind: there are none", {{"kind", kind}});
    };
    return std::make_unique<Reflector>(access_, watchdog_, std::move(options), sink);
  }

  const std::shared_ptr<const ClusterAccess> access_;
  const bool allow_old_server_;
  const telemetry::Logger& log_;
  const std::shared_ptr<Watchdog> watchdog_ = std::make_shared<Watchdog>();
  kubernetes::PooledKubeApi writer_;
  kubernetes::EventRecorder events_;
  CardInventory cards_;
  std::unique_ptr<Feed> feed_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ClusterSource>> MakeApiServerSource(const ApiServerChoice& choice,
                                                                   const telemetry::Logger& log) {
  auto access = FindAccess(choice);
  if (!access.ok()) return access.status();
  return std::make_unique<ApiServerSource>(*std::move(access), choice.allow_old_server, log);
}

}  // namespace tangram::api::cli
