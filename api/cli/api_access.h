// How a command finds an API server, and what it calls itself there.
#ifndef API_CLI_API_ACCESS_H_
#define API_CLI_API_ACCESS_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "api/dialects/core/node_rules.h"
#include "api/kubernetes/access.h"
#include "api/kubernetes/rest_client.h"
#include "model/pod.h"
#include "scheduler/observation.h"

namespace tangram::api::cli {

struct ApiServerChoice {
  std::string kubeconfig;  // empty: the service account of the pod, else what kubectl would use
  std::string context;
  bool allow_old_server = false;
};

// The errors are those of reading the kubeconfig; nobody is asked.
absl::StatusOr<std::shared_ptr<const kubernetes::ClusterAccess>> FindAccess(
    const ApiServerChoice& choice);

// "tangram/0.1.0".
std::string UserAgent();

// What an API server has at one moment.
struct Listed {
  std::vector<scheduler::NodeObservation> nodes;
  std::vector<model::Pod> pods;  // ended ones left out
  // By node name. Empty where the source does not tell them: a scenario, a recording.
  std::map<std::string, std::map<std::string, std::string>> labels;
  // What kube-scheduler's rules for nodes go by, by node name. Empty where the source does not
  // tell.
  std::map<std::string, core::NodeFacts> facts = {};
  // What the device classes of DRA drivers give out.
  std::vector<std::string> dra_resources;
  // Objects that could be read in part or not at all, and why.
  std::vector<std::string> warnings;
};

// Every item of the resource (kubernetes/fields.h), page by page; each page may take a minute. The
// errors name what was asked for and what came back.
absl::Status ListAll(kubernetes::RestClient& client, std::string_view resource,
                     std::string_view selector,
                     const std::function<void(std::string_view json)>& on_item);

// Lists nodes and pods once, page by page, and writes nothing. Blocks for up to a minute a page.
// The errors name what was asked for and what came back.
absl::StatusOr<Listed> ListCluster(const ApiServerChoice& choice);

}  // namespace tangram::api::cli

#endif  // API_CLI_API_ACCESS_H_
