// A scheduler that lives through a random day while it is recorded.
#ifndef TESTS_API_RECORDING_RANDOM_LIFE_H_
#define TESTS_API_RECORDING_RANDOM_LIFE_H_

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scheduler/policy.h"
#include "scheduler/recording/recorder.h"
#include "scheduler/scheduler.h"
#include "scheduler/view_policy.h"
#include "tests/support/scheduler_world.h"

namespace tangram::testing {

// Pods come, are filtered, ranked, bound where filter says or elsewhere, and go; nodes change and
// vanish; API calls fail; time passes, so that holds expire; the policy learns.
class RandomLife {
 public:
  // With a MIG policy every other node is cut on demand, and most pods ask for instances.
  RandomLife(std::string_view policy, uint32_t seed, std::string_view mig_policy = "")
      : mig_(!mig_policy.empty()),
        random_(seed),
        world_(Nodes(mig_), Options(policy, &queue_, mig_policy)) {}

  // The options without the queue.
  static scheduler::SchedulerOptions Options(std::string_view policy,
                                             scheduler::recording::RecordQueue* queue = nullptr,
                                             std::string_view mig_policy = "") {
    scheduler::SchedulerOptions options;
    if (!mig_policy.empty()) options.mig_policy = mig_policy;
    // Done after a few lessons.
    options.mig_tuning = {.load = 1,
                          .cards = 4,
                          .generations = 3,
                          .candidates = 4,
                          .streams = 2,
                          .requests = 60,
                          .final_streams = 2};
    options.node_policy = scheduler::FindNodePolicy(policy);
    if (options.node_policy == nullptr) {
      options.node_policy = scheduler::FindNodePolicy("binpack");
      options.view_policies = {"best-fit", "fgd", "random", "tangram"};
      options.default_views = policy;
      options.host_buckets = scheduler::BucketsFor(policy);
    }
    options.record = queue;
    return options;
  }

  void Live(int steps) {
    for (int step = 0; step < steps; ++step) {
      const int what = Pick(100);
      if (what < 40) {
        Serve();
      } else if (what < 60) {
        AnswerApi();
      } else if (what < 80) {
        EndSomePod();
      } else if (what < 85) {
        ChangeSomeNode();
      } else if (what < 90) {
        world_.scheduler->LearnPolicy();
      } else {
        world_.Pass(std::chrono::milliseconds(Pick(1500)));
      }
    }
  }

  scheduler::recording::RecordQueue& queue() { return queue_; }
  scheduler::Scheduler& scheduler() { return *world_.scheduler; }

 private:
  static constexpr int kNodes = 14;

  int Pick(int below) { return static_cast<int>(random_() % static_cast<uint32_t>(below)); }

  static std::vector<scheduler::NodeObservation> Nodes(bool mig) {
    std::vector<scheduler::NodeObservation> nodes;
    for (int i = 0; i < kNodes; ++i) nodes.push_back(Node(i, mig));
    return nodes;
  }
  static model::MigProfile Profile(const char* name, int memory, int slices, int size,
                                   const std::vector<int>& starts) {
    model::MigProfile profile;
    profile.name = name;
    profile.memory = model::Mebibytes(memory);
    profile.cores = model::CorePercent(14 * slices);
    profile.slices = slices;
    for (const int start : starts) profile.placements.push_back({start, size});
    return profile;
  }
  static scheduler::NodeObservation Node(int i, bool mig) {
    scheduler::NodeObservation node =
        MakeNode("node-" + std::to_string(i), 1 + i % 8, i % 3 == 0 ? 40000 : 80000);
    node.has_agent = false;
    node.host = model::HostResources{64000, 262144};
    if (!mig || i % 2 == 1) return node;
    for (model::Gpu& gpu : node.spec.gpus) {
      gpu.type = "NVIDIA A100-SXM4-80GB";
      gpu.mode = "mig";
      gpu.memory = model::Mebibytes(81920);
      gpu.mig_profiles = {Profile("1g.10gb", 9728, 1, 1, {0, 1, 2, 3, 4, 5, 6}),
                          Profile("2g.20gb", 19968, 2, 2, {0, 2, 4}),
                          Profile("3g.40gb", 40192, 3, 4, {0, 4}),
                          Profile("7g.80gb", 81152, 7, 8, {0})};
    }
    return node;
  }

  model::Pod NewPod() {
    const int memory = Pick(3) == 0 ? 0 : 1000 * (1 + Pick(30));
    model::Pod pod =
        MakePod("pod-" + std::to_string(next_pod_++), memory, Pick(5) * 25, Pick(8) == 0 ? 2 : 1);
    if (memory == 0) pod.request.containers[0].memory_percent = 10 * (1 + Pick(10));
    pod.host = {1000 * Pick(8), 4096 * Pick(8)};
    if (Pick(10) == 0) {
      static constexpr std::array<const char*, 6> kNamed = {"binpack", "spread", "best-fit",
                                                            "fgd",     "random", "tangram"};
      pod.request.node_policy = kNamed[static_cast<size_t>(Pick(kNamed.size()))];
    }
    if (Pick(20) == 0) pod.request.card_policy = "binpack";
    if (Pick(30) == 0) pod.request.constraints.avoid_uuids = {"node-3-gpu0"};
    if (mig_ && Pick(4) > 0) {
      constexpr const char* kProfiles[] = {"1g.10gb", "1g.10gb", "2g.20gb", "3g.40gb", "7g.80gb"};
      pod.request.containers[0].mig_profile = kProfiles[Pick(5)];
    }
    if (Pick(10) == 0) {
      model::ContainerRequest init = pod.request.containers[0];
      init.kind = model::ContainerKind::kInit;
      pod.request.containers.insert(pod.request.containers.begin(), init);
    }
    return pod;
  }

  // As kube-scheduler does, for a new pod or for one that waits.
  void Serve() {
    if (waiting_.empty() || Pick(3) > 0) {
      model::Pod pod = NewPod();
      if (Pick(4) > 0) world_.scheduler->OnPod(pod);
      waiting_[pod.id.uid] = std::move(pod);
    }
    auto chosen = waiting_.begin();
    std::advance(chosen, Pick(static_cast<int>(waiting_.size())));
    const model::Pod pod = chosen->second;
    std::vector<std::string> names;
    for (int i = 0; i < kNodes; ++i) names.push_back("node-" + std::to_string(i));
    if (Pick(10) == 0) names.emplace_back("stranger");
    if (Pick(3) == 0) std::shuffle(names.begin(), names.end(), random_);
    if (Pick(3) == 0) names.resize(1 + static_cast<size_t>(Pick(kNodes)));
    if (Pick(50) == 0) names.push_back(names[0]);
    const std::vector<std::string_view> views(names.begin(), names.end());
    const auto reply = world_.scheduler->Filter({pod, views}, /*patient=*/Pick(2) == 0);
    if (!reply.ok() || reply->held_up || reply->outcome.fitting.empty()) return;
    std::vector<std::string_view> fitting;
    for (const uint32_t position : reply->outcome.fitting) fitting.push_back(views[position]);
    world_.scheduler->Prioritize({pod, fitting}).IgnoreError();
    if (Pick(4) == 0) return;
    const auto node = Pick(3) > 0
                          ? fitting[0]
                          : fitting[static_cast<size_t>(Pick(static_cast<int>(fitting.size())))];
    world_.scheduler->Bind({pod.id, std::string(node)}, [](const std::string&) {});
  }

  void AnswerApi() {
    if (world_.api.pending().empty()) return;
    auto call = world_.api.pending().front();
    world_.api.pending().pop_front();
    if (call.verb == "get pod") {
      const auto pod = waiting_.find("uid-" + call.object.substr(call.object.find('/') + 1));
      call.pod_done(
          pod == waiting_.end()
              ? scheduler::PodReading{scheduler::PodReading::Outcome::kGone, {}, ""}
              : scheduler::PodReading{scheduler::PodReading::Outcome::kFound, pod->second, ""});
    } else if (call.lock_done) {
      call.lock_done({scheduler::NodeLockReading::Outcome::kFound, "", "1", ""});
    } else if (call.verb != "bind") {
      call.write_done({scheduler::WriteOutcome::kDone, "", "2"});
    } else if (Pick(6) == 0) {
      call.write_done({scheduler::WriteOutcome::kConflict, "scripted refusal", ""});
    } else {
      call.write_done({scheduler::WriteOutcome::kDone, "", ""});
      const auto pod = waiting_.find(call.binding.pod.uid);
      if (pod == waiting_.end()) return;
      bound_.push_back(Bound(pod->second, call.binding));
      waiting_.erase(pod);
      world_.scheduler->OnPod(bound_.back());
    }
  }

  void EndSomePod() {
    if (Pick(5) == 0 && !waiting_.empty()) {
      world_.scheduler->OnPodDeleted(waiting_.begin()->second.id);
      waiting_.erase(waiting_.begin());
    } else if (!bound_.empty() && bound_.size() > 40) {
      std::swap(bound_[static_cast<size_t>(Pick(static_cast<int>(bound_.size())))], bound_.back());
      world_.scheduler->OnPodDeleted(bound_.back().id);
      bound_.pop_back();
    }
  }

  void ChangeSomeNode() {
    const int i = Pick(kNodes);
    scheduler::NodeObservation node = Node(i, mig_);
    if (Pick(3) == 0) return world_.scheduler->OnNodeDeleted(node.spec.name);
    for (model::Gpu& gpu : node.spec.gpus) {
      gpu.cordoned = Pick(6) == 0;
      gpu.healthy = Pick(8) != 0;
    }
    if (Pick(10) == 0) node.spec.gpus[0].type = "NVIDIA T4";
    EXPECT_TRUE(world_.scheduler->OnNode(node).ok());
  }

  const bool mig_;
  std::mt19937 random_;
  scheduler::recording::RecordQueue queue_;
  SchedulerWorld world_;
  std::map<std::string, model::Pod> waiting_;
  std::vector<model::Pod> bound_;
  int next_pod_ = 0;
};

}  // namespace tangram::testing

#endif  // TESTS_API_RECORDING_RANDOM_LIFE_H_
