// One bind in progress: the value that the binder moves from stage to stage.
#ifndef SCHEDULER_BIND_JOB_H_
#define SCHEDULER_BIND_JOB_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "scheduler/ports.h"
#include "scheduler/scheduler.h"

namespace tangram::scheduler {

enum class BindStage : uint8_t {
  kSettling,   // booked; waits for --settle after the start, then is judged anew
  kReading,    // a GET of the pod is in progress, for no watch or filter has shown it
  kQueued,     // booked; stands in the node's line for its lock
  kLocking,    // the PATCH of the node lock is in progress
  kPosting,    // the Binding is being posted, or waits for its repetition
  kVerifying,  // the server refused; a GET of the pod decides what that means
  kBound,      // done; kept until the watch shows the pod bound
};

// Whoever called bind and waits for the answer. `done` is empty once it was answered.
struct BindCaller {
  uint64_t id = 0;
  std::function<void(std::string)> done;
  Instant deadline{};
};

struct BindJob {
  model::PodId pod;
  std::string node;
  BindStage stage = BindStage::kSettling;
  std::vector<BindCaller> callers;
  // Binds of the same pod to another node: they start when this one failed.
  std::vector<std::pair<BindCall, BindCaller>> successors;

  BindingWrite write;   // identical in every repetition
  bool booked = false;  // the cluster holds our assumed booking
  bool needs_lock = false;
  bool pod_deleted = false;     // the watch showed the end of the pod
  bool unknown_before = false;  // some POST ended without a definite answer
  bool verified_once = false;
  std::string refusal;  // the server's text for the last definite refusal
  int attempts = 0;
  Instant retry_at = Instant::max();     // of kReading, kPosting, kVerifying and kBound
  Instant grace_until = Instant::max();  // a queued bind without callers is dropped then
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_BIND_JOB_H_
