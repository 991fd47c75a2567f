// The bind transaction: from kube-scheduler's bind call to a definite outcome.
//
// This is where a card could be booked twice or lost, so the rules are few and strict:
//   1. Unknown is not failure. Only a definite refusal, confirmed by a GET that shows the pod gone,
//      replaced, elsewhere, or unbound with no write of ours in flight, undoes a booking. Whatever
//      else happens after the POST keeps booking and lock and repeats the identical Binding until
//      the answer is definite.
//   2. Cards are chosen and booked before the first write; node and cards travel in one Binding.
//   3. Where HAMi's agent serves the node, its lock is taken first; binds of a node stand in line.
//      The agent releases the lock; we release it only for an owner that cannot use it any more.
//   4. A caller that waits longer than bind_wait gets a constant Error; a bind that has written
//      something goes on in the background, one that has not keeps its place for kBindGrace.
//   5. One job per pod uid. A second call for the same node joins; for another node it waits.
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
  enum class LockVerdict : uint8_t { kKeep, kRelease, kAskForOwner };

  void Begin(const BindCall& call, BindCaller caller);
  void Resolve(BindJob& job);
  void OnRead(const std::string& uid, const PodReading& reading);
  void Place(BindJob& job, const model::Pod& pod);
  // Books the pod's cards; false (and a failed job) when the node has no room for it.
  bool Book(BindJob& job, const model::Pod& pod);

  void Post(BindJob& job);
  void OnPosted(const std::string& uid, const WriteResult& result);
  void Verify(BindJob& job);
  void OnVerified(const std::string& uid, const PodReading& reading);
  void OnConfirmed(BindJob& job, const PodReading& reading);
  void Succeed(BindJob& job);
  void Fail(BindJob& job, const std::string& error);

  void ServeNode(const std::string& node);
  void TakeLock(const std::string& node, BindJob& job);
  void OnLockPatched(const std::string& node, const std::string& uid, const std::string& text,
                     const WriteResult& result);
  void ReadLock(const std::string& node);
  LockVerdict Judge(const std::string& node, const NodeLockState& state) const;
  LockVerdict JudgeOwner(const std::string& node, const NodeLockState& state,
                         const model::Pod& owner) const;
  void ReleaseLock(const std::string& node);
  void AskForOwner(const std::string& node);
  void OnOwnerRead(const std::string& node, const std::string& text, const PodReading& reading);

  void AnswerAll(BindJob& job, const std::string& error);
  void AnswerLate(BindJob& job, Instant now);
  void RetryJob(BindJob& job, Instant now);
  // The first bind of the node's line that has a caller waiting, or null.
  BindJob* NextInLine(const NodeLockState& state);
  bool NeedsLock(const std::string& node) const;
  BindJob* FindJob(std::string_view uid);

  World& world_;
  LockTable locks_;
  Jobs jobs_;
  uint64_t next_caller_ = 1;
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_BINDER_H_
