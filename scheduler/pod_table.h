// Which pods there are, as far as they concern us, and what is remembered about them.
//
// Three memories, one room: pods the watch shows (those that ask for cards or hold some), copies of
// pods that filter was called with (kept a minute: bind may come before the watch), and uids that
// are gone (kept two minutes: such a pod is never revived from filter's copy, nor its name taken by
// one that is older still). Which state of a name is the newer one is order.h's to say.
//
// Bounded: the copies take kFilterCopyBytes together, the oldest go first (such a pod is read from
// the API server when it is bound). Of a bound pod the conditions on cards are not kept, which may
// be long lists: they decided when it was placed.
//
// Not thread-safe: guarded by the scheduler's mutex.
#ifndef SCHEDULER_POD_TABLE_H_
#define SCHEDULER_POD_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/pod.h"
#include "model/string_map.h"
#include "scheduler/ports.h"

namespace tangram::scheduler {

inline constexpr Duration kFilterCopyTtl = std::chrono::seconds(60);
inline constexpr size_t kFilterCopyBytes = size_t{32} << 20;
inline constexpr Duration kTombstoneTtl = std::chrono::seconds(120);

// A pod that arrived after the start: kube-scheduler sees it by itself and asks us.
inline constexpr uint64_t kNeverRefused = UINT64_MAX;

class PodTable {
 public:
  struct Entry {
    // Without its allocation, which the cluster's booking holds; once bound without its request.
    model::Pod pod;
    // The cluster version at which this waiting pod was last known not to fit (by a filter, or by
    // a look of the waker's); kNeverRefused when kube-scheduler has yet to ask about it.
    uint64_t considered_version = 0;
    // The label hami.io/vgpu-node is missing and still to be patched.
    bool label_due = false;
  };

  // What an observation did.
  struct Upserted {
    bool stale = false;    // older than what is known: nothing was changed
    std::string replaced;  // the uid of a pod of that name that is gone by it, or ""
  };
  // Remembers the pod if it concerns us, observed at the resource version `seen_at` (its own, or
  // that of the list it stands in); a pod not heard of before starts with `considered_version`,
  // unless a filter refused it already.
  Upserted Upsert(const model::Pod& pod, std::string_view seen_at, uint64_t considered_version);
  // Forgets the pod and lays a tombstone.
  void Remove(const model::PodId& pod, Instant now);
  bool IsDeleted(std::string_view uid) const { return tombstones_.contains(uid); }

  void RememberFiltered(const model::Pod& pod, Instant now);
  // A filter refused the pod at this version of the books.
  void NoteRefused(std::string_view uid, uint64_t version);
  // The oldest version at which a waiting pod is known to have been refused, of what was noted
  // since the last call; kNeverRefused when nothing was.
  uint64_t TakeOldestRefusal() { return std::exchange(oldest_refusal_, kNeverRefused); }

  Entry* Find(std::string_view uid);
  const Entry* Find(std::string_view uid) const;
  const Entry* FindByName(std::string_view name_space, std::string_view name) const;
  // The pod of filter's last call for this uid, or null.
  const model::Pod* FindFiltered(std::string_view uid) const;
  // The newest resource version at which the pod of that uid was seen, by watch or filter; "" when
  // it was not.
  std::string NewestVersion(std::string_view uid) const;
  // Bytes of all such copies.
  size_t filtered_bytes() const { return filtered_bytes_; }

  // Drops what is too old.
  void Expire(Instant now);

  // All uids, sorted.
  std::vector<std::string> Uids() const;
  // Unbound pods that ask for cards, are not being deleted and have no scheduling gate, by uid.
  const std::map<std::string, Entry*>& waiting() const { return waiting_; }
  // Pods that would wait but for their scheduling gates.
  size_t gated() const { return gated_.size(); }
  size_t size() const { return pods_.size(); }

 private:
  static std::string Key(std::string_view name_space, std::string_view name);

  // Who has a name, and the newest version heard of under it; no uid: whoever had it is gone.
  struct Named {
    std::string uid;
    std::string version;
  };
  struct Tombstone {
    Instant expires{};
    std::string uid;
    std::string key;
  };
  struct Filtered {
    model::Pod pod;
    uint64_t refused_version = kNeverRefused;
    size_t bytes = 0;
    uint64_t turn = 0;  // of its entry in the order that counts: the pod's last call
  };
  struct FilterTurn {
    Instant expires{};
    uint64_t turn = 0;
    std::string uid;
  };
  void DropFiltered(std::string_view uid);
  void DropOldestFiltered();
  model::StringMap<std::unique_ptr<Entry>> pods_;  // by uid
  model::StringMap<Named> names_;                  // by "namespace/name"
  std::map<std::string, Entry*> waiting_;          // by uid
  model::StringSet gated_;                         // by uid
  uint64_t oldest_refusal_ = kNeverRefused;
  model::StringMap<Filtered> filtered_;  // by uid
  std::deque<FilterTurn> filtered_order_;
  size_t filtered_bytes_ = 0;
  uint64_t next_turn_ = 0;
  model::StringSet tombstones_;
  std::deque<Tombstone> tombstone_order_;
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_POD_TABLE_H_
