#include "scheduler/pod_table.h"

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "scheduler/memory_of.h"
#include "scheduler/order.h"

namespace tangram::scheduler {

namespace {

bool ConcernsUs(const model::Pod& pod) {
  return !pod.request.empty() || pod.allocation_state != model::AllocationState::kNone;
}

// What is remembered of a pod. The cluster's booking holds the allocation; nobody asks again what a
// bound pod asked for, and there are many of them.
model::Pod Remembered(const model::Pod& pod) {
  model::Pod kept{.id = pod.id,
                  .node = pod.node,
                  .terminal = pod.terminal,
                  .pending = pod.pending,
                  .terminating = pod.terminating,
                  .gated = pod.gated,
                  .init_finished = pod.init_finished,
                  .request = {},
                  .host = pod.host,
                  .allocation_state = pod.allocation_state,
                  .allocation = {},
                  .allocation_node = pod.allocation_node,
                  .node_label = pod.node_label,
                  .bind_phase = pod.bind_phase,
                  .scheduler_name = pod.scheduler_name,
                  .resource_version = pod.resource_version,
                  .created_unix_seconds = pod.created_unix_seconds};
  if (!pod.bound()) kept.request = pod.request;
  return kept;
}

}  // namespace

std::string PodTable::Key(std::string_view name_space, std::string_view name) {
  return absl::StrCat(model::ToAbsl(name_space), "/", model::ToAbsl(name));
}

PodTable::Upserted PodTable::Upsert(const model::Pod& pod, std::string_view seen_at,
                                    uint64_t considered_version) {
  Upserted result;
  const std::string key = Key(pod.id.name_space, pod.id.name);
  const auto named = names_.find(key);
  if (named != names_.end()) {
    const Named& known = named->second;
    switch (Compare({known.uid, known.version}, {pod.id.uid, seen_at})) {
      case Freshness::kStale:
        result.stale = true;
        return result;
      case Freshness::kSuccessor:
        result.replaced = known.uid;
        break;
      case Freshness::kNews:
        break;
    }
  }
  if (!ConcernsUs(pod)) return result;

  std::unique_ptr<Entry>& entry = pods_[pod.id.uid];
  if (entry == nullptr) {
    entry = std::make_unique<Entry>();
    const auto copy = filtered_.find(pod.id.uid);
    const bool refused = copy != filtered_.end() && copy->second.refused_version != kNeverRefused;
    entry->considered_version = refused ? copy->second.refused_version : considered_version;
  }
  entry->pod = Remembered(pod);
  names_[key] = {pod.id.uid, pod.resource_version};
  if (pod.waits() && !pod.request.empty()) {
    waiting_[pod.id.uid] = entry.get();
    oldest_refusal_ = std::min(oldest_refusal_, entry->considered_version);
  } else {
    waiting_.erase(pod.id.uid);
  }
  if (pod.held_by_gates() && !pod.request.empty()) {
    gated_.insert(pod.id.uid);
  } else {
    gated_.erase(pod.id.uid);
  }
  return result;
}

void PodTable::Remove(const model::PodId& pod, Instant now) {
  waiting_.erase(pod.uid);
  gated_.erase(pod.uid);
  DropFiltered(pod.uid);
  std::string key = Key(pod.name_space, pod.name);
  if (const auto found = pods_.find(pod.uid); found != pods_.end()) {
    const model::PodId& known = found->second->pod.id;
    key = Key(known.name_space, known.name);
    pods_.erase(found);
  }
  const auto named = names_.find(key);
  if (named != names_.end() && named->second.uid == pod.uid) named->second.uid.clear();
  if (tombstones_.insert(pod.uid).second) {
    tombstone_order_.push_back({now + kTombstoneTtl, pod.uid, std::move(key)});
  }
}

void PodTable::RememberFiltered(const model::Pod& pod, Instant now) {
  if (IsDeleted(pod.id.uid)) return;
  const Instant expires = now + kFilterCopyTtl;
  Filtered& copy = filtered_[pod.id.uid];
  filtered_bytes_ -= copy.bytes;
  copy.pod = pod;
  copy.turn = ++next_turn_;
  // The entry in the order, and its uid, which is kept three times.
  copy.bytes = sizeof(Filtered) + sizeof(FilterTurn) + 2 * pod.id.uid.size() + MemoryOf(copy.pod);
  filtered_bytes_ += copy.bytes;
  filtered_order_.push_back({expires, copy.turn, pod.id.uid});
  while (filtered_bytes_ > kFilterCopyBytes) DropOldestFiltered();
  // A pod that is asked about again and again leaves entries that count for nothing.
  if (filtered_order_.size() > 2 * filtered_.size() + 1000) {
    std::erase_if(filtered_order_, [this](const FilterTurn& entry) {
      const auto found = filtered_.find(entry.uid);
      return found == filtered_.end() || found->second.turn != entry.turn;
    });
  }
}

void PodTable::DropFiltered(std::string_view uid) {
  const auto found = filtered_.find(uid);
  if (found == filtered_.end()) return;
  filtered_bytes_ -= found->second.bytes;
  filtered_.erase(found);
}

void PodTable::DropOldestFiltered() {
  const FilterTurn oldest = std::move(filtered_order_.front());
  filtered_order_.pop_front();
  const auto found = filtered_.find(oldest.uid);
  // A later call for the same pod renewed the copy; its own entry in the order follows.
  if (found != filtered_.end() && found->second.turn == oldest.turn) DropFiltered(oldest.uid);
}

void PodTable::NoteRefused(std::string_view uid, uint64_t version) {
  if (Entry* entry = Find(uid)) {
    entry->considered_version = version;
    oldest_refusal_ = std::min(oldest_refusal_, version);
  }
  const auto copy = filtered_.find(uid);
  if (copy != filtered_.end()) copy->second.refused_version = version;
}

PodTable::Entry* PodTable::Find(std::string_view uid) {
  const auto found = pods_.find(uid);
  return found == pods_.end() ? nullptr : found->second.get();
}

const PodTable::Entry* PodTable::Find(std::string_view uid) const {
  const auto found = pods_.find(uid);
  return found == pods_.end() ? nullptr : found->second.get();
}

const PodTable::Entry* PodTable::FindByName(std::string_view name_space,
                                            std::string_view name) const {
  const auto named = names_.find(Key(name_space, name));
  return named == names_.end() ? nullptr : Find(named->second.uid);
}

const model::Pod* PodTable::FindFiltered(std::string_view uid) const {
  const auto found = filtered_.find(uid);
  return found == filtered_.end() ? nullptr : &found->second.pod;
}

std::string PodTable::NewestVersion(std::string_view uid) const {
  const Entry* entry = Find(uid);
  const model::Pod* copy = FindFiltered(uid);
  if (entry == nullptr) return copy == nullptr ? "" : copy->resource_version;
  if (copy == nullptr) return entry->pod.resource_version;
  return std::string(NewerVersion(copy->resource_version, entry->pod.resource_version));
}

void PodTable::Expire(Instant now) {
  while (!filtered_order_.empty() && filtered_order_.front().expires <= now) DropOldestFiltered();
  while (!tombstone_order_.empty() && tombstone_order_.front().expires <= now) {
    const Tombstone& old = tombstone_order_.front();
    tombstones_.erase(old.uid);
    const auto named = names_.find(old.key);
    if (named != names_.end() && named->second.uid.empty()) names_.erase(named);
    tombstone_order_.pop_front();
  }
}

std::vector<std::string> PodTable::Uids() const {
  std::vector<std::string> uids;
  uids.reserve(pods_.size());
  for (const auto& [uid, entry] : pods_) uids.push_back(uid);
  std::sort(uids.begin(), uids.end());
  return uids;
}

}  // namespace tangram::scheduler
