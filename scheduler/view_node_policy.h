// A policy of views (view_policy.h) among the policies of the live scheduler.
//
// One version of what such a policy knows: it never changes, so that its scores are functions of
// request and state and may be kept. Who learns makes the next version (policy_keeper.h).
#ifndef SCHEDULER_VIEW_NODE_POLICY_H_
#define SCHEDULER_VIEW_NODE_POLICY_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "model/host.h"
#include "scheduler/live_view.h"
#include "scheduler/policy.h"
#include "scheduler/view_policy.h"

namespace tangram::scheduler {

class ViewNodePolicy final : public NodePolicy {
 public:
  // `buckets` are those of the snapshots it will judge.
  ViewNodePolicy(std::shared_ptr<const ViewPolicy> policy, uint64_t version,
                 model::HostBuckets buckets)
      : policy_(std::move(policy)), version_(version), buckets_(buckets) {}

  std::string_view name() const override { return policy_->name(); }
  std::string key() const override;
  bool draws() const override { return policy_->draws(); }
  const ViewNodePolicy* AsViews() const override { return this; }
  int64_t Score(const CompiledRequest& request, const model::Node& node, const Placement& placement,
                Scratch* scratch) const override;
  int64_t ScoreOf(const LiveHypothesis& hypothesis) const {
    return policy_->Judge(hypothesis.node, hypothesis.demand).score;
  }
  uint64_t version() const { return version_; }

  // Puts the card that the policy prefers into `placement`, by which the request fits on the node,
  // or the one that it draws with `seed` and the node's name.
  // Only for one container that asks for one card, and whose pod names no card policy of its own;
  // others are left as they are.
  void ChooseCard(const CompiledRequest& request, const model::Node& node, uint64_t seed,
                  Placement* placement) const;

 private:
  const std::shared_ptr<const ViewPolicy> policy_;
  const uint64_t version_;
  const model::HostBuckets buckets_;
};

// Fit, with the cards that `policy` prefers, or draws: `seed` is SeedOf the pod's uid.
FitAnswer FitByPolicy(const CompiledRequest& request, const NodePolicy& policy,
                      const model::Node& node, uint64_t seed, Placement* placement);

}  // namespace tangram::scheduler

#endif  // SCHEDULER_VIEW_NODE_POLICY_H_
