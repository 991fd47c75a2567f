// The bind transaction: from kube-scheduler's bind call to a definite outcome.
//
// This is where a card could be booked twice or lost, so the rules are few and strict:
//   1. Unknown is not failure. Only a definite refusal, confirmed by a GET that shows the pod gone,
//      replaced, elsewhere, or unbound with no write of ours in flight, undoes a booking. Whatever
//      else happens after the POST keeps booking and lock and repeats the Binding until the answer
//      is definite. A POST that was not answered is in flight for request_timeout; then the pod is
//      fenced, and what it shows is final.
//   2. Cards are chosen and booked before the first write; node and cards travel in one Binding.
//   3. Where HAMi's agent serves the node, its lock is taken first; binds of a node stand in line.
//      The agent releases the lock; we release it only for an owner that cannot use it any more.
//   4. A caller that waits longer than bind_wait gets a constant Error. A bind that posted goes on
//      in the background; one that has not keeps its place for kBindGrace, or fails at once where
//      its caller is gone. So every bind ends: in whatever stage, whatever happens.
//   5. One job per pod uid. A second call for the same node joins; for another node it waits for
//      one that posted, and takes the place of one that did not.
//   6. The Binding carries the pod's resourceVersion as known; where the pod has changed meanwhile
//      and is unbound, it is sent again with the new one.
//   7. After the start a predecessor's last writes may land (landings.h): a bind that could meet
//   one
//      waits, the lock of a pod that may be bound by one stays until the pod was fenced.
//
// Every method requires the scheduler's mutex. Nothing calls out directly (see world.h).
#ifndef SCHEDULER_BINDER_H_
#define SCHEDULER_BINDER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "scheduler/bind_job.h"
#include "scheduler/lock_table.h"
#include "scheduler/world.h"

namespace tangram::scheduler {

// How long a bind without a caller keeps its place in line (kube-scheduler comes back in a second
// or two).
inline constexpr Duration kBindGrace = std::chrono::seconds(15);
// After a definite success the watch shows the pod bound; if it has not by then, we ask.
inline constexpr Duration kConfirmAfter = std::chrono::seconds(30);

class Binder {
 public:
  explicit Binder(World& world) : world_(world) {}

  // Starts or joins a bind. Returns the caller's id, for Abandon.
  uint64_t Bind(const BindCall& call, std::function<void(std::string)> done);
  // The caller is gone. A bind that stands in line and has no caller left is dropped.
  void Abandon(const std::string& uid, uint64_t caller);

  // The job of that pod, or null.
  const BindJob* Find(std::string_view uid) const;

  // What the watch says, after the tables were updated.
  void OnPodObserved(const model::Pod& pod);
  void OnPodGone(const model::PodId& pod);
  void OnNodeObserved(const std::string& node);
  void OnNodeGone(const std::string& node);

  void Advance();

  LockTable& locks() { return locks_; }
  const LockTable& locks() const { return locks_; }
  size_t in_progress() const { return jobs_.size(); }
  // Binds that wait for their turn.
  size_t waiting() const;

 private:
  using Jobs = std::map<std::string, BindJob, std::less<>>;
  // What to do with a node's lock that stands in the way.
  enum class LockVerdict : uint8_t { kKeep, kRelease, kAskForOwner, kFenceOwner };

  void Begin(const BindCall& call, BindCaller caller);
  void Resolve(BindJob& job);
  void OnRead(const std::string& uid, uint64_t id, const PodReading& reading);
  void Place(BindJob& job, const model::Pod& pod);
  // Books the pod's cards; false (and a failed job) when the node has no room for it.
  bool Book(BindJob& job, const model::Pod& pod);
  // Whether a predecessor's write cannot land where the job is booked.
  bool MayWrite(const BindJob& job);
  // Whether what is booked is there still; else the place is judged anew. False: the job failed.
  bool StillFits(BindJob& job);

  void Post(BindJob& job);
  void OnPosted(const std::string& uid, uint64_t id, const WriteResult& result);
  void Verify(BindJob& job);
  void OnVerified(const std::string& uid, uint64_t id, const PodReading& reading);
  void OnFoundUnbound(BindJob& job, const model::Pod& pod);
  void OnConfirmed(BindJob& job, const PodReading& reading);
  // The confirmed write is not there: it is made once more.
  void Repeat(BindJob& job);
  void Succeed(BindJob& job);
  void Fail(BindJob& job, const std::string& error);

  void ServeNode(const std::string& node);
  void TakeLock(const std::string& node, BindJob& job);
  void OnLockPatched(const std::string& node, const std::string& uid, uint64_t id,
                     const std::string& text, const WriteResult& result);
  void ReadLock(const std::string& node);
  // Reads the locks that binds wait for; for when no watch tells of them.
  void ReadAwaitedLocks(Instant now);
  LockVerdict Judge(const std::string& node, const NodeLockState& state) const;
  LockVerdict JudgeOwner(const std::string& node, const NodeLockState& state,
                         const model::Pod& owner) const;
  void ReleaseLock(const std::string& node);
  void AskForOwner(const std::string& node, bool fence);
  void OnOwnerRead(const std::string& node, const std::string& text, const PodReading& reading);
  // The job of the pod that the node's lock names, or null. The lock names no uid: of several pods
  // of that name (an earlier one's end is not known yet) the one that is bound there.
  const BindJob* JobOf(const NodeLock& lock, const std::string& node) const;

  void AnswerAll(BindJob& job, const std::string& error);
  void AnswerLate(BindJob& job, Instant now);
  void RetryJob(BindJob& job, Instant now);
  // Of the binds of the node's line that have a caller waiting, or go on without: the one that the
  // lock names, else the first; or null.
  BindJob* NextInLine(const NodeLockState& state);
  bool NeedsLock(const std::string& node) const;
  BindJob* FindJob(std::string_view uid);
  BindJob* FindJob(std::string_view uid, uint64_t id);

  World& world_;
  LockTable locks_;
  Jobs jobs_;
  uint64_t next_caller_ = 1;
  uint64_t next_job_ = 1;
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_BINDER_H_
