#include "api/cli/simulate/cluster_input.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "api/cli/load_cluster.h"
#include "api/cli/simulate/recorded_cluster.h"
#include "api/kubernetes/label_selector.h"
#include "api/recording/reader.h"
#include "api/standalone/cluster_file.h"
#include "api/standalone/file_api.h"
#include "api/standalone/journal.h"
#include "model/allocation.h"

namespace tangram::api::cli::simulate {
namespace {

constexpr size_t kWarningsShown = 20;

void Warn(const std::vector<std::string>& warnings) {
  const size_t shown = std::min(warnings.size(), kWarningsShown);
  for (size_t i = 0; i < shown; ++i) {
    std::fprintf(stderr, "tangram simulate: warning: %s\n", warnings[i].c_str());
  }
  if (warnings.size() > shown) {
    std::fprintf(stderr, "tangram simulate: %zu warnings more\n", warnings.size() - shown);
  }
}

// Has the pod stay with cards of the types that it has now.
void KeepTypes(const std::vector<scheduler::NodeObservation>& nodes, model::Pod& pod) {
  const auto node = std::find_if(nodes.begin(), nodes.end(), [&pod](const auto& candidate) {
    return candidate.spec.name == pod.node;
  });
  if (node == nodes.end()) return;
  std::set<std::string> types;
  for (const model::CardDemand& part : model::FoldDemand(pod.allocation, false)) {
    for (const model::Gpu& gpu : node->spec.gpus) {
      if (gpu.uuid == part.uuid) types.insert(absl::AsciiStrToLower(gpu.type));
    }
  }
  pod.request.constraints.use_types.assign(types.begin(), types.end());
}

// The pods after what the journal says, each with as much as is known of what it asks for.
std::vector<model::Pod> AfterJournal(const standalone::ClusterFile& file,
                                     const standalone::JournalContent& content) {
  if (content.records.empty()) return file.pods;
  const auto key = [](const model::PodId& id) {
    return std::tuple(id.name_space, id.name, id.uid);
  };
  std::map<std::tuple<std::string, std::string, std::string>, const model::Pod*> described;
  for (const model::Pod& pod : file.pods) described[key(pod.id)] = &pod;
  standalone::FileApi api(file.pods, content.records, nullptr);
  std::vector<model::Pod> pods = api.Pods();
  api.Stop();
  for (model::Pod& pod : pods) {
    const auto found = described.find(key(pod.id));
    if (found != described.end()) {
      pod.request = found->second->request;
      pod.host = found->second->host;
    } else {
      KeepTypes(file.nodes, pod);
    }
  }
  return pods;
}

absl::StatusOr<Listed> ReadRecording(const std::string& path) {
  absl::StatusOr<Listed> listed = ReadRecordedCluster(path);
  if (!listed.ok()) return listed;
  for (model::Pod& pod : listed->pods) {
    if (pod.request.empty()) KeepTypes(listed->nodes, pod);
  }
  return listed;
}

absl::StatusOr<Listed> ReadClusterFile(const std::string& path) {
  if (recording::Reader::Recognizes(path)) return ReadRecording(path);
  auto file = LoadCluster(path);
  if (!file.ok()) return file.status();
  const auto content = standalone::Journal::Read(path + ".journal", file->digest);
  if (!content.ok()) return content.status();
  Listed listed;
  listed.pods = AfterJournal(*file, *content);
  listed.labels = std::move(file->labels);
  listed.facts = std::move(file->facts);
  listed.nodes = std::move(file->nodes);
  listed.dra_resources = std::move(file->dra_resources);
  listed.warnings = std::move(file->warnings);
  if (!content->warning.empty()) listed.warnings.push_back(content->warning);
  return listed;
}

absl::Status CheckSelector(const std::string& text) {
  if (text.empty()) return absl::OkStatus();
  const auto selector = kubernetes::LabelSelector::Parse(text);
  if (selector.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("--selector: ", selector.status().message()));
}

// Leaves the nodes that the selector means, and what is bound to no other.
absl::Status Select(const ClusterOptions& options, Listed& listed) {
  if (options.selector.empty() || listed.nodes.empty()) return absl::OkStatus();
  const auto selector = kubernetes::LabelSelector::Parse(options.selector);
  if (!selector.ok()) return selector.status();
  const std::string source = SourceOf(options);
  if (listed.labels.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--selector: ", source,
        " does not tell the labels of its nodes; give what kubectl prints, or an API server"));
  }
  std::set<std::string> left_out;
  for (const scheduler::NodeObservation& node : listed.nodes) {
    if (!selector->Matches(listed.labels[node.spec.name])) left_out.insert(node.spec.name);
  }
  std::erase_if(listed.nodes, [&](const auto& node) { return left_out.contains(node.spec.name); });
  std::erase_if(listed.pods, [&](const auto& pod) { return left_out.contains(pod.node); });
  if (!listed.nodes.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("--selector: none of the ", left_out.size(),
                                                 " nodes of ", source, " has such labels"));
}

// Marks the nodes that kube-scheduler's rules bar the pod from.
void Bar(const core::NodeRules& rules, const std::map<std::string, core::NodeFacts>& facts,
         const std::string& source, scheduler::whatif::World* world) {
  size_t unknown = 0;
  for (scheduler::whatif::HostedNode& node : world->nodes) {
    const auto found = facts.find(std::string(node.node.name()));
    unknown += found == facts.end() ? size_t{1} : size_t{0};
    node.bars = found == facts.end() ? rules.OnUnknown() : rules.On(found->second);
    // A pod may tolerate that its node is cordoned.
    if (found != facts.end()) node.unschedulable = node.bars.cordoned;
  }
  const std::vector<std::string> needs = rules.NeedsLabels();
  if (unknown == 0 || needs.empty()) return;
  Warn({absl::StrCat(absl::StrJoin(needs, " and "), " of the pod: not weighed, because ", source,
                     " does not tell the labels of ", unknown, " of its nodes")});
}

}  // namespace

std::string SourceOf(const ClusterOptions& options) {
  return options.cluster.empty() ? "the API server" : options.cluster;
}

void AddClusterOptions(CLI::App* command, ClusterOptions* options) {
  auto* cluster = command
                      ->add_option("--cluster", options->cluster,
                                   "what kubectl get nodes,pods -A -o yaml (or json) prints, a "
                                   "scenario, or a recording (its end); may be packed by gzip")
                      ->option_text("FILE");
  auto* kubeconfig =
      command->add_option("--kubeconfig", options->kubeconfig, "an API server, asked once")
          ->option_text("FILE");
  command
      ->add_option("--context", options->context,
                   "context of the kubeconfig (without --kubeconfig: of kubectl's own)")
      ->option_text("NAME")
      ->excludes(cluster);
  cluster->excludes(kubeconfig);
  command
      ->add_option("-l,--selector", options->selector,
                   "only nodes with such labels, as kubectl takes them: pool=a,!spot")
      ->option_text("LABELS");
}

absl::StatusOr<Listed> ReadCluster(const ClusterOptions& options) {
  if (options.cluster.empty() && options.kubeconfig.empty() && options.context.empty()) {
    // Then it is the cluster that kubectl would ask, if there is one.
    const auto found = FindAccess({});
    if (!found.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "no cluster: give --cluster FILE or --kubeconfig FILE (", found.status().message(), ")"));
    }
    std::fprintf(stderr, "tangram simulate: asking %s (%s)\n", (*found)->Url().c_str(),
                 (*found)->origin.c_str());
  }
  // Before anything is asked or read.
  const absl::Status readable = CheckSelector(options.selector);
  if (!readable.ok()) return readable;
  absl::StatusOr<Listed> listed =
      options.cluster.empty()
          ? ListCluster({options.kubeconfig, options.context, /*allow_old_server=*/true})
          : ReadClusterFile(options.cluster);
  if (!listed.ok()) return listed;
  Warn(std::exchange(listed->warnings, {}));
  const absl::Status selected = Select(options, *listed);
  if (!selected.ok()) return selected;
  return listed;
}

absl::StatusOr<scheduler::whatif::World> ReadWorld(const ClusterOptions& options,
                                                   const core::NodeRules* rules) {
  const absl::StatusOr<Listed> listed = ReadCluster(options);
  if (!listed.ok()) return listed.status();
  scheduler::whatif::World world =
      scheduler::whatif::MakeWorld(listed->nodes, listed->pods, listed->dra_resources);
  Warn(world.warnings);
  if (world.nodes.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(SourceOf(options), " has no nodes"));
  }
  if (rules != nullptr) Bar(*rules, listed->facts, SourceOf(options), &world);
  return world;
}

}  // namespace tangram::api::cli::simulate
