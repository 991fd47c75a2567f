#include "scheduler/view_node_policy.h"

#include "absl/strings/str_cat.h"
#include "model/string_map.h"
#include "scheduler/split_mix.h"

namespace tangram::scheduler {

std::string ViewNodePolicy::key() const {
  return absl::StrCat(model::ToAbsl(name()), "#", version_);
}

int64_t ViewNodePolicy::Score(const CompiledRequest& request, const model::Node& node,
                              const Placement& placement, Scratch*) const {
  absl::InlinedVector<uint16_t, kViewCards> sorted;
  return ScoreOf(HypothesisOn(request, node, placement, buckets_, &sorted));
}

void ViewNodePolicy::ChooseCard(const CompiledRequest& request, const model::Node& node,
                                uint64_t seed, Placement* placement) const {
  const bool one = request.wants().size() == 1 && request.wants()[0].count == 1;
  if (!one || !request.request().card_policy.empty() || placement->cards.size() != 1) return;
  absl::InlinedVector<uint16_t, kViewCards> sorted;
  const LiveHypothesis made = HypothesisOn(request, node, *placement, buckets_, &sorted);
  int8_t card = policy_->Judge(made.node, made.demand).card;
  if (policy_->draws()) {
    SplitMix chance(SeedOf(node.name(), seed));
    chance.Next();  // the node's own lot: the card's must not hang on it
    card = policy_->DrawCard(made.node, made.demand, card, &chance);
  }
  if (card >= 0) placement->cards[0] = sorted[static_cast<size_t>(card)];
}

FitAnswer FitByPolicy(const CompiledRequest& request, const NodePolicy& policy,
                      const model::Node& node, uint64_t seed, Placement* placement) {
  const FitAnswer answer = Fit(request, node, placement);
  const ViewNodePolicy* views = policy.AsViews();
  if (answer.fits && views != nullptr && !request.empty()) {
    views->ChooseCard(request, node, seed, placement);
  }
  return answer;
}

}  // namespace tangram::scheduler
