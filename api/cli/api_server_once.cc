// An API server that is looked at once: lists, no watches, and its own word where it refuses.
#include <memory>
#include <string_view>
#include <utility>

#include "api/cli/api_access.h"
#include "api/cli/cluster_source.h"
#include "api/cli/no_writes.h"
#include "api/cli/sync.h"
#include "api/cli/unaccounted_log.h"
#include "api/kubernetes/access.h"
#include "api/kubernetes/fields.h"
#include "api/kubernetes/rest_client.h"
#include "api/kubernetes/watchdog.h"

namespace tangram::api::cli {
namespace {

class ApiServerOnce final : public ClusterSource {
 public:
  ApiServerOnce(const std::shared_ptr<const kubernetes::ClusterAccess>& access,
                const telemetry::Logger& log)
      : client_(access, std::make_shared<kubernetes::Watchdog>(), UserAgent()), log_(log) {}

  scheduler::KubeApi& port() override { return no_writes_; }
  void AddRoutes(http::Router&, scheduler::Scheduler&) override {}
  const CardInventory* cards() const override { return &cards_; }

  // Lists through the sinks that the watches of a server feed, so that the books are the same.
  absl::Status Start(scheduler::Scheduler& scheduler) override {
    DeviceClassSink classes(scheduler, log_);
    absl::Status status = List(kubernetes::kDeviceClassesPath, "", classes);
    if (!status.ok() && !CanDoWithout(status)) return status;
    ResourceSliceSink slices(cards_, log_);
    status = List(kubernetes::kResourceSlicesPath, nvidia::kDraDriverSlices, slices);
    if (!status.ok() && !CanDoWithout(status)) return status;
    if (!status.ok()) {
      cards_.NoteRefused();
      // A server without DRA has none to be missed.
      if (!absl::IsNotFound(status)) {
        log_.Warn("cards behind what nodes count are not named", {{"why", status.message()}});
      }
    }
    UnaccountedLog unaccounted(scheduler, log_, nullptr);
    NodeSink nodes(scheduler, log_, unaccounted, &cards_);
    status = List(kubernetes::kNodesPath, "", nodes);
    if (!status.ok()) return status;
    PodSink pods(scheduler, log_, unaccounted);
    return List(kubernetes::kPodsPath, kubernetes::kLivePods, pods);
  }

  void Stop() override { no_writes_.Stop(); }

 private:
  // A server that answered, be it with a refusal: the list of nodes will say the same if it must.
  static bool CanDoWithout(const absl::Status& status) {
    return absl::IsNotFound(status) || absl::IsPermissionDenied(status) ||
           absl::IsUnauthenticated(status);
  }

  absl::Status List(std::string_view resource, std::string_view selector,
                    kubernetes::ReflectorSink& sink) {
    sink.BeginReplace();
    const absl::Status status =
        ListAll(client_, resource, selector, [&sink](std::string_view json) { sink.Object(json); });
    if (status.ok()) sink.EndReplace("");
    return status;
  }

  kubernetes::RestClient client_;
  const telemetry::Logger& log_;
  NoWrites no_writes_;
  CardInventory cards_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ClusterSource>> MakeApiServerOnce(const ApiServerChoice& choice,
                                                                 const telemetry::Logger& log) {
  const auto access = FindAccess(choice);
  if (!access.ok()) return access.status();
  return std::make_unique<ApiServerOnce>(*access, log);
}

}  // namespace tangram::api::cli
