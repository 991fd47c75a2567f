#include "scheduler/fit.h"

#include <algorithm>

#include "scheduler/closed_node.h"
#include "scheduler/node_fit.h"
#include "scheduler/pool_fit.h"

namespace tangram::scheduler {
namespace {

using model::Card;
using model::Node;

// Whether the kubelet would take so many on the node at all.
bool WithinAllocatable(int64_t wanted, const Node& node) {
  return wanted <= node.allocatable_gpus().value_or(wanted);
}

// Whether kube-scheduler would ask a DRA driver for part of it on that node: where a device plugin
// counts the resource, it asks nobody (KEP-5004).
bool LeftToDra(const CompiledRequest& request, const Node& node) {
  const auto& asked = request.dra_asked();
  return std::any_of(asked.begin(), asked.end(),
                     [&node](std::string_view resource) { return !OffersByCount(node, resource); });
}

// What can be said of the node without a look at its cards.
std::optional<ReasonSet> WithoutCards(const CompiledRequest& request, const Node& node) {
  ReasonSet reasons;
  if (request.invalid()) {
    reasons.Add(Reason::kInvalidRequest);
  } else if (LeftToDra(request, node)) {
    reasons.Add(Reason::kManagedByDra);
  } else if (node.counts_only()) {
    return PoolReasons(request, node, PoolsInUse::kAsBooked);
  } else if (!node.known()) {
    reasons.Add(Reason::kNodeUnknown);
  } else if (node.cards().size() > model::kMostCards) {
    reasons.Add(Reason::kNodeTooManyCards);
  } else if (node.cards().empty()) {
    reasons.Add(ReasonOf(node.spec().cardless));
  } else if (request.needs_pool()) {
    reasons.Add(Reason::kResourceNotOffered);
  }
  return reasons.empty() ? std::nullopt : std::optional<ReasonSet>(reasons);
}

}  // namespace

bool FitsEmpty(const CompiledRequest& request, const Node& node, CardUsage* usage) {
  if (request.empty()) return true;
  if (request.invalid() || LeftToDra(request, node)) return false;
  if (!node.known()) return true;
  if (node.counts_only()) return PoolReasons(request, node, PoolsInUse::kNothing).empty();
  if (node.cards().empty() || request.needs_pool()) return false;
  if (node.cards().size() > model::kMostCards) return false;
  if (!WithinAllocatable(request.request().kubelet_gpus, node)) return false;
  NodeFit fit(request, node, usage);
  for (const ContainerWant& want : request.wants()) {
    if (!fit.FitsEmpty(want)) return false;
  }
  // Init containers come in the way of others where cards are cut, and where they run beside a
  // sidecar.
  const bool all = node.has_mig() || InitBesideSidecar(request);
  const bool alone = (all ? request.wants().size() : request.side_by_side()) <= 1;
  if (alone) return true;
  CardBooks books(node.cards().begin(), node.cards().end());
  for (Card& card : books) card.used = model::GpuUsage();
  // Beyond the search nobody can tell, so nobody is told that preemption is useless.
  return fit.Place(books, nullptr, nullptr) != NodeFit::Outcome::kRefused;
}

FitAnswer FitAsBooked(const CompiledRequest& request, const Node& node, Placement* placement,
                      CardUsage* usage) {
  if (placement != nullptr) *placement = Placement();
  FitAnswer answer;
  if (request.empty()) {
    answer.fits = true;
    return answer;
  }
  if (const auto told = WithoutCards(request, node); told.has_value()) {
    answer.reasons = *told;
    answer.fits = told->empty();
    return answer;
  }
  NodeFit fit(request, node, usage);
  const bool cards_do =
      fit.Place(node.cards(), placement, &answer.reasons) == NodeFit::Outcome::kFits;
  if (node.unaccounted_pods() > 0) answer.reasons.Add(Reason::kUnaccountedPod);
  if (node.allocatable_gpus().has_value()) {
    const int64_t wanted = request.request().kubelet_gpus;
    // Where the cards refuse, they explain it: a node whose slots are all taken has no count left.
    const bool exhausted = wanted > *node.allocatable_gpus() - node.kubelet_gpus();
    if (!WithinAllocatable(wanted, node) || (cards_do && exhausted)) {
      answer.reasons.Add(Reason::kNodeAllocatableExhausted);
    }
  }
  answer.fits = answer.reasons.empty();
  if (!answer.fits && placement != nullptr) *placement = Placement();
  return answer;
}

ReasonSet ReasonsWhenEmpty(const CompiledRequest& request, const Node& node, CardUsage* usage) {
  if (FitsEmpty(request, node, usage)) return ReasonSet();
  Node empty = node;
  empty.ClearBooks();
  return FitAsBooked(request, empty, nullptr, usage).reasons;
}

bool IsPartOfWord(const CompiledRequest& request, const Node& node, const Placement& placement) {
  if (!request.wishes_types()) return false;
  if (node.counts_only()) return PoolsArePartOfWord(request, node);
  return std::any_of(placement.cards.begin(), placement.cards.end(), [&](uint16_t card) {
    return (request.TypeOf(node, card) & kPartOfWord) != 0;
  });
}

FitAnswer Fit(const CompiledRequest& request, const Node& node, Placement* placement) {
  CardUsage usage(request.request().weights);
  FitAnswer answer = FitAsBooked(request, node, placement, &usage);
  if (!answer.fits) answer.resolvable = FitsEmpty(request, node, &usage);
  return answer;
}

}  // namespace tangram::scheduler
