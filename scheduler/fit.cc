#include "scheduler/fit.h"

#include <algorithm>

#include "scheduler/node_fit.h"

namespace tangram::scheduler {
namespace {

using model::Card;
using model::Node;

FitAnswer Refused(Reason reason, bool resolvable) {
  FitAnswer answer;
  answer.resolvable = resolvable;
  answer.reasons.Add(reason);
  return answer;
}

// Whether the cards would do with nothing in use on them, after they were found not to.
bool CardsWouldDoEmpty(const CompiledRequest& request, const Node& node, NodeFit* fit) {
  for (const ContainerWant& want : request.wants()) {
    if (!fit->FitsEmpty(want)) return false;
  }
  if (request.side_by_side() <= 1) return true;
  CardBooks books(node.cards().begin(), node.cards().end());
  for (Card& card : books) card.used = model::GpuUsage();
  // Beyond the search nobody can tell, so nobody is told that preemption is useless.
  return fit->Place(books, nullptr, nullptr) != NodeFit::Outcome::kRefused;
}

}  // namespace

FitAnswer Fit(const CompiledRequest& request, const Node& node, Placement* placement) {
  CardUsage usage(request.request().weights);
  return Fit(request, node, placement, &usage);
}

FitAnswer Fit(const CompiledRequest& request, const Node& node, Placement* placement,
              CardUsage* usage) {
  if (placement != nullptr) placement->cards.clear();
  FitAnswer answer;
  if (request.empty()) {
    answer.fits = true;
    return answer;
  }
  if (!node.known()) return Refused(Reason::kNodeUnknown, true);
  if (node.cards().empty()) return Refused(Reason::kNodeUnknown, false);

  NodeFit fit(request, node, usage);
  const bool cards_do =
      fit.Place(node.cards(), placement, &answer.reasons) == NodeFit::Outcome::kFits;
  if (!cards_do) answer.resolvable = CardsWouldDoEmpty(request, node, &fit);
  if (node.unaccounted_pods() > 0) answer.reasons.Add(Reason::kUnaccountedPod);
  if (node.spec().allocatable_gpus.has_value()) {
    const int64_t allocatable = *node.spec().allocatable_gpus;
    const int64_t wanted = request.request().kubelet_gpus;
    const bool never = wanted > allocatable;
    if (never) answer.resolvable = false;
    // Where the cards refuse, they explain it: a node whose slots are all taken has no count left.
    if (never || (cards_do && wanted > allocatable - node.kubelet_gpus())) {
      answer.reasons.Add(Reason::kNodeAllocatableExhausted);
    }
  }
  answer.fits = answer.reasons.empty();
  if (!answer.fits && placement != nullptr) placement->cards.clear();
  return answer;
}

}  // namespace tangram::scheduler
