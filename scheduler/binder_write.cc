// What a bind writes: the Binding, and what is made of the answers; see binder.h.
#include <chrono>
#include <string>

#include "absl/strings/str_cat.h"
#include "scheduler/bind_rules.h"
#include "scheduler/binder.h"

namespace tangram::scheduler {

namespace {

// Between Bindings that are refused while an earlier one may still take effect.
constexpr Duration kRepeatInterval = std::chrono::seconds(5);
// So often a Binding follows a pod that changes under it.
constexpr int kMovedMax = 10;

}  // namespace

void Binder::Post(BindJob& job) {
  if (!job.posted && !StillFits(job)) return;
  job.stage = BindStage::kPosting;
  job.posted = true;
  job.attempts++;
  job.retry_at = Instant::max();
  if (job.booked) job.write.resource_version = world_.pods.NewestVersion(job.pod.uid);
  world_.outbox.Add(
      [&api = world_.api, enter = world_.enter, write = job.write, id = job.id, this] {
        api.PostBinding(write, [enter, uid = write.pod.uid, id, this](WriteResult result) {
          enter([&] { OnPosted(uid, id, result); });
        });
      });
}

void Binder::OnPosted(const std::string& uid, uint64_t id, const WriteResult& result) {
  BindJob* job = FindJob(uid, id);
  // The watch may have shown the outcome first; then the job is gone or bound already.
  if (job == nullptr || job->stage != BindStage::kPosting) return;
  const Instant now = world_.clock.Now();
  switch (result.outcome) {
    case WriteOutcome::kDone:
      return Succeed(*job);
    case WriteOutcome::kUnknown:
      job->may_land_until = now + world_.options.request_timeout;
      job->fenced = false;
      job->retry_at = now + BindBackoff(job->attempts);
      return;
    case WriteOutcome::kConflict:
    case WriteOutcome::kNotFound:
    case WriteOutcome::kRefused:
      job->refused_as = result.outcome;
      job->refusal = result.message;
      return Verify(*job);
  }
}

void Binder::Verify(BindJob& job) {
  job.stage = BindStage::kVerifying;
  job.retry_at = Instant::max();
  const bool in_doubt = job.may_land_until != Instant{};
  const bool fence = in_doubt && world_.clock.Now() >= job.may_land_until && !job.fenced;
  if (fence) job.fenced = true;
  world_.outbox.Add([&api = world_.api, enter = world_.enter, pod = job.pod, id = job.id,
                     version = job.write.resource_version, fence, this] {
    const auto done = [enter, uid = pod.uid, id, this](const PodReading& reading) {
      enter([&] { OnVerified(uid, id, reading); });
    };
    if (fence) {
      api.FencePod(pod, version, done);
    } else {
      api.GetPod(pod.name_space, pod.name, done);
    }
  });
}

void Binder::OnVerified(const std::string& uid, uint64_t id, const PodReading& reading) {
  BindJob* job = FindJob(uid, id);
  if (job == nullptr) return;
  if (job->stage == BindStage::kBound) return OnConfirmed(*job, reading);
  if (job->stage != BindStage::kVerifying) return;
  if (reading.outcome == PodReading::Outcome::kUnknown) {
    job->attempts++;
    job->retry_at = world_.clock.Now() + BindBackoff(job->attempts);
    return;
  }
  if (reading.outcome == PodReading::Outcome::kGone) return Fail(*job, kPodGone);
  const bool news = world_.observe_pod(reading.pod);
  job = FindJob(uid, id);
  // What was seen may have been the end of it.
  if (job == nullptr || job->stage != BindStage::kVerifying) return;
  if (reading.pod.id.uid != uid || reading.pod.terminal) return Fail(*job, kPodGone);
  if (!news) {
    // Overtaken by the watch: look again.
    job->attempts++;
    job->retry_at = world_.clock.Now() + BindBackoff(job->attempts);
    return;
  }
  OnFoundUnbound(*job, reading.pod);
}

void Binder::OnFoundUnbound(BindJob& job, const model::Pod& pod) {
  const Instant now = world_.clock.Now();
  // A pod that is being deleted is bound no more (BindingREST).
  if (pod.terminating) return Fail(job, kBeingDeleted);
  const bool moved = job.refused_as == WriteOutcome::kConflict &&
                     !job.write.resource_version.empty() &&
                     job.write.resource_version != world_.pods.NewestVersion(job.pod.uid);
  if (moved && job.moved < kMovedMax) {
    job.moved++;
    return Post(job);
  }
  if (now < job.may_land_until) {
    // An earlier POST may still take effect. Until it cannot any more, the place is kept, and one
    // that comes through is as good.
    job.stage = BindStage::kPosting;
    job.retry_at = std::min(now + kRepeatInterval, job.may_land_until);
    return;
  }
  if (job.may_land_until != Instant{} && !job.fenced) return Verify(job);
  Fail(job, absl::StrCat("the API server refused the binding: ", job.refusal));
}

void Binder::OnConfirmed(BindJob& job, const PodReading& reading) {
  const std::string uid = job.pod.uid;
  const uint64_t id = job.id;
  job.retry_at = world_.clock.Now() + kConfirmAfter;
  if (reading.outcome == PodReading::Outcome::kUnknown) return;
  if (reading.outcome == PodReading::Outcome::kGone) return Fail(job, kPodGone);
  const bool news = world_.observe_pod(reading.pod);
  BindJob* still = FindJob(uid, id);
  if (still == nullptr) return;
  if (reading.pod.id.uid != uid || reading.pod.terminal) return Fail(*still, kPodGone);
  if (!news || reading.pod.bound()) return;
  if (still->lost || reading.pod.terminating) return Fail(*still, kWriteLost);
  Repeat(*still);
}

void Binder::Repeat(BindJob& job) {
  job.lost = true;
  job.attempts = 0;
  if (!job.needs_lock) return Post(job);
  job.stage = BindStage::kQueued;
  job.retry_at = Instant::max();
  locks_.Enqueue(job.node, job.pod.uid);
  ServeNode(job.node);
}

}  // namespace tangram::scheduler
