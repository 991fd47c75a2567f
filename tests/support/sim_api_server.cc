#include "tests/support/sim_api_server.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "scheduler/node_lock.h"

namespace tangram::testing {

using scheduler::BindingWrite;
using scheduler::NodeLockReading;
using scheduler::NodeObservation;
using scheduler::PodReading;
using scheduler::WriteOutcome;
using scheduler::WriteResult;
using std::chrono::milliseconds;

namespace {

WriteResult Refused(WriteOutcome outcome, const char* why) { return {outcome, why, ""}; }

void Refuse(WriteResult* result) { *result = Refused(WriteOutcome::kRefused, "injected"); }
// Of a reading, a refusal says nothing.
void Refuse(PodReading* result) { *result = PodReading(); }
void Refuse(NodeLockReading* result) { *result = NodeLockReading(); }

}  // namespace

void SimApiServer::AddNode(NodeObservation node) {
  NodeObservation& kept = nodes_[node.spec.name] = std::move(node);
  NodeChanged(kept);
}

void SimApiServer::CreatePod(model::Pod pod) {
  model::Pod& kept = pods_[pod.id.name] = std::move(pod);
  kept.pending = true;
  kept.created_unix_seconds = clock_.UnixSeconds();
  PodChanged(kept);
}

void SimApiServer::DeletePod(const std::string& name) {
  model::Pod last = pods_.at(name);
  pods_.erase(name);
  last.resource_version = std::to_string(++version_);
  log_.push_back({.deleted = true, .pod = std::move(last), .node = {}});
}

void SimApiServer::TouchPod(const std::string& name) { PodChanged(pods_.at(name)); }

const model::Pod* SimApiServer::Find(const std::string& name) const {
  const auto found = pods_.find(name);
  return found == pods_.end() ? nullptr : &found->second;
}

int64_t SimApiServer::BoundMib(const std::string& node) const {
  int64_t sum = 0;
  for (const auto& [name, pod] : pods_) {
    if (pod.node != node) continue;
    for (const model::CardDemand& part : model::FoldDemand(pod.allocation, false)) {
      sum += part.usage.memory.value();
    }
  }
  return sum;
}

void SimApiServer::PodChanged(model::Pod& pod) {
  pod.resource_version = std::to_string(++version_);
  log_.push_back({.deleted = false, .pod = pod, .node = {}});
}

void SimApiServer::NodeChanged(NodeObservation& node) {
  node.resource_version = std::to_string(++version_);
  log_.push_back({.deleted = false, .pod = {}, .node = node});
}

void SimApiServer::Step() {
  while (!due_.empty() && due_.begin()->first <= clock_.Now()) {
    const std::function<void()> call = std::move(due_.begin()->second);
    due_.erase(due_.begin());
    call();
  }
}

template <typename Result>
void SimApiServer::Serve(bool write, std::function<Result()> take_effect,
                         std::function<void(Result)> done) {
  const scheduler::Instant now = clock_.Now();
  const int fate = Draw(100);
  int edge = 0;
  const auto is = [&](int chance) {
    const bool hit = fate >= edge && fate < edge + chance;
    edge += chance;
    return hit;
  };
  const bool lost = is(faults_.lost);
  const bool dropped = is(faults_.dropped);
  const bool refused = is(faults_.refused);
  const bool late = is(faults_.late) && write;
  const scheduler::Instant effect_at = now + (late ? DrawTime(59'000) : DrawTime(40));
  const scheduler::Duration way_back = Draw(10) == 0 ? DrawTime(5'000) : DrawTime(40);
  const auto answered = std::make_shared<bool>(false);
  const auto answer = [this, client = client_, answered, done](const Result& result) {
    if (client != client_ || std::exchange(*answered, true)) return;
    done(result);
  };
  // A connection that breaks tells at once, one that hangs when the client's time is out.
  const bool breaks = Draw(2) == 0;
  At(now + kClientTimeout, [answer] { answer(Result()); });
  if (dropped && breaks) At(effect_at, [answer] { answer(Result()); });
  if (dropped) return;
  At(effect_at, [this, take_effect, refused, lost, breaks, way_back, answer] {
    Result result;
    if (refused) {
      Refuse(&result);
    } else {
      result = take_effect();
    }
    if (lost && !breaks) return;
    if (lost) result = Result();
    At(clock_.Now() + way_back, [answer, result] { answer(result); });
  });
}

WriteResult SimApiServer::Bind(const BindingWrite& write) {
  const auto found = pods_.find(write.pod.name);
  if (found == pods_.end()) return Refused(WriteOutcome::kNotFound, "no such pod");
  model::Pod& pod = found->second;
  const bool another = pod.id.uid != write.pod.uid;
  const bool moved = checks_versions_ && !write.resource_version.empty() &&
                     write.resource_version != pod.resource_version;
  if (another || moved) return Refused(WriteOutcome::kConflict, "a precondition failed");
  if (pod.bound()) return Refused(WriteOutcome::kConflict, "already bound");
  pod = Bound(pod, write);
  PodChanged(pod);
  Judge(pod);
  const auto node = nodes_.find(pod.node);
  if (node != nodes_.end() && node->second.has_agent) {
    At(clock_.Now() + DrawTime(6'000), [this, id = pod.id] { ServeByAgent(id); });
  }
  return {WriteOutcome::kDone, "", ""};
}

void SimApiServer::Judge(const model::Pod& pod) {
  const NodeObservation& node = nodes_.at(pod.node);
  std::map<std::string, int64_t> used;
  for (const auto& [name, other] : pods_) {
    if (other.node != pod.node) continue;
    for (const model::CardDemand& part : model::FoldDemand(other.allocation, false)) {
      used[part.uuid] += part.usage.memory.value();
    }
  }
  for (const model::Gpu& gpu : node.spec.gpus) {
    if (used[gpu.uuid] <= gpu.memory.value()) continue;
    violations_.push_back("card " + gpu.uuid + " was given twice: " +
                          std::to_string(used[gpu.uuid]) + " MiB after " + pod.id.uid);
  }
  if (!node.has_agent) return;
  const scheduler::NodeLock lock = scheduler::ParseNodeLock(node.lock);
  if (lock.owner_name != pod.id.name) {
    violations_.push_back(pod.id.uid + " was bound to " + pod.node + " while the lock says \"" +
                          node.lock + "\"");
  }
}

void SimApiServer::ServeByAgent(const model::PodId& id) {
  const auto found = pods_.find(id.name);
  if (found == pods_.end() || found->second.id.uid != id.uid) return;
  model::Pod& pod = found->second;
  NodeObservation& node = nodes_.at(pod.node);
  if (scheduler::ParseNodeLock(node.lock).owner_name != id.name) {
    violations_.push_back(id.uid + " was not served: the lock says \"" + node.lock + "\"");
    return;
  }
  pod.bind_phase = model::BindPhase::kSuccess;
  pod.pending = false;
  PodChanged(pod);
  node.lock.clear();
  NodeChanged(node);
}

PodReading SimApiServer::Read(const std::string& name) const {
  const model::Pod* pod = Find(name);
  if (pod == nullptr) return {PodReading::Outcome::kGone, {}, ""};
  return {PodReading::Outcome::kFound, *pod, ""};
}

void SimApiServer::PostBinding(const BindingWrite& write, std::function<void(WriteResult)> done) {
  Serve<WriteResult>(
      true, [this, write] { return Bind(write); }, std::move(done));
}

void SimApiServer::GetPod(const std::string& /*name_space*/, const std::string& name,
                          std::function<void(PodReading)> done) {
  Serve<PodReading>(
      false, [this, name] { return Read(name); }, std::move(done));
}

void SimApiServer::FencePod(const model::PodId& pod, const std::string& /*resource_version*/,
                            std::function<void(PodReading)> done) {
  Serve<PodReading>(
      true,
      [this, pod] {
        const auto found = pods_.find(pod.name);
        if (found != pods_.end() && found->second.id.uid != pod.uid) return PodReading();
        if (found != pods_.end()) PodChanged(found->second);
        return Read(pod.name);
      },
      std::move(done));
}

void SimApiServer::GetNodeLock(const std::string& node, std::function<void(NodeLockReading)> done) {
  Serve<NodeLockReading>(
      false,
      [this, node]() -> NodeLockReading {
        const auto found = nodes_.find(node);
        if (found == nodes_.end()) return {NodeLockReading::Outcome::kGone, "", "", ""};
        return {NodeLockReading::Outcome::kFound, found->second.lock,
                found->second.resource_version, ""};
      },
      std::move(done));
}

void SimApiServer::PatchNodeLock(const std::string& node, const std::optional<std::string>& lock,
                                 const std::string& resource_version,
                                 std::function<void(WriteResult)> done) {
  Serve<WriteResult>(
      true,
      [this, node, lock, resource_version]() -> WriteResult {
        const auto found = nodes_.find(node);
        if (found == nodes_.end()) return Refused(WriteOutcome::kNotFound, "no such node");
        if (found->second.resource_version != resource_version) {
          return Refused(WriteOutcome::kConflict, "the node has changed");
        }
        found->second.lock = lock.value_or("");
        NodeChanged(found->second);
        return {WriteOutcome::kDone, "", found->second.resource_version};
      },
      std::move(done));
}

void SimApiServer::PatchPodLabel(const model::PodId& /*pod*/, const std::string& /*node*/,
                                 std::function<void(WriteResult)> done) {
  At(clock_.Now(), [done = std::move(done)] { done({WriteOutcome::kDone, "", ""}); });
}

void SimApiServer::WakeScheduler(const std::string& node, uint64_t /*version*/,
                                 std::function<void(WriteResult)> done) {
  Serve<WriteResult>(
      true,
      [this, node]() -> WriteResult {
        const auto found = nodes_.find(node);
        if (found == nodes_.end()) return Refused(WriteOutcome::kNotFound, "no such node");
        NodeChanged(found->second);
        return {WriteOutcome::kDone, "", found->second.resource_version};
      },
      std::move(done));
}

}  // namespace tangram::testing
