#include "scheduler/waker.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "absl/hash/hash.h"
#include "scheduler/fit.h"

namespace tangram::scheduler {
namespace {

// Equal for equal requests, and rarely for others.
size_t HashOf(const model::PodRequest& request) {
  size_t hash = request.containers.size();
  for (const model::ContainerRequest& container : request.containers) {
    hash = absl::HashOf(hash, container.count, container.memory.value(), container.cores.value());
  }
  return hash;
}

std::vector<size_t> DistinctOf(const std::vector<Waker::Task::WaitingPod>& pods) {
  std::vector<size_t> distinct;
  std::unordered_multimap<size_t, size_t> known;
  for (size_t i = 0; i < pods.size(); ++i) {
    const size_t hash = HashOf(pods[i].request);
    const auto [begin, end] = known.equal_range(hash);
    const bool told = std::any_of(begin, end, [&pods, i](const auto& entry) {
      const Waker::Task::WaitingPod& other = pods[entry.second];
      // One that is to be looked at on all nodes speaks for the others, too.
      return (other.everywhere || !pods[i].everywhere) && other.request == pods[i].request;
    });
    if (told) continue;
    known.emplace(hash, i);
    distinct.push_back(i);
  }
  // The short looks first: room that just appeared is not to wait for the long ones.
  std::stable_partition(distinct.begin(), distinct.end(),
                        [&pods](size_t i) { return !pods[i].everywhere; });
  return distinct;
}

std::vector<model::NodeIndex> ChangedSince(const model::Snapshot& last,
                                           const model::Snapshot& now) {
  // What a DRA driver gives out, or no longer does, concerns every node.
  const bool all = last.dra_resources() != now.dra_resources();
  std::vector<model::NodeIndex> changed;
  for (model::NodeIndex i = 0; i < now.capacity(); ++i) {
    const model::Node* before = i < last.capacity() ? last.At(i) : nullptr;
    if (all || now.At(i) != before) changed.push_back(i);
  }
  return changed;
}

}  // namespace

std::optional<Waker::Task> Waker::Prepare(World& world) {
  if (!world.ready()) return std::nullopt;
  const Instant now = world.clock.Now();
  const bool idle = pending_room_ == seen_room_ && !late_;
  late_ |= world.pods.TakeOldestRefusal() < world.room_version;
  pending_room_ = std::max(pending_room_, world.room_version);
  if (pending_room_ == seen_room_ && !late_) return std::nullopt;
  if (idle) due_ = now + kWakeDelay;
  if (now < due_ || now < next_wake_) return std::nullopt;
  seen_room_ = pending_room_;
  late_ = false;

  Task task;
  task.snapshot = world.cluster.snapshot();
  task.last = std::exchange(last_, task.snapshot);
  const uint64_t last_room = std::exchange(last_room_, world.room_version);
  for (const auto& [uid, entry] : world.pods.waiting()) {
    const uint64_t version = entry->considered_version;
    if (version >= world.room_version) continue;
    task.pods.push_back({uid, entry->pod.request, version < last_room});
  }
  if (task.pods.empty()) return std::nullopt;
  return task;
}

bool Waker::Look(Task& task, const CardPolicy& card_policy, size_t most) {
  if (!task.begun) {
    task.distinct = DistinctOf(task.pods);
    task.changed = ChangedSince(task.last, task.snapshot);
    task.last = model::Snapshot();
    task.begun = true;
  }
  for (; task.at < task.distinct.size(); ++task.at, task.next = 0) {
    const Task::WaitingPod& pod = task.pods[task.distinct[task.at]];
    const size_t nodes = pod.everywhere ? task.snapshot.capacity() : task.changed.size();
    if (task.next == nodes) continue;
    const CompiledRequest compiled(pod.request, task.snapshot, card_policy);
    for (; task.next < nodes; ++task.next) {
      const auto index =
          pod.everywhere ? static_cast<model::NodeIndex>(task.next) : task.changed[task.next];
      const model::Node* node = task.snapshot.At(index);
      if (node == nullptr || !node->known()) continue;
      if (most-- == 0) return false;
      if (!Fit(compiled, *node, nullptr).fits) continue;
      task.node = node->name();
      return true;
    }
  }
  return true;
}

void Waker::Finish(World& world, const Task& task) {
  for (const Task::WaitingPod& pod : task.pods) {
    PodTable::Entry* entry = world.pods.Find(pod.uid);
    if (entry != nullptr && entry->considered_version < task.snapshot.version()) {
      entry->considered_version = task.snapshot.version();
    }
  }
  if (task.node.empty()) return;
  next_wake_ = world.clock.Now() + kWakeInterval;
  world.stats.wake_ups++;
  std::vector<std::string> uids;
  uids.reserve(task.pods.size());
  for (const Task::WaitingPod& pod : task.pods) uids.push_back(pod.uid);
  world.outbox.Add([&api = world.api, enter = world.enter, node = task.node,
                    version = task.snapshot.version(), uids = std::move(uids), &world, this] {
    api.WakeScheduler(node, version, [enter, uids, &world, this](const WriteResult& result) {
      if (result.outcome == WriteOutcome::kDone) return;
      // Nobody was woken: look at the same pods again.
      enter([&] {
        for (const std::string& uid : uids) {
          PodTable::Entry* entry = world.pods.Find(uid);
          if (entry != nullptr) entry->considered_version = 0;
        }
        seen_room_ = 0;
      });
    });
  });
}

}  // namespace tangram::scheduler
