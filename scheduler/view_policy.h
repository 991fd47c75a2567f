// Policies that weigh a node by its view: one interface, one file per policy in policies/.
//
// A policy judges one hypothesis: this pod on this node, which it fits. It says how good that is
// and which card a slice takes; it never decides whether a pod fits. Deterministic: a function of
// what it was made of and of the calls of Refresh. Judging is safe from any thread.
#ifndef SCHEDULER_VIEW_POLICY_H_
#define SCHEDULER_VIEW_POLICY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "model/host.h"
#include "scheduler/fragmentation.h"
#include "scheduler/node_view.h"
#include "scheduler/split_mix.h"

namespace tangram::scheduler {

class ViewPolicy {
 public:
  struct Choice {
    int64_t score = 0;  // higher is better; comparable among the nodes of one pod
    int8_t card = -1;   // for a slice: which card; whole cards are taken in order
    // Whether this holds as long as the node's state does, whatever Refresh finds.
    bool lasts = true;
  };

  virtual ~ViewPolicy() = default;
  virtual std::string_view name() const = 0;
  // `demand` fits `node`.
  virtual Choice Judge(const NodeView& node, const Demand& demand) const = 0;
  // What a policy may price in besides the node before it.
  struct Outlook {
    std::span<const NodeView> nodes;  // all of the cluster
    double departures = 0;            // per arrival, 0..1, as of late (turnover.h)
  };
  // Which judgements made before still count.
  enum class Keep : uint8_t { kAll, kLasting, kNone };
  // Looks at the whole cluster; called every so many arrivals by who owns the policy, never while
  // others judge.
  virtual Keep Refresh(const Outlook&) { return Keep::kAll; }

  // Whether chance decides, instead of the order of the nodes, which of the equally good ones is
  // taken, and then which card of it: who decides draws the node, and the card by DrawCard.
  virtual bool draws() const { return false; }
  virtual int8_t DrawCard(const NodeView&, const Demand&, int8_t judged, SplitMix*) const {
    return judged;
  }
};

// What policies may know of workload and cluster when they are made.
struct WorkloadKnowledge {
  std::vector<WorkloadPod> pods;  // in any order; none: nothing is known
  std::vector<NodeView> nodes;    // empty ones
  TypicalPods typical;            // of the pods
};

// The policy of that name; InvalidArgument lists the names there are.
absl::StatusOr<std::unique_ptr<ViewPolicy>> MakeViewPolicy(std::string_view name,
                                                           const WorkloadKnowledge& knowledge);
// All names, sorted.
std::vector<std::string_view> ViewPolicyNames();
// Whether a policy makes anything of what it may know of the workload.
bool Learns(std::string_view policy);
// How finely a policy wants to see CPU and memory of live nodes: the published ones exactly, ours
// in steps that matter to it, so that nodes which differ in less share their judgements.
model::HostBuckets BucketsFor(std::string_view policy);
// What is fine enough for both; a policy that sees nothing of a kind asks for nothing of it.
model::HostBuckets Finest(const model::HostBuckets& a, const model::HostBuckets& b);

// The card with the least that is enough for a slice, the lowest of equals.
int8_t TightestCard(const NodeView& node, const Demand& demand);

// Books the pod on the view, whole cards in order; `card` for a slice. It must fit. Returns the
// cards it got.
CardSet Take(const Demand& demand, int8_t card, NodeView* node);

}  // namespace tangram::scheduler

#endif  // SCHEDULER_VIEW_POLICY_H_
