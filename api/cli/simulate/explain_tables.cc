#include "api/cli/simulate/explain_tables.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "api/cli/simulate/verdict_text.h"

namespace tangram::api::cli::simulate {
namespace {

using scheduler::CardVerdict;
using scheduler::whatif::BestChange;
using scheduler::whatif::BoundPod;
using scheduler::whatif::Change;
using scheduler::whatif::ChangeKind;
using scheduler::whatif::NodeExplanation;
using scheduler::whatif::World;

// Which container is spoken of, where there are several.
std::string InContainer(const NamedAsk& pod, size_t container) {
  const auto& containers = pod.ask.request.containers;
  if (containers.size() < 2) return "";
  return absl::StrCat(" in container ", container + 1, " of ", containers.size());
}

std::string DescribeLeaving(const World& world, const Change& change) {
  const BoundPod& pod = world.pods[change.pod];
  const model::Node& node = world.nodes[pod.node].node;
  std::vector<std::string> held;
  for (const model::CardDemand& part : pod.demand) {
    const int card = node.FindCard(part.uuid);
    if (card < 0) continue;
    const auto at = static_cast<size_t>(card);
    held.push_back(absl::StrCat(Grouped(part.usage.memory.value()), " MiB and ",
                                ComputeText(node.spec().gpus[at], part.usage.cores.value()), " on ",
                                CardName(node, at)));
  }
  std::string text = absl::StrCat(PodName(pod), " leaves");
  if (!held.empty()) absl::StrAppend(&text, " (", absl::StrJoin(held, ", "), ")");
  if (change.pods_alike > 1) {
    absl::StrAppend(&text, "; so would one of ",
                    Counted(static_cast<int64_t>(change.pods_alike) - 1, "other", "others"));
  }
  return text;
}

std::string CardWord(const NodeExplanation& node, size_t card) {
  if (node.cards.empty()) return "";
  const CardVerdict& verdict = node.cards[card];
  const auto& chosen = node.placement.cards;
  if (std::find(chosen.begin(), chosen.end(), card) != chosen.end()) return "taken";
  if (verdict.fits) return "would do";
  const std::string amounts = HaveAndWant(verdict);
  return absl::StrCat(model::ToAbsl(scheduler::ReasonWord(verdict.reason)),
                      amounts.empty() ? "" : ": ", amounts, node.nearest == card ? " <-" : "");
}

void AddCards(const World& world, const NodeExplanation& node, Table* table) {
  const model::Node& known = world.nodes[node.node].node;
  for (const size_t i : ByIndex(known)) {
    const model::Card& card = known.cards()[i];
    const model::GpuUsage free = FreeOf(card);
    const auto of = [](int32_t left, int32_t total) {
      return absl::StrCat(Grouped(left), "/", Grouped(total));
    };
    table->Add({known.name(), absl::StrCat(known.spec().gpus[i].index), known.spec().gpus[i].type,
                of(free.memory.value(), card.memory.value()),
                of(free.cores.value(), card.cores.value()),
                of(free.slots.value(), card.slots.value()), CardWord(node, i)});
  }
}

const char* PoolWord(const scheduler::PoolVerdict& pool) {
  if (!pool.offered) return "not offered";
  return pool.have >= pool.want ? "enough" : "too few";
}

void AddPools(const World& world, const NodeExplanation& node, Table* table) {
  for (const scheduler::PoolVerdict& pool : node.pools) {
    table->Add({world.nodes[node.node].node.name(), pool.resource,
                pool.offered ? Grouped(pool.have) : "-", Grouped(pool.want), PoolWord(pool)});
  }
}

}  // namespace

std::optional<CardVerdict> NearestOf(const NodeExplanation& node) {
  if (!node.nearest.has_value()) return std::nullopt;
  return node.cards[*node.nearest];
}

std::string PodName(const BoundPod& pod) {
  return absl::StrCat(pod.pod.id.name_space, "/", pod.pod.id.name);
}

std::vector<size_t> ByIndex(const model::Node& node) {
  std::vector<size_t> order(node.cards().size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&node](size_t a, size_t b) {
    return node.spec().gpus[a].index < node.spec().gpus[b].index;
  });
  return order;
}

model::GpuUsage FreeOf(const model::Card& card) {
  return {card.slots - card.used.slots, card.memory - card.used.memory,
          card.cores - card.used.cores};
}

std::string DescribeChange(const World& world, const NamedAsk& pod, const Change& change) {
  const std::string where = InContainer(pod, change.container);
  const std::string less = Grouped(change.from - change.to);
  const std::string instead =
      absl::StrCat(" (", Grouped(change.to), " instead of ", Grouped(change.from), ")");
  switch (change.kind) {
    case ChangeKind::kLessMemory:
      return absl::StrCat("ask ", less, " MiB less a card", where, instead);
    case ChangeKind::kLowerPercent:
      return absl::StrCat("ask ", less, "% less of a card's memory", where, instead);
    case ChangeKind::kFewerCores:
      return absl::StrCat("ask ", less, "% fewer cores a card", where, instead);
    case ChangeKind::kLessMemoryAndCores:
      return absl::StrCat("ask ", less, " MiB and ", change.cores_from - change.cores_to,
                          "% cores less a card", where, " (", Grouped(change.to), " MiB and ",
                          change.cores_to, "% instead of ", Grouped(change.from), " and ",
                          change.cores_from, "%)");
    case ChangeKind::kFewerCards:
      return absl::StrCat("ask ", Counted(change.from - change.to, "card", "cards"), " fewer",
                          where, instead);
    case ChangeKind::kLessCpu:
      return absl::StrCat("ask ", less, " milli-CPU less", instead);
    case ChangeKind::kLessHostMemory:
      return absl::StrCat("ask ", less, " MiB of host memory less", instead);
    case ChangeKind::kWithoutNumaBind:
      return "do without nvidia.com/numa-bind";
    case ChangeKind::kWithoutTypes:
      return "do without nvidia.com/use-gputype and nouse-gputype";
    case ChangeKind::kWithoutUuids:
      return "do without nvidia.com/use-gpuuuid and nouse-gpuuuid";
    case ChangeKind::kPodLeaves:
      return DescribeLeaving(world, change);
  }
  return "";
}

ExplainTables MakeExplainTables(const World& world, const NamedAsk& pod,
                                const std::vector<NodeExplanation>& nodes) {
  ExplainTables tables;
  std::vector<NodeReason> reasons;
  for (const NodeExplanation& node : nodes) {
    const auto& hosted = world.nodes[node.node];
    const bool fits = node.verdict.fits();
    tables.fitting += fits ? 1 : 0;
    reasons.push_back(
        {hosted.node.name(), fits ? "fits" : absl::StrJoin(ReasonWords(node.verdict), ", "), 0});
    tables.verdicts.Add(
        {hosted.node.name(), fits ? "fits" : "does not fit",
         fits ? ""
              : WhyNot({node.verdict, NearestOf(node), hosted.host_left, hosted.bars.note},
                       hosted.node, pod.ask)});
    if (nodes.size() > kNodesListed) continue;
    AddCards(world, node, &tables.cards);
    AddPools(world, node, &tables.pools);
  }
  tables.reasons = GroupByReason(reasons, /*with_more=*/false);
  if (tables.fitting > 0) return tables;
  for (const BestChange& best : SmallestChanges(world, nodes)) {
    tables.changes.Add(
        {world.nodes[best.node].node.name(), DescribeChange(world, pod, best.change)});
  }
  return tables;
}

}  // namespace tangram::api::cli::simulate
