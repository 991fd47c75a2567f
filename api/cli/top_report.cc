// Makes the report from the scheduler's view.
#include "api/cli/top_report.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/allocation.h"
#include "model/card_resource.h"
#include "model/node.h"
#include "model/request.h"
#include "scheduler/closed_node.h"

namespace tangram::api::cli {
namespace {

// In percent of the card, rounded up, where its compute is counted in units.
int64_t PercentOf(const model::Gpu& gpu, model::CorePercent cores) {
  const int64_t all = gpu.cores.value();
  if (!model::CoresAreShareOfCard(gpu.vendor) || all == 0) return cores.value();
  return (int64_t{cores.value()} * 100 + all - 1) / all;
}

TopCard MakeCard(const model::Gpu& gpu, const model::Card& card) {
  TopCard result;
  result.uuid = gpu.uuid;
  result.index = gpu.index;
  result.type = gpu.type;
  result.mode = gpu.mode;
  result.healthy = card.healthy && card.used.mig_state != model::kMigUnclear;
  result.cordoned = card.cordoned;
  result.overcommitted = card.overcommitted();
  result.memory_mib = {card.memory.value(), card.used.memory.value()};
  result.cores_percent = {PercentOf(gpu, card.cores), PercentOf(gpu, card.used.cores)};
  result.slots = {card.slots.value(), card.used.slots.value()};
  return result;
}

std::vector<std::string> Instances(const model::CardDemand& demand) {
  std::vector<std::string> words;
  for (const model::MigInstance& instance : demand.instances) {
    words.push_back(absl::StrCat(instance.profile, "@", instance.placement.start));
  }
  return words;
}

std::string_view KindWord(model::PoolKind kind) {
  switch (kind) {
    case model::PoolKind::kWholeCard:
      return "whole card";
    case model::PoolKind::kTimeSlicedReplica:
      return "time-sliced";
    case model::PoolKind::kMpsReplica:
      return "mps";
    case model::PoolKind::kMigInstance:
      return "mig";
    case model::PoolKind::kSharedMigInstance:
      return "mig shared";
    case model::PoolKind::kVgpuGuest:
      return "vgpu guest";
  }
  return "";
}

void AddState(const model::Node& node, const model::Snapshot& snapshot, TopNode& out) {
  out.problem = node.spec().problem;
  const auto closed = scheduler::WhyClosed(node, snapshot.dra_resources());
  // Pods that close the node are listed.
  if (!closed.has_value() || *closed == scheduler::Reason::kUnaccountedPod) return;
  out.blocked = scheduler::ReasonWord(*closed);
  if (node.counts_only()) out.blocked_prefix = node.spec().blocked_prefix;
}

void AddPools(const model::Node& node, TopNode& out) {
  for (size_t i = 0; i < node.spec().pools.size(); ++i) {
    const model::Pool& pool = node.spec().pools[i];
    TopPool& shown = out.pools.emplace_back();
    shown.resource = pool.resource;
    shown.kind = KindWord(pool.kind);
    shown.product = pool.product;
    shown.profile = pool.profile;
    shown.memory_mib = pool.memory.value();
    shown.replicas = pool.replicas;
    shown.devices = {pool.count, node.pool_used()[i]};
  }
}

void AddPoolPod(const scheduler::TopPod& pod, TopNode& out) {
  for (TopPool& pool : out.pools) {
    const int64_t devices = pool.resource == model::kGpuResource
                                ? pod.kubelet_gpus
                                : model::CountOf(pod.counted, pool.resource);
    if (devices == 0) continue;
    pool.pods.push_back({pod.id.name_space, pod.id.name, devices, pod.binding});
  }
}

void AddPod(const scheduler::TopPod& pod, const model::Node& node, TopNode& out) {
  AddPoolPod(pod, out);
  if (pod.unaccounted) {
    out.unaccounted.push_back(
        {pod.id.name_space, pod.id.name, pod.missing_cards, /*closes_node=*/!pod.ignored});
  }
  for (const model::CardDemand& demand : model::FoldDemand(pod.allocation, pod.init_finished)) {
    const int card = node.FindCard(demand.uuid);
    if (card < 0) continue;
    const auto at = static_cast<size_t>(card);
    out.cards[at].pods.push_back({pod.id.name_space, pod.id.name, demand.usage.memory.value(),
                                  PercentOf(node.spec().gpus[at], demand.usage.cores),
                                  demand.usage.slots.value(), pod.binding, Instances(demand)});
  }
}

std::string DescribeContainer(const model::ContainerRequest& container) {
  const bool amd = container.vendor == model::Vendor::kAmd;
  std::string text = absl::StrCat(container.count, amd ? " AMD" : "",
                                  container.count == 1 ? " card" : " cards", " x ");
  if (!container.mig_profile.empty()) return text + container.mig_profile;
  if (container.memory.value() > 0) {
    absl::StrAppend(&text, container.memory.value(), " MiB");
  } else {
    absl::StrAppend(&text, container.memory_percent, "% of memory");
  }
  if (container.cores.value() > 0) {
    absl::StrAppend(&text, ", ", container.cores.value(), "% cores");
  }
  return text;
}

}  // namespace

void ForEachTopNode(const scheduler::TopView& view, const CardInventory* cards,
                    const std::function<void(TopNode)>& on_node) {
  auto pod = view.pods.begin();  // sorted by node, as the nodes are
  for (const model::Node* node : view.snapshot.NodesByName()) {
    TopNode out;
    out.name = node->name();
    out.cards.reserve(node->cards().size());
    for (size_t i = 0; i < node->cards().size(); ++i) {
      out.cards.push_back(MakeCard(node->spec().gpus[i], node->cards()[i]));
      // Profiles round compute up: a card that is cut to the end is not over-committed.
      if (node->mig_table(i) != nullptr) out.cards.back().overcommitted = false;
    }
    AddState(*node, view.snapshot, out);
    AddPools(*node, out);
    if (cards != nullptr && node->counts_only()) out.known_cards = cards->CardsOf(out.name);
    while (pod != view.pods.end() && pod->node < node->name()) ++pod;
    for (; pod != view.pods.end() && pod->node == node->name(); ++pod) AddPod(*pod, *node, out);
    // The books keep cards by UUID; people look for the number.
    std::stable_sort(out.cards.begin(), out.cards.end(),
                     [](const TopCard& a, const TopCard& b) { return a.index < b.index; });
    on_node(std::move(out));
  }
}

std::vector<WaitingPod> MakeWaitingPods(const scheduler::TopView& view) {
  std::vector<WaitingPod> waiting;
  waiting.reserve(view.waiting.size());
  for (const model::Pod& pod : view.waiting) {
    waiting.push_back({pod.id.name_space, pod.id.name, DescribeRequest(pod.request)});
  }
  return waiting;
}

TopReport MakeTopReport(const scheduler::TopView& view, const CardInventory* cards) {
  TopReport report;
  ForEachTopNode(view, cards, [&report](TopNode node) { report.nodes.push_back(std::move(node)); });
  report.waiting = MakeWaitingPods(view);
  report.gated = view.gated;
  return report;
}

std::string DescribeRequest(const model::PodRequest& request) {
  std::vector<std::string> parts;
  for (const model::ContainerRequest& container : request.containers) {
    if (container.count > 0) parts.push_back(DescribeContainer(container));
  }
  for (const model::ResourceCount& asked : request.counted) {
    if (model::AsksForCards(asked.resource)) continue;  // told by its container
    parts.push_back(absl::StrCat(asked.count, " x ", asked.resource));
  }
  return parts.empty() ? "no cards" : absl::StrJoin(parts, "; ");
}

}  // namespace tangram::api::cli
