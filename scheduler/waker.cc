#include "scheduler/waker.h"

#include <algorithm>
#include <utility>

#include "scheduler/fit.h"

namespace tangram::scheduler {

std::optional<Waker::Task> Waker::Prepare(World& world) {
  if (!world.ready()) return std::nullopt;
  const Instant now = world.clock.Now();
  if (world.room_version > pending_room_) {
    if (pending_room_ == seen_room_) due_ = now + kWakeDelay;
    pending_room_ = world.room_version;
  }
  if (pending_room_ == seen_room_ || now < due_ || now < next_wake_) return std::nullopt;
  seen_room_ = pending_room_;
  Task task;
  for (const auto& [uid, entry] : world.pods.waiting()) {
    if (entry->considered_version < pending_room_) task.pods.emplace_back(uid, entry->pod.request);
  }
  if (task.pods.empty()) return std::nullopt;
  task.snapshot = world.cluster.snapshot();
  return task;
}

Waker::Finding Waker::Look(const Task& task, const CardPolicy& card_policy) {
  Finding finding;
  finding.version = task.snapshot.version();
  // Pods of one workload ask for the same; each distinct request is judged once.
  std::vector<const model::PodRequest*> judged;
  for (const auto& pod : task.pods) {
    const model::PodRequest& request = pod.second;
    finding.looked_at.push_back(pod.first);
    const bool known = std::any_of(judged.begin(), judged.end(),
                                   [&](const model::PodRequest* r) { return *r == request; });
    if (known) continue;
    judged.push_back(&request);
    if (!finding.node.empty()) continue;
    const CompiledRequest compiled(request, task.snapshot, card_policy);
    for (model::NodeIndex i = 0; i < task.snapshot.capacity() && finding.node.empty(); ++i) {
      const model::Node* node = task.snapshot.At(i);
      if (node == nullptr || !node->known()) continue;
      if (Fit(compiled, *node, nullptr).fits) finding.node = node->name();
    }
  }
  return finding;
}

void Waker::Finish(World& world, const Finding& finding) {
  for (const std::string& uid : finding.looked_at) {
    PodTable::Entry* entry = world.pods.Find(uid);
    if (entry != nullptr && entry->considered_version < finding.version) {
      entry->considered_version = finding.version;
    }
  }
  if (finding.node.empty()) return;
  next_wake_ = world.clock.Now() + kWakeInterval;
  world.stats.wake_ups++;
  world.outbox.Add([&api = world.api, enter = world.enter, finding, &world, this] {
    api.WakeScheduler(finding.node, finding.version,
                      [enter, finding, &world, this](const WriteResult& result) {
                        if (result.outcome == WriteOutcome::kDone) return;
                        // Nobody was woken: look at the same pods again.
                        enter([&] {
                          for (const std::string& uid : finding.looked_at) {
                            PodTable::Entry* entry = world.pods.Find(uid);
                            if (entry != nullptr) entry->considered_version = 0;
                          }
                          seen_room_ = 0;
                        });
                      });
  });
}

}  // namespace tangram::scheduler
