// HAMi's node lock, as text and as a judgement.
//
// HAMi's device plugin learns from the node annotation `hami.io/mutex.lock` which pod the next
// Allocate belongs to, and removes it afterwards. Value: "<RFC 3339 time>,<namespace>,<name>";
// older releases wrote the time alone. One lock a node.
#ifndef SCHEDULER_NODE_LOCK_H_
#define SCHEDULER_NODE_LOCK_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tangram::scheduler {

// A lock without a living owner is taken over after this (HAMi: --node-lock-timeout 5m).
inline constexpr int64_t kNodeLockExpirySeconds = 300;

struct NodeLock {
  // nullopt: the time cannot be read; such a lock counts as just taken when first seen.
  std::optional<int64_t> taken_unix_seconds;
  // Empty: no owner is named (legacy text, or malformed).
  std::string owner_namespace;
  std::string owner_name;

  bool has_owner() const { return !owner_name.empty(); }
};

// Reads the annotation's text. Never fails: what cannot be read is left empty.
NodeLock ParseNodeLock(std::string_view text);
// Writes it as HAMi does, in UTC: "2026-06-14T15:05:03Z,default,gang-pod-1".
std::string FormatNodeLock(int64_t unix_seconds, std::string_view name_space,
                           std::string_view name);

}  // namespace tangram::scheduler

#endif  // SCHEDULER_NODE_LOCK_H_
