// The state that the rooms of the scheduler share, all of it behind one mutex.
//
// Private to scheduler/: scheduler.cc owns it; binder, lock_table and waker work on it. Nothing
// here calls out: what must happen outside (a port's method, a caller's callback) is put into the
// outbox, and runs after the mutex is let go.
#ifndef SCHEDULER_WORLD_H_
#define SCHEDULER_WORLD_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/check.h"
#include "model/cluster.h"
#include "scheduler/holds.h"
#include "scheduler/landings.h"
#include "scheduler/mig/keeper.h"
#include "scheduler/pod_table.h"
#include "scheduler/policy_keepers.h"
#include "scheduler/ports.h"
#include "scheduler/recording/recorder.h"
#include "scheduler/scheduler.h"

namespace tangram::scheduler {

// Calls to make once the mutex is free, in order.
class Outbox {
 public:
  void Add(std::function<void()> call) { calls_.push_back(std::move(call)); }
  std::vector<std::function<void()>> Take() { return std::exchange(calls_, {}); }

 private:
  std::vector<std::function<void()>> calls_;
};

// Runs its argument with the mutex held and then empties the outbox; does nothing once the
// scheduler is gone. May be copied into callbacks and called from any thread.
using Enter = std::function<void(const std::function<void()>&)>;

struct World {
  World(SchedulerOptions options_in, Clock& clock_in, KubeApi& api_in)
      : options(std::move(options_in)),
        clock(clock_in),
        api(api_in),
        recorder(options.record, clock),
        cluster(options.host_buckets),
        holds(recorder),
        keepers(options.view_policies, options.host_buckets, options.card_policy),
        mig_keeper(options.mig_policy, options.mig_tuning) {}

  const SchedulerOptions options;
  Clock& clock;
  KubeApi& api;
  const recording::Recorder recorder;
  uint64_t calls = 0;  // filters and prioritizes, numbered for the recording
  Enter enter;         // set once, before use
  // Takes in what a GET shows of a pod; false when something newer is known, which stays. Set once,
  // before use.
  std::function<bool(const model::Pod&)> observe_pod;

  model::Cluster cluster;
  Holds holds;
  PodTable pods;
  Landings landings;
  Outbox outbox;
  std::vector<std::function<void()>> at_next_advance;
  PolicyKeepers keepers;
  mig::Keeper mig_keeper;
  SchedulerStats stats;
  bool nodes_listed = false;
  bool pods_listed = false;
  bool node_watch_open = true;
  Instant ready_at{};
  // The version after the last change that made room, for the waker.
  uint64_t room_version = 0;

  // Whether CPU and memory matter to anybody here; where they do not, they are not booked.
  bool counts_host() const { return options.host_buckets != model::HostBuckets(); }
  bool ready() const { return nodes_listed && pods_listed; }

  // The one way into the books, so that nothing goes unrecorded.
  absl::StatusOr<model::Change> Apply(const model::Event& event) {
    absl::StatusOr<model::Change> change = cluster.Apply(event);
    if (!change.ok() || !change->changed) return change;
    if (change->made_room) room_version = change->version;
    if (recorder.on()) recorder.Add(recording::EventApplied{event, change->version});
    return change;
  }
  // Applies an event of our own making: it cannot be refused.
  model::Change ApplyOwn(const model::Event& event) {
    absl::StatusOr<model::Change> change = Apply(event);
    TANGRAM_CHECK(change.ok());
    return *change;
  }
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_WORLD_H_
