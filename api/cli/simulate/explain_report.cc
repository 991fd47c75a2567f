#include "api/cli/simulate/explain_report.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "api/cli/simulate/explain_tables.h"
#include "api/cli/simulate/verdict_text.h"

namespace tangram::api::cli::simulate {
namespace {

using nlohmann::json;
using scheduler::CardVerdict;
using scheduler::whatif::BestChange;
using scheduler::whatif::Change;
using scheduler::whatif::ChangeKind;
using scheduler::whatif::NodeExplanation;
using scheduler::whatif::World;

json PoolsJson(const NodeExplanation& node) {
  json pools = json::array();
  for (const scheduler::PoolVerdict& pool : node.pools) {
    pools.push_back({{"resource", pool.resource},
                     {"offered", pool.offered},
                     {"have", pool.have},
                     {"want", pool.want}});
  }
  return pools;
}

json ChangeJson(const World& world, const NamedAsk& pod, const Change& change) {
  json object = {{"kind", std::string(scheduler::whatif::ChangeName(change.kind))},
                 {"text", DescribeChange(world, pod, change)}};
  if (change.kind == ChangeKind::kPodLeaves) {
    object["pod"] = PodName(world.pods[change.pod]);
    object["pods_alike"] = change.pods_alike;
    return object;
  }
  if (change.from != 0) {
    object["from"] = change.from;
    object["to"] = change.to;
  }
  if (change.kind == ChangeKind::kLessMemoryAndCores) {
    object["cores_from"] = change.cores_from;
    object["cores_to"] = change.cores_to;
  }
  if (change.kind <= ChangeKind::kFewerCards) object["container"] = change.container;
  return object;
}

json CardsJson(const World& world, const NodeExplanation& node) {
  const model::Node& known = world.nodes[node.node].node;
  json cards = json::array();
  for (const size_t i : ByIndex(known)) {
    const model::GpuUsage free = FreeOf(known.cards()[i]);
    json card = {{"index", known.spec().gpus[i].index},
                 {"uuid", known.spec().gpus[i].uuid},
                 {"type", known.spec().gpus[i].type},
                 {"free",
                  {{"memory_mib", free.memory.value()},
                   {ComputeField(known.spec().gpus[i]), free.cores.value()},
                   {"slots", free.slots.value()}}}};
    if (!node.cards.empty()) {
      const CardVerdict& verdict = node.cards[i];
      card["fits"] = verdict.fits;
      if (!verdict.fits) {
        card["reason"] = std::string(scheduler::ReasonWord(verdict.reason));
        card["have"] = verdict.have;
        card["want"] = verdict.want;
      }
    }
    cards.push_back(std::move(card));
  }
  return cards;
}

// "fits on 1 of 4 nodes".
std::string FitsSentence(const ExplainTables& tables, size_t nodes) {
  return absl::StrCat("fits on ", Grouped(tables.fitting), " of ",
                      Counted(static_cast<int64_t>(nodes), "node", "nodes"));
}

constexpr char kNoChange[] = "No single change makes it fit.";

}  // namespace

std::string ExplainTable(const World& world, const NamedAsk& pod,
                         const std::vector<NodeExplanation>& nodes) {
  const ExplainTables tables = MakeExplainTables(world, pod, nodes);
  std::string text = absl::StrCat(
      pod.name, ": ", Describe(pod.ask), "\n", FitsSentence(tables, nodes.size()), "\n\n",
      tables.reasons.Text(), "\n",
      nodes.size() > kNodesListed ? NodeByNodeHint(nodes.size()) + "\n" : tables.verdicts.Text());
  if (!tables.cards.empty()) absl::StrAppend(&text, "\n", tables.cards.Text());
  if (!tables.pools.empty()) absl::StrAppend(&text, "\n", tables.pools.Text());
  if (tables.fitting > 0) return text;
  if (tables.changes.empty()) return absl::StrCat(text, "\n", kNoChange, "\n");
  return absl::StrCat(text, "\nIt would fit if one of these changed:\n", tables.changes.Text());
}

Sheet ExplainSheet(const World& world, const NamedAsk& pod,
                   const std::vector<NodeExplanation>& nodes) {
  Sheet sheet{
      .head = {"node", "fits", "resolvable", "reasons", "nearest_card", "have", "want", "changes"},
      .rows = {}};
  for (const NodeExplanation& node : nodes) {
    const model::Node& known = world.nodes[node.node].node;
    std::vector<std::string> row = {known.name(), TrueOrFalse(node.verdict.fits()),
                                    TrueOrFalse(node.verdict.cards.resolvable),
                                    absl::StrJoin(ReasonWords(node.verdict), " ")};
    if (const auto nearest = NearestOf(node); nearest.has_value()) {
      row.insert(row.end(), {absl::StrCat(known.spec().gpus[nearest->card].index),
                             absl::StrCat(nearest->have), absl::StrCat(nearest->want)});
    }
    row.resize(sheet.head.size());
    std::vector<std::string> changes;
    for (const Change& change : node.changes) changes.push_back(DescribeChange(world, pod, change));
    row.back() = absl::StrJoin(changes, "; ");
    sheet.rows.push_back(std::move(row));
  }
  return sheet;
}

Article ExplainArticle(const World& world, const NamedAsk& pod,
                       const std::vector<NodeExplanation>& nodes) {
  const ExplainTables tables = MakeExplainTables(world, pod, nodes);
  Article article{
      .kicker = "Tangram simulate explain",
      .title = absl::StrCat(pod.name, " ", FitsSentence(tables, nodes.size())),
      .lede = absl::StrCat("It asks for ", Describe(pod.ask), "."),
      .figures = {{Grouped(tables.fitting), "", "nodes take it"},
                  {Grouped(static_cast<int64_t>(nodes.size())), "", "nodes were asked"}},
      .parts = {}};
  if (tables.fitting == 0) {
    article.parts.push_back({"What would make it fit",
                             tables.changes.empty() ? kNoChange : "One of these would do.",
                             tables.changes.AsSheet()});
  }
  article.parts.push_back({"Why not", "", tables.reasons.AsSheet()});
  article.parts.push_back({"Node by node", "", tables.verdicts.AsSheet()});
  if (!tables.cards.empty()) {
    article.parts.push_back({"Card by card", "", tables.cards.AsSheet()});
  }
  if (!tables.pools.empty()) {
    article.parts.push_back({"What is given out by count", "", tables.pools.AsSheet()});
  }
  return article;
}

json ExplainJson(const World& world, const NamedAsk& pod,
                 const std::vector<NodeExplanation>& nodes) {
  json list = json::array();
  bool fits = false;
  for (const NodeExplanation& node : nodes) {
    const auto& hosted = world.nodes[node.node];
    fits |= node.verdict.fits();
    json changes = json::array();
    for (const Change& change : node.changes) changes.push_back(ChangeJson(world, pod, change));
    json object = {{"name", hosted.node.name()},
                   {"fits", node.verdict.fits()},
                   {"resolvable", node.verdict.cards.resolvable},
                   {"reasons", ReasonWords(node.verdict)},
                   {"host_left", HostJson(hosted.host_left)},
                   {"cards", CardsJson(world, node)},
                   {"changes", std::move(changes)}};
    if (hosted.node.counts_only()) object["pools"] = PoolsJson(node);
    if (node.nearest.has_value()) {
      object["nearest_card"] = CardJson(hosted.node, node.cards[*node.nearest]);
    }
    list.push_back(std::move(object));
  }
  json smallest = json::array();
  if (!fits) {
    for (const BestChange& best : SmallestChanges(world, nodes)) {
      json change = ChangeJson(world, pod, best.change);
      change["node"] = world.nodes[best.node].node.name();
      smallest.push_back(std::move(change));
    }
  }
  return {{"schema", "tangram.dev/simulation-explain/v1"},
          {"pod", PodJson(pod)},
          {"fits", fits},
          {"nodes", std::move(list)},
          {"smallest_changes", std::move(smallest)}};
}

}  // namespace tangram::api::cli::simulate
