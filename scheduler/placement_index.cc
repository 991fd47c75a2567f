#include "scheduler/placement_index.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/types/span.h"

namespace tangram::scheduler {
namespace {

constexpr int64_t kUnfit = std::numeric_limits<int64_t>::min();

}  // namespace

size_t PlacementIndex::Hash::operator()(const NodeView& view) const {
  return absl::HashOf(view.cpu_left, view.memory_left, view.model, view.tags,
                      absl::MakeConstSpan(view.left.data(), view.cards));
}

PlacementIndex::PlacementIndex(std::vector<NodeView> nodes, ViewPolicy& policy, bool reuse,
                               uint64_t seed)
    : policy_(&policy),
      reuse_(reuse),
      chance_(~seed),  // apart from the draws that make the arrivals of the same seed
      nodes_(std::move(nodes)),
      leaves_(std::bit_ceil(std::max<size_t>(nodes_.size(), 1))),
      changes_(leaves_, 0),
      looked_at_(nodes_.size(), 0),
      state_of_(nodes_.size(), nullptr) {
  for (size_t node = 0; node < nodes_.size(); ++node) Enter(node);
}

void PlacementIndex::Enter(size_t node) {
  const auto [found, added] = numbers_.try_emplace(nodes_[node]);
  State& state = found->second;
  if (added) {
    if (unused_.empty()) unused_.push_back(last_number_++);
    state.number = unused_.back();
    unused_.pop_back();
    if (++last_age_ == 0) ++last_age_;
    state.age = last_age_;
  }
  ++state.nodes;
  state_of_[node] = &state;
}

void PlacementIndex::Leave(size_t node) {
  State& state = *state_of_[node];
  if (--state.nodes > 0) return;
  unused_.push_back(state.number);
  numbers_.erase(nodes_[node]);
}

void PlacementIndex::Update(size_t node, const NodeView& view) {
  Leave(node);
  nodes_[node] = view;
  Enter(node);
  changes_[changed_++ % leaves_] = static_cast<uint32_t>(node);
}

PlacementIndex::Verdict PlacementIndex::Judge(Shape& shape, const Demand& demand, size_t node) {
  const State& state = *state_of_[node];
  if (reuse_) {
    if (shape.verdicts.size() <= state.number) shape.verdicts.resize(last_number_);
    const Verdict& known = shape.verdicts[state.number];
    if (known.age == state.age && (known.epoch == 0 || known.epoch == epoch_)) return known;
  }
  ++judgements_;
  Verdict verdict{.age = state.age, .score = kUnfit};
  if (Fits(nodes_[node], demand)) {
    const ViewPolicy::Choice choice = policy_->Judge(nodes_[node], demand);
    verdict.card = choice.card;
    verdict.score = choice.score;
    verdict.epoch = choice.lasts ? 0 : epoch_;
  }
  if (reuse_) shape.verdicts[state.number] = verdict;
  return verdict;
}

void PlacementIndex::SetLeaf(Shape& shape, size_t node, const Verdict& verdict) const {
  shape.cards[node] = verdict.card;
  size_t at = leaves_ + node;
  shape.best[at] = verdict.score;
  for (at /= 2; at > 0; at /= 2) {
    const int64_t best = std::max(shape.best[2 * at], shape.best[2 * at + 1]);
    if (shape.best[at] == best) break;
    shape.best[at] = best;
  }
}

void PlacementIndex::BringUpToDate(Shape& shape, const Demand& demand) {
  const bool all = shape.best.empty() || !reuse_ || shape.epoch != epoch_ ||
                   changed_ - shape.seen > nodes_.size();
  if (all) {
    shape.best.assign(2 * leaves_, kUnfit);
    shape.cards.assign(nodes_.size(), -1);
    for (size_t node = 0; node < nodes_.size(); ++node) {
      const Verdict verdict = Judge(shape, demand, node);
      shape.best[leaves_ + node] = verdict.score;
      shape.cards[node] = verdict.card;
    }
    for (size_t at = leaves_ - 1; at > 0; --at) {
      shape.best[at] = std::max(shape.best[2 * at], shape.best[2 * at + 1]);
    }
  } else {
    ++refreshes_;
    for (; shape.seen < changed_; ++shape.seen) {
      const size_t node = changes_[shape.seen % leaves_];
      if (std::exchange(looked_at_[node], refreshes_) == refreshes_) continue;
      SetLeaf(shape, node, Judge(shape, demand, node));
    }
  }
  shape.seen = changed_;
  shape.epoch = epoch_;
}

void PlacementIndex::RefreshPolicy(double departures) {
  const ViewPolicy::Keep keep = policy_->Refresh({.nodes = nodes_, .departures = departures});
  if (keep == ViewPolicy::Keep::kLasting) ++epoch_;
  if (keep == ViewPolicy::Keep::kNone) shapes_.clear();
}

void PlacementIndex::SetPolicy(ViewPolicy& policy) {
  policy_ = &policy;
  shapes_.clear();
}

PlacementIndex::Shape& PlacementIndex::ShapeOf(const Demand& demand) {
  auto found = shapes_.find(demand);
  if (found == shapes_.end()) {
    if (shapes_.size() >= kMostShapes) {
      shapes_.erase(std::min_element(
          shapes_.begin(), shapes_.end(),
          [](const auto& a, const auto& b) { return a.second.asked < b.second.asked; }));
    }
    found = shapes_.try_emplace(demand).first;
  }
  found->second.asked = ++asked_;
  return found->second;
}

std::optional<PlacementIndex::Place> PlacementIndex::Best(const Demand& demand) {
  Shape& shape = ShapeOf(demand);
  BringUpToDate(shape, demand);
  const int64_t score = shape.best[1];
  if (score == kUnfit) return std::nullopt;
  if (policy_->draws()) return Drawn(shape, demand);
  size_t at = 1;
  while (at < leaves_) at = shape.best[2 * at] == score ? 2 * at : 2 * at + 1;
  const size_t node = at - leaves_;
  return Place{node, {.score = score, .card = shape.cards[node]}};
}

PlacementIndex::Place PlacementIndex::Drawn(const Shape& shape, const Demand& demand) {
  const int64_t score = shape.best[1];
  const auto leaves = shape.best.begin() + static_cast<ptrdiff_t>(leaves_);
  const auto equal = std::count(leaves, shape.best.end(), score);
  auto leaf = std::find(leaves, shape.best.end(), score);
  for (size_t rest = chance_.Below(static_cast<uint64_t>(equal)); rest > 0; --rest) {
    leaf = std::find(leaf + 1, shape.best.end(), score);
  }
  const auto node = static_cast<size_t>(leaf - leaves);
  const int8_t card = policy_->DrawCard(nodes_[node], demand, shape.cards[node], &chance_);
  return {node, {.score = score, .card = card}};
}

}  // namespace tangram::scheduler
