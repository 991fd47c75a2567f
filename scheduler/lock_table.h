// The node locks as last seen or written by us, and whose turn it is to take one.
//
// HAMi's agent on a node serves the pod that owns the node's lock, so binds of one node stand in
// line (first come, first served) and go one at a time. This is the book of those lines; the binder
// acts on it. It knows every node there is, and how new that is (order.h). Not thread-safe: guarded
// by the scheduler's mutex.
#ifndef SCHEDULER_LOCK_TABLE_H_
#define SCHEDULER_LOCK_TABLE_H_

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "scheduler/node_lock.h"
#include "scheduler/observation.h"
#include "scheduler/ports.h"

namespace tangram::scheduler {

struct NodeLockState {
  std::string text;               // the annotation, empty = free
  std::string resource_version;   // of the node when `text` was true
  std::string described_version;  // of the node when the rest of it was as the cluster has it
  int64_t seen_unix_seconds = 0;  // when this text was first seen
  bool has_agent = false;
  bool known = false;             // the node object exists
  bool busy = false;              // an API call about this lock is in progress
  Instant retry_at{};             // nothing is tried before
  Instant ask_after{};            // the owner is not asked for before
  Instant read_after{};           // while no watch is open, the lock is not read before
  std::deque<std::string> queue;  // uids of waiting binds

  NodeLock lock() const { return ParseNodeLock(text); }
  // When it was taken, by its text, else as far as we know.
  int64_t taken_unix_seconds() const {
    return lock().taken_unix_seconds.value_or(seen_unix_seconds);
  }
  // Whether it is as old as HAMi's rules want it before anyone takes it over.
  bool Expired(int64_t now_unix_seconds) const;
};

class LockTable {
 public:
  // Takes over what a watch or list says of the node, seen at the resource version `seen_at` (its
  // own, or that of the list); of the lock only what is not older than our own writes. False when
  // all of it is older than what is known.
  bool Observe(const NodeObservation& node, std::string_view seen_at, int64_t now_unix_seconds);
  void Forget(const std::string& node);
  // The newest version at which the node was seen by anyone; "" when it was not.
  std::string_view NewestVersion(std::string_view node) const;

  // Takes over what our own write or GET found, unless it is older than what is known or the node
  // is gone. Returns whether it was taken over.
  bool Learn(const std::string& node, std::string text, std::string resource_version,
             int64_t now_unix_seconds);

  NodeLockState& At(const std::string& node) { return nodes_[node]; }
  const NodeLockState* Find(std::string_view node) const;

  // A bind joins the end of the node's line; or leaves it, wherever it stands.
  void Enqueue(const std::string& node, const std::string& uid);
  void Leave(const std::string& node, std::string_view uid);

  // Nodes with a lock or a line, sorted by name.
  std::vector<std::string> Active() const { return {active_.begin(), active_.end()}; }
  // The nodes whose lock names this pod, sorted.
  std::vector<std::string> LockedBy(std::string_view name_space, std::string_view name) const;
  size_t queued() const;

 private:
  void Set(NodeLockState& state, const std::string& node, std::string text,
           std::string resource_version, int64_t now_unix_seconds);
  void NoteActive(const std::string& node, const NodeLockState& state);

  std::map<std::string, NodeLockState, std::less<>> nodes_;
  std::set<std::string> active_;  // names of those with a text or a queue
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_LOCK_TABLE_H_
