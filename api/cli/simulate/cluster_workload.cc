#include "api/cli/simulate/cluster_workload.h"

#include <cstdint>
#include <cstdio>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "api/cli/simulate/pod_input.h"
#include "api/cli/simulate/table.h"
#include "api/manifests/gzip.h"
#include "api/traces/openb.h"
#include "scheduler/whatif/views.h"
#include "scheduler/whatif/world.h"

namespace tangram::api::cli::simulate {
namespace {

using scheduler::simulation::SimPod;
using scheduler::simulation::Workload;
using scheduler::whatif::Views;
using scheduler::whatif::World;

constexpr size_t kPodBytesMax = size_t{1} << 30;

// Whether the text is a table of pods: manifests have no such first line.
bool IsPodTable(const std::string& text) {
  const std::string line = text.substr(0, text.find('\n'));
  return absl::StrContains(line, "num_gpu") && absl::StrContains(line, ",");
}

absl::StatusOr<std::vector<SimPod>> PodsOfManifests(const std::string& text,
                                                    const std::string& file, const World& world,
                                                    const Views& views) {
  auto asks = ParseAsks(text, file);
  if (!asks.ok()) return asks.status();
  std::vector<SimPod> pods;
  int64_t rounded = 0;
  for (NamedAsk& ask : *asks) {
    if (scheduler::IsInvalid(ask.ask.request, world.snapshot)) return CheckOffered(world, &ask);
    const auto wanted = views.DemandOf(world, ask.ask);
    if (!wanted.has_value()) {
      return absl::InvalidArgumentError(
          absl::StrCat(file, ": pod ", ask.name, " asks for more than ", scheduler::kViewCards,
                       " cards, which is the most that a node may have"));
    }
    rounded += wanted->rounded ? 1 : 0;
    pods.push_back({ask.name, wanted->pod});
  }
  if (rounded > 0) {
    std::fprintf(
        stderr,
        "tangram simulate: %s rounded: of several cards each counts as the one that most is "
        "taken of, MiB as on the most frequent card that holds them\n",
        Counted(rounded, "pod is", "pods are").c_str());
  }
  return pods;
}

}  // namespace

absl::StatusOr<Workload> ReadClusterWorkload(const ClusterOptions& options,
                                             const std::string& pod_file) {
  const auto world = ReadWorld(options);
  if (!world.ok()) return world.status();
  const auto views = Views::Of(*world);
  if (!views.ok()) return views.status();
  Workload workload;
  workload.models = views->models();
  int64_t left = 0;
  for (const scheduler::whatif::HostedNode& node : world->nodes) {
    workload.nodes.push_back({node.node.name(), views->ViewOf(node)});
    left += workload.nodes.back().view.gpu_left();
  }
  if (left == 0) return absl::InvalidArgumentError("the cluster has nothing left of any card");
  const auto text = manifests::ReadTextFile(pod_file, kPodBytesMax);
  if (!text.ok()) return text.status();
  auto pods = IsPodTable(*text) ? traces::ReadOpenBPods({pod_file, *text}, workload.models)
                                : PodsOfManifests(*text, pod_file, *world, *views);
  if (!pods.ok()) return pods.status();
  if (pods->empty()) return absl::InvalidArgumentError(absl::StrCat(pod_file, " has no pods"));
  workload.pods = *std::move(pods);
  return workload;
}

}  // namespace tangram::api::cli::simulate
