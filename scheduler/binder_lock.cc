// The line for a node's lock, and what becomes of locks nobody can use; the bind flow is in
// binder.cc.
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "scheduler/binder.h"

namespace tangram::scheduler {

namespace {

constexpr char kNodeGone[] = "the node is gone";
// A lock's owner that we do not know is asked for this often at most.
constexpr Duration kAskInterval = std::chrono::seconds(5);
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
  for (const std::string& uid : state.queue) {
    BindJob* job = FindJob(uid);
    if (job != nullptr && job->stage == BindStage::kQueued && !job->callers.empty()) return job;
  }
  return nullptr;
}

void Binder::ServeNode(const std::string& node) {
  if (locks_.Find(node) == nullptr || !world_.settled()) return;
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
    // Taken for this very pod by an earlier attempt.
    locks_.Leave(node, next->pod.uid);
    return Post(*next);
  }
  switch (Judge(node, state)) {
    case LockVerdict::kKeep:
      return;
    case LockVerdict::kRelease:
      return ReleaseLock(node);
    case LockVerdict::kAskForOwner:
      return AskForOwner(node);
  }
}

void Binder::TakeLock(const std::string& node, BindJob& job) {
  NodeLockState& state = locks_.At(node);
  state.busy = true;
  job.stage = BindStage::kLocking;
  const std::string text =
      FormatNodeLock(world_.clock.UnixSeconds(), job.pod.name_space, job.pod.name);
  world_.outbox.Add([&api = world_.api, enter = world_.enter, node, uid = job.pod.uid, text,
                     version = state.resource_version, this] {
    api.PatchNodeLock(node, text, version, [enter, node, uid, text, this](WriteResult result) {
      enter([&] { OnLockPatched(node, uid, text, result); });
    });
  });
}

void Binder::OnLockPatched(const std::string& node, const std::string& uid, const std::string& text,
                           const WriteResult& result) {
  locks_.At(node).busy = false;
  BindJob* job = FindJob(uid);
  if (job != nullptr && job->stage != BindStage::kLocking) job = nullptr;
  switch (result.outcome) {
    case WriteOutcome::kDone:
      world_.stats.locks_taken++;
      locks_.Set(node, text, result.resource_version, world_.clock.UnixSeconds());
      if (job != nullptr && !job->pod_deleted) {
        locks_.Leave(node, uid);
        return Post(*job);
      }
      break;
    case WriteOutcome::kNotFound:
      return OnNodeGone(node);
    case WriteOutcome::kRefused:
      if (job != nullptr) {
        return Fail(*job, absl::StrCat("the API server refused the node lock: ", result.message));
      }
      break;
    case WriteOutcome::kConflict:
    case WriteOutcome::kUnknown:
      if (job != nullptr) job->stage = BindStage::kQueued;
      if (job == nullptr || !job->pod_deleted) return ReadLock(node);
      break;
  }
  if (job != nullptr) return Fail(*job, "the pod is gone");
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
        locks_.Set(node, reading.lock, reading.resource_version, world_.clock.UnixSeconds());
        ServeNode(node);
      });
    });
  });
}

Binder::LockVerdict Binder::Judge(const std::string& node, const NodeLockState& state) const {
  const NodeLock lock = state.lock();
  if (!lock.has_owner()) {
    return state.Expired(world_.clock.UnixSeconds()) ? LockVerdict::kRelease : LockVerdict::kKeep;
  }
  for (const auto& [uid, job] : jobs_) {
    if (job.pod.name_space != lock.owner_namespace || job.pod.name != lock.owner_name) continue;
    const bool elsewhere = job.node != node;
    const bool undecided = job.stage == BindStage::kSettling || job.stage == BindStage::kReading;
    return elsewhere && !undecided ? LockVerdict::kRelease : LockVerdict::kKeep;
  }
  const PodTable::Entry* owner = world_.pods.FindByName(lock.owner_namespace, lock.owner_name);
  if (owner == nullptr) return LockVerdict::kAskForOwner;
  return JudgeOwner(node, state, owner->pod);
}

Binder::LockVerdict Binder::JudgeOwner(const std::string& node, const NodeLockState& state,
                                       const model::Pod& owner) const {
  if (owner.terminal) return LockVerdict::kRelease;
  if (owner.bound() && owner.node != node) return LockVerdict::kRelease;
  // An unbound pod of ours has no bind in flight (Judge looked), so nobody will ever serve it.
  if (!owner.bound() && !owner.request.empty()) return LockVerdict::kRelease;
  // Its agent is at work, or it is somebody else's lock: HAMi's expiry, once someone waits for it.
  const bool wanted = !state.queue.empty();
  return wanted && state.Expired(world_.clock.UnixSeconds()) ? LockVerdict::kRelease
                                                             : LockVerdict::kKeep;
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
                locks_.Set(node, "", result.resource_version, world_.clock.UnixSeconds());
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

void Binder::AskForOwner(const std::string& node) {
  NodeLockState& state = locks_.At(node);
  const Instant now = world_.clock.Now();
  if (now < state.ask_after) return;
  state.ask_after = now + kAskInterval;
  state.busy = true;
  const NodeLock lock = state.lock();
  world_.outbox.Add([&api = world_.api, enter = world_.enter, node, lock, text = state.text, this] {
    api.GetPod(lock.owner_namespace, lock.owner_name,
               [enter, node, text, this](PodReading reading) {
                 enter([&] { OnOwnerRead(node, text, reading); });
               });
  });
}

void Binder::OnOwnerRead(const std::string& node, const std::string& text,
                         const PodReading& reading) {
  NodeLockState& state = locks_.At(node);
  state.busy = false;
  if (state.text != text) return ServeNode(node);
  switch (reading.outcome) {
    case PodReading::Outcome::kUnknown:
      return;
    case PodReading::Outcome::kGone:
      return ReleaseLock(node);
    case PodReading::Outcome::kFound:
      if (JudgeOwner(node, state, reading.pod) == LockVerdict::kRelease) ReleaseLock(node);
      return;
  }
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
