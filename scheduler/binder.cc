// How a bind begins, is booked, and ends; what it writes is in binder_write.cc, the line for a
// node's lock in binder_lock.cc.
#include "scheduler/binder.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "scheduler/bind_rules.h"
#include "scheduler/recording/recorder.h"
#include "scheduler/verb_view.h"

namespace tangram::scheduler {

namespace {

// How often a place that a predecessor's write could take is looked at again.
constexpr Duration kSettleLook = std::chrono::milliseconds(500);

// Whether more is booked on what the write takes than there is: somebody else's pod appeared there.
bool IsCrowded(const model::Node& node, const BindingWrite& write) {
  for (const model::AllocationSlot& slot : write.allocation.slots) {
    for (const model::CardShare& share : slot.shares) {
      const int found = node.FindCard(share.uuid);
      if (found < 0) return true;
      const auto card = static_cast<size_t>(found);
      const model::Card& books = node.cards()[card];
      const bool cut = node.mig_table(card) != nullptr;
      if (cut ? books.used.mig_state == model::kMigUnclear : books.overcommitted()) return true;
    }
  }
  for (size_t i = 0; i < node.pool_used().size(); ++i) {
    const model::Pool& pool = node.spec().pools[i];
    if (CountOf(write.counts, pool.resource) > 0 && node.pool_used()[i] > pool.count) return true;
  }
  const std::optional<int64_t> gpus = node.allocatable_gpus();
  return gpus.has_value() && CountOf(write.counts, model::kGpuResource) > 0 &&
         node.kubelet_gpus() > *gpus;
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
  BindJob* former = FindJob(call.pod.uid);
  if (former != nullptr && former->node != call.node && !former->posted) {
    // Whoever calls has turned away from that node.
    Fail(*former, kSuperseded);
    former = nullptr;
  }
  if (former != nullptr) {
    const bool same_node = former->node == call.node;
    if (former->stage == BindStage::kBound) return answer(same_node ? "" : kAlreadyBound);
    if (!same_node) {
      former->successors.emplace_back(call, std::move(caller));
      return;
    }
    former->callers.push_back(std::move(caller));
    former->grace_until = Instant::max();
    if (former->stage == BindStage::kQueued) ServeNode(former->node);
    return;
  }
  if (const PodTable::Entry* entry = world_.pods.Find(call.pod.uid); entry && entry->pod.bound()) {
    return answer(entry->pod.node == call.node ? "" : kAlreadyBound);
  }
  if (world_.pods.IsDeleted(call.pod.uid)) return answer(kPodGone);

  BindJob& job = jobs_[call.pod.uid];
  job.id = next_job_++;
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
  world_.outbox.Add([&api = world_.api, enter = world_.enter, pod = job.pod, id = job.id, this] {
    api.GetPod(pod.name_space, pod.name, [enter, uid = pod.uid, id, this](PodReading reading) {
      enter([&] { OnRead(uid, id, reading); });
    });
  });
}

void Binder::OnRead(const std::string& uid, uint64_t id, const PodReading& reading) {
  BindJob* job = FindJob(uid, id);
  if (job == nullptr || job->stage != BindStage::kReading) return;
  switch (reading.outcome) {
    case PodReading::Outcome::kGone:
      return Fail(*job, kPodGone);
    case PodReading::Outcome::kUnknown:
      job->attempts++;
      job->retry_at = world_.clock.Now() + BindBackoff(job->attempts);
      return;
    case PodReading::Outcome::kFound:
      break;
  }
  world_.observe_pod(reading.pod);
  job = FindJob(uid, id);
  if (job == nullptr || job->stage != BindStage::kReading) return;
  if (reading.pod.id.uid != uid || reading.pod.terminal) return Fail(*job, kPodGone);
  // Where the watch was faster, its word counts.
  const PodTable::Entry* entry = world_.pods.Find(uid);
  Place(*job, entry != nullptr ? model::Pod(entry->pod) : reading.pod);
}

void Binder::Place(BindJob& job, const model::Pod& pod) {
  if (job.callers.empty()) return Fail(job, kTooLate);  // nothing was written yet
  if (pod.terminal) return Fail(job, kPodGone);
  if (pod.terminating) return Fail(job, kBeingDeleted);
  if (pod.bound() && pod.node != job.node) return Fail(job, kAlreadyBound);
  if (pod.bound()) return Succeed(job);
  job.attempts = 0;
  if (!pod.request.faults.empty() && IsInvalid(pod.request, world_.cluster.snapshot())) {
    ReasonSet reasons;
    reasons.Add(Reason::kInvalidRequest);
    return Fail(job, absl::StrCat("no node takes the pod: ", ReasonText(reasons, pod.request)));
  }
  job.write.unix_seconds = world_.clock.UnixSeconds();
  job.write.host = pod.host;
  const bool plain = pod.request.empty();
  if (!plain && !Book(job, pod)) return;
  job.needs_lock = !plain && NeedsLock(job.node);
  if (!MayWrite(job)) {
    // Booked, so that later pods see it, but not written; and then the place is judged anew.
    job.stage = BindStage::kSettling;
    job.retry_at = world_.clock.Now() + kSettleLook;
    return;
  }
  job.retry_at = Instant::max();
  if (!job.needs_lock) return Post(job);
  job.stage = BindStage::kQueued;
  locks_.Enqueue(job.node, job.pod.uid);
  ServeNode(job.node);
}

bool Binder::MayWrite(const BindJob& job) {
  if (!world_.ready()) return false;
  if (!job.booked || job.needs_lock || world_.landings.empty()) return true;
  const model::Node* node = world_.cluster.FindNode(job.node);
  if (node == nullptr || !node->known()) return true;
  model::Node books = *node;
  for (const auto& [uid, other] : jobs_) {
    if (other.node != job.node || !other.booked || other.posted) continue;
    const model::Booking* own = world_.cluster.FindBooking(uid);
    if (own == nullptr || own->node != job.node || own->unaccounted) continue;
    books.Release(own->demand, own->kubelet_gpus, own->counted);
  }
  return !world_.landings.MayMeet(job.pod.uid, books, world_.cluster.snapshot(),
                                  world_.options.card_policy);
}

bool Binder::StillFits(BindJob& job) {
  if (!job.booked) return true;
  const model::Node* node = world_.cluster.FindNode(job.node);
  if (node != nullptr && node->known() && !IsCrowded(*node, job.write)) return true;
  if (const PodTable::Entry* entry = world_.pods.Find(job.pod.uid)) return Book(job, entry->pod);
  if (const model::Pod* copy = world_.pods.FindFiltered(job.pod.uid)) return Book(job, *copy);
  Fail(job, kNoRoom);
  return false;
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
    Fail(job, absl::StrCat(kNoRoom, ": ", ReasonText(choice.answer.reasons, pod.request)));
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
                                   .counted = pod.request.counted,
                                   .ignored = !world_.options.close_unaccounted});
  job.booked = true;
  return true;
}

void Binder::Succeed(BindJob& job) {
  world_.stats.binds_done++;
  world_.landings.Decided(job.pod.uid);
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
  job.may_land_until = Instant{};
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
  // A caller that was answered late has left by our own word: its place stays for the grace.
  if (!job->callers.empty() || job->posted || job->grace_until != Instant::max()) return;
  if (job->stage == BindStage::kLocking) {
    job->grace_until = world_.clock.Now();  // should the lock not be had, that is the end
  } else {
    Fail(*job, kCallerGone);
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

BindJob* Binder::FindJob(std::string_view uid, uint64_t id) {
  BindJob* job = FindJob(uid);
  return job != nullptr && job->id == id ? job : nullptr;
}

void Binder::OnPodObserved(const model::Pod& pod) {
  BindJob* job = FindJob(pod.id.uid);
  if (job != nullptr && pod.bound()) {
    job->booked = false;  // what is booked now is what the server says
    if (pod.node != job->node) {
      Fail(*job, kAlreadyBound);
    } else if (job->stage == BindStage::kBound) {
      jobs_.erase(pod.id.uid);
    } else {
      Succeed(*job);
    }
  }
  for (const std::string& node : locks_.LockedBy(pod.id.name_space, pod.id.name)) ServeNode(node);
}

// Its uid is a precondition of every write, so that none of them can take effect any more.
void Binder::OnPodGone(const model::PodId& pod) {
  if (BindJob* job = FindJob(pod.uid)) {
    if (job->stage == BindStage::kBound) {
      if (job->booked) world_.ApplyOwn(model::PodReleased{pod.uid});
      jobs_.erase(pod.uid);
    } else {
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
  if (!world_.node_watch_open) ReadAwaitedLocks(now);
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
  if (job.posted) return;
  if (job.callers.empty() && before > 0) job.grace_until = now + kBindGrace;
  // A lock that is being taken is answered first.
  if (now >= job.grace_until && job.stage != BindStage::kLocking) Fail(job, kTooLate);
}

void Binder::RetryJob(BindJob& job, Instant now) {
  if (now < job.retry_at) return;
  switch (job.stage) {
    case BindStage::kSettling:
      job.retry_at = now + kSettleLook;
      // In its grace it waits for its caller to come back.
      if (!job.callers.empty() && MayWrite(job)) Resolve(job);
      return;
    case BindStage::kReading:
      return Resolve(job);
    case BindStage::kPosting:
      return Post(job);
    case BindStage::kVerifying:
      return Verify(job);
    case BindStage::kBound: {
      const BindStage stage = job.stage;
      Verify(job);
      job.stage = stage;
      return;
    }
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
