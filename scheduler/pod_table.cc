#include "scheduler/pod_table.h"

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"

namespace tangram::scheduler {

namespace {

bool ConcernsUs(const model::Pod& pod) {
  return !pod.request.empty() || pod.allocation_state != model::AllocationState::kNone;
}

}  // namespace

std::string PodTable::Key(std::string_view name_space, std::string_view name) {
  return absl::StrCat(model::ToAbsl(name_space), "/", model::ToAbsl(name));
}

std::string PodTable::Upsert(const model::Pod& pod, uint64_t considered_version) {
  std::string replaced;
  const std::string key = Key(pod.id.name_space, pod.id.name);
  const auto named = uid_by_name_.find(key);
  if (named != uid_by_name_.end() && named->second != pod.id.uid) replaced = named->second;
  if (!ConcernsUs(pod)) return replaced;

  std::unique_ptr<Entry>& entry = pods_[pod.id.uid];
  if (entry == nullptr) {
    entry = std::make_unique<Entry>();
    const auto copy = filtered_.find(pod.id.uid);
    const bool refused = copy != filtered_.end() && copy->second.refused_version != kNeverRefused;
    entry->considered_version = refused ? copy->second.refused_version : considered_version;
  }
  entry->pod = pod;
  entry->pod.allocation = model::Allocation();
  uid_by_name_[key] = pod.id.uid;
  const bool waits = !pod.bound() && !pod.terminal && !pod.terminating && !pod.request.empty();
  if (waits) {
    waiting_[pod.id.uid] = entry.get();
  } else {
    waiting_.erase(pod.id.uid);
  }
  return replaced;
}

void PodTable::Remove(const std::string& uid, Instant now) {
  waiting_.erase(uid);
  filtered_.erase(uid);
  const auto found = pods_.find(uid);
  if (found != pods_.end()) {
    const model::PodId& id = found->second->pod.id;
    const auto named = uid_by_name_.find(Key(id.name_space, id.name));
    if (named != uid_by_name_.end() && named->second == uid) uid_by_name_.erase(named);
    pods_.erase(found);
  }
  if (tombstones_.insert(uid).second) tombstone_order_.emplace_back(now + kTombstoneTtl, uid);
}

void PodTable::RememberFiltered(const model::Pod& pod, Instant now) {
  if (IsDeleted(pod.id.uid)) return;
  const Instant expires = now + kFilterCopyTtl;
  Filtered& copy = filtered_[pod.id.uid];
  copy.pod = pod;
  copy.expires = expires;
  filtered_order_.emplace_back(expires, pod.id.uid);
}

void PodTable::NoteRefused(std::string_view uid, uint64_t version) {
  if (Entry* entry = Find(uid)) entry->considered_version = version;
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
  const auto named = uid_by_name_.find(Key(name_space, name));
  return named == uid_by_name_.end() ? nullptr : Find(named->second);
}

const model::Pod* PodTable::FindFiltered(std::string_view uid) const {
  const auto found = filtered_.find(uid);
  return found == filtered_.end() ? nullptr : &found->second.pod;
}

void PodTable::Expire(Instant now) {
  while (!filtered_order_.empty() && filtered_order_.front().first <= now) {
    const auto found = filtered_.find(filtered_order_.front().second);
    // A later call for the same pod renewed the copy; its own entry in the order follows.
    if (found != filtered_.end() && found->second.expires <= now) filtered_.erase(found);
    filtered_order_.pop_front();
  }
  while (!tombstone_order_.empty() && tombstone_order_.front().first <= now) {
    tombstones_.erase(tombstone_order_.front().second);
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
