// What a predecessor of this process may still have on its way to the API server.
//
// A Tangram that died may have left one Binding in flight for every pod that was unbound when we
// first listed the pods. The server makes it true or drops it within its own request time-out.
// Until then such a pod may appear on any node that has room for it, so that a place which it would
// take too must not be given away there. A node that HAMi's agent serves is no such place: its lock
// names the one pod that a Binding can be on its way for, and stays until that is decided (binder).
//
// A pod is decided when it is seen bound or gone, when a Binding of our own was done, or when its
// resourceVersion has moved on: it is a precondition of every Binding, so that one posted before is
// refused (kube-scheduler itself patches a pod whose bind failed; where it must be soon, the binder
// fences the pod).
//
// Not thread-safe: guarded by the scheduler's mutex.
#ifndef SCHEDULER_LANDINGS_H_
#define SCHEDULER_LANDINGS_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/node.h"
#include "model/pod.h"
#include "model/snapshot.h"
#include "scheduler/card_policy.h"
#include "scheduler/pod_table.h"
#include "scheduler/ports.h"

namespace tangram::scheduler {

class Landings {
 public:
  // The pods that wait at the start; `until`: what has not landed then never will.
  void Begin(const PodTable& pods, Instant until);
  void Expire(Instant now);

  // A state of the pod was seen that is not older than what was known.
  void Note(const model::Pod& pod);
  // The pod is gone, or a Binding of ours was done.
  void Decided(std::string_view uid);

  bool empty() const { return undecided_.empty(); }
  bool MayLand(std::string_view uid) const { return undecided_.contains(uid); }
  // Whether a pod other than that of `uid` may land on the node. `books`: the node with what is
  // bound there or posted, and without what is booked alone.
  bool MayMeet(std::string_view uid, const model::Node& books, const model::Snapshot& snapshot,
               const CardPolicy& card_policy) const;

 private:
  // Pods of one workload ask for the same; each distinct request is judged once.
  struct Shape {
    model::PodRequest request;
    int pods = 0;
  };
  struct Undecided {
    size_t shape = 0;
    std::string version;
  };
  std::vector<Shape> shapes_;
  std::map<std::string, Undecided, std::less<>> undecided_;  // by uid
  Instant until_{};
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_LANDINGS_H_
