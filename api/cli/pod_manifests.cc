// See pod_manifests.h.
#include "api/cli/pod_manifests.h"

#include <array>
#include <cstdint>
#include <random>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
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

absl::Status AddObject(json object, const std::string& where,
                       const std::function<std::string()>& new_uid,
                       std::vector<PodManifest>& pods) {
  if (!object.is_object()) {
    return absl::InvalidArgumentError(absl::StrCat(where, ": must be an object of kind Pod"));
  }
  const std::string kind = TextOf(object, "kind");
  if (kind == "List" || kind == "PodList") {
    size_t index = 0;
    for (json& item : object["items"]) {
      // The items of a PodList bear no kind.
      if (kind == "PodList" && item.is_object()) item["kind"] = "Pod";
      const std::string item_where = absl::StrCat(where, ", item ", index++);
      if (auto status = AddObject(std::move(item), item_where, new_uid, pods); !status.ok()) {
        return status;
      }
    }
    return absl::OkStatus();
  }
  if (kind != "Pod") {
    return absl::InvalidArgumentError(
        absl::StrCat(where, ": kind \"", kind, "\"; allowed: Pod, PodList, List"));
  }
  absl::StatusOr<PodManifest> pod = CompletePod(std::move(object), where, new_uid);
  if (!pod.ok()) return pod.status();
  pods.push_back(*std::move(pod));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<PodManifest>> ParsePodManifests(
    const std::string& text, std::string_view path, const std::function<std::string()>& new_uid) {
  auto documents = manifests::ParseDocuments(text, path);
  if (!documents.ok()) return documents.status();
  std::vector<PodManifest> pods;
  size_t number = 1;
  for (json& document : *documents) {
    const std::string where = absl::StrCat(model::ToAbsl(path), ", document ", number++);
    if (auto status = AddObject(std::move(document), where, new_uid, pods); !status.ok()) {
      return status;
    }
  }
  return pods;
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
