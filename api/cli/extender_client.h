// kube-scheduler's side of the extender protocol (k8s.io/kube-scheduler/extender/v1).
//
// Strict where kube-scheduler is: only status 200 counts, a non-empty Error fails the call, and an
// answer may name offered nodes only. Works against any extender with nodeCacheCapable: true.
#ifndef API_CLI_EXTENDER_CLIENT_H_
#define API_CLI_EXTENDER_CLIENT_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "api/cli/http_client.h"
#include "api/cli/pod_manifests.h"

namespace tangram::api::cli {

// What filter said. Refusals by node name.
struct FilterAnswer {
  std::vector<std::string> fitting;
  std::map<std::string, std::string> failed;        // FailedNodes
  std::map<std::string, std::string> unresolvable;  // FailedAndUnresolvableNodes
};

struct HostScore {
  std::string host;
  int64_t score = 0;
};

// Errors of every call: Unavailable when the server could not be reached or gave no whole answer;
// FailedPrecondition when it answered something that kube-scheduler takes for a failure.
class ExtenderClient {
 public:
  explicit ExtenderClient(HttpClient& http) : http_(http) {}

  absl::StatusOr<FilterAnswer> Filter(const PodManifest& pod,
                                      const std::vector<std::string>& nodes);
  // As answered: hosts may be missing, and then score 0.
  absl::StatusOr<std::vector<HostScore>> Prioritize(const PodManifest& pod,
                                                    const std::vector<std::string>& nodes);
  absl::Status Bind(const PodManifest& pod, const std::string& node);

 private:
  HttpClient& http_;
};

// The node kube-scheduler would take: the highest score, of equals the first by name. `nodes` must
// not be empty.
std::string ChooseNode(const std::vector<std::string>& nodes, const std::vector<HostScore>& scores);

}  // namespace tangram::api::cli

#endif  // API_CLI_EXTENDER_CLIENT_H_
