// A file and its journal as the source of a cluster.
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "api/cli/cluster_source.h"
#include "api/cli/load_cluster.h"
#include "api/cli/no_writes.h"
#include "api/cli/unaccounted_log.h"
#include "api/standalone/cluster_file.h"
#include "api/standalone/file_api.h"
#include "api/standalone/journal.h"
#include "api/telemetry/json_text.h"
#include "model/string_map.h"

namespace tangram::api::cli {
namespace {

using http::Exchange;
using http::Request;
using standalone::FileApi;

constexpr std::string_view kPodsPrefix = "/pods/";

// DELETE /pods/NAMESPACE/NAME.
void DeletePod(FileApi& api, scheduler::Scheduler& scheduler, const Request& request,
               Exchange& exchange) {
  const std::string_view rest = std::string_view(request.path).substr(kPodsPrefix.size());
  const size_t slash = rest.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == rest.size()) {
    exchange.Respond(http::ErrorResponse(400, "the path must be /pods/NAMESPACE/NAME"));
    return;
  }
  const auto pod =
      api.Delete(std::string(rest.substr(0, slash)), std::string(rest.substr(slash + 1)));
  if (!pod.ok()) {
    const int status = absl::IsNotFound(pod.status()) ? 404 : 503;
    exchange.Respond(http::ErrorResponse(status, model::ToStd(pod.status().message())));
    return;
  }
  scheduler.OnPodDeleted(*pod);
  http::Response response;
  response.body = "{\"deleted\":";
  telemetry::AppendJsonString(absl::StrCat(pod->name_space, "/", pod->name), response.body);
  response.body += "}\n";
  exchange.Respond(std::move(response));
}

class FileSource final : public ClusterSource {
 public:
  FileSource(standalone::ClusterFile file, const standalone::JournalContent& content,
             std::unique_ptr<standalone::Journal> journal, bool read_only,
             const telemetry::Logger& log)
      : nodes_(std::move(file.nodes)),
        dra_resources_(std::move(file.dra_resources)),
        api_(std::move(file.pods), content.records, std::move(journal),
             [&log](const std::string& what) {
               log.Warn("journal", {{"why", what}});
             }),
        read_only_(read_only),
        log_(log) {}

  scheduler::KubeApi& port() override {
    if (read_only_) return no_writes_;
    return api_;
  }

  void AddRoutes(http::Router& router, scheduler::Scheduler& scheduler) override {
    router.HandlePrefix(
        "DELETE", std::string(kPodsPrefix),
        [this, &scheduler](Request&& request, const std::shared_ptr<Exchange>& exchange) {
          DeletePod(api_, scheduler, request, *exchange);
        });
  }

  absl::Status Start(scheduler::Scheduler& scheduler) override {
    api_.Watch([&scheduler](const model::Pod& pod) { scheduler.OnPod(pod); });
    for (const scheduler::NodeObservation& node : nodes_) {
      for (const std::string& note : node.notes) {
        log_.Warn("node contradicts itself", {{"node", node.spec.name}, {"why", note}});
      }
      if (node.problem.empty()) continue;
      log_.Warn("node has cards that cannot be used",
                {{"node", node.spec.name}, {"why", node.problem}});
    }
    scheduler.OnDraResources(dra_resources_);
    scheduler.OnNodeList(nodes_);
    const size_t nodes = nodes_.size();
    // Before the pods are copied: of a big cluster both are tens of megabytes.
    std::vector<scheduler::NodeObservation>().swap(nodes_);
    std::vector<model::Pod> pods = api_.Pods();
    const size_t count = pods.size();
    scheduler.OnPodList(std::move(pods));
    UnaccountedLog(scheduler, log_, nullptr).LookAtAll();
    log_.Info("cluster read", {{"nodes", nodes}, {"pods", count}});
    return absl::OkStatus();
  }

  void Stop() override {
    api_.Stop();
    no_writes_.Stop();
  }

 private:
  std::vector<scheduler::NodeObservation> nodes_;  // until Start
  const std::vector<std::string> dra_resources_;
  FileApi api_;
  NoWrites no_writes_;
  const bool read_only_;
  const telemetry::Logger& log_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ClusterSource>> MakeFileSource(const std::string& path,
                                                              JournalUse use,
                                                              const telemetry::Logger& log) {
  absl::StatusOr<standalone::ClusterFile> file = LoadCluster(path);
  if (!file.ok()) return file.status();
  for (const std::string& warning : file->warnings) log.Warn("cluster file", {{"why", warning}});

  const std::string journal_path = path + ".journal";
  standalone::JournalContent content;
  std::unique_ptr<standalone::Journal> journal;
  if (use == JournalUse::kReadOnly) {
    auto read = standalone::Journal::Read(journal_path, file->digest);
    if (!read.ok()) return read.status();
    content = *std::move(read);
  } else if (use == JournalUse::kKeep) {
    auto opened = standalone::Journal::Open(journal_path, path, file->digest, &content);
    if (!opened.ok()) return opened.status();
    journal = *std::move(opened);
  }
  if (!content.warning.empty()) log.Warn("journal", {{"why", content.warning}});
  return std::make_unique<FileSource>(*std::move(file), content, std::move(journal),
                                      use == JournalUse::kReadOnly, log);
}

}  // namespace tangram::api::cli
