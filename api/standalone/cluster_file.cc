#include "api/standalone/cluster_file.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "api/dialects/core/host.h"
#include "api/dialects/core/labels.h"
#include "api/dialects/hami/node.h"
#include "api/dialects/hami/pod.h"
#include "api/dialects/nvidia/device_class.h"
#include "api/dialects/stock/node.h"
#include "api/manifests/digest.h"
#include "api/manifests/gzip.h"
#include "api/manifests/yaml_json.h"
#include "api/standalone/scenario.h"
#include "model/string_map.h"
#include "simdjson.h"

namespace tangram::api::standalone {
namespace {

constexpr size_t kFileBytesMax = size_t{1} << 30;
constexpr size_t kWarningsMax = 20;

// What is being read, with the warnings that were one too many.
struct Reading {
  ClusterFile file;
  size_t untold = 0;

  void Warn(std::string text) {
    if (file.warnings.size() < kWarningsMax) {
      file.warnings.push_back(std::move(text));
    } else {
      ++untold;
    }
  }
};

// Takes in one object of the list.
absl::Status AddObject(std::string_view kind, std::string_view json, Reading& reading) {
  if (kind == "Node") {
    absl::StatusOr<scheduler::NodeObservation> node = ReadNodeObject(json);
    if (!node.ok()) return node.status();
    if (!node->problem.empty()) {
      reading.Warn(absl::StrCat("node ", node->spec.name, ": ", node->problem));
    }
    for (const std::string& note : node->notes) {
      reading.Warn(absl::StrCat("node ", node->spec.name, ": ", note));
    }
    auto labels = core::ReadLabels(json);
    if (!labels.ok()) return labels.status();
    reading.file.labels[node->spec.name] = *std::move(labels);
    reading.file.nodes.push_back(*std::move(node));
  } else if (kind == "Pod") {
    absl::StatusOr<model::Pod> pod = hami::DecodePod(json);
    if (!pod.ok()) return pod.status();
    if (!pod->terminal) reading.file.pods.push_back(*std::move(pod));
  } else if (kind == "DeviceClass") {
    const auto read = nvidia::ReadDeviceClass(json);
    if (!read.ok()) return read.status();
    reading.file.dra_resources.insert(reading.file.dra_resources.end(), read->resources.begin(),
                                      read->resources.end());
  } else {
    reading.Warn(absl::StrCat("an object of kind \"", model::ToAbsl(kind.substr(0, 64)),
                              "\" is passed over; only Node, Pod and DeviceClass are read"));
  }
  return absl::OkStatus();
}

absl::Status AtItem(std::string_view path, size_t index, const absl::Status& why) {
  return absl::InvalidArgumentError(
      absl::StrCat(model::ToAbsl(path), ": items[", index, "]: ", why.message()));
}

// The line at which the reader of the document stands.
size_t LineOf(std::string_view text, simdjson::ondemand::document& document) {
  const char* at = nullptr;
  if (document.current_location().get(at)) at = text.data() + text.size();
  return 1 + static_cast<size_t>(std::count(text.data(), at, '\n'));
}

// A JSON list as kubectl prints it, item by item without a tree of it all.
absl::Status ReadJson(const std::string& text, std::string_view path, Reading& reading) {
  // The text of a big cluster is most of what reading it takes: it is not copied where it has room
  // for what the parser reads beyond its end.
  const bool room = text.capacity() - text.size() >= simdjson::SIMDJSON_PADDING;
  const simdjson::padded_string copy(room ? std::string_view() : std::string_view(text));
  const simdjson::padded_string_view padded =
      room ? simdjson::padded_string_view(text.data(), text.size(), text.capacity())
           : simdjson::padded_string_view(copy);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  simdjson::ondemand::array items;
  const auto broken = [&](simdjson::error_code error) {
    return absl::InvalidArgumentError(absl::StrCat(
        model::ToAbsl(path), ":", LineOf({padded.data(), padded.size()}, document),
        ": no list of Kubernetes objects with \"items\": ", simdjson::error_message(error)));
  };
  if (auto error = parser.iterate(padded).get(document)) return broken(error);
  if (auto error = document["items"].get_array().get(items)) return broken(error);
  simdjson::ondemand::parser kind_parser;
  size_t index = 0;
  for (auto item : items) {
    simdjson::ondemand::object object;
    std::string_view json;
    if (auto error = item.get_object().get(object)) return broken(error);
    if (auto error = object.raw_json().get(json)) return broken(error);
    const simdjson::padded_string item_text(json);
    simdjson::ondemand::document own;
    std::string_view kind;
    if (auto error = kind_parser.iterate(item_text).get(own)) return broken(error);
    if (own["kind"].get_string().get(kind)) {
      return AtItem(path, index,
                    absl::InvalidArgumentError("kind: missing; allowed: Node, Pod, DeviceClass"));
    }
    if (absl::Status status = AddObject(kind, json, reading); !status.ok()) {
      return AtItem(path, index, status);
    }
    ++index;
  }
  return absl::OkStatus();
}

absl::Status ReadYaml(const std::string& text, std::string_view path, Reading& reading) {
  const auto documents = manifests::ParseDocuments(text, path);
  if (!documents.ok()) return documents.status();
  size_t index = 0;
  for (const nlohmann::json& document : *documents) {
    if (!document.is_object()) {
      return absl::InvalidArgumentError(
          absl::StrCat(model::ToAbsl(path), ": a document is no mapping"));
    }
    const nlohmann::json items =
        document.contains("items") ? document["items"] : nlohmann::json::array({document});
    if (!items.is_array()) {
      return absl::InvalidArgumentError(absl::StrCat(model::ToAbsl(path), ": items: no list"));
    }
    for (const nlohmann::json& item : items) {
      const bool has_kind = item.is_object() && item.contains("kind") && item["kind"].is_string();
      if (!has_kind) {
        return AtItem(path, index,
                      absl::InvalidArgumentError("kind: missing; allowed: Node, Pod, DeviceClass"));
      }
      const absl::Status status = AddObject(item["kind"].get<std::string>(), item.dump(), reading);
      if (!status.ok()) return AtItem(path, index, status);
      ++index;
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<scheduler::NodeObservation> ReadNodeObject(std::string_view json) {
  absl::StatusOr<scheduler::NodeObservation> node = hami::DecodeNode(json);
  if (!node.ok()) return node;
  stock::AddPools(json, &*node);
  const auto host = core::ReadNodeHost(json);
  if (host.ok()) {
    node->host = host->allocatable;
    node->unschedulable = host->unschedulable;
  } else if (node->problem.empty()) {
    node->problem =
        absl::StrCat(host.status().message(), "; its CPU and memory are taken as without bound");
  }
  node->spec.problem = node->problem;
  return node;
}

absl::StatusOr<ClusterFile> ParseClusterText(const std::string& text, std::string_view path) {
  Reading reading;
  reading.file.digest = manifests::Sha256Hex(text);
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat(model::ToAbsl(path),
                     ": the file is empty; give what kubectl get nodes,pods -A -o yaml "
                     "prints, or a scenario with nodes"));
  }
  const bool json = text[begin] == '{' && text.find("\"items\"") != std::string::npos;
  if (!json && IsScenario(text)) {
    auto nodes = ParseScenario(text, path);
    if (!nodes.ok()) return nodes.status();
    reading.file.nodes = *std::move(nodes);
    return std::move(reading.file);
  }
  const absl::Status status = json ? ReadJson(text, path, reading) : ReadYaml(text, path, reading);
  if (!status.ok()) return status;
  if (reading.untold > 0) {
    reading.file.warnings.push_back(absl::StrCat("and ", reading.untold, " more of the kind"));
  }
  return std::move(reading.file);
}

absl::StatusOr<ClusterFile> LoadClusterFile(const std::string& path) {
  absl::StatusOr<std::string> text = manifests::ReadTextFile(path, kFileBytesMax);
  if (!text.ok()) return text.status();
  text->reserve(text->size() + simdjson::SIMDJSON_PADDING);
  return ParseClusterText(*text, path);
}

}  // namespace tangram::api::standalone
