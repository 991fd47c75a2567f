// See pod_manifests.h.
#include "api/cli/pod_manifests.h"

#include <array>
#include <cstdint>
#include <random>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "api/dialects/hami/annotation_check.h"
#include "api/manifests/yaml_json.h"
#include "model/string_map.h"

namespace tangram::api::cli {
namespace {

using nlohmann::json;

std::string TextOf(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// Kubernetes writes amounts as texts, whatever the manifest has.
void MakeAmountsTexts(json& amounts) {
  if (!amounts.is_object()) return;
  for (auto& [name, value] : amounts.items()) {
    if (value.is_number()) value = value.dump();
  }
}

void CompleteResources(json& container) {
  if (!container.is_object() || !container.contains("resources")) return;
  json& resources = container["resources"];
  if (!resources.is_object()) return;
  for (const char* key : {"limits", "requests"}) {
    if (resources.contains(key)) MakeAmountsTexts(resources[key]);
  }
  if (!resources.contains("limits") || !resources["limits"].is_object()) return;
  json& requests = resources["requests"];
  if (requests.is_null()) requests = json::object();
  if (!requests.is_object()) return;
  for (const auto& [name, value] : resources["limits"].items()) {
    if (!requests.contains(name)) requests[name] = value;
  }
}

absl::StatusOr<PodManifest> CompletePod(json pod, const std::string& where,
                                        const std::function<std::string()>& new_uid) {
  const auto wrong = [&where](std::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat(where, ": ", model::ToAbsl(what)));
  };
  if (!pod.contains("metadata") || !pod["metadata"].is_object()) return wrong("has no metadata");
  if (!pod.contains("spec") || !pod["spec"].is_object()) return wrong("has no spec");
  json& metadata = pod["metadata"];
  PodManifest manifest;
  manifest.uid = TextOf(metadata, "uid");
  if (manifest.uid.empty()) manifest.uid = new_uid();
  manifest.name = TextOf(metadata, "name");
  if (manifest.name.empty()) {
    const std::string prefix = TextOf(metadata, "generateName");
    if (prefix.empty()) return wrong("metadata.name must be a text that is not empty");
    manifest.name = prefix + new_uid().substr(0, 5);
  }
  manifest.name_space = TextOf(metadata, "namespace");
  if (manifest.name_space.empty()) manifest.name_space = "default";
  metadata["name"] = manifest.name;
  metadata["namespace"] = manifest.name_space;
  metadata["uid"] = manifest.uid;
  for (const char* list : {"initContainers", "containers"}) {
    if (!pod["spec"].contains(list) || !pod["spec"][list].is_array()) continue;
    for (json& container : pod["spec"][list]) CompleteResources(container);
  }
  if (!pod.contains("status")) pod["status"] = {{"phase", "Pending"}};
  manifest.object = std::move(pod);
  return manifest;
}

// What is said of annotations, with the object they stand at.
std::vector<std::string> WarningsAbout(const std::string& object, const json& pod) {
  std::vector<std::string> warnings;
  const std::string text = pod.dump(-1, ' ', false, json::error_handler_t::replace);
  for (const std::string& note : hami::CheckAnnotations(text)) {
    warnings.push_back(absl::StrCat(object, ": ", note));
  }
  return warnings;
}

bool HasAnnotation(const json& metadata, const std::string& key) {
  const auto annotations = metadata.find("annotations");
  return annotations != metadata.end() && annotations->is_object() && annotations->contains(key);
}

// Annotations of a workload itself that are meant for its pods, and of which its template knows
// nothing.
std::vector<std::string> NotOnTemplate(const std::string& object, const json& owner,
                                       const json& of_template) {
  std::vector<std::string> warnings;
  const auto annotations = owner.find("annotations");
  if (annotations == owner.end() || !annotations->is_object()) return warnings;
  for (const auto& [key, value] : annotations->items()) {
    if (warnings.size() == hami::kMostAnnotationNotes) break;
    if (HasAnnotation(of_template, key)) continue;
    const bool known = hami::IsUserAnnotation(key);
    const std::string odd =
        known ? "" : hami::CheckAnnotation(key, value.is_string() ? value.get<std::string>() : "");
    if (!odd.empty()) warnings.push_back(absl::StrCat(object, ": ", odd));
    if (!known) continue;
    warnings.push_back(absl::StrCat(object, ": annotation ", key,
                                    " stands in its own metadata, where it does nothing: its pods "
                                    "get those of spec.template.metadata"));
  }
  return warnings;
}

// Which kinds are read.
enum class Kinds : uint8_t { kPods, kPodsAndWorkloads };

struct WorkloadKind {
  std::string_view kind;
  const char* count;  // field of the spec; null: one pod
};

constexpr WorkloadKind kWorkloads[] = {
    {"Deployment", "replicas"},  {"ReplicaSet", "replicas"}, {"ReplicationController", "replicas"},
    {"StatefulSet", "replicas"}, {"DaemonSet", nullptr},     {"Job", "parallelism"},
};

const WorkloadKind* FindWorkload(std::string_view kind) {
  for (const WorkloadKind& workload : kWorkloads) {
    if (workload.kind == kind) return &workload;
  }
  return nullptr;
}

// How many pods the workload has; `spec` is an object.
absl::StatusOr<int64_t> CountOf(const WorkloadKind& workload, const json& spec,
                                const std::string& where) {
  constexpr int64_t kMost = 100'000;
  if (workload.count == nullptr || !spec.contains(workload.count)) return 1;
  const json& count = spec[workload.count];
  if (count.is_number_integer() && count >= 0 && count <= kMost) return count.get<int64_t>();
  return absl::InvalidArgumentError(absl::StrCat(where, ": spec.", workload.count, " is ",
                                                 count.dump().substr(0, 64),
                                                 "; must be a whole number from 0 to ", kMost));
}

class ManifestReader {
 public:
  ManifestReader(Kinds kinds, const std::function<std::string()>& new_uid)
      : kinds_(kinds), new_uid_(new_uid) {}

  absl::Status AddObject(json object, const std::string& where) {
    if (!object.is_object()) {
      return absl::InvalidArgumentError(absl::StrCat(where, ": must be an object of kind Pod"));
    }
    const std::string kind = TextOf(object, "kind");
    if (kind == "List" || kind == "PodList") return AddList(object, kind, where);
    if (kind == "Pod") {
      if (auto status = AddPod(std::move(object), where); !status.ok()) return status;
      PodManifest& pod = pods_.back();
      pod.warnings = WarningsAbout(absl::StrCat("pod ", pod.name_space, "/", pod.name), pod.object);
      return absl::OkStatus();
    }
    if (kinds_ == Kinds::kPodsAndWorkloads) {
      if (kind == "CronJob") return AddCronJob(object, where);
      if (const WorkloadKind* workload = FindWorkload(kind)) {
        return AddWorkload(*workload, object, where);
      }
    }
    const char* const more = kinds_ == Kinds::kPods
                                 ? ""
                                 : ", Deployment, ReplicaSet, ReplicationController, StatefulSet, "
                                   "DaemonSet, Job, CronJob";
    return absl::InvalidArgumentError(
        absl::StrCat(where, ": kind \"", kind, "\"; allowed: Pod, PodList, List", more));
  }

  std::vector<PodManifest> TakePods() { return std::move(pods_); }

 private:
  absl::Status AddPod(json object, const std::string& where) {
    absl::StatusOr<PodManifest> pod = CompletePod(std::move(object), where, new_uid_);
    if (!pod.ok()) return pod.status();
    pods_.push_back(*std::move(pod));
    return absl::OkStatus();
  }

  absl::Status AddList(json& object, const std::string& kind, const std::string& where) {
    if (!object.contains("items") || !(object["items"].is_array() || object["items"].is_null())) {
      return absl::InvalidArgumentError(absl::StrCat(
          where, ": items: ", object.contains("items") ? "must be a list" : "missing"));
    }
    if (++lists_ > kListsMax) {
      return absl::InvalidArgumentError(
          absl::StrCat(where, ": more than ", kListsMax, " lists in one another"));
    }
    size_t index = 0;
    for (json& item : object["items"]) {
      // The items of a PodList bear no kind.
      if (kind == "PodList" && item.is_object()) item["kind"] = "Pod";
      const std::string item_where = absl::StrCat(where, ", item ", index++);
      if (auto status = AddObject(std::move(item), item_where); !status.ok()) return status;
    }
    --lists_;
    return absl::OkStatus();
  }

  // Its job's template, under its own name.
  absl::Status AddCronJob(const json& object, const std::string& where) {
    const json spec = object.value("spec", json());
    const json job = spec.is_object() ? spec.value("jobTemplate", json()) : json();
    if (!job.is_object()) {
      return absl::InvalidArgumentError(absl::StrCat(where, ": has no spec.jobTemplate"));
    }
    json named = job;
    named["metadata"] = object.value("metadata", json::object());
    return AddWorkload(*FindWorkload("Job"), named, where + ", spec.jobTemplate");
  }

  absl::Status AddWorkload(const WorkloadKind& workload, const json& object,
                           const std::string& where) {
    const json spec = object.value("spec", json());
    if (!spec.is_object() || !spec.contains("template") || !spec["template"].is_object()) {
      return absl::InvalidArgumentError(absl::StrCat(where, ": has no spec.template"));
    }
    const json owner = object.value("metadata", json::object());
    const std::string name = owner.is_object() ? TextOf(owner, "name") : "";
    if (name.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat(where, ": metadata.name must be a text that is not empty"));
    }
    const auto count = CountOf(workload, spec, where);
    if (!count.ok()) return count.status();
    constexpr size_t kPodsMax = 100'000;
    if (pods_.size() + static_cast<size_t>(*count) > kPodsMax) {
      return absl::InvalidArgumentError(
          absl::StrCat(where, ": the pods of the file are more than ", kPodsMax));
    }
    const std::vector<std::string> warnings = WorkloadWarnings(workload, owner, spec["template"]);
    for (int64_t i = 0; i < *count; ++i) {
      json pod = spec["template"];
      if (!pod["metadata"].is_object()) pod["metadata"] = json::object();
      json& metadata = pod["metadata"];
      metadata.erase("uid");
      metadata["name"] = absl::StrCat(name, "-", i);
      if (owner.contains("namespace")) metadata["namespace"] = owner["namespace"];
      if (auto status = AddPod(std::move(pod), where + ", spec.template"); !status.ok()) {
        return status;
      }
      // The same for all of them.
      pods_.back().warnings = warnings;
    }
    return absl::OkStatus();
  }

  static std::vector<std::string> WorkloadWarnings(const WorkloadKind& workload, const json& owner,
                                                   const json& of_template) {
    const std::string object =
        absl::StrCat(model::ToAbsl(workload.kind), " ", TextOf(owner, "name"));
    const json metadata = of_template.value("metadata", json::object());
    std::vector<std::string> warnings =
        NotOnTemplate(object, owner, metadata.is_object() ? metadata : json::object());
    for (std::string& warning : WarningsAbout(object + ", spec.template", of_template)) {
      warnings.push_back(std::move(warning));
    }
    return warnings;
  }
  static constexpr size_t kListsMax = 8;

  const Kinds kinds_;
  size_t lists_ = 0;  // that are being read
  const std::function<std::string()>& new_uid_;
  std::vector<PodManifest> pods_;
};

absl::StatusOr<std::vector<PodManifest>> Parse(Kinds kinds, const std::string& text,
                                               std::string_view path,
                                               const std::function<std::string()>& new_uid) {
  auto documents = manifests::ParseDocuments(text, path);
  if (!documents.ok()) return documents.status();
  ManifestReader reader(kinds, new_uid);
  size_t number = 1;
  for (json& document : *documents) {
    const std::string where = absl::StrCat(model::ToAbsl(path), ", document ", number++);
    if (auto status = reader.AddObject(std::move(document), where); !status.ok()) return status;
  }
  return reader.TakePods();
}

}  // namespace

absl::StatusOr<std::vector<PodManifest>> ParsePodManifests(
    const std::string& text, std::string_view path, const std::function<std::string()>& new_uid) {
  return Parse(Kinds::kPods, text, path, new_uid);
}

absl::StatusOr<std::vector<PodManifest>> ParseWorkloadManifests(
    const std::string& text, std::string_view path, const std::function<std::string()>& new_uid) {
  return Parse(Kinds::kPodsAndWorkloads, text, path, new_uid);
}

std::vector<std::string> WarningsOf(const std::vector<PodManifest>& pods) {
  std::vector<std::string> all;
  std::set<std::string_view> seen;
  for (const PodManifest& pod : pods) {
    for (const std::string& warning : pod.warnings) {
      if (seen.insert(warning).second) all.push_back(warning);
    }
  }
  return all;
}

std::string RandomUuid() {
  std::random_device device;
  std::string uuid;
  for (int i = 0; i < 4; ++i) {
    absl::StrAppend(&uuid, absl::Hex(static_cast<uint32_t>(device()), absl::kZeroPad8));
  }
  uuid[12] = '4';
  uuid[16] = "89ab"[device() % 4];
  for (const size_t at : {8u, 13u, 18u, 23u}) uuid.insert(at, 1, '-');
  return uuid;
}

}  // namespace tangram::api::cli
