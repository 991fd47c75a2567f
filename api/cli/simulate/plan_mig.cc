// The subcommand `plan-mig`: how to cut cards for a demand, as a configuration of mig-parted.
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "api/cli/exit_code.h"
#include "api/cli/mig_outlook.h"
#include "api/cli/mig_parted.h"
#include "api/cli/simulate/cluster_input.h"
#include "api/cli/simulate/mig_demand.h"
#include "api/cli/simulate/subcommands.h"
#include "api/manifests/gzip.h"
#include "model/string_map.h"
#include "scheduler/mig/census.h"
#include "scheduler/mig/plan.h"
#include "scheduler/whatif/world.h"

namespace tangram::api::cli::simulate {
namespace {

using model::mig::Multiset;
using scheduler::mig::Served;

constexpr size_t kDemandBytesMax = size_t{1} << 24;

constexpr std::string_view kPlanMigAbout = "How to cut cards into MIG instances for a demand.";

constexpr std::string_view kPlanMigFooter =
    R"(Printed is a configuration for NVIDIA's mig-parted under the name tangram, with what it serves as
comments. Exact for one and two cards; for more, no exchange of the layouts of two cards betters it.
No more cards change than the demand needs; what it leaves over is cut for the profiles it names.

With --cluster or --kubeconfig the demand is what is in use on the cluster's MIG cards and what its
pods wait for, as tangram explain --mig has it of a running server, and -l takes the nodes of one
group: -l pool=a, -l 'tier in (web,db),!spot'. Every waiting pod counts, but for those that are
gated or being deleted; whether its own selectors would let it onto these nodes is not looked at.

The file of --demand, in YAML or JSON:
  product: A100-80GB
  cards: 4                              # of one node, numbered from 0
  demand: {3g.40gb: 3, 1g.10gb: 12}     # instances at the same time
  present:                              # optional, as in the configuration of mig-parted
  - devices: all
    mig-devices: {1g.10gb: 7}

Exit codes:
  0  a plan was made, whether it serves everything or not
  1  no card of the cluster is cut, or nothing waits for an instance that a card could have
  2  wrong usage, or a file that cannot be read

Examples:
  tangram simulate plan-mig --demand wanted.yaml >mig-parted.yaml
  tangram simulate plan-mig --kubeconfig ~/.kube/config -l pool=training >mig-parted.yaml)";

struct Options {
  std::string demand;  // a file
  ClusterOptions cluster;
};

std::string ServedLine(const MigDemand& demand, const std::vector<Multiset>& cards) {
  const Served served = scheduler::mig::ServedBy(demand.states, cards, demand.demand);
  std::vector<std::string> parts;
  for (size_t i = 0; i < demand.demand.size(); ++i) {
    if (demand.demand[i] == 0) continue;
    parts.push_back(absl::StrCat(demand.states.geometry().profiles()[i].name.text(), " ",
                                 served.instances[i], " of ", demand.demand[i]));
  }
  return absl::StrFormat("%d of %d slices (%.1f %%): %s", served.slices, served.wanted_slices,
                         served.percent(), absl::StrJoin(parts, ", "));
}

std::string Configuration(const MigDemand& demand, const std::vector<Multiset>& plan) {
  const model::mig::Geometry& product = demand.states.geometry();
  std::string text = absl::StrCat("# ", plan.size(), " x ", product.product(), " (placements ",
                                  std::string(SourceName(product.source())), ")\n# serves ",
                                  ServedLine(demand, plan), "\n");
  if (!demand.present.empty()) {
    size_t changed = 0;
    for (size_t card = 0; card < plan.size(); ++card) changed += plan[card] != demand.present[card];
    absl::StrAppend(&text, "# now    ", ServedLine(demand, demand.present), "\n# changes ", changed,
                    " of ", plan.size(), " cards\n");
  }
  absl::StrAppend(&text, model::ToAbsl(kMigPartedHead));
  AppendMigConfig("tangram", product, plan, &text);
  return text;
}

int PlanForDemand(const std::string& path) {
  const auto text = manifests::ReadTextFile(path, kDemandBytesMax);
  if (!text.ok()) return Fail(text.status());
  const auto demand = ReadMigDemand(*text, path);
  if (!demand.ok()) return Fail(demand.status());
  const std::vector<Multiset> plan =
      scheduler::mig::PlanLayouts(demand->states, demand->demand, demand->cards, demand->present);
  std::fputs(Configuration(*demand, plan).c_str(), stdout);
  return kExitOk;
}

// What a server would know of such a cluster.
scheduler::TopView ViewOf(const Listed& listed) {
  const scheduler::whatif::World world =
      scheduler::whatif::MakeWorld(listed.nodes, listed.pods, listed.dra_resources);
  scheduler::TopView view;
  view.snapshot = world.snapshot;
  for (const scheduler::whatif::BoundPod& bound : world.pods) {
    scheduler::TopPod pod;
    pod.id = bound.pod.id;
    pod.node = bound.pod.node;
    pod.allocation = bound.pod.allocation;
    pod.counted = bound.counted;
    pod.init_finished = bound.pod.init_finished;
    view.pods.push_back(std::move(pod));
  }
  for (const model::Pod& pod : listed.pods) {
    if (pod.held_by_gates() && !pod.request.empty()) ++view.gated;
    if (!pod.waits()) continue;
    if (scheduler::IsInvalid(pod.request, world.snapshot)) {
      std::fprintf(stderr, "tangram simulate: warning: pod %s/%s is left out: %s\n",
                   pod.id.name_space.c_str(), pod.id.name.c_str(),
                   scheduler::FaultText(pod.request).c_str());
    } else if (!pod.request.empty()) {
      view.waiting.push_back(pod);
    }
  }
  return view;
}

int PlanForCluster(const ClusterOptions& options) {
  const absl::StatusOr<Listed> listed = ReadCluster(options);
  if (!listed.ok()) return Fail(listed.status());
  const scheduler::mig::Census census = scheduler::mig::TakeCensus(ViewOf(*listed));
  const auto outlooks = MakeOutlooks(census);
  if (!outlooks.ok()) return Fail(outlooks.status());
  if (!outlooks->empty()) {
    std::fputs(OutlookConfiguration(*outlooks).c_str(), stdout);
    return kExitOk;
  }
  const char* why = census.groups.empty() ? "no card of these nodes is cut into MIG instances"
                                          : "no pod waits for an instance that a card could have";
  std::fprintf(stderr, "tangram simulate: %s\n%s", why, OutlookTable({}, census).c_str());
  return kExitNo;
}

int RunPlanMig(const Options& options) {
  if (options.cluster.given()) return PlanForCluster(options.cluster);
  if (!options.demand.empty()) return PlanForDemand(options.demand);
  return Fail(absl::InvalidArgumentError(
      "nothing to plan for: give --demand FILE, --cluster FILE or --kubeconfig FILE"));
}

}  // namespace

Subcommand DefinePlanMig(CLI::App& simulate) {
  const auto options = std::make_shared<Options>();
  CLI::App* app = AddCommand(simulate, "plan-mig", kPlanMigAbout, kPlanMigFooter);
  auto* demand =
      app->add_option("--demand", options->demand, "what is wanted, YAML or JSON; - is stdin")
          ->option_text("FILE");
  AddClusterOptions(app, &options->cluster);
  for (const char* cluster : {"--cluster", "--kubeconfig", "--selector"}) {
    app->get_option(cluster)->excludes(demand);
  }
  return {app, [options] { return RunPlanMig(*options); }};
}

}  // namespace tangram::api::cli::simulate
