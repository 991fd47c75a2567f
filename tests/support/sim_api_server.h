// An API server in memory that keeps its own time and errs on purpose, for random schedules.
//
// It counts its writes as a real one does (resourceVersion), checks preconditions in the write, and
// keeps a log that watches are served from. By its seed it delays calls before and after they take
// effect, loses answers, refuses, and lets a write take effect long after its caller gave up; never
// later than kRequestTimeout after it was sent. A node agent of HAMi's serves pods by the node
// lock. It is the judge, too: `violations` tells of every card that was given twice and of every
// pod that was bound to a node whose lock was not its own.
//
// Single-threaded: everything happens in Step and in the calls of the scheduler.
#ifndef TESTS_SUPPORT_SIM_API_SERVER_H_
#define TESTS_SUPPORT_SIM_API_SERVER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "scheduler/scheduler.h"
#include "tests/support/scheduler_world.h"

namespace tangram::testing {

inline constexpr scheduler::Duration kRequestTimeout = std::chrono::seconds(60);
inline constexpr scheduler::Duration kClientTimeout = std::chrono::seconds(15);

class SimApiServer final : public scheduler::KubeApi {
 public:
  struct Event {
    bool deleted = false;
    std::optional<model::Pod> pod;  // else it is a node's
    std::optional<scheduler::NodeObservation> node;
  };
  // What may go wrong, as chances of one call in a hundred.
  struct Faults {
    int lost = 8;     // the answer does not come
    int dropped = 5;  // the call has no effect, and no answer comes
    int refused = 4;  // 403, without effect
    int late = 6;     // takes effect up to a minute later
  };

  // With `checks_versions` a Binding's resourceVersion is a precondition, as in kube-apiserver.
  SimApiServer(uint64_t seed, ManualClock& clock, bool checks_versions)
      : random_(seed), clock_(clock), checks_versions_(checks_versions) {}

  // --- The objects, as others change them. ---
  void AddNode(scheduler::NodeObservation node);
  void CreatePod(model::Pod pod);
  void DeletePod(const std::string& name);
  // A write that changes nothing of interest, as kube-scheduler's of a condition.
  void TouchPod(const std::string& name);
  const model::Pod* Find(const std::string& name) const;
  const std::map<std::string, model::Pod>& pods() const { return pods_; }
  const std::map<std::string, scheduler::NodeObservation>& nodes() const { return nodes_; }
  const std::vector<Event>& log() const { return log_; }
  std::string version() const { return std::to_string(version_); }
  int64_t BoundMib(const std::string& node) const;

  // --- Time and faults. ---
  // Does what is due by the clock.
  void Step();
  void set_faults(const Faults& faults) { faults_ = faults; }
  // Answers to calls made before go to nobody from here on; the calls take their effect.
  void NewClient() { ++client_; }
  const std::vector<std::string>& violations() const { return violations_; }
  // In [0, below).
  int Draw(int below) { return static_cast<int>(random_() % static_cast<uint64_t>(below)); }
  scheduler::Duration DrawTime(int below_ms) { return std::chrono::milliseconds(Draw(below_ms)); }

  // --- The port. ---
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

 private:
  template <typename Result>
  void Serve(bool write, std::function<Result()> take_effect, std::function<void(Result)> done);
  void At(scheduler::Instant when, std::function<void()> call) {
    due_.emplace(when, std::move(call));
  }

  scheduler::WriteResult Bind(const scheduler::BindingWrite& write);
  void Judge(const model::Pod& pod);
  void ServeByAgent(const model::PodId& id);
  void PodChanged(model::Pod& pod);
  void NodeChanged(scheduler::NodeObservation& node);
  scheduler::PodReading Read(const std::string& name) const;

  std::mt19937_64 random_;
  ManualClock& clock_;
  const bool checks_versions_;
  Faults faults_;
  uint64_t client_ = 0;
  uint64_t version_ = 1000;
  std::map<std::string, model::Pod> pods_;  // by name
  std::map<std::string, scheduler::NodeObservation> nodes_;
  std::vector<Event> log_;
  std::multimap<scheduler::Instant, std::function<void()>> due_;
  std::vector<std::string> violations_;
};

}  // namespace tangram::testing

#endif  // TESTS_SUPPORT_SIM_API_SERVER_H_
