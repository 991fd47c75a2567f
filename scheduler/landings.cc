#include "scheduler/landings.h"

#include <algorithm>

#include "scheduler/fit.h"
#include "scheduler/order.h"

namespace tangram::scheduler {

void Landings::Begin(const PodTable& pods, Instant until) {
  until_ = until;
  for (const auto& [uid, entry] : pods.waiting()) {
    const model::PodRequest& request = entry->pod.request;
    const auto same = std::find_if(shapes_.begin(), shapes_.end(),
                                   [&](const Shape& shape) { return shape.request == request; });
    const auto shape = static_cast<size_t>(same - shapes_.begin());
    if (same == shapes_.end()) shapes_.push_back({request, 0});
    shapes_[shape].pods++;
    undecided_[uid] = {shape, entry->pod.resource_version};
  }
}

void Landings::Expire(Instant now) {
  if (now < until_) return;
  undecided_.clear();
  shapes_.clear();
}

void Landings::Note(const model::Pod& pod) {
  const auto found = undecided_.find(pod.id.uid);
  if (found == undecided_.end()) return;
  // A pod that is being deleted is bound no more (BindingREST).
  const bool moved = IsOlderVersion(found->second.version, pod.resource_version);
  if (pod.bound() || pod.terminal || pod.terminating || moved) Decided(pod.id.uid);
}

void Landings::Decided(std::string_view uid) {
  const auto found = undecided_.find(uid);
  if (found == undecided_.end()) return;
  shapes_[found->second.shape].pods--;
  undecided_.erase(found);
}

bool Landings::MayMeet(std::string_view uid, const model::Node& books,
                       const model::Snapshot& snapshot, const CardPolicy& card_policy) const {
  const auto own = undecided_.find(uid);
  for (size_t i = 0; i < shapes_.size(); ++i) {
    const bool is_own = own != undecided_.end() && own->second.shape == i;
    if (shapes_[i].pods - (is_own ? 1 : 0) <= 0) continue;
    const CompiledRequest compiled(shapes_[i].request, snapshot, card_policy);
    const FitAnswer answer = Fit(compiled, books, nullptr);
    if (answer.fits || answer.reasons.Has(Reason::kSearchLimit)) return true;
  }
  return false;
}

}  // namespace tangram::scheduler
