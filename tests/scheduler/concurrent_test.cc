// The whole scheduler under threads: verbs, watch events, API answers and time at once. Says most
// under ThreadSanitizer.
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "scheduler/scheduler.h"
#include "tests/support/scheduler_world.h"

namespace tangram::scheduler {
namespace {

using std::chrono::milliseconds;

class RealClock : public Clock {
 public:
  Instant Now() const override { return std::chrono::steady_clock::now().time_since_epoch(); }
  int64_t UnixSeconds() const override { return 1'800'000'000; }
};

// Work that is done in order by one thread.
class Worker {
 public:
  Worker() : thread_([this] { Work(); }) {}
  ~Worker() {
    Post(nullptr);
    thread_.join();
  }
  void Post(std::function<void()> task) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    changed_.notify_one();
  }

 private:
  void Work() {
    while (true) {
      std::unique_lock<std::mutex> lock(mutex_);
      changed_.wait(lock, [this] { return !tasks_.empty(); });
      const std::function<void()> task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      if (task == nullptr) return;
      task();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
  std::thread thread_;
};

// An API server that keeps pods, answers on one thread and tells its watcher on another. One answer
// in eight is lost, before or after the write.
class SmallApiServer : public KubeApi {
 public:
  void Connect(Scheduler* scheduler) { scheduler_ = scheduler; }

  void Create(const model::Pod& pod) {
    const std::lock_guard<std::mutex> lock(mutex_);
    pods_[pod.id.uid] = pod;
    Tell([this, pod] { scheduler_->OnPod(pod); });
  }
  // False when the pod is not bound, and then it stays.
  bool DeleteBound(const std::string& uid) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = pods_.find(uid);
    if (found == pods_.end() || !found->second.bound()) return false;
    const model::PodId id = found->second.id;
    pods_.erase(found);
    Tell([this, id] { scheduler_->OnPodDeleted(id); });
    return true;
  }
  std::map<std::string, model::Pod> pods() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return pods_;
  }
  size_t doubled() const { return doubled_; }

  void PostBinding(const BindingWrite& write, std::function<void(WriteResult)> done) override {
    answers_.Post([this, write, done = std::move(done)] { done(Write(write)); });
  }
  void GetPod(const std::string&, const std::string& name,
              std::function<void(PodReading)> done) override {
    answers_.Post([this, name, done = std::move(done)] {
      const std::map<std::string, model::Pod> all = pods();
      const auto found = all.find("uid-" + name);
      done(found == all.end() ? PodReading{PodReading::Outcome::kGone, {}, ""}
                              : PodReading{PodReading::Outcome::kFound, found->second, ""});
    });
  }
  void FencePod(const model::PodId& pod, const std::string&,
                std::function<void(PodReading)> done) override {
    GetPod(pod.name_space, pod.name, std::move(done));
  }
  void GetNodeLock(const std::string&, std::function<void(NodeLockReading)> done) override {
    answers_.Post([done = std::move(done)] {
      done(NodeLockReading{NodeLockReading::Outcome::kFound, "", "1", ""});
    });
  }
  void PatchNodeLock(const std::string&, const std::optional<std::string>&, const std::string&,
                     std::function<void(WriteResult)> done) override {
    Succeed(std::move(done));
  }
  void PatchPodLabel(const model::PodId&, const std::string&,
                     std::function<void(WriteResult)> done) override {
    Succeed(std::move(done));
  }
  void WakeScheduler(const std::string&, uint64_t, std::function<void(WriteResult)> done) override {
    Succeed(std::move(done));
  }

 private:
  void Succeed(std::function<void(WriteResult)> done) {
    answers_.Post([done = std::move(done)] { done({WriteOutcome::kDone, "", "2"}); });
  }
  void Tell(std::function<void()> event) { watch_.Post(std::move(event)); }

  WriteResult Write(const BindingWrite& write) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (random_() % 16 == 0) return {WriteOutcome::kUnknown, "lost before", ""};
    const auto found = pods_.find(write.pod.uid);
    if (found == pods_.end()) return {WriteOutcome::kNotFound, "gone", ""};
    if (found->second.bound()) {
      doubled_ += found->second.node == write.node ? 0 : 1;
      return {WriteOutcome::kConflict, "bound", ""};
    }
    const model::Pod bound = testing::Bound(found->second, write);
    found->second = bound;
    Tell([this, bound] { scheduler_->OnPod(bound); });
    if (random_() % 16 == 0) return {WriteOutcome::kUnknown, "lost after", ""};
    return {WriteOutcome::kDone, "", "2"};
  }

  std::mutex mutex_;
  std::mt19937 random_{7};
  std::map<std::string, model::Pod> pods_;
  std::atomic<size_t> doubled_{0};
  Scheduler* scheduler_ = nullptr;
  Worker watch_;
  Worker answers_;  // ends first: it posts to the watch
};

constexpr int kNodes = 6;
constexpr int kCards = 4;
constexpr int kMib = 10000;

std::vector<std::string> NodeNames() {
  std::vector<std::string> names;
  for (int i = 0; i < kNodes; ++i) names.push_back("node-" + std::to_string(i));
  return names;
}

// Plays kube-scheduler for pods "<prefix>-0" and on, and deletes half of what it has bound.
void PlayKubeScheduler(Scheduler& scheduler, SmallApiServer& api, const std::string& prefix,
                       uint64_t seed, int pods) {
  std::mt19937_64 random(seed);
  const std::vector<std::string> names = NodeNames();
  const std::vector<std::string_view> views(names.begin(), names.end());
  for (int i = 0; i < pods; ++i) {
    const model::Pod pod =
        testing::MakePod(prefix + "-" + std::to_string(i), 1000 + static_cast<int>(random() % 6000),
                         static_cast<int>(random() % 40), 1 + static_cast<int>(random() % 2));
    api.Create(pod);
    const auto filtered = scheduler.Filter({pod, views});
    ASSERT_TRUE(filtered.ok());
    const auto scored = scheduler.Prioritize({pod, views});
    ASSERT_TRUE(scored.ok());
    if (!filtered->outcome.fitting.empty()) {
      const size_t any = random() % filtered->outcome.fitting.size();
      const auto answered = std::make_shared<std::atomic<int>>(0);
      const auto ticket = scheduler.Bind({pod.id, names[filtered->outcome.fitting[any]]},
                                         [answered](const std::string&) { ++*answered; });
      if (ticket != nullptr && random() % 8 == 0) ticket->Abandon();
      for (int wait = 0; wait < 3 && *answered == 0; ++wait) {
        std::this_thread::sleep_for(milliseconds(1));
      }
      EXPECT_LE(*answered, 1);
    }
    if (i >= 10 && random() % 2 == 0) {
      api.DeleteBound("uid-" + prefix + "-" + std::to_string(random() % static_cast<uint64_t>(i)));
    }
  }
}

int64_t MibOf(const model::Allocation& allocation) {
  int64_t sum = 0;
  for (const model::CardDemand& part : model::FoldDemand(allocation, false)) {
    sum += part.usage.memory.value();
  }
  return sum;
}

int64_t BookedMib(Scheduler& scheduler) {
  int64_t sum = 0;
  for (const TopPod& pod : scheduler.Top().pods) sum += MibOf(pod.allocation);
  return sum;
}

// What the server says is bound.
int64_t TrueMib(SmallApiServer& api) {
  int64_t sum = 0;
  for (const auto& [uid, pod] : api.pods()) sum += pod.bound() ? MibOf(pod.allocation) : 0;
  return sum;
}

TEST(ConcurrentSchedulerTest, VerbsEventsAndAnswersLeaveTrueBooks) {
  RealClock clock;
  SmallApiServer api;
  SchedulerOptions options;
  options.node_policy = FindNodePolicy("binpack");
  options.node_lock = NodeLockMode::kOff;
  options.settle = milliseconds(0);
  options.hold_ttl = milliseconds(50);
  Scheduler scheduler(options, clock, api);
  api.Connect(&scheduler);
  std::vector<NodeObservation> nodes;
  for (const std::string& name : NodeNames()) {
    nodes.push_back(testing::MakeNode(name, kCards, kMib));
  }
  scheduler.OnNodeList(nodes);
  scheduler.OnPodList({});

  std::atomic<bool> over{false};
  std::thread timer([&] {
    while (!over) {
      scheduler.Advance();
      std::this_thread::sleep_for(milliseconds(2));
    }
  });
  std::thread waker([&] {
    while (!over) {
      scheduler.LookForRoom();
      std::this_thread::sleep_for(milliseconds(2));
    }
  });
  std::thread looker([&] {
    int round = 0;
    while (!over) {
      NodeObservation node = nodes[static_cast<size_t>(++round % kNodes)];
      node.spec.gpus[0].healthy = round % 3 != 0;
      EXPECT_TRUE(scheduler.OnNode(node).ok());
      scheduler.Top();
      scheduler.stats();
      EXPECT_TRUE(scheduler.CheckInvariants().ok());
      std::this_thread::sleep_for(milliseconds(1));
    }
  });
  std::vector<std::thread> players;
  for (const uint64_t seed : {1u, 2u, 3u}) {
    players.emplace_back(
        [&, seed] { PlayKubeScheduler(scheduler, api, "pod" + std::to_string(seed), seed, 150); });
  }
  for (std::thread& player : players) player.join();

  // What is under way comes to its end, and then the books are what the server says.
  for (int wait = 0; wait < 5000; ++wait) {
    if (scheduler.stats().binds_in_progress == 0 && BookedMib(scheduler) == TrueMib(api)) break;
    std::this_thread::sleep_for(milliseconds(2));
  }
  over = true;
  timer.join();
  waker.join();
  looker.join();
  EXPECT_EQ(scheduler.stats().binds_in_progress, 0);
  EXPECT_EQ(BookedMib(scheduler), TrueMib(api));
  EXPECT_GT(TrueMib(api), 0);
  EXPECT_EQ(api.doubled(), 0u);
  EXPECT_EQ(scheduler.stats().overcommitted_cards, 0);
  EXPECT_TRUE(scheduler.CheckInvariants().ok()) << scheduler.CheckInvariants();
}

}  // namespace
}  // namespace tangram::scheduler
