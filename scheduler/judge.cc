#include "scheduler/judge.h"

#include <algorithm>

#include "scheduler/standing.h"

#include "scheduler/pool_fit.h"

namespace tangram::scheduler {
namespace {

using model::Node;
using model::NodeIndex;

// Judging is short and the books of a big cluster exceed the near caches, so they are called for
// ahead of time.
constexpr size_t kAhead = 8;

bool HasCardsAlone(const Node& node) {
  const auto cards = node.cards();
  return std::any_of(cards.begin(), cards.end(),
                     [](const model::Card& card) { return card.used.alone > 0; });
}

template <typename T>
void Prefetch(const T* object) {
  constexpr size_t kLine = 64;
  const char* bytes = reinterpret_cast<const char*>(object);
  for (size_t line = 0; line < sizeof(T); line += kLine) __builtin_prefetch(bytes + line);
}

}  // namespace

Judge::Judge(const FilterInput& input)
    : input_(input),
      request_(*input.request),
      policy_(*input.policy),
      indices_(input.offer->indices),
      row_fit_(request_, policy_, *input.snapshot),
      usage_(request_.request().weights),
      verdicts_(indices_.size()) {
  if (request_.empty()) return;
  if (request_.invalid()) {
    ReasonSet reasons;
    reasons.Add(Reason::kInvalidRequest);
    for (Verdict& verdict : verdicts_) verdict.Refuse(reasons, /*is_resolvable=*/false);
    return;
  }
  if (input.overlay != nullptr && !input.overlay->empty()) {
    overlaid_.resize(input.snapshot->capacity(), false);
    for (const auto& [index, node] : *input.overlay) overlaid_[index] = true;
  }
  if (input.verdicts != nullptr && !request_.names_uuids()) {
    VerdictCache::Lease shape =
        input.verdicts->Borrow(ShapeKey(request_, policy_), *input.snapshot);
    DecideAll(&*shape);
  } else {
    for (size_t i = 0; i < verdicts_.size(); ++i) verdicts_[i] = DecideNode(i, nullptr);
  }
}

const Node* Judge::BooksOf(size_t i) const {
  if (indices_[i] == model::kNoNode) return nullptr;
  if (Overlaid(indices_[i])) return &input_.overlay->find(indices_[i])->second;
  return input_.snapshot->At(indices_[i]);
}

void Judge::DecideAll(ShapeVerdicts* shape) {
  for (size_t i = 0; i < verdicts_.size(); ++i) {
    if (i + kAhead < verdicts_.size()) CallFor(i + kAhead, *shape);
    if (indices_[i] == model::kNoNode || Overlaid(indices_[i])) {
      verdicts_[i] = DecideNode(i, shape);
      continue;
    }
    const model::StateRef state = input_.snapshot->StateOf(indices_[i]);
    if (const Verdict* known = shape->Find(state); known != nullptr) {
      verdicts_[i] = *known;
      continue;
    }
    verdicts_[i] = row_fit_.usable() ? DecideRow(i, state, shape) : DecideNode(i, shape);
    shape->Store(state, verdicts_[i]);
  }
}

Verdict Judge::DecideRow(size_t i, model::StateRef state, ShapeVerdicts* shape) {
  const RowFit::Answer answer = row_fit_.Judge(state);
  if (!answer.told) return DecideNode(i, shape);
  if (!answer.reasons.empty()) return Refuse(i, answer.reasons, shape);
  Verdict verdict;
  verdict.score = ScoreIn(MakeStanding(/*joins=*/false, answer.part_of_word),
                          /*of_instances=*/false, answer.score);
  return verdict;
}

Verdict Judge::DecideNode(size_t i, ShapeVerdicts* shape) {
  Verdict verdict;
  const Node* node = BooksOf(i);
  if (node == nullptr) {
    ReasonSet reasons;
    reasons.Add(Reason::kNodeUnknown);
    verdict.Refuse(reasons, /*is_resolvable=*/true);
    return verdict;
  }
  const bool some_alone = HasCardsAlone(*node);
  const bool cards_wanted = policy_.needs_cards() || some_alone || request_.wishes_types() ||
                            !request_.AmountsOn(*node).has_value();
  const FitAnswer answer =
      FitAsBooked(request_, *node, cards_wanted ? &placement_ : nullptr, &usage_);
  if (!answer.fits) return Refuse(i, answer.reasons, shape);
  const std::optional<int64_t> cut =
      node->has_mig() ? MigScore(request_, *node, placement_) : std::nullopt;
  int64_t score = cut.has_value() ? *cut : policy_.Score(request_, *node, placement_, &scratch_);
  if (node->counts_only() && SharesForSeveral(request_, *node)) {
    // Below whole devices, and above instances that are still to be cut (MigScore).
    constexpr int64_t kBelow = -(int64_t{1} << 60);
    score = std::max(score, kBelow) + kBelow;
  }
  const Standing standing = MakeStanding(some_alone && JoinsAlone(*node, placement_),
                                         IsPartOfWord(request_, *node, placement_));
  verdict.score = ScoreIn(standing, cut.has_value(), score);
  return verdict;
}

// What keeps the pod off the node for ever is said instead of what does so just now: that does not
// change as the node fills up, so that the condition of a pod which never fits is written once.
Verdict Judge::Refuse(size_t i, ReasonSet reasons, ShapeVerdicts* shape) {
  Verdict verdict;
  const ReasonSet for_ever = WhenEmpty(i, shape);
  verdict.Refuse(for_ever.empty() ? reasons : for_ever, for_ever.empty());
  return verdict;
}

// Why the node of the i-th name would not take the request with nobody on it.
ReasonSet Judge::WhenEmpty(size_t i, ShapeVerdicts* shape) {
  if (shape == nullptr) return ReasonsWhenEmpty(request_, *BooksOf(i), &usage_);
  const model::StateRef kind = input_.snapshot->KindOf(indices_[i]);
  if (const auto known = shape->FindWhenEmpty(kind); known.has_value()) return *known;
  const ReasonSet reasons = ReasonsWhenEmpty(request_, *BooksOf(i), &usage_);
  shape->StoreWhenEmpty(kind, reasons);
  return reasons;
}

void Judge::CallFor(size_t i, const ShapeVerdicts& shape) const {
  const NodeIndex index = indices_[i];
  if (index == model::kNoNode) return;
  const model::StateRef state = input_.snapshot->StateOf(index);
  if (shape.Find(state) != nullptr) return;
  if (row_fit_.usable()) Prefetch(&input_.snapshot->RowOf(state));
  if (!row_fit_.scores()) Prefetch(input_.snapshot->At(index));
}

}  // namespace tangram::scheduler
