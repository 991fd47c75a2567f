// What the rooms of the binder say and how long they wait. Private to them.
#ifndef SCHEDULER_BIND_RULES_H_
#define SCHEDULER_BIND_RULES_H_

#include <algorithm>
#include <chrono>

#include "scheduler/ports.h"

namespace tangram::scheduler {

// Constant texts: kube-scheduler writes them into the pod's condition, and a text that varied
// would wake the pod by itself.
inline constexpr char kTooLate[] =
    "the bind takes longer than --bind-wait; it keeps its place, try again";
inline constexpr char kPodGone[] = "the pod is gone";
inline constexpr char kBeingDeleted[] = "the pod is being deleted";
inline constexpr char kAlreadyBound[] = "the pod is already bound to another node";
inline constexpr char kSuperseded[] = "the pod is being bound to another node";
inline constexpr char kCallerGone[] = "the caller is gone";
inline constexpr char kNoRoom[] = "the pod does not fit on the node any more";
inline constexpr char kNodeGone[] = "the node is gone";
inline constexpr char kWriteLost[] = "the API server has lost the binding";

// The pause before a call is repeated whose outcome is unknown.
inline Duration BindBackoff(int attempts) {
  const int doublings = std::clamp(attempts - 1, 0, 5);
  return std::min<Duration>(std::chrono::milliseconds(100) * (1 << doublings),
                            std::chrono::seconds(2));
}

}  // namespace tangram::scheduler

#endif  // SCHEDULER_BIND_RULES_H_
