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
  kSettling,   // booked; a predecessor's write may still land there, then it is judged anew
  kReading,    // a GET of the pod is in progress, for no watch or filter has shown it
  kQueued,     // booked; stands in the node's line for its lock
  kLocking,    // the PATCH of the node lock is in progress
  kPosting,    // the Binding is being posted, or waits for its repetition
  kVerifying,  // the server refused; a GET (or a fence) of the pod decides what that means
  kBound,      // done; kept until the watch shows the pod bound
};

// Whoever called bind and waits for the answer. `done` is empty once it was answered.
struct BindCaller {
  uint64_t id = 0;
  std::function<void(std::string)> done;
  Instant deadline{};
};

struct BindJob {
  uint64_t id = 0;  // answers to calls of an earlier job of the same pod are not its own
  model::PodId pod;
  std::string node;
  BindStage stage = BindStage::kSettling;
  std::vector<BindCaller> callers;
  // Binds of the same pod to another node: they start when this one failed. None while nothing was
  // posted, for then the later call takes the earlier one's place.
  std::vector<std::pair<BindCall, BindCaller>> successors;

  BindingWrite write;   // identical in every repetition
  bool booked = false;  // the cluster holds our assumed booking
  bool needs_lock = false;
  std::string lock_text;  // as last written, or tried to write, for this bind
  bool posted = false;    // a Binding was sent: it goes on whoever waits for it
  bool lost = false;      // its confirmed write was found undone, and is repeated
  // Until then a POST that was not answered may take effect; zero: each was answered.
  Instant may_land_until{};
  bool fenced = false;  // the pod was fenced after that
  int moved = 0;        // POSTs refused because the pod had changed meanwhile
  WriteOutcome refused_as = WriteOutcome::kRefused;
  std::string refusal;  // the server's text for the last definite refusal
  int attempts = 0;
  Instant retry_at = Instant::max();     // of kSettling, kReading, kPosting, kVerifying and kBound
  Instant grace_until = Instant::max();  // one without callers that posted nothing is dropped then
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_BIND_JOB_H_
