// Waking kube-scheduler when room appears for a pod it has given up on for now.
//
// kube-scheduler (>= 1.32) tries a refused pod again when a node's annotations change. So after a
// change that makes room we look whether a waiting pod now fits that was last refused at an older
// version of the books, and if so patch one annotation of one node. At most two patches a second,
// none while nothing waits, none for a pod already looked at since.
//
// Two steps, so that the looking happens without the scheduler's mutex: Prepare and Finish require
// it, Look does not.
#ifndef SCHEDULER_WAKER_H_
#define SCHEDULER_WAKER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/snapshot.h"
#include "scheduler/world.h"

namespace tangram::scheduler {

// Between two wake-ups; and between a change and the look at it, so that kube-scheduler's own
// requeue (it sees most deletions too) usually comes first.
inline constexpr Duration kWakeInterval = std::chrono::milliseconds(500);
inline constexpr Duration kWakeDelay = std::chrono::milliseconds(150);

class Waker {
 public:
  // What to look at, taken out of the world.
  struct Task {
    model::Snapshot snapshot;
    // Waiting pods considered last at an older version than the room.
    std::vector<std::pair<std::string, model::PodRequest>> pods;
  };
  // What was found.
  struct Finding {
    uint64_t version = 0;
    std::vector<std::string> looked_at;  // uids
    std::string node;                    // where one of them fits; empty = nowhere
  };

  // A task when a look is due, else nullopt.
  std::optional<Task> Prepare(World& world);
  // Judges the pods of the task against its snapshot; stops at the first that fits.
  static Finding Look(const Task& task, const CardPolicy& card_policy);
  // Remembers the finding and wakes kube-scheduler if there is a reason.
  void Finish(World& world, const Finding& finding);

 private:
  uint64_t seen_room_ = 0;     // room_version that was looked at or is being looked at
  uint64_t pending_room_ = 0;  // the newest room_version noticed
  Instant due_{};
  Instant next_wake_{};
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_WAKER_H_
