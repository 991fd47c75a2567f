// How good a node is for a request: one interface, one file per policy in policies/.
//
// A policy scores a hypothetical placement; it never decides whether a request fits. Higher is
// better. Scores are integers, comparable among the nodes of one answer only. Policies are
// stateless and may be called from any thread.
#ifndef SCHEDULER_POLICY_H_
#define SCHEDULER_POLICY_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/node.h"
#include "scheduler/card_policy.h"
#include "scheduler/fit.h"

namespace tangram::scheduler {

class ViewNodePolicy;

class NodePolicy {
 public:
  // Kept by the caller from node to node of one answer; it changes no score.
  struct Scratch {
    Share slots, cores, memory;
  };

  virtual ~NodePolicy() = default;
  // As in --node-policy and hami.io/node-scheduler-policy.
  virtual std::string_view name() const = 0;
  // Whether the score depends on which cards are taken. A policy that says yes implements Score,
  // the others ScoreAmounts; then `placement` may be empty where CompiledRequest::AmountsOn tells
  // what is taken.
  virtual bool needs_cards() const { return true; }
  // Whether chance decides among the nodes that fit.
  virtual bool draws() const { return false; }
  // This as a policy of views, or null.
  virtual const ViewNodePolicy* AsViews() const { return nullptr; }
  // What tells its scores from those of others: scores under equal keys may be reused.
  virtual std::string key() const { return std::string(name()); }
  // The score of `node` if `placement` were booked on it: a function of the request and of the
  // node's state (model/node_state.h), not of names and UUIDs. Not for empty requests.
  virtual int64_t Score(const CompiledRequest& request, const model::Node& node,
                        const Placement& placement, Scratch* scratch) const;
  // The same from the sums over the node's cards and what is taken in all.
  virtual int64_t ScoreAmounts(const model::NodeTotals& totals, const PodAmounts& taken,
                               Scratch* scratch) const;
};

// The policy of that name, or null. The list in policy.cc is the only one.
const NodePolicy* FindNodePolicy(std::string_view name);
// All names, sorted.
std::vector<std::string_view> NodePolicyNames();
// What a pod gets that chose this name (HAMi: anything unknown = binpack), `fallback` for none.
const NodePolicy& NodePolicyFor(std::string_view name, const NodePolicy& fallback);

}  // namespace tangram::scheduler

#endif  // SCHEDULER_POLICY_H_
