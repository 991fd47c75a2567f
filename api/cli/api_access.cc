#include "api/cli/api_access.h"

#include <functional>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "api/cli/commands.h"
#include "api/dialects/core/labels.h"
#include "api/dialects/hami/pod.h"
#include "api/dialects/nvidia/device_class.h"
#include "api/kubernetes/decode.h"
#include "api/kubernetes/fields.h"
#include "api/kubernetes/in_cluster.h"
#include "api/kubernetes/kubeconfig.h"
#include "api/kubernetes/rest_client.h"
#include "api/kubernetes/watchdog.h"
#include "api/standalone/cluster_file.h"
#include "model/string_map.h"

namespace tangram::api::cli {
namespace {

constexpr int kPage = 500;
constexpr std::chrono::minutes kPageDeadline{1};

// Who may not read them, or asks a server that does not know them, goes without.
void ListDeviceClasses(kubernetes::RestClient& client, Listed* listed) {
  const absl::Status status =
      ListAll(client, kubernetes::kDeviceClassesPath, "", [listed](std::string_view json) {
        const auto read = nvidia::ReadDeviceClass(json);
        if (!read.ok()) {
          listed->warnings.push_back(absl::StrCat("passed over: ", read.status().message()));
          return;
        }
        listed->dra_resources.insert(listed->dra_resources.end(), read->resources.begin(),
                                     read->resources.end());
      });
  if (status.ok() || absl::IsNotFound(status)) return;
  listed->warnings.push_back(
      absl::StrCat("what DRA drivers give out is not known: ", status.message()));
}

}  // namespace

absl::StatusOr<std::shared_ptr<const kubernetes::ClusterAccess>> FindAccess(
    const ApiServerChoice& choice) {
  const bool unsaid = choice.kubeconfig.empty() && choice.context.empty();
  if (unsaid && kubernetes::RunsInCluster()) return kubernetes::InClusterAccess();
  return kubernetes::LoadKubeconfig(choice.kubeconfig, choice.context);
}

std::string UserAgent() { return absl::StrCat("tangram/", model::ToAbsl(Version())); }

absl::Status ListAll(kubernetes::RestClient& client, std::string_view resource,
                     std::string_view selector,
                     const std::function<void(std::string_view json)>& on_item) {
  kubernetes::CallOptions call;
  call.deadline = kPageDeadline;
  std::string token;
  do {
    const auto reply = client.Get(kubernetes::ListPath(resource, selector, kPage, token), call);
    const std::string what = absl::StrCat("list ", model::ToAbsl(resource));
    if (!reply.ok()) return kubernetes::ToStatus(reply, what);
    kubernetes::ListPage page(reply.body);
    absl::Status status = page.ReadHeader();
    if (status.ok()) status = page.ForEachItem(on_item);
    if (!status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(what, ": ", status.message()));
    }
    token = page.continue_token();
  } while (!token.empty());
  return absl::OkStatus();
}

absl::StatusOr<Listed> ListCluster(const ApiServerChoice& choice) {
  auto access = FindAccess(choice);
  if (!access.ok()) return access.status();
  kubernetes::RestClient client(*std::move(access), std::make_shared<kubernetes::Watchdog>(),
                                UserAgent());
  Listed listed;
  const auto add = [&listed](auto object, auto& list) {
    if (object.ok()) {
      list.push_back(*std::move(object));
    } else {
      listed.warnings.push_back(absl::StrCat("passed over: ", object.status().message()));
    }
  };
  absl::Status status = ListAll(client, kubernetes::kNodesPath, "", [&](std::string_view json) {
    add(standalone::ReadNodeObject(json), listed.nodes);
    const auto labels = core::ReadLabels(json);
    if (labels.ok() && !listed.nodes.empty()) {
      listed.labels.try_emplace(listed.nodes.back().spec.name, *labels);
    }
    auto facts = core::ReadNodeFacts(json);
    if (facts.ok()) listed.facts.try_emplace(facts->name, *facts);
  });
  if (!status.ok()) return status;
  status = ListAll(client, kubernetes::kPodsPath, kubernetes::kLivePods,
                   [&](std::string_view json) { add(hami::DecodePod(json), listed.pods); });
  if (!status.ok()) return status;
  ListDeviceClasses(client, &listed);
  for (const scheduler::NodeObservation& node : listed.nodes) {
    std::vector<std::string> told = node.notes;
    if (!node.problem.empty()) told.push_back(node.problem);
    for (const std::string& text : told) {
      listed.warnings.push_back(absl::StrCat("node ", node.spec.name, ": ", text));
    }
  }
  return listed;
}

}  // namespace tangram::api::cli
