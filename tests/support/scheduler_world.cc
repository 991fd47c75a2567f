#include "tests/support/scheduler_world.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "model/check.h"
#include "scheduler/policy.h"

namespace tangram::testing {

using scheduler::NodeLockReading;
using scheduler::PodReading;
using scheduler::WriteOutcome;
using scheduler::WriteResult;

void ScriptedKubeApi::Record(Call call) {
  log_.push_back(call.verb + " " + call.object);
  pending_.push_back(std::move(call));
}

void ScriptedKubeApi::PostBinding(const scheduler::BindingWrite& write,
                                  std::function<void(WriteResult)> done) {
  Call call;
  call.verb = "bind";
  call.object = write.pod.name + "@" + write.node;
  call.binding = write;
  call.write_done = std::move(done);
  Record(std::move(call));
}

void ScriptedKubeApi::GetPod(const std::string& name_space, const std::string& name,
                             std::function<void(PodReading)> done) {
  Call call;
  call.verb = "get pod";
  call.object = name_space + "/" + name;
  call.pod_done = std::move(done);
  Record(std::move(call));
}

void ScriptedKubeApi::FencePod(const model::PodId& pod, const std::string& resource_version,
                               std::function<void(PodReading)> done) {
  Call call;
  call.verb = "fence";
  call.object = pod.name_space + "/" + pod.name;
  call.resource_version = resource_version;
  call.pod_done = std::move(done);
  Record(std::move(call));
}

void ScriptedKubeApi::GetNodeLock(const std::string& node,
                                  std::function<void(NodeLockReading)> done) {
  Call call;
  call.verb = "get lock";
  call.object = node;
  call.lock_done = std::move(done);
  Record(std::move(call));
}

void ScriptedKubeApi::PatchNodeLock(const std::string& node, const std::optional<std::string>& lock,
                                    const std::string& resource_version,
                                    std::function<void(WriteResult)> done) {
  Call call;
  call.verb = "patch lock";
  call.object = node;
  call.lock = lock;
  call.resource_version = resource_version;
  call.write_done = std::move(done);
  Record(std::move(call));
}

void ScriptedKubeApi::PatchPodLabel(const model::PodId& pod, const std::string& node,
                                    std::function<void(WriteResult)> done) {
  Call call;
  call.verb = "label";
  call.object = pod.name + "=" + node;
  call.write_done = std::move(done);
  Record(std::move(call));
}

void ScriptedKubeApi::WakeScheduler(const std::string& node, uint64_t /*version*/,
                                    std::function<void(WriteResult)> done) {
  Call call;
  call.verb = "wake";
  call.object = node;
  call.write_done = std::move(done);
  Record(std::move(call));
}

size_t ScriptedKubeApi::Count(const std::string& verb) const {
  return static_cast<size_t>(std::count_if(log_.begin(), log_.end(), [&](const std::string& line) {
    return line.rfind(verb + " ", 0) == 0;
  }));
}

ScriptedKubeApi::Call ScriptedKubeApi::Take(const std::string& verb) {
  const auto found = std::find_if(pending_.begin(), pending_.end(),
                                  [&](const Call& call) { return call.verb == verb; });
  TANGRAM_CHECK(found != pending_.end());
  Call call = std::move(*found);
  pending_.erase(found);
  return call;
}

void ScriptedKubeApi::Answer(const std::string& verb, WriteOutcome outcome,
                             const std::string& resource_version) {
  const Call call = Take(verb);
  const std::string message = outcome == WriteOutcome::kDone ? "" : "scripted refusal";
  call.write_done(WriteResult{outcome, message, resource_version});
}

void ScriptedKubeApi::AnswerPod(PodReading::Outcome outcome, const model::Pod& pod) {
  Take("get pod").pod_done(PodReading{outcome, pod, ""});
}

void ScriptedKubeApi::AnswerLock(const std::string& lock, const std::string& resource_version) {
  Take("get lock")
      .lock_done(NodeLockReading{NodeLockReading::Outcome::kFound, lock, resource_version, ""});
}

scheduler::NodeObservation MakeNode(const std::string& name, int cards, int memory_mib,
                                    const std::string& resource_version) {
  scheduler::NodeObservation node;
  node.spec.name = name;
  for (int i = 0; i < cards; ++i) {
    model::Gpu gpu;
    gpu.uuid = name + "-gpu" + std::to_string(i);
    gpu.index = i;
    gpu.slots = model::Slots(10);
    gpu.memory = model::Mebibytes(memory_mib);
    gpu.cores = model::CorePercent(100);
    gpu.type = "NVIDIA A100-SXM4-80GB";
    gpu.mode = "hami-core";
    gpu.healthy = true;
    node.spec.gpus.push_back(gpu);
  }
  node.spec.allocatable_gpus = cards * 10;
  node.resource_version = resource_version;
  node.has_agent = true;
  return node;
}

model::Pod MakePod(const std::string& name, int memory_mib, int cores, int cards) {
  model::Pod pod;
  pod.id = {"default", name, "uid-" + name};
  model::ContainerRequest container;
  container.count = cards;
  container.memory = model::Mebibytes(memory_mib);
  container.cores = model::CorePercent(cores);
  pod.request.containers = {container};
  pod.request.kubelet_gpus = model::KubeletGpuCount(pod.request.containers);
  return pod;
}

model::Pod Bound(model::Pod pod, const scheduler::BindingWrite& write) {
  pod.node = write.node;
  pod.allocation_state = model::AllocationState::kReadable;
  pod.allocation = write.allocation;
  pod.allocation_node = write.node;
  pod.node_label = write.node;
  pod.bind_phase = model::BindPhase::kAllocating;
  return pod;
}

SchedulerWorld::SchedulerWorld(std::vector<scheduler::NodeObservation> nodes,
                               scheduler::SchedulerOptions options, std::vector<model::Pod> pods) {
  // Pods that are there from the start would hold up the binds of a test.
  if (options.settle == scheduler::SchedulerOptions().settle) options.settle = {};
  if (options.node_policy == nullptr) options.node_policy = scheduler::FindNodePolicy("binpack");
  scheduler = std::make_unique<scheduler::Scheduler>(options, clock, api);
  scheduler->OnNodeList(nodes);
  scheduler->OnPodList(pods);
  Pass(std::chrono::seconds(2));
}

void SchedulerWorld::Pass(scheduler::Duration duration) {
  constexpr scheduler::Duration kStep = std::chrono::milliseconds(20);
  for (scheduler::Duration passed{}; passed <= duration; passed += kStep) {
    scheduler->Advance();
    LookForRoom();
    clock.Advance(kStep);
  }
  scheduler->Advance();
  LookForRoom();
}

void SchedulerWorld::LookForRoom() {
  while (scheduler->LookForRoom()) continue;
}

std::shared_ptr<std::optional<std::string>> SchedulerWorld::Bind(const model::Pod& pod,
                                                                 const std::string& node) {
  Filter(pod, {node});  // as kube-scheduler does; bind then knows the pod
  auto answer = std::make_shared<std::optional<std::string>>();
  last_ticket = scheduler->Bind({pod.id, node}, [answer](std::string error) {
    TANGRAM_CHECK(!answer->has_value());
    *answer = std::move(error);
  });
  return answer;
}

std::vector<std::string> SchedulerWorld::Filter(const model::Pod& pod,
                                                const std::vector<std::string>& names) {
  const std::vector<std::string_view> views(names.begin(), names.end());
  const auto reply = scheduler->Filter({pod, views});
  TANGRAM_CHECK(reply.ok());
  std::vector<std::string> answered;
  for (const uint32_t position : reply->outcome.fitting) answered.push_back(names[position]);
  return answered;
}

int64_t SchedulerWorld::UsedMib(const std::string& node) {
  const model::Snapshot snapshot = scheduler->snapshot();
  const model::NodeIndex index = snapshot.Find(node);
  return index == model::kNoNode ? 0 : snapshot.At(index)->totals().memory_used_mib;
}

}  // namespace tangram::testing
