// The subcommand `plan`: how many nodes of which shape to add until enough of a pod fit.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "api/cli/exit_code.h"
#include "api/cli/simulate/answer.h"
#include "api/cli/simulate/question.h"
#include "api/cli/simulate/subcommands.h"
#include "api/cli/simulate/table.h"
#include "api/cli/simulate/verdict_text.h"
#include "api/standalone/node_shape.h"
#include "nlohmann/json.hpp"
#include "scheduler/whatif/capacity.h"

namespace tangram::api::cli::simulate {
namespace {

using nlohmann::json;
using scheduler::whatif::Plan;
using scheduler::whatif::World;

constexpr std::string_view kAbout = "How many nodes to add until enough of a pod fit.";

constexpr std::string_view kFooter =
    R"(Counts how many of the pod fit now (as `fit` does) and on an empty node of each shape, and says how
many such nodes are needed. A shape is "<cards>x <model>-<memory>GB", as in a scenario, and may say
cpu=96, memory=1Ti and split=10 (containers that may share a card) of the node; what it does not say
has no bound. The alternative with the fewest cards is marked.

Exit codes:
  0  some alternative does
  1  the pod fits on none of the nodes offered
  2  wrong usage, or an input that cannot be read (the message names it)

Examples:
  tangram simulate plan pod.yaml --cluster examples/cluster.yaml --add "8x H100-80GB" --until-fits 40
  tangram simulate plan pod.yaml --cluster dump.yaml --until-fits 100 \
      --add "8x H100-80GB cpu=192 memory=2Ti" --add "4x L40S-48GB cpu=64 memory=512Gi")";

struct Options {
  QuestionOptions question;
  std::vector<std::string> shapes;
  int64_t wanted = 1;
};

struct Alternative {
  std::string text;
  standalone::NodeShape shape;
  World world;  // of one such node
  Plan plan;

  std::optional<int64_t> cards() const {
    if (!plan.nodes.has_value()) return std::nullopt;
    return *plan.nodes * shape.cards;
  }
};

absl::StatusOr<Alternative> MakeAlternative(const std::string& text) {
  auto shape = standalone::ParseNodeShape(text);
  if (!shape.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--add \"", text, "\": ", shape.status().message()));
  }
  Alternative alternative;
  alternative.text = text;
  alternative.shape = *std::move(shape);
  const std::vector<scheduler::NodeObservation> nodes = {MakeNode(alternative.shape, "new")};
  alternative.world = scheduler::whatif::MakeWorld(nodes, {});
  return alternative;
}

// The first of those that need the fewest cards, else none.
std::optional<size_t> Best(const std::vector<Alternative>& alternatives) {
  std::optional<size_t> best;
  for (size_t i = 0; i < alternatives.size(); ++i) {
    const auto cards = alternatives[i].cards();
    if (!cards.has_value()) continue;
    if (!best.has_value() || *cards < *alternatives[*best].cards()) best = i;
  }
  return best;
}

std::string WhyNone(const Alternative& alternative, const NamedAsk& pod) {
  const auto& on_each = alternative.plan.on_each;
  const auto& node = alternative.world.nodes.front();
  return WhyNot({on_each.stop, on_each.nearest, on_each.host_left, node.bars.note}, node.node,
                pod.ask);
}

Table AlternativesTable(const NamedAsk& pod, const std::vector<Alternative>& alternatives) {
  Table table({{"ADD"},
               {"ON EACH", Table::Align::kRight},
               {"NODES", Table::Align::kRight},
               {"CARDS", Table::Align::kRight},
               {"FIT THEN", Table::Align::kRight},
               {""}});
  const std::optional<size_t> best = Best(alternatives);
  for (size_t i = 0; i < alternatives.size(); ++i) {
    const Alternative& one = alternatives[i];
    const bool possible = one.plan.nodes.has_value();
    const bool marked = best == i && alternatives.size() > 1;
    table.Add({one.text, Grouped(one.plan.on_each.count),
               possible ? Grouped(*one.plan.nodes) : "never",
               possible ? Grouped(*one.cards()) : "-", Grouped(one.plan.after),
               possible ? (marked ? "<- fewest cards" : "") : WhyNone(one, pod)});
  }
  return table;
}

// "9 fit now, 20 wanted".
std::string PlanSentence(const Options& options, const std::vector<Alternative>& alternatives) {
  return absl::StrCat(Grouped(alternatives.front().plan.before), " fit now, ",
                      Grouped(options.wanted), " wanted");
}

std::string PlanTable(const Options& options, const NamedAsk& pod,
                      const std::vector<Alternative>& alternatives) {
  return absl::StrCat(pod.name, ": ", Describe(pod.ask), "\n", PlanSentence(options, alternatives),
                      "\n\n", AlternativesTable(pod, alternatives).Text());
}

Sheet PlanSheet(const std::vector<Alternative>& alternatives) {
  Sheet sheet{.head = {"add", "fit_on_each", "nodes", "cards", "fit_then", "fewest_cards",
                       "reasons_on_each"},
              .rows = {}};
  const std::optional<size_t> best = Best(alternatives);
  const auto number = [](const std::optional<int64_t>& value) {
    return value.has_value() ? absl::StrCat(*value) : std::string();
  };
  for (size_t i = 0; i < alternatives.size(); ++i) {
    const Alternative& one = alternatives[i];
    sheet.rows.push_back({one.text, absl::StrCat(one.plan.on_each.count), number(one.plan.nodes),
                          number(one.cards()), absl::StrCat(one.plan.after), TrueOrFalse(best == i),
                          absl::StrJoin(ReasonWords(one.plan.on_each.stop), " ")});
  }
  return sheet;
}

Article PlanArticle(const Options& options, const NamedAsk& pod,
                    const std::vector<Alternative>& alternatives) {
  Article article{
      .kicker = "Tangram simulate plan",
      .title = absl::StrCat("What to add for ", Grouped(options.wanted), " of ", pod.name),
      .lede = absl::StrCat(PlanSentence(options, alternatives), ". Each asks for ",
                           Describe(pod.ask), "."),
      .figures = {{Grouped(alternatives.front().plan.before), "", "fit now"}},
      .parts = {{"What could be added", "", AlternativesTable(pod, alternatives).AsSheet()}}};
  if (const std::optional<size_t> best = Best(alternatives); best.has_value()) {
    const Alternative& one = alternatives[*best];
    article.figures.push_back({Grouped(*one.plan.nodes), "", absl::StrCat("nodes of ", one.text)});
    article.figures.push_back({Grouped(one.plan.after), "", "fit then"});
  }
  return article;
}

json PlanJson(const Options& options, const NamedAsk& pod,
              const std::vector<Alternative>& alternatives) {
  const std::optional<size_t> best = Best(alternatives);
  json list = json::array();
  for (size_t i = 0; i < alternatives.size(); ++i) {
    const Alternative& one = alternatives[i];
    const auto number = [](const std::optional<int64_t>& value) {
      return value.has_value() ? json(*value) : json();
    };
    list.push_back({{"add", one.text},
                    {"fit_on_each", one.plan.on_each.count},
                    {"nodes", number(one.plan.nodes)},
                    {"cards", number(one.cards())},
                    {"fit_then", one.plan.after},
                    {"fewest_cards", best == i},
                    {"reasons_on_each", ReasonWords(one.plan.on_each.stop)}});
  }
  return {{"schema", "tangram.dev/simulation-plan/v1"},
          {"pod", PodJson(pod)},
          {"wanted", options.wanted},
          {"fit_now", alternatives.front().plan.before},
          {"alternatives", std::move(list)}};
}

int RunPlan(const Options& options) {
  std::vector<Alternative> alternatives;
  for (const std::string& text : options.shapes) {
    auto alternative = MakeAlternative(text);
    if (!alternative.ok()) return Fail(alternative.status());
    alternatives.push_back(*std::move(alternative));
  }
  const auto asked = ReadQuestion(options.question);
  if (!asked.ok()) return Fail(asked.status());
  const scheduler::whatif::Ask& ask = asked->pod.ask;
  const int64_t before = scheduler::whatif::CountFits(asked->world, ask, asked->policy).total;
  for (Alternative& one : alternatives) {
    one.plan = scheduler::whatif::PlanNodes(before, options.wanted, one.world, ask, asked->policy);
  }
  const Answer answer{.json = [&] { return PlanJson(options, asked->pod, alternatives); },
                      .table = [&] { return PlanTable(options, asked->pod, alternatives); },
                      .csv = [&] { return PlanSheet(alternatives); },
                      .article = [&] { return PlanArticle(options, asked->pod, alternatives); }};
  const absl::Status printed = PrintAnswer(options.question.output, answer);
  if (!printed.ok()) return Fail(printed);
  return Best(alternatives).has_value() ? kExitOk : kExitNo;
}

}  // namespace

Subcommand DefinePlan(CLI::App& simulate) {
  const auto options = std::make_shared<Options>();
  CLI::App* app = AddCommand(simulate, "plan", kAbout, kFooter);
  AddQuestionOptions(app, &options->question);
  app->add_option("--add", options->shapes, "a node to add; repeatable, to compare")
      ->option_text("SHAPE")
      ->required()
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app->add_option("--until-fits", options->wanted, "how many of the pod are to fit")
      ->option_text("N")
      ->required()
      ->check(CLI::Range(int64_t{1}, int64_t{1'000'000'000}).description(""));
  return {app, [options] { return RunPlan(*options); }};
}

}  // namespace tangram::api::cli::simulate
