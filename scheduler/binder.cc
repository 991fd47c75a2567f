// The bind flow; the line for a node's lock is in binder_lock.cc.
#include "scheduler/binder.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "scheduler/recording/recorder.h"
#include "scheduler/verb_view.h"

namespace tangram::scheduler {

namespace {

// Constant texts: kube-scheduler writes them into the pod's condition, and a text that varied
// would wake the pod by itself.
constexpr char kTooLate[] = "the bind takes longer than --bind-wait; it keeps its place, try again";
constexpr char kPodGone[] = "the pod is gone";
constexpr char kAlreadyBound[] = "the pod is already bound to another node";

Duration Backoff(int attempts) {
  const int doublings = std::clamp(attempts - 1, 0, 5);
  return std::min<Duration>(std::chrono::milliseconds(100) * (1 << doublings),
                            std::chrono::seconds(2));
}

}  // namespace

uint64_t Binder::Bind(const BindCall& call, std::function<void(std::string)> done) {
  const uint64_t id = next_caller_++;
  Begin(call, BindCaller{id, std::move(done), world_.clock.Now() + world_.options.bind_wait});
  return id;
}

void Binder::Begin(const BindCall& call, BindCaller caller) {
  const auto answer = [this, &caller](std::string error) {
    world_.outbox.Add([done = std::move(caller.done), error = std::move(error)] { done(error); });
  };
  if (BindJob* job = FindJob(call.pod.uid)) {
    const bool same_node = job->node == call.node;
    if (job->stage == BindStage::kBound) return answer(same_node ? "" : kAlreadyBound);
    if (!same_node) {
      job->successors.emplace_back(call, std::move(caller));
      return;
    }
    job->callers.push_back(std::move(caller));
    job->grace_until = Instant::max();
    if (job->stage == BindStage::kQueued) ServeNode(job->node);
    return;
  }
  if (const PodTable::Entry* entry = world_.pods.Find(call.pod.uid); entry && entry->pod.bound()) {
    return answer(entry->pod.node == call.node ? "" : kAlreadyBound);
  }
  if (world_.pods.IsDeleted(call.pod.uid)) return answer(kPodGone);

  BindJob& job = jobs_[call.pod.uid];
  job.pod = call.pod;
  job.node = call.node;
  job.callers.push_back(std::move(caller));
  job.write.pod = call.pod;
  job.write.node = call.node;
  Resolve(job);
}

void Binder::Resolve(BindJob& job) {
  if (const PodTable::Entry* entry = world_.pods.Find(job.pod.uid)) return Place(job, entry->pod);
  if (const model::Pod* copy = world_.pods.FindFiltered(job.pod.uid)) return Place(job, *copy);
  job.stage = BindStage::kReading;
  job.retry_at = Instant::max();
  world_.outbox.Add([&api = world_.api, enter = world_.enter, pod = job.pod, this] {
    api.GetPod(pod.name_space, pod.name, [enter, uid = pod.uid, this](PodReading reading) {
      enter([&] { OnRead(uid, reading); });
    });
  });
}

void Binder::OnRead(const std::string& uid, const PodReading& reading) {
  BindJob* job = FindJob(uid);
  if (job == nullptr || job->stage != BindStage::kReading) return;
  switch (reading.outcome) {
    case PodReading::Outcome::kGone:
      return Fail(*job, kPodGone);
    case PodReading::Outcome::kUnknown:
      job->attempts++;
      job->retry_at = world_.clock.Now() + Backoff(job->attempts);
      return;
    case PodReading::Outcome::kFound:
      if (reading.pod.id.uid != uid || reading.pod.terminal) return Fail(*job, kPodGone);
      if (reading.pod.bound()) return world_.observe_pod(reading.pod);
      return Place(*job, reading.pod);
  }
}

void Binder::Place(BindJob& job, const model::Pod& pod) {
  if (job.callers.empty()) return Fail(job, kTooLate);  // nothing was written yet
  if (pod.terminal) return Fail(job, kPodGone);
  if (pod.terminating) return Fail(job, "the pod is being deleted");
  if (pod.bound() && pod.node != job.node) return Fail(job, kAlreadyBound);
  if (pod.bound()) return Succeed(job);
  job.attempts = 0;
  job.write.unix_seconds = world_.clock.UnixSeconds();
  const bool plain = pod.request.empty();
  if (!plain && !Book(job, pod)) return;
  if (!world_.settled()) {
    // Booked, so that later pods see it, but not written: a write of our predecessor may still
    // appear, and then the place is judged anew.
    job.stage = BindStage::kSettling;
    return;
  }
  if (plain) return Post(job);
  job.needs_lock = NeedsLock(job.node);
  if (!job.needs_lock) return Post(job);
  job.stage = BindStage::kQueued;
  locks_.Enqueue(job.node, job.pod.uid);
  ServeNode(job.node);
}

bool Binder::Book(BindJob& job, const model::Pod& pod) {
  const model::Node* node = world_.cluster.FindNode(job.node);
  if (node == nullptr || !node->known()) {
    Fail(job, absl::StrCat("node ", job.node, " is not known yet"));
    return false;
  }
  const model::HostResources host = world_.counts_host() ? pod.host : model::HostResources();
  CardChoice choice = ChooseCards(world_.cluster, job.pod.uid, job.node, pod.request, host,
                                  *PolicyFor(pod.request, world_.options, world_.keepers),
                                  world_.options.card_policy, world_.mig_keeper.policy().get());
  if (world_.recorder.on()) {
    world_.recorder.Add(
        recording::CardsChosen{job.pod, job.node, pod.request, pod.host, choice.answer.fits,
                               recording::WordsOf(choice.answer.reasons), choice.allocation});
  }
  if (!choice.answer.fits) {
    world_.stats.bind_conflicts++;
    Fail(job, absl::StrCat("the pod does not fit on the node any more: ",
                           ReasonText(choice.answer.reasons, pod.request)));
    return false;
  }
  job.write.allocation = std::move(choice.allocation);
  job.write.counts = pod.request.counted;
  AddCount(model::kGpuResource, pod.request.kubelet_gpus, &job.write.counts);
  world_.holds.Remove(job.pod.uid);
  world_.ApplyOwn(model::PodBooked{.uid = job.pod.uid,
                                   .node = job.node,
                                   .allocation = job.write.allocation,
                                   .init_finished = false,
                                   .kubelet_gpus = pod.request.kubelet_gpus,
                                   .host = host,
                                   .counted = pod.request.counted});
  job.booked = true;
  return true;
}

void Binder::Post(BindJob& job) {
  job.stage = BindStage::kPosting;
  job.attempts++;
  job.retry_at = Instant::max();
  world_.outbox.Add([&api = world_.api, enter = world_.enter, write = job.write, this] {
    api.PostBinding(write, [enter, uid = write.pod.uid, this](WriteResult result) {
      enter([&] { OnPosted(uid, result); });
    });
  });
}

void Binder::OnPosted(const std::string& uid, const WriteResult& result) {
  BindJob* job = FindJob(uid);
  // The watch may have shown the outcome first; then the job is gone or bound already.
  if (job == nullptr || job->stage != BindStage::kPosting) return;
  switch (result.outcome) {
    case WriteOutcome::kDone:
      return Succeed(*job);
    case WriteOutcome::kUnknown:
      if (job->pod_deleted) return Fail(*job, kPodGone);
      job->unknown_before = true;
      job->retry_at = world_.clock.Now() + Backoff(job->attempts);
      return;
    case WriteOutcome::kConflict:
    case WriteOutcome::kNotFound:
    case WriteOutcome::kRefused:
      job->refusal = result.message;
      return Verify(*job);
  }
}

void Binder::Verify(BindJob& job) {
  job.stage = BindStage::kVerifying;
  job.retry_at = Instant::max();
  world_.outbox.Add([&api = world_.api, enter = world_.enter, pod = job.pod, this] {
    api.GetPod(pod.name_space, pod.name, [enter, uid = pod.uid, this](PodReading reading) {
      enter([&] { OnVerified(uid, reading); });
    });
  });
}

void Binder::OnVerified(const std::string& uid, const PodReading& reading) {
  BindJob* job = FindJob(uid);
  if (job == nullptr) return;
  if (job->stage == BindStage::kBound) return OnConfirmed(*job, reading);
  if (job->stage != BindStage::kVerifying) return;
  if (reading.outcome == PodReading::Outcome::kUnknown) {
    job->attempts++;
    job->retry_at = world_.clock.Now() + Backoff(job->attempts);
    return;
  }
  if (reading.outcome == PodReading::Outcome::kGone || reading.pod.id.uid != uid) {
    return Fail(*job, kPodGone);
  }
  if (reading.pod.terminal) return Fail(*job, kPodGone);
  if (reading.pod.bound()) return world_.observe_pod(reading.pod);
  // Unbound. A POST whose answer was lost may still be on its way: look once more before undoing.
  if (job->unknown_before && !job->verified_once) {
    job->verified_once = true;
    job->retry_at = world_.clock.Now() + std::chrono::seconds(1);
    return;
  }
  Fail(*job, absl::StrCat("the API server refused the binding: ", job->refusal));
}

void Binder::OnConfirmed(BindJob& job, const PodReading& reading) {
  if (reading.outcome == PodReading::Outcome::kUnknown) {
    job.retry_at = world_.clock.Now() + kConfirmAfter;
    return;
  }
  const bool same = reading.outcome == PodReading::Outcome::kFound &&
                    reading.pod.id.uid == job.pod.uid && !reading.pod.terminal;
  if (same) return world_.observe_pod(reading.pod);
  const std::string uid = job.pod.uid;
  if (job.booked) world_.ApplyOwn(model::PodReleased{uid});
  jobs_.erase(uid);
}

void Binder::Succeed(BindJob& job) {
  world_.stats.binds_done++;
  locks_.Leave(job.node, job.pod.uid);
  AnswerAll(job, "");
  for (auto& [call, caller] : job.successors) {
    world_.outbox.Add([done = std::move(caller.done)] { done(kAlreadyBound); });
  }
  job.successors.clear();
  if (!job.booked) {
    jobs_.erase(job.pod.uid);
    return;
  }
  job.stage = BindStage::kBound;
  job.retry_at = world_.clock.Now() + kConfirmAfter;
}

void Binder::Fail(BindJob& job, const std::string& error) {
  world_.stats.binds_failed++;
  AnswerAll(job, error);
  const model::PodId pod = job.pod;
  const std::string node = job.node;
  const bool booked = job.booked;
  std::vector<std::pair<BindCall, BindCaller>> successors = std::move(job.successors);
  jobs_.erase(pod.uid);
  if (booked) world_.ApplyOwn(model::PodReleased{pod.uid});
  locks_.Leave(node, pod.uid);
  // If the lock is this pod's, its owner is now unbound with no bind in flight: it is released.
  ServeNode(node);
  for (auto& [call, caller] : successors) Begin(call, std::move(caller));
}

void Binder::AnswerAll(BindJob& job, const std::string& error) {
  for (BindCaller& caller : job.callers) {
    world_.outbox.Add([done = std::move(caller.done), error] { done(error); });
  }
  job.callers.clear();
}

void Binder::Abandon(const std::string& uid, uint64_t caller) {
  BindJob* job = FindJob(uid);
  if (job == nullptr) return;
  std::erase_if(job->callers, [caller](const BindCaller& c) { return c.id == caller; });
  std::erase_if(job->successors, [caller](const auto& s) { return s.second.id == caller; });
  const bool nothing_written = job->stage == BindStage::kQueued ||
                               job->stage == BindStage::kReading ||
                               job->stage == BindStage::kSettling;
  // A caller that was answered late has left by our own word: its place stays for the grace.
  if (job->callers.empty() && nothing_written && job->grace_until == Instant::max()) {
    Fail(*job, "the caller is gone");
  }
}

const BindJob* Binder::Find(std::string_view uid) const {
  const auto found = jobs_.find(uid);
  return found == jobs_.end() ? nullptr : &found->second;
}

BindJob* Binder::FindJob(std::string_view uid) {
  const auto found = jobs_.find(uid);
  return found == jobs_.end() ? nullptr : &found->second;
}

void Binder::OnPodObserved(const model::Pod& pod) {
  BindJob* job = FindJob(pod.id.uid);
  if (job != nullptr && pod.bound()) {
    job->booked = false;  // what is booked now is what the server says
    if (pod.node == job->node) {
      const bool answered = job->stage == BindStage::kBound;
      if (answered) {
        jobs_.erase(pod.id.uid);
      } else {
        Succeed(*job);
      }
    } else {
      Fail(*job, kAlreadyBound);
    }
  }
  for (const std::string& node : locks_.LockedBy(pod.id.name_space, pod.id.name)) ServeNode(node);
}

void Binder::OnPodGone(const model::PodId& pod) {
  if (BindJob* job = FindJob(pod.uid)) {
    job->pod_deleted = true;
    if (std::exchange(job->booked, false)) world_.ApplyOwn(model::PodReleased{pod.uid});
    const bool call_in_progress =
        job->stage == BindStage::kLocking ||
        (job->stage == BindStage::kPosting && job->retry_at == Instant::max());
    if (job->stage == BindStage::kBound) {
      jobs_.erase(pod.uid);
    } else if (!call_in_progress) {
      Fail(*job, kPodGone);
    }
  }
  for (const std::string& node : locks_.LockedBy(pod.name_space, pod.name)) ServeNode(node);
}

void Binder::Advance() {
  const Instant now = world_.clock.Now();
  std::vector<std::string> uids;
  uids.reserve(jobs_.size());
  for (const auto& [uid, job] : jobs_) uids.push_back(uid);
  for (const std::string& uid : uids) {
    // An earlier job of this loop may have ended this one.
    if (BindJob* job = FindJob(uid)) AnswerLate(*job, now);
    if (BindJob* job = FindJob(uid)) RetryJob(*job, now);
  }
  for (const std::string& node : locks_.Active()) ServeNode(node);
}

void Binder::AnswerLate(BindJob& job, Instant now) {
  const auto late = [&](BindCaller& caller) {
    if (caller.deadline > now) return false;
    world_.outbox.Add([done = std::move(caller.done)] { done(kTooLate); });
    return true;
  };
  std::erase_if(job.successors, [&](auto& successor) { return late(successor.second); });
  const size_t before = job.callers.size();
  std::erase_if(job.callers, late);
  if (job.callers.empty() && before > 0 && job.stage == BindStage::kQueued) {
    job.grace_until = now + kBindGrace;
  }
  if (now >= job.grace_until && job.stage == BindStage::kQueued) Fail(job, kTooLate);
}

void Binder::RetryJob(BindJob& job, Instant now) {
  if (job.stage == BindStage::kSettling) {
    if (world_.settled()) Resolve(job);
    return;
  }
  if (now < job.retry_at) return;
  switch (job.stage) {
    case BindStage::kReading:
      return Resolve(job);
    case BindStage::kPosting:
      return Post(job);
    case BindStage::kVerifying:
      return Verify(job);
    case BindStage::kBound: {
      job.retry_at = Instant::max();
      const BindStage stage = job.stage;
      Verify(job);
      job.stage = stage;
      return;
    }
    case BindStage::kSettling:
    case BindStage::kQueued:
    case BindStage::kLocking:
      return;
  }
}

size_t Binder::waiting() const {
  return static_cast<size_t>(std::count_if(jobs_.begin(), jobs_.end(), [](const auto& entry) {
    return entry.second.stage == BindStage::kQueued || entry.second.stage == BindStage::kSettling;
  }));
}

}  // namespace tangram::scheduler
