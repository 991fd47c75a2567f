// Waking kube-scheduler when room appears for a pod it has given up on for now.
//
// kube-scheduler (>= 1.32) tries a refused pod again when a node's annotations change. So after a
// change that makes room we look whether a waiting pod now fits that was last refused at an older
// version of the books, and if so patch one annotation of one node. At most two patches a second,
// none while nothing waits, none for a pod already looked at since.
//
// Which pods: those refused at a version before the last room, whenever that refusal comes. A
// filter that began before the room and ends after it is such a refusal, also when the room was
// looked at meanwhile, and also when the watch shows the pod only later.
//
// Which nodes: those that changed since the last look; the others were looked at then, or were
// refused by the filter. All nodes for a pod whose refusal is older than what the last look was
// for.
//
// The looking is done in steps, so that whoever does it can be stopped and does not hold anything
// for long. Prepare and Finish require the scheduler's mutex, Look does not.
#ifndef SCHEDULER_WAKER_H_
#define SCHEDULER_WAKER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/snapshot.h"
#include "scheduler/world.h"

namespace tangram::scheduler {

// Between two wake-ups; and between a change and the look at it, so that kube-scheduler's own
// requeue (it sees most deletions too) usually comes first.
inline constexpr Duration kWakeInterval = std::chrono::milliseconds(500);
inline constexpr Duration kWakeDelay = std::chrono::milliseconds(150);
// So many times a request is held against a node in one step: some milliseconds.
inline constexpr size_t kLookStep = 2000;

class Waker {
 public:
  // One look: what is to be looked at, how far it is, and what was found.
  struct Task {
    struct WaitingPod {
      std::string uid;
      model::PodRequest request;
      bool everywhere = false;  // all nodes, not only those that changed
    };
    model::Snapshot snapshot;
    model::Snapshot last;  // of the look before
    std::vector<WaitingPod> pods;

    // Made by the first step: pods of one workload ask for the same, and each distinct request is
    // judged once.
    bool begun = false;
    std::vector<size_t> distinct;           // positions in pods
    std::vector<model::NodeIndex> changed;  // since the last look
    size_t at = 0;                          // of distinct
    size_t next = 0;                        // node to look at next: of changed, or of all
    std::string node;                       // where one of them fits; empty = nowhere so far
  };

  // A task when a look is due, else nullopt.
  std::optional<Task> Prepare(World& world);
  // Judges at most `most` times, and on to the first node that fits. True when the look is over.
  static bool Look(Task& task, const CardPolicy& card_policy, size_t most = kLookStep);
  // Remembers what was found and wakes kube-scheduler if there is a reason.
  void Finish(World& world, const Task& task);

 private:
  uint64_t seen_room_ = 0;     // room_version that was looked at or is being looked at
  uint64_t pending_room_ = 0;  // the newest room_version noticed
  bool late_ = false;          // a pod was refused at a version before a room that was looked at
  Instant due_{};
  Instant next_wake_{};
  // Keeps the nodes of that version in memory, as far as they have changed since.
  model::Snapshot last_;
  uint64_t last_room_ = UINT64_MAX;  // room_version of that look; none yet
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_WAKER_H_
