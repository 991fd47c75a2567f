#include "scheduler/judge.h"

#include <optional>

namespace tangram::scheduler {
namespace {

using model::Node;
using model::NodeIndex;

// Judging is short and the books of a big cluster exceed the near caches, so they are called for
// ahead of time.
constexpr size_t kAhead = 8;

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
    verdicts_[i] = row_fit_.usable() ? DecideRow(i, input_.snapshot->RowOf(state), shape)
                                     : DecideNode(i, shape);
    shape->Store(state, verdicts_[i]);
  }
}

Verdict Judge::DecideRow(size_t i, const model::StateRow& row, ShapeVerdicts* shape) {
  const RowFit::Answer answer = row_fit_.Judge(row);
  if (!answer.told) return DecideNode(i, shape);
  Verdict verdict;
  verdict.score = answer.score;
  verdict.SetReasons(answer.reasons);
  if (!verdict.fits()) verdict.resolvable = Resolvable(i, shape) ? 1 : 0;
  return verdict;
}

Verdict Judge::DecideNode(size_t i, ShapeVerdicts* shape) {
  Verdict verdict;
  const Node* node = BooksOf(i);
  if (node == nullptr) {
    ReasonSet reasons;
    reasons.Add(Reason::kNodeUnknown);
    verdict.SetReasons(reasons);
    return verdict;
  }
  const bool cards_wanted =
      policy_.needs_cards() || !request_.AmountsOn(node->memory_of_each()).has_value();
  const FitAnswer answer =
      FitAsBooked(request_, *node, cards_wanted ? &placement_ : nullptr, &usage_);
  verdict.SetReasons(answer.reasons);
  if (answer.fits) {
    verdict.score = policy_.Score(request_, *node, placement_, &scratch_);
  } else {
    verdict.resolvable = Resolvable(i, shape) ? 1 : 0;
  }
  return verdict;
}

// Whether the node of the i-th name would take the request with nobody on it.
bool Judge::Resolvable(size_t i, ShapeVerdicts* shape) {
  if (shape == nullptr) return FitsEmpty(request_, *BooksOf(i), &usage_);
  const model::StateRef kind = input_.snapshot->KindOf(indices_[i]);
  if (const std::optional<bool> known = shape->FindEmpty(kind); known.has_value()) return *known;
  const bool fits = FitsEmpty(request_, *BooksOf(i), &usage_);
  shape->StoreEmpty(kind, fits);
  return fits;
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
