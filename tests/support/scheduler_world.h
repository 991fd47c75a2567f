// A scheduler with a scripted world around it, for tests of the commit protocol.
//
// Time stands still until a test moves it. Every API call is recorded and answered only when the
// test says so, with the answer the test chooses, so that each order of events can be played.
#ifndef TESTS_SUPPORT_SCHEDULER_WORLD_H_
#define TESTS_SUPPORT_SCHEDULER_WORLD_H_

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scheduler/scheduler.h"

namespace tangram::testing {

class ManualClock : public scheduler::Clock {
 public:
  scheduler::Instant Now() const override { return now_; }
  int64_t UnixSeconds() const override {
    return 1'800'000'000 + std::chrono::duration_cast<std::chrono::seconds>(now_).count();
  }
  void Advance(scheduler::Duration by) { now_ += by; }

 private:
  scheduler::Instant now_ = std::chrono::seconds(1000);
};

class ScriptedKubeApi : public scheduler::KubeApi {
 public:
  struct Call {
    std::string verb;  // "bind", "get pod", "fence", "get lock", "patch lock", "label", "wake"
    std::string object;
    scheduler::BindingWrite binding;
    std::optional<std::string> lock;
    std::string resource_version;
    std::function<void(scheduler::WriteResult)> write_done;
    std::function<void(scheduler::PodReading)> pod_done;
    std::function<void(scheduler::NodeLockReading)> lock_done;
  };

  void PostBinding(const scheduler::BindingWrite& write,
                   std::function<void(scheduler::WriteResult)> done) override;
  void GetPod(const std::string& name_space, const std::string& name,
              std::function<void(scheduler::PodReading)> done) override;
  void FencePod(const model::PodId& pod, const std::string& resource_version,
                std::function<void(scheduler::PodReading)> done) override;
  void GetNodeLock(const std::string& node,
                   std::function<void(scheduler::NodeLockReading)> done) override;
  void PatchNodeLock(const std::string& node, const std::optional<std::string>& lock,
                     const std::string& resource_version,
                     std::function<void(scheduler::WriteResult)> done) override;
  void PatchPodLabel(const model::PodId& pod, const std::string& node,
                     std::function<void(scheduler::WriteResult)> done) override;
  void WakeScheduler(const std::string& node, uint64_t version,
                     std::function<void(scheduler::WriteResult)> done) override;

  // Calls not answered yet, oldest first.
  std::deque<Call>& pending() { return pending_; }
  // "verb object" of every call ever made, in order.
  const std::vector<std::string>& log() const { return log_; }
  size_t Count(const std::string& verb) const;
  // Takes the oldest pending call, which must be of that verb.
  Call Take(const std::string& verb);
  // Answers the oldest pending call of that verb.
  void Answer(const std::string& verb, scheduler::WriteOutcome outcome,
              const std::string& resource_version = "");
  void AnswerPod(scheduler::PodReading::Outcome outcome, const model::Pod& pod = {});
  void AnswerLock(const std::string& lock, const std::string& resource_version);

 private:
  void Record(Call call);

  std::deque<Call> pending_;
  std::vector<std::string> log_;
};

// A node of `cards` cards of 10 slots, `memory_mib` and 100 cores; UUIDs "<name>-gpu<i>".
scheduler::NodeObservation MakeNode(const std::string& name, int cards, int memory_mib,
                                    const std::string& resource_version = "1");
// An unbound pod in namespace "default" with one container that asks for one card.
model::Pod MakePod(const std::string& name, int memory_mib, int cores = 0, int cards = 1);
// The pod as a watch shows it once it is bound by this Binding.
model::Pod Bound(model::Pod pod, const scheduler::BindingWrite& write);

// The scheduler, ready for two seconds, on the given nodes. Nothing of a predecessor is on its way,
// unless options.settle is set to other than its default.
class SchedulerWorld {
 public:
  explicit SchedulerWorld(std::vector<scheduler::NodeObservation> nodes,
                          scheduler::SchedulerOptions options = {},
                          std::vector<model::Pod> pods = {});

  // Moves time forward in steps of 20 ms, calling Advance and LookForRoom as a server does.
  void Pass(scheduler::Duration duration);
  // Looks for room until there is nothing more to look at.
  void LookForRoom();
  // Filter and bind; the answer lands in the returned string, unset until then.
  std::shared_ptr<std::optional<std::string>> Bind(const model::Pod& pod, const std::string& node);
  // The names that filter answers.
  std::vector<std::string> Filter(const model::Pod& pod, const std::vector<std::string>& names);
  // MiB booked on a node by all pods.
  int64_t UsedMib(const std::string& node);

  ManualClock clock;
  ScriptedKubeApi api;
  std::unique_ptr<scheduler::Scheduler> scheduler;
  std::shared_ptr<scheduler::BindTicket> last_ticket;
};

}  // namespace tangram::testing

#endif  // TESTS_SUPPORT_SCHEDULER_WORLD_H_
