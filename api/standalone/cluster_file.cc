#include "api/standalone/cluster_file.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "api/dialects/core/host.h"
#include "api/dialects/core/labels.h"
#include "api/dialects/hami/node.h"
#include "api/dialects/hami/pod.h"
#include "api/dialects/nvidia/device_class.h"
#include "api/dialects/stock/node.h"
#include "api/manifests/digest.h"
#include "api/manifests/documents.h"
#include "api/manifests/gzip.h"
#include "api/standalone/identities.h"
#include "api/standalone/object_reader.h"
#include "api/standalone/scenario.h"
#include "model/shown.h"
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
  std::map<std::string, size_t> objects;  // by kind, ended pods among them
  model::StringMap<size_t> nodes;         // by name: places in file.nodes

  void Warn(std::string text) {
    if (file.warnings.size() < kWarningsMax) {
      file.warnings.push_back(std::move(text));
    } else {
      ++untold;
    }
  }
};

// Whether the node counts: it is new, or newer than its namesake in the file, whose place in the
// list is then `place`.
absl::StatusOr<bool> Counts(const scheduler::NodeObservation& node, Reading& reading,
                            std::optional<size_t>& place) {
  const std::string& name = node.spec.name;
  const auto [found, is_new] = reading.nodes.try_emplace(name, reading.file.nodes.size());
  if (is_new) return true;
  place = found->second;
  uint64_t before = 0;
  uint64_t now = 0;
  const std::string& former = reading.file.nodes[*place].resource_version;
  if (!absl::SimpleAtoi(former, &before) || !absl::SimpleAtoi(node.resource_version, &now)) {
    return absl::InvalidArgumentError(
        absl::StrCat("node ", name,
                     " comes twice and no resourceVersion tells which is newer: two "
                     "dumps were put together; leave the older out"));
  }
  reading.Warn(absl::StrCat("node ", name, " comes twice; the one with resourceVersion ",
                            std::max(before, now), " counts"));
  return now > before;
}

absl::Status AddNode(std::string_view json, Reading& reading) {
  absl::StatusOr<scheduler::NodeObservation> node = ReadNodeObject(json);
  if (!node.ok()) return node.status();
  const std::string& name = node->spec.name;
  // Looser than the rule of API servers: what can be asked for by name may stand in a file.
  if (!std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c <= '~'; })) {
    return absl::InvalidArgumentError(
        absl::StrCat("metadata.name: ", model::Shown(name), " is no name of a node"));
  }
  std::optional<size_t> place;
  const auto counts = Counts(*node, reading, place);
  if (!counts.ok() || !*counts) return counts.status();
  if (!node->problem.empty()) {
    reading.Warn(absl::StrCat("node ", name, ": ", node->problem));
  }
  for (const std::string& note : node->notes) {
    reading.Warn(absl::StrCat("node ", name, ": ", note));
  }
  auto labels = core::ReadLabels(json);
  if (!labels.ok()) return labels.status();
  reading.file.labels[name] = *std::move(labels);
  auto facts = core::ReadNodeFacts(json);
  if (!facts.ok()) return facts.status();
  reading.file.facts[name] = *std::move(facts);
  if (place.has_value()) {
    reading.file.nodes[*place] = *std::move(node);
  } else {
    reading.file.nodes.push_back(*std::move(node));
  }
  return absl::OkStatus();
}

// Takes in one object of the list.
absl::Status AddObject(std::string_view kind, std::string_view json, Reading& reading) {
  if (kind == "Node") return AddNode(json, reading);
  if (kind == "Pod") {
    absl::StatusOr<model::Pod> pod = hami::DecodePod(json);
    if (!pod.ok()) return pod.status();
    reading.file.pods.push_back(*std::move(pod));
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

// A mapping with `nodes` that claims to be no object of Kubernetes.
bool IsScenarioDocument(const manifests::Document& document) {
  // Scenarios are short.
  constexpr size_t kLongest = size_t{16} << 20;
  if (document.json.size() > kLongest) return false;
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(document.json.data(), document.json.size()).get_object().get(object)) {
    return false;
  }
  const auto has = [&object](std::string_view key) {
    simdjson::dom::element found;
    return object.at_key(key).get(found) == simdjson::SUCCESS;
  };
  return has("nodes") && !has("kind") && !has("items");
}

// What the file holds, said of one without nodes.
absl::Status NoNodes(std::string_view path, const Reading& reading) {
  std::string held = "nothing";
  if (!reading.objects.empty()) {
    held.clear();
    for (const auto& [kind, count] : reading.objects) {
      absl::StrAppend(&held, held.empty() ? "" : ", ", count, " of kind ", model::Shown(kind));
    }
  }
  return absl::InvalidArgumentError(
      absl::StrCat(model::ToAbsl(path), " has no nodes; it holds ", held,
                   "; give what kubectl get nodes,pods -A -o yaml (or json) prints, or a scenario "
                   "with nodes"));
}

absl::Status ReadDocuments(const std::string& text, std::string_view path,
                           const std::function<void(size_t)>& on_way, Reading& reading) {
  std::vector<std::string> warnings;
  ObjectReader reader(path, [&reading](std::string_view kind, std::string_view json) {
    ++reading.objects[std::string(kind)];
    return AddObject(kind, json, reading);
  });
  size_t documents = 0;
  bool scenario = false;
  const auto read = [&](const manifests::Document& document) {
    scenario = scenario || IsScenarioDocument(document);
    if (++documents > 1 && scenario) {
      return absl::InvalidArgumentError(absl::StrCat(model::ToAbsl(path), ":", document.line,
                                                     ": a scenario must be the only document"));
    }
    return scenario ? absl::OkStatus() : reader.Read(document);
  };
  const absl::Status status = manifests::ForEachDocument(text, path, {on_way, &warnings}, read);
  for (std::string& warning : warnings) reading.Warn(std::move(warning));
  if (!status.ok() || !scenario) return status;
  auto nodes = ParseScenario(text, path);
  if (!nodes.ok()) return nodes.status();
  reading.file.nodes = *std::move(nodes);
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

absl::StatusOr<ClusterFile> ParseClusterText(const std::string& text, std::string_view path,
                                             const std::function<void(size_t)>& on_way) {
  Reading reading;
  reading.file.digest = manifests::Sha256Hex(text);
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat(model::ToAbsl(path),
                     ": the file is empty; give what kubectl get nodes,pods -A -o yaml "
                     "prints, or a scenario with nodes"));
  }
  if (absl::Status status = ReadDocuments(text, path, on_way, reading); !status.ok()) return status;
  std::vector<std::string> warnings;
  if (absl::Status status = SettlePods(reading.file.pods, warnings); !status.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(model::ToAbsl(path), ": ", status.message()));
  }
  for (std::string& warning : warnings) reading.Warn(std::move(warning));
  if (reading.file.nodes.empty()) return NoNodes(path, reading);
  if (reading.untold > 0) {
    reading.file.warnings.push_back(absl::StrCat("and ", reading.untold, " more of the kind"));
  }
  return std::move(reading.file);
}

absl::StatusOr<ClusterFile> LoadClusterFile(const std::string& path,
                                            const std::function<void(size_t, size_t)>& on_way) {
  absl::StatusOr<std::string> text = manifests::ReadTextFile(path, kFileBytesMax);
  if (!text.ok()) return text.status();
  text->reserve(text->size() + simdjson::SIMDJSON_PADDING);
  std::function<void(size_t)> step;
  if (on_way) step = [&on_way, total = text->size()](size_t bytes) { on_way(bytes, total); };
  return ParseClusterText(*text, path, step);
}

}  // namespace tangram::api::standalone
