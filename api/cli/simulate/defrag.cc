// The subcommand `defrag`: which pods to move so that whole cards come free, or a pod fits.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "api/cli/exit_code.h"
#include "api/cli/simulate/answer.h"
#include "api/cli/simulate/question.h"
#include "api/cli/simulate/subcommands.h"
#include "api/cli/simulate/table.h"
#include "api/cli/simulate/verdict_text.h"
#include "nlohmann/json.hpp"
#include "scheduler/whatif/defrag.h"

namespace tangram::api::cli::simulate {
namespace {

using nlohmann::json;
using scheduler::CardTake;
using scheduler::whatif::DefragReport;
using scheduler::whatif::Measure;
using scheduler::whatif::Move;
using scheduler::whatif::Place;
using scheduler::whatif::World;

constexpr std::string_view kAbout = "Which pods to move so that cards come free, or a pod fits.";

constexpr std::string_view kFooter =
    R"(Prints a list of moves. Nothing is moved: what can be had is shown, a bound for those who think of
restarting pods. Each move can be made where it stands in the list: the pod fits in its new place
while it still holds the old one. Pods that are ending, or whose cards are unknown, stay.

Without --pod the cards and nodes that are the easiest to empty are emptied, one after the other, onto
cards that are in use already. With --pod room is made for that pod on one node: every set of one, two
and three pods is tried, beyond that the cards that are the easiest to empty. The search asks the
live fit at most 2,000,000 times and says so when that was too few; better lists may exist.

"fragmented" is FGD's measure: idle GPU that the pods which run now could not use, by how often their
kind is there.

Exit codes:
  0  there are such moves, or the pod fits already
  1  none were found
  2  wrong usage, or an input that cannot be read (the message names it)

Examples:
  tangram simulate defrag --cluster dump.json.gz --max-moves 10
  tangram simulate defrag --kubeconfig ~/.kube/config --max-moves 3 --pod train.yaml -o json)";

struct Options {
  ClusterOptions cluster;
  PodOptions pod;
  int64_t max_moves = 10;
  OutputOptions output;
};

std::string PodName(const World& world, const Move& move) {
  const model::PodId& id = world.pods[move.pod].pod.id;
  return absl::StrCat(id.name_space, "/", id.name);
}

std::vector<int32_t> CardIndices(const World& world, const Place& place) {
  std::vector<int32_t> indices;
  for (const CardTake& take : place.takes) {
    indices.push_back(world.nodes[place.node].node.spec().gpus[take.card].index);
  }
  return indices;
}

std::string PlaceText(const World& world, const Place& place) {
  return absl::StrCat(world.nodes[place.node].node.name(), " ",
                      place.takes.size() == 1 ? "card " : "cards ",
                      absl::StrJoin(CardIndices(world, place), "+"));
}

double FragmentedPercent(const Measure::Fragments& fragments) {
  if (fragments.idle_milli == 0) return 0;
  return 100 * fragments.lost_milli / static_cast<double>(fragments.idle_milli);
}

Table MeasureTable(const Measure& before, const Measure& after) {
  Table table({{""}, {"BEFORE", Table::Align::kRight}, {"AFTER", Table::Align::kRight}});
  const auto row = [&](const char* what, int64_t Measure::*amount) {
    table.Add({what, Grouped(before.*amount), Grouped(after.*amount)});
  };
  row("cards wholly free", &Measure::cards_free);
  row("nodes wholly free", &Measure::nodes_free);
  row("largest pod, whole cards", &Measure::most_cards);
  row("largest pod of one slice, MiB", &Measure::largest_slice_mib);
  const auto fragmented = [](const Measure& measure) {
    if (!measure.fragments.has_value()) return std::string("-");
    return absl::StrFormat("%.1f%%", FragmentedPercent(*measure.fragments));
  };
  table.Add({"idle GPU fragmented", fragmented(before), fragmented(after)});
  return table;
}

Table MovesTable(const World& world, const DefragReport& report) {
  Table table({{"#", Table::Align::kRight}, {"POD"}, {"FROM"}, {"TO"}});
  for (size_t i = 0; i < report.moves.size(); ++i) {
    const Move& move = report.moves[i];
    table.Add({absl::StrCat(i + 1), PodName(world, move), PlaceText(world, move.from),
               PlaceText(world, move.to)});
  }
  return table;
}

json MeasureJson(const Measure& measure) {
  json object = {{"cards_free", measure.cards_free},
                 {"nodes_free", measure.nodes_free},
                 {"largest_pod_cards", measure.most_cards},
                 {"largest_slice_mib", measure.largest_slice_mib},
                 {"fragments", nullptr}};
  if (measure.fragments.has_value()) {
    object["fragments"] = {{"idle_gpu_milli", measure.fragments->idle_milli},
                           {"fragmented_gpu_milli", measure.fragments->lost_milli},
                           {"fragmented_percent", FragmentedPercent(*measure.fragments)}};
  }
  return object;
}

// The sentence that answers the question; `before_moves` ends it where moves follow.
std::string Answered(const World& world, const std::optional<NamedAsk>& pod,
                     const DefragReport& report, const char* before_moves) {
  const std::string moves = Counted(static_cast<int64_t>(report.moves.size()), "move", "moves");
  std::string text;
  if (!pod.has_value()) {
    text = report.moves.empty() ? "No moves were found that free a card or a node."
                                : absl::StrCat(moves, " (a bound; nothing is moved)", before_moves);
  } else if (!report.fits_on.has_value()) {
    text = absl::StrCat("No moves were found that make room for ", pod->name, ".");
  } else {
    const std::string& node = world.nodes[*report.fits_on].node.name();
    text = report.moves.empty() ? absl::StrCat(pod->name, " fits as it is, on ", node, ".")
                                : absl::StrCat(pod->name, " fits on ", node, " after ", moves,
                                               " (a bound; nothing is moved)", before_moves);
  }
  if (report.stopped) absl::StrAppend(&text, "\nThe search met its limit; better may exist.");
  return text;
}

std::string DefragTable(const World& world, const std::optional<NamedAsk>& pod,
                        const DefragReport& report) {
  std::string text;
  if (pod.has_value()) text = absl::StrCat(pod->name, ": ", Describe(pod->ask), "\n");
  absl::StrAppend(&text, Answered(world, pod, report, ":"), "\n\n");
  if (!report.moves.empty()) absl::StrAppend(&text, MovesTable(world, report).Text(), "\n");
  return text + MeasureTable(report.before, report.after).Text();
}

// What was and what would be: first the moved pods, then what the cluster has.
Sheet DefragSheet(const World& world, const DefragReport& report) {
  Sheet sheet{.head = {"what", "of", "before", "after"}, .rows = {}};
  for (const Move& move : report.moves) {
    sheet.rows.push_back(
        {"pod", PodName(world, move), PlaceText(world, move.from), PlaceText(world, move.to)});
  }
  const json before = MeasureJson(report.before), after = MeasureJson(report.after);
  for (const char* name : {"cards_free", "nodes_free", "largest_pod_cards", "largest_slice_mib"}) {
    sheet.rows.push_back({"cluster", name, before.at(name).dump(), after.at(name).dump()});
  }
  if (report.before.fragments.has_value() && report.after.fragments.has_value()) {
    const auto percent = [](const Measure::Fragments& fragments) {
      return json(FragmentedPercent(fragments)).dump();
    };
    sheet.rows.push_back({"cluster", "fragmented_percent", percent(*report.before.fragments),
                          percent(*report.after.fragments)});
  }
  return sheet;
}

Article DefragArticle(const World& world, const std::optional<NamedAsk>& pod,
                      const DefragReport& report) {
  Article article{.kicker = "Tangram simulate defrag",
                  .title = pod.has_value() ? absl::StrCat("Room for ", pod->name)
                                           : std::string("Moves that free cards"),
                  .lede = Answered(world, pod, report, "."),
                  .figures = {{Grouped(report.after.cards_free), "",
                               absl::StrCat("cards wholly free then; ",
                                            Grouped(report.before.cards_free), " now")},
                              {Grouped(report.after.nodes_free), "",
                               absl::StrCat("nodes wholly free then; ",
                                            Grouped(report.before.nodes_free), " now")}},
                  .parts = {}};
  if (pod.has_value()) {
    absl::StrAppend(&article.lede, "\nThe pod asks for ", Describe(pod->ask), ".");
  }
  if (!report.moves.empty()) {
    article.parts.push_back({"Moves",
                             "Each can be made where it stands in the list: the pod fits in its "
                             "new place while it still holds the old one.",
                             MovesTable(world, report).AsSheet()});
  }
  article.parts.push_back(
      {"Before and after", "", MeasureTable(report.before, report.after).AsSheet()});
  return article;
}

json PlaceJson(const World& world, const Place& place) {
  const model::Node& node = world.nodes[place.node].node;
  json cards = json::array();
  for (const CardTake& take : place.takes) {
    cards.push_back({{"index", node.spec().gpus[take.card].index},
                     {"uuid", node.spec().gpus[take.card].uuid},
                     {"memory_mib", take.usage.memory.value()},
                     {ComputeField(node.spec().gpus[take.card]), take.usage.cores.value()}});
  }
  return {{"node", node.name()}, {"cards", std::move(cards)}};
}

json DefragJson(const World& world, const std::optional<NamedAsk>& pod,
                const DefragReport& report) {
  json moves = json::array();
  for (const Move& move : report.moves) {
    moves.push_back({{"pod", PodName(world, move)},
                     {"uid", world.pods[move.pod].pod.id.uid},
                     {"from", PlaceJson(world, move.from)},
                     {"to", PlaceJson(world, move.to)}});
  }
  json object = {{"schema", "tangram.dev/simulation-defrag/v1"},
                 {"moves", std::move(moves)},
                 {"is_a_bound", true},
                 {"search_met_its_limit", report.stopped},
                 {"before", MeasureJson(report.before)},
                 {"after", MeasureJson(report.after)}};
  if (pod.has_value()) {
    object["pod"] = {{"name", pod->name}, {"wants", Describe(pod->ask)}};
    object["fits_on"] =
        report.fits_on.has_value() ? json(world.nodes[*report.fits_on].node.name()) : json();
  }
  return object;
}

int RunDefrag(const Options& options) {
  if (const absl::Status status = CheckWritable(options.output.file); !status.ok()) {
    return Fail(status);
  }
  std::optional<NamedAsk> pod;
  if (!options.pod.file.empty()) {
    auto asked = ReadAsk(options.pod);
    if (!asked.ok()) return Fail(asked.status());
    pod = *std::move(asked);
  }
  const auto world = ReadWorld(options.cluster);
  if (!world.ok()) return Fail(world.status());
  if (pod.has_value()) {
    if (const absl::Status status = CheckOffered(*world, &*pod); !status.ok()) return Fail(status);
  }
  scheduler::whatif::DefragOptions search;
  search.max_moves = static_cast<size_t>(options.max_moves);
  if (pod.has_value()) search.pod = &pod->ask;
  const DefragReport report = scheduler::whatif::Defrag(*world, search);
  const Answer answer{.json = [&] { return DefragJson(*world, pod, report); },
                      .table = [&] { return DefragTable(*world, pod, report); },
                      .csv = [&] { return DefragSheet(*world, report); },
                      .article = [&] { return DefragArticle(*world, pod, report); }};
  if (const absl::Status printed = PrintAnswer(options.output, answer); !printed.ok()) {
    return Fail(printed);
  }
  const bool found = pod.has_value() ? report.fits_on.has_value() : !report.moves.empty();
  return found ? kExitOk : kExitNo;
}

}  // namespace

Subcommand DefineDefrag(CLI::App& simulate) {
  const auto options = std::make_shared<Options>();
  CLI::App* app = AddCommand(simulate, "defrag", kAbout, kFooter);
  AddClusterOptions(app, &options->cluster);
  app->add_option("--max-moves", options->max_moves, "at most so many moves (default: 10)")
      ->option_text("K")
      ->check(CLI::Range(int64_t{1}, int64_t{1000}).description(""));
  auto* pod = app->add_option("--pod", options->pod.file, "a pod that is to fit, a manifest")
                  ->option_text("FILE");
  AddNameOption(app, &options->pod)->needs(pod);
  AddOutputOptions(app, &options->output);
  return {app, [options] { return RunDefrag(*options); }};
}

}  // namespace tangram::api::cli::simulate
