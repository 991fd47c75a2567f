// What keeps a pod off a node whatever room there is: kube-scheduler's rules for nodes.
//
// Values; judged where the objects are read (api/dialects/core/node_rules.h).
#ifndef SCHEDULER_WHATIF_NODE_BARS_H_
#define SCHEDULER_WHATIF_NODE_BARS_H_

#include <string>
#include <string_view>
#include <vector>

namespace tangram::scheduler::whatif {

struct NodeBars {
  bool cordoned = false;
  bool not_ready = false;
  bool tainted = false;       // a taint that the pod does not tolerate
  bool not_selected = false;  // by the pod's nodeSelector
  bool no_affinity = false;   // by its required node affinity
  bool not_offered = false;   // a resource that no device of ours is
  std::string note;  // the first of what is in the way, in words: "taint gpu=yes:NoSchedule"

  bool any() const {
    return cordoned || not_ready || tainted || not_selected || no_affinity || not_offered;
  }
  friend bool operator==(const NodeBars&, const NodeBars&) = default;
};

}  // namespace tangram::scheduler::whatif

#endif  // SCHEDULER_WHATIF_NODE_BARS_H_
