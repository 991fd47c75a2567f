// The line for a node's lock, and what becomes of locks nobody can use; the bind flow is in
// binder.cc.
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "scheduler/bind_rules.h"
#include "scheduler/binder.h"

namespace tangram::scheduler {

namespace {

// A lock's owner that we do not know is asked for this often at most.
constexpr Duration kAskInterval = std::chrono::seconds(5);
// A lock that a bind waits for is read this often while no watch is open.
constexpr Duration kReadInterval = std::chrono::seconds(2);
constexpr Duration kRetryAfterUnknown = std::chrono::milliseconds(200);
constexpr Duration kRetryAfterRefusal = std::chrono::seconds(5);

}  // namespace

bool Binder::NeedsLock(const std::string& node) const {
  // No agent of HAMi's would ever release the lock of a node that counts only.
  const model::Node* known = world_.cluster.FindNode(node);
  if (known != nullptr && known->counts_only()) return false;
  switch (world_.options.node_lock) {
    case NodeLockMode::kOff:
      return false;
    case NodeLockMode::kOn:
      return true;
    case NodeLockMode::kAuto:
      break;
  }
  const NodeLockState* state = locks_.Find(node);
  return state != nullptr && state->has_agent;
}

BindJob* Binder::NextInLine(const NodeLockState& state) {
  const NodeLock lock = state.lock();
  BindJob* first = nullptr;
  for (const std::string& uid : state.queue) {
    BindJob* job = FindJob(uid);
    if (job == nullptr || job->stage != BindStage::kQueued) continue;
    if (!job->posted && job->callers.empty()) continue;
    // Whom the lock names goes before all others: they wait for it anyway.
    if (job->pod.name == lock.owner_name && job->pod.name_space == lock.owner_namespace) return job;
    if (first == nullptr) first = job;
  }
  return first;
}

void Binder::ServeNode(const std::string& node) {
  if (locks_.Find(node) == nullptr || !world_.ready()) return;
  NodeLockState& state = locks_.At(node);
  if (state.busy || world_.clock.Now() < state.retry_at) return;
  if (!state.known) return OnNodeGone(node);
  BindJob* next = NextInLine(state);
  if (state.text.empty()) {
    if (next != nullptr) TakeLock(node, *next);
    return;
  }
  const NodeLock lock = state.lock();
  if (next != nullptr && lock.owner_namespace == next->pod.name_space &&
      lock.owner_name == next->pod.name) {
    // Taken by this very bind, and the answer was lost.
    if (state.text == next->lock_text) {
      locks_.Leave(node, next->pod.uid);
      return Post(*next);
    }
    // By an earlier attempt, or for an earlier pod of the name whose agent has freed it since: a
    // PATCH on condition of what we know tells.
    return TakeLock(node, *next);
  }
  switch (Judge(node, state)) {
    case LockVerdict::kKeep:
      return;
    case LockVerdict::kRelease:
      return ReleaseLock(node);
    case LockVerdict::kAskForOwner:
      return AskForOwner(node, /*fence=*/false);
    case LockVerdict::kFenceOwner:
      return AskForOwner(node, /*fence=*/true);
  }
}

void Binder::TakeLock(const std::string& node, BindJob& job) {
  if (!job.posted && !StillFits(job)) return;
  NodeLockState& state = locks_.At(node);
  state.busy = true;
  job.stage = BindStage::kLocking;
  const std::string text =
      FormatNodeLock(world_.clock.UnixSeconds(), job.pod.name_space, job.pod.name);
  job.lock_text = text;
  world_.outbox.Add([&api = world_.api, enter = world_.enter, node, uid = job.pod.uid, id = job.id,
                     text, version = state.resource_version, this] {
    api.PatchNodeLock(node, text, version, [enter, node, uid, id, text, this](WriteResult result) {
      enter([&] { OnLockPatched(node, uid, id, text, result); });
    });
  });
}

void Binder::OnLockPatched(const std::string& node, const std::string& uid, uint64_t id,
                           const std::string& text, const WriteResult& result) {
  locks_.At(node).busy = false;
  BindJob* job = FindJob(uid, id);
  if (job != nullptr && job->stage != BindStage::kLocking) job = nullptr;
  // Back in the line, where it stands still; a caller that left has set its grace.
  if (job != nullptr) job->stage = BindStage::kQueued;
  switch (result.outcome) {
    case WriteOutcome::kDone:
      world_.stats.locks_taken++;
      locks_.Learn(node, text, result.resource_version, world_.clock.UnixSeconds());
      if (const NodeLockState& now = locks_.At(node);
          job != nullptr && now.known && now.text == text) {
        locks_.Leave(node, uid);
        return Post(*job);
      }
      break;
    case WriteOutcome::kNotFound:
      return OnNodeGone(node);
    case WriteOutcome::kRefused:
      if (job == nullptr) break;
      return Fail(*job, absl::StrCat("the API server refused the node lock: ", result.message));
    case WriteOutcome::kConflict:
    case WriteOutcome::kUnknown:
      return ReadLock(node);
  }
  ServeNode(node);
}

void Binder::ReadLock(const std::string& node) {
  locks_.At(node).busy = true;
  world_.outbox.Add([&api = world_.api, enter = world_.enter, node, this] {
    api.GetNodeLock(node, [enter, node, this](NodeLockReading reading) {
      enter([&] {
        NodeLockState& state = locks_.At(node);
        state.busy = false;
        if (reading.outcome == NodeLockReading::Outcome::kGone) return OnNodeGone(node);
        if (reading.outcome == NodeLockReading::Outcome::kUnknown) {
          state.retry_at = world_.clock.Now() + kRetryAfterUnknown;
          return;
        }
        locks_.Learn(node, reading.lock, reading.resource_version, world_.clock.UnixSeconds());
        ServeNode(node);
      });
    });
  });
}

void Binder::ReadAwaitedLocks(Instant now) {
  for (const std::string& node : locks_.Active()) {
    NodeLockState& state = locks_.At(node);
    const bool awaited = state.known && !state.text.empty() && !state.queue.empty();
    if (!awaited || state.busy || now < state.read_after || now < state.retry_at) continue;
    state.read_after = now + kReadInterval;
    ReadLock(node);
  }
}

Binder::LockVerdict Binder::Judge(const std::string& node, const NodeLockState& state) const {
  const NodeLock lock = state.lock();
  if (!lock.has_owner()) {
    return state.Expired(world_.clock.UnixSeconds()) ? LockVerdict::kRelease : LockVerdict::kKeep;
  }
  const PodTable::Entry* owner = world_.pods.FindByName(lock.owner_namespace, lock.owner_name);
  const BindJob* job = JobOf(lock, node);
  if (job != nullptr && job->node == node) return LockVerdict::kKeep;
  // A job elsewhere tells nothing of another pod that has the name.
  if (job != nullptr && (owner == nullptr || owner->pod.id.uid == job->pod.uid)) {
    if (world_.landings.MayLand(job->pod.uid)) return LockVerdict::kFenceOwner;
    const bool undecided = job->stage == BindStage::kSettling || job->stage == BindStage::kReading;
    return undecided ? LockVerdict::kKeep : LockVerdict::kRelease;
  }
  if (owner == nullptr) return LockVerdict::kAskForOwner;
  return JudgeOwner(node, state, owner->pod);
}

Binder::LockVerdict Binder::JudgeOwner(const std::string& node, const NodeLockState& state,
                                       const model::Pod& owner) const {
  if (owner.terminal) return LockVerdict::kRelease;
  if (owner.bound() && owner.node != node) return LockVerdict::kRelease;
  // Unbound and not in somebody else's hands (we say "allocating" in the Binding itself): a pod of
  // ours that has no bind in flight (Judge looked), so that nobody will ever serve it.
  const bool allocating = owner.bind_phase == model::BindPhase::kAllocating;
  if (!owner.bound() && !owner.request.empty() && !allocating) {
    return world_.landings.MayLand(owner.id.uid) ? LockVerdict::kFenceOwner : LockVerdict::kRelease;
  }
  // Its agent is at work, or it is somebody else's lock: HAMi's expiry, once someone waits for it,
  // but not while the owner it was taken for is still to be served (HAMi 2.11, pkg/util/nodelock).
  if (state.queue.empty() || !state.Expired(world_.clock.UnixSeconds())) return LockVerdict::kKeep;
  const bool to_be_served =
      owner.pending && allocating && owner.created_unix_seconds <= state.taken_unix_seconds();
  return to_be_served ? LockVerdict::kKeep : LockVerdict::kRelease;
}

const BindJob* Binder::JobOf(const NodeLock& lock, const std::string& node) const {
  const BindJob* elsewhere = nullptr;
  for (const auto& [uid, job] : jobs_) {
    if (job.pod.name_space != lock.owner_namespace || job.pod.name != lock.owner_name) continue;
    if (job.node == node) return &job;
    elsewhere = &job;
  }
  return elsewhere;
}

void Binder::ReleaseLock(const std::string& node) {
  NodeLockState& state = locks_.At(node);
  state.busy = true;
  world_.stats.locks_released++;
  world_.outbox.Add(
      [&api = world_.api, enter = world_.enter, node, version = state.resource_version, this] {
        api.PatchNodeLock(node, std::nullopt, version, [enter, node, this](WriteResult result) {
          enter([&] {
            NodeLockState& released = locks_.At(node);
            released.busy = false;
            switch (result.outcome) {
              case WriteOutcome::kDone:
                locks_.Learn(node, "", result.resource_version, world_.clock.UnixSeconds());
                return ServeNode(node);
              case WriteOutcome::kNotFound:
                return OnNodeGone(node);
              case WriteOutcome::kRefused:
                released.retry_at = world_.clock.Now() + kRetryAfterRefusal;
                return;
              case WriteOutcome::kConflict:
              case WriteOutcome::kUnknown:
                return ReadLock(node);
            }
          });
        });
      });
}

void Binder::AskForOwner(const std::string& node, bool fence) {
  NodeLockState& state = locks_.At(node);
  const Instant now = world_.clock.Now();
  if (now < state.ask_after) return;
  state.ask_after = now + kAskInterval;
  state.busy = true;
  const NodeLock lock = state.lock();
  model::PodId owner{lock.owner_namespace, lock.owner_name, ""};
  if (const auto* entry = world_.pods.FindByName(owner.name_space, owner.name)) {
    owner = entry->pod.id;
  } else if (const BindJob* job = JobOf(lock, node)) {
    owner = job->pod;
  }
  world_.outbox.Add([&api = world_.api, enter = world_.enter, node, owner, text = state.text, fence,
                     version = world_.pods.NewestVersion(owner.uid), this] {
    const auto done = [enter, node, text, this](const PodReading& reading) {
      enter([&] { OnOwnerRead(node, text, reading); });
    };
    if (fence) {
      api.FencePod(owner, version, done);
    } else {
      api.GetPod(owner.name_space, owner.name, done);
    }
  });
}

void Binder::OnOwnerRead(const std::string& node, const std::string& text,
                         const PodReading& reading) {
  locks_.At(node).busy = false;
  if (reading.outcome == PodReading::Outcome::kUnknown) return;
  const bool found = reading.outcome == PodReading::Outcome::kFound;
  if (found) world_.observe_pod(reading.pod);
  const NodeLockState& state = locks_.At(node);
  if (state.busy) return;  // what was seen made somebody act
  const NodeLock lock = state.lock();
  const bool heard_of = JobOf(lock, node) != nullptr ||
                        world_.pods.FindByName(lock.owner_namespace, lock.owner_name) != nullptr;
  if (state.text != text || !state.known || (found && heard_of)) return ServeNode(node);
  if (!found && JobOf(lock, node) != nullptr) return ServeNode(node);
  if (!found || JudgeOwner(node, state, reading.pod) == LockVerdict::kRelease) ReleaseLock(node);
}

void Binder::OnNodeObserved(const std::string& node) { ServeNode(node); }

void Binder::OnNodeGone(const std::string& node) {
  if (const NodeLockState* state = locks_.Find(node)) {
    const std::vector<std::string> line(state->queue.begin(), state->queue.end());
    const bool busy = state->busy;
    locks_.Forget(node);
    for (const std::string& uid : line) {
      BindJob* job = FindJob(uid);
      // While a call about the lock is in progress its own answer ends the line.
      if (job != nullptr && !busy) Fail(*job, kNodeGone);
    }
  }
  locks_.Forget(node);
}

}  // namespace tangram::scheduler
