// The subcommand `plan-mig`: how to cut cards for a demand, as a configuration of mig-parted.
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "api/cli/exit_code.h"
#include "api/cli/mig_parted.h"
#include "api/cli/simulate/mig_demand.h"
#include "api/cli/simulate/subcommands.h"
#include "api/manifests/files.h"
#include "model/string_map.h"
#include "scheduler/mig/plan.h"

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

The file, in YAML or JSON:
  product: A100-80GB
  cards: 4                              # of one node, numbered from 0
  demand: {3g.40gb: 3, 1g.10gb: 12}     # instances at the same time
  present:                              # optional, as in the configuration of mig-parted
  - devices: all
    mig-devices: {1g.10gb: 7}

Exit codes:
  0  a plan was made, whether it serves everything or not
  2  wrong usage, or a file that cannot be read

Examples:
  tangram simulate plan-mig --demand wanted.yaml >mig-parted.yaml)";

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

int RunPlanMig(const std::string& path) {
  const auto text = manifests::ReadFile(path, kDemandBytesMax);
  if (!text.ok()) return Fail(text.status());
  const auto demand = ReadMigDemand(*text, path);
  if (!demand.ok()) return Fail(demand.status());
  const std::vector<Multiset> plan =
      scheduler::mig::PlanLayouts(demand->states, demand->demand, demand->cards, demand->present);
  std::fputs(Configuration(*demand, plan).c_str(), stdout);
  return kExitOk;
}

}  // namespace

Subcommand DefinePlanMig(CLI::App& simulate) {
  const auto path = std::make_shared<std::string>();
  CLI::App* app = AddCommand(simulate, "plan-mig", kPlanMigAbout, kPlanMigFooter);
  app->add_option("--demand", *path, "what is wanted, YAML or JSON; - is stdin")
      ->option_text("FILE")
      ->required();
  return {app, [path] { return RunPlanMig(*path); }};
}

}  // namespace tangram::api::cli::simulate
