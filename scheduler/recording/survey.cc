#include "scheduler/recording/survey.h"

#include <utility>
#include <variant>

namespace tangram::scheduler::recording {

absl::Status Survey::Take(const Record& record) {
  if (const auto* applied = std::get_if<EventApplied>(&record.entry)) {
    kinds_are_old_ = kinds_are_old_ ||
                     std::holds_alternative<model::NodeUpserted>(applied->event) ||
                     std::holds_alternative<model::NodeRemoved>(applied->event);
    return cluster_.Apply(applied->event).status();
  }
  if (const auto* begun = std::get_if<VerbBegun>(&record.entry)) Begin(*begun);
  if (const auto* dropped = std::get_if<VerbDropped>(&record.entry)) calls_.erase(dropped->call);
  if (const auto* answered = std::get_if<FilterAnswered>(&record.entry)) Answer(answered->call);
  return absl::OkStatus();
}

void Survey::Begin(const VerbBegun& entry) {
  if (!entry.filter || entry.request.empty() || known_.contains(entry.pod.uid) ||
      cluster_.FindBooking(entry.pod.uid) != nullptr) {
    return;
  }
  const model::Snapshot& snapshot = cluster_.snapshot();
  if (kinds_are_old_) kinds_ = DeviceKindsOf(snapshot);
  kinds_are_old_ = false;
  const CompiledRequest request(entry.request, snapshot, card_policy_);
  calls_[entry.call] = {entry.pod, DemandOf(request, kinds_).demand};
}

void Survey::Answer(uint64_t call) {
  const auto found = calls_.find(call);
  if (found == calls_.end()) return;
  if (known_.insert(found->second.id.uid).second) pods_.push_back(std::move(found->second));
  calls_.erase(found);
}

}  // namespace tangram::scheduler::recording
