// The subcommand `fit`: how many more of a pod fit, where, and why not more.
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "api/cli/exit_code.h"
#include "api/cli/simulate/answer.h"
#include "api/cli/simulate/question.h"
#include "api/cli/simulate/reason_groups.h"
#include "api/cli/simulate/subcommands.h"
#include "api/cli/simulate/table.h"
#include "api/cli/simulate/verdict_text.h"
#include "nlohmann/json.hpp"
#include "scheduler/whatif/capacity.h"

namespace tangram::api::cli::simulate {
namespace {

using nlohmann::json;
using scheduler::whatif::Capacity;
using scheduler::whatif::NodeCapacity;
using scheduler::whatif::World;

constexpr std::string_view kAbout = "How many more of a pod fit, on which nodes, and why not more.";

constexpr std::string_view kFooter =
    R"(The pod is placed and booked on a copy of the cluster by the code of the live server, again and
again until it fits nowhere. CPU and memory count where the cluster says them; cordoned nodes take
nothing unless the pod tolerates it. So do nodes that are not ready, have a taint that the pod does not
tolerate, labels that its nodeSelector or required node affinity does not want, or do not offer a
resource that it asks for (rdma/hca). Affinity to other pods, spreading, quotas and volumes are
kube-scheduler's and not weighed.

Nodes are grouped by what stops them; up to 16 nodes also get a line each.
The column WHY NOT MORE gives the codes of the filter, and the card that comes nearest to one more.
Amounts are MiB, percent of a card's compute, and slots (containers that may share a card).

Exit codes:
  0  at least --at-least of it fit
  1  fewer fit
  2  wrong usage, or an input that cannot be read (the message names it)

Examples:
  tangram simulate fit pod.yaml --cluster examples/cluster.yaml
  kubectl get nodes,pods -A -o json | gzip > dump.json.gz
  tangram simulate fit deployment.yaml --cluster dump.json.gz --at-least 20
  tangram simulate fit pod.yaml --kubeconfig ~/.kube/config -o json)";

struct Options {
  QuestionOptions question;
  int64_t at_least = 1;
};

Table NodesTable(const World& world, const NamedAsk& pod, const Capacity& capacity) {
  Table table({{"NODE"}, {"MORE", Table::Align::kRight}, {"WHY NOT MORE"}});
  for (size_t i = 0; i < world.nodes.size(); ++i) {
    const NodeCapacity& node = capacity.nodes[i];
    const model::Node& known = world.nodes[i].node;
    table.Add({known.name(), absl::StrCat(Grouped(node.count), node.cut ? "+" : ""),
               node.cut
                   ? "counting ended here"
                   : WhyNot({node.stop, node.nearest, node.host_left, world.nodes[i].bars.note},
                            known, pod.ask)});
  }
  return table;
}

// Nodes that stop at the same codes, together.
Table ReasonsTable(const World& world, const Capacity& capacity) {
  std::vector<NodeReason> nodes;
  for (size_t i = 0; i < world.nodes.size(); ++i) {
    const NodeCapacity& node = capacity.nodes[i];
    nodes.push_back({world.nodes[i].node.name(),
                     node.cut ? "counting ended" : absl::StrJoin(ReasonWords(node.stop), ", "),
                     node.count});
  }
  return GroupByReason(nodes, /*with_more=*/true);
}

// "13 more fit, on 3 of 4 nodes".
std::string FitSentence(const World& world, const Capacity& capacity) {
  size_t on = 0;
  for (const NodeCapacity& node : capacity.nodes) on += node.count > 0 ? 1 : 0;
  return absl::StrCat(Grouped(capacity.total), " more fit, on ", on, " of ",
                      Counted(static_cast<int64_t>(world.nodes.size()), "node", "nodes"));
}

std::string FitTable(const World& world, const NamedAsk& pod, const Capacity& capacity) {
  std::string text =
      absl::StrCat(pod.name, ": ", Describe(pod.ask), "\n", FitSentence(world, capacity), "\n\n",
                   ReasonsTable(world, capacity).Text(), "\n");
  if (world.nodes.size() > kNodesListed) {
    return absl::StrCat(text, NodeByNodeHint(world.nodes.size()), "\n");
  }
  return absl::StrCat(text, NodesTable(world, pod, capacity).Text());
}

Sheet FitSheet(const World& world, const Capacity& capacity) {
  Sheet sheet{.head = {"node", "more", "counting_ended", "reasons", "nearest_card", "have", "want"},
              .rows = {}};
  for (size_t i = 0; i < world.nodes.size(); ++i) {
    const NodeCapacity& node = capacity.nodes[i];
    const model::Node& known = world.nodes[i].node;
    std::vector<std::string> row = {known.name(), absl::StrCat(node.count), TrueOrFalse(node.cut),
                                    absl::StrJoin(ReasonWords(node.stop), " ")};
    if (node.nearest.has_value()) {
      row.insert(row.end(), {absl::StrCat(known.spec().gpus[node.nearest->card].index),
                             absl::StrCat(node.nearest->have), absl::StrCat(node.nearest->want)});
    }
    row.resize(sheet.head.size());
    sheet.rows.push_back(std::move(row));
  }
  return sheet;
}

Article FitArticle(const World& world, const NamedAsk& pod, const Capacity& capacity) {
  return {.kicker = "Tangram simulate fit",
          .title = absl::StrCat("How many more of ", pod.name, " fit"),
          .lede = absl::StrCat(FitSentence(world, capacity), ". Each asks for ", Describe(pod.ask),
                               "."),
          .figures = {{Grouped(capacity.total), "", "more fit"}},
          .parts = {{"Why not more", "", ReasonsTable(world, capacity).AsSheet()},
                    {"Node by node", "", NodesTable(world, pod, capacity).AsSheet()}}};
}

json FitJson(const World& world, const NamedAsk& pod, const Capacity& capacity) {
  json nodes = json::array();
  for (size_t i = 0; i < world.nodes.size(); ++i) {
    const NodeCapacity& node = capacity.nodes[i];
    const model::Node& known = world.nodes[i].node;
    nodes.push_back({{"name", known.name()},
                     {"more", node.count},
                     {"counting_ended", node.cut},
                     {"reasons", ReasonWords(node.stop)},
                     {"nearest_card", node.nearest ? CardJson(known, *node.nearest) : json()},
                     {"host_left", HostJson(node.host_left)}});
  }
  return {{"schema", "tangram.dev/simulation-fit/v1"},
          {"pod", PodJson(pod)},
          {"total", capacity.total},
          {"nodes", std::move(nodes)}};
}

int Fit(const Options& options) {
  const auto asked = ReadQuestion(options.question);
  if (!asked.ok()) return Fail(asked.status());
  const Capacity capacity =
      scheduler::whatif::CountFits(asked->world, asked->pod.ask, asked->policy);
  const Answer answer{.json = [&] { return FitJson(asked->world, asked->pod, capacity); },
                      .table = [&] { return FitTable(asked->world, asked->pod, capacity); },
                      .csv = [&] { return FitSheet(asked->world, capacity); },
                      .article = [&] { return FitArticle(asked->world, asked->pod, capacity); }};
  const absl::Status printed = PrintAnswer(options.question.output, answer);
  if (!printed.ok()) return Fail(printed);
  return capacity.total >= options.at_least ? kExitOk : kExitNo;
}

}  // namespace

Subcommand DefineFit(CLI::App& simulate) {
  const auto options = std::make_shared<Options>();
  CLI::App* app = AddCommand(simulate, "fit", kAbout, kFooter);
  AddQuestionOptions(app, &options->question);
  app->add_option("--at-least", options->at_least, "how many must fit for exit code 0 (default: 1)")
      ->option_text("N")
      ->check(CLI::Range(int64_t{0}, int64_t{1'000'000'000}).description(""));
  return {app, [options] { return Fit(*options); }};
}

}  // namespace tangram::api::cli::simulate
