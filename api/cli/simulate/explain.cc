// The subcommand `explain`: why a pod does not fit, card by card, and what little would help.
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "api/cli/exit_code.h"
#include "api/cli/simulate/answer.h"
#include "api/cli/simulate/explain_report.h"
#include "api/cli/simulate/question.h"
#include "api/cli/simulate/subcommands.h"
#include "model/shown.h"
#include "scheduler/whatif/explain.h"

namespace tangram::api::cli::simulate {
namespace {

using scheduler::whatif::NodeExplanation;

constexpr std::string_view kAbout = "Why a pod does not fit, card by card, and what would help.";

constexpr std::string_view kFooter =
    R"(For every node the verdict of the live code, for every card what is free and what the pod misses
there, and the smallest changes that would make the pod fit: so much less memory or so many cores
fewer, fewer cards, or one pod leaving. Changes are exact: one unit less does not do. Each is of one
kind; two small ones together may do as well.

Nodes are grouped by their verdict. Of a cluster with more than 16 nodes the lines for each node and card
are left out; --node NAME shows one, -o csv, json and html have all nodes.

Exit codes:
  0  the pod fits somewhere (with --node: on that node)
  1  it does not
  2  wrong usage, or an input that cannot be read (the message names it)

Examples:
  tangram simulate explain examples/does-not-fit.yaml --cluster examples/cluster.yaml
  tangram simulate explain pod.yaml --cluster dump.json.gz --node gpu-7
  tangram simulate explain pod.yaml --kubeconfig ~/.kube/config -o json)";

struct Options {
  QuestionOptions question;
  std::string node;
};

int Explain(const Options& options) {
  const auto asked = ReadQuestion(options.question);
  if (!asked.ok()) return Fail(asked.status());
  const scheduler::whatif::World& world = asked->world;
  std::vector<NodeExplanation> nodes;
  bool fits = false;
  for (size_t i = 0; i < world.nodes.size(); ++i) {
    if (!options.node.empty() && world.nodes[i].node.name() != options.node) continue;
    nodes.push_back(scheduler::whatif::ExplainNode(world, i, asked->pod.ask, asked->policy));
    fits |= nodes.back().verdict.fits();
  }
  if (nodes.empty()) {
    return Fail(absl::InvalidArgumentError(absl::StrCat("--node: ", model::Shown(options.node),
                                                        " is not among the ", world.nodes.size(),
                                                        " nodes of the cluster")));
  }
  const Answer answer{.json = [&] { return ExplainJson(world, asked->pod, nodes); },
                      .table = [&] { return ExplainTable(world, asked->pod, nodes); },
                      .csv = [&] { return ExplainSheet(world, asked->pod, nodes); },
                      .article = [&] { return ExplainArticle(world, asked->pod, nodes); }};
  const absl::Status printed = PrintAnswer(options.question.output, answer);
  if (!printed.ok()) return Fail(printed);
  return fits ? kExitOk : kExitNo;
}

}  // namespace

Subcommand DefineExplain(CLI::App& simulate) {
  const auto options = std::make_shared<Options>();
  CLI::App* app = AddCommand(simulate, "explain", kAbout, kFooter);
  AddQuestionOptions(app, &options->question);
  app->add_option("--node", options->node, "this node alone")->option_text("NAME");
  return {app, [options] { return Explain(*options); }};
}

}  // namespace tangram::api::cli::simulate
