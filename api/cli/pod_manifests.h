// Pods from manifests, as kube-scheduler would have got them from an API server.
#ifndef API_CLI_POD_MANIFESTS_H_
#define API_CLI_POD_MANIFESTS_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"

namespace tangram::api::cli {

struct PodManifest {
  std::string name_space;
  std::string name;
  std::string uid;
  nlohmann::json object;  // the whole Pod, completed
  // What is odd about its annotations, and of its workload those that its pods do not get.
  std::vector<std::string> warnings;
};

// The pods of `text`: documents of kind Pod, or lists of them (List, PodList). What an API server
// adds on creation is added: namespace "default", a uid of `new_uid`, a name for generateName,
// requests equal to the limits where there are none, amounts as texts, phase Pending. A pod that
// says these things itself keeps them. InvalidArgument with `path` for other kinds and malformed
// pods.
absl::StatusOr<std::vector<PodManifest>> ParsePodManifests(
    const std::string& text, std::string_view path, const std::function<std::string()>& new_uid);

// As above, and of Deployment, ReplicaSet, ReplicationController, StatefulSet, DaemonSet, Job and
// CronJob the pods of their template: as many as spec.replicas (of a Job spec.parallelism) says,
// one where nothing is said, named NAME-0, NAME-1 and so on.
absl::StatusOr<std::vector<PodManifest>> ParseWorkloadManifests(
    const std::string& text, std::string_view path, const std::function<std::string()>& new_uid);

// The warnings of all pods, each once.
std::vector<std::string> WarningsOf(const std::vector<PodManifest>& pods);

// A random (version 4) UUID.
std::string RandomUuid();

}  // namespace tangram::api::cli

#endif  // API_CLI_POD_MANIFESTS_H_
