#include "scheduler/lock_table.h"

#include <deque>
#include <utility>
#include <vector>

#include "scheduler/order.h"

namespace tangram::scheduler {

bool NodeLockState::Expired(int64_t now_unix_seconds) const {
  return now_unix_seconds - taken_unix_seconds() >= kNodeLockExpirySeconds;
}

bool LockTable::Observe(const NodeObservation& node, std::string_view seen_at,
                        int64_t now_unix_seconds) {
  NodeLockState& state = nodes_[node.spec.name];
  if (Compare({{}, state.described_version}, {{}, seen_at}) == Freshness::kStale) return false;
  state.known = true;
  state.has_agent = node.has_agent;
  state.described_version = node.resource_version;
  if (Compare({{}, state.resource_version}, {{}, seen_at}) != Freshness::kStale) {
    Set(state, node.spec.name, node.lock, node.resource_version, now_unix_seconds);
  }
  return true;
}

bool LockTable::Learn(const std::string& node, std::string text, std::string resource_version,
                      int64_t now_unix_seconds) {
  const auto found = nodes_.find(node);
  if (found == nodes_.end() || !found->second.known) return false;
  NodeLockState& state = found->second;
  if (Compare({{}, state.resource_version}, {{}, resource_version}) == Freshness::kStale) {
    return false;
  }
  Set(state, node, std::move(text), std::move(resource_version), now_unix_seconds);
  return true;
}

std::string_view LockTable::NewestVersion(std::string_view node) const {
  const NodeLockState* state = Find(node);
  if (state == nullptr) return {};
  return NewerVersion(state->described_version, state->resource_version);
}

void LockTable::Set(NodeLockState& state, const std::string& node, std::string text,
                    std::string resource_version, int64_t now_unix_seconds) {
  if (state.text != text) {
    state.seen_unix_seconds = now_unix_seconds;
    state.ask_after = Instant{};
  }
  state.text = std::move(text);
  state.resource_version = std::move(resource_version);
  NoteActive(node, state);
}

void LockTable::Enqueue(const std::string& node, const std::string& uid) {
  NodeLockState& state = nodes_[node];
  state.queue.push_back(uid);
  NoteActive(node, state);
}

void LockTable::Leave(const std::string& node, std::string_view uid) {
  const auto found = nodes_.find(node);
  if (found == nodes_.end()) return;
  std::erase(found->second.queue, uid);
  NoteActive(node, found->second);
}

void LockTable::NoteActive(const std::string& node, const NodeLockState& state) {
  if (state.text.empty() && state.queue.empty()) {
    active_.erase(node);
  } else {
    active_.insert(node);
  }
}

void LockTable::Forget(const std::string& node) {
  const auto found = nodes_.find(node);
  if (found == nodes_.end()) return;
  // A line may still stand here; the binder dissolves it. A node that returns has a new version.
  found->second.known = false;
  found->second.text.clear();
  found->second.resource_version.clear();
  found->second.described_version.clear();
  NoteActive(node, found->second);
  if (found->second.queue.empty() && !found->second.busy) nodes_.erase(found);
}

const NodeLockState* LockTable::Find(std::string_view node) const {
  const auto found = nodes_.find(node);
  return found == nodes_.end() ? nullptr : &found->second;
}

std::vector<std::string> LockTable::LockedBy(std::string_view name_space,
                                             std::string_view name) const {
  std::vector<std::string> names;
  for (const std::string& node : active_) {
    const NodeLock lock = nodes_.find(node)->second.lock();
    if (lock.owner_namespace == name_space && lock.owner_name == name) names.push_back(node);
  }
  return names;
}

size_t LockTable::queued() const {
  size_t count = 0;
  for (const std::string& node : active_) count += nodes_.find(node)->second.queue.size();
  return count;
}

}  // namespace tangram::scheduler
