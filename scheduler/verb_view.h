// What a verb judges, and the judgement.
//
// The view is taken of books and holds at one moment; what is answered is a function of it, of the
// call and of the rules, and of nothing else. The live scheduler answers so, and so does whoever
// replays a recording of it (recording/verifier.h).
//
// Internal to scheduler/. ViewFor needs the owner's lock on books and holds, the rest none.
#ifndef SCHEDULER_VERB_VIEW_H_
#define SCHEDULER_VERB_VIEW_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/cluster.h"
#include "model/host.h"
#include "scheduler/fit.h"
#include "scheduler/holds.h"
#include "scheduler/placement.h"
#include "scheduler/policy.h"
#include "scheduler/policy_keepers.h"
#include "scheduler/scheduler.h"
#include "scheduler/verdict_cache.h"

namespace tangram::scheduler {

// The books as they are, without this pod's own part in them, and with the holds of the others.
struct VerbView {
  model::Snapshot snapshot;
  NodeOverlay with_holds;
  NodeOverlay without_holds;
  // A bind of this pod is in progress there: no other node is answered.
  std::string bind_node;
  std::shared_ptr<const NodePolicy> policy;
  std::shared_ptr<const mig::LivePolicy> mig_policy;  // null: best fit
  model::HostResources host;                          // of the pod, where they count
};

// Snapshot and overlays for the pod of that uid; the caller fills in the rest.
VerbView ViewFor(model::Cluster& cluster, const Holds& holds, std::string_view uid);

// What the pod's request goes by. It must be kept as long as scores under it are made.
std::shared_ptr<const NodePolicy> PolicyFor(const model::PodRequest& request,
                                            const SchedulerOptions& options,
                                            const PolicyKeepers& keepers);

struct VerbRules {
  const CardPolicy& card_policy;
  Candidates candidates;
};

// A filter's answer, and the place to hold for the pod: none where `node` is empty.
struct FilterWork {
  FilterReply reply;
  std::string node;
  std::vector<model::CardDemand> demand;
};

// The answer to a pod that is being bound, when its node is among the names.
std::optional<FilterReply> AnswerWhileBound(const VerbView& view, const FilterCall& call);
// `offer` must be found in the view's snapshot. `verdicts` may be null.
FilterWork AnswerFilter(const VerbView& view, const FilterCall& call, const Offer& offer,
                        const VerbRules& rules, bool patient, VerdictCache* verdicts);
PrioritizeReply AnswerPrioritize(const VerbView& view, const FilterCall& call, const Offer& offer,
                                 const CardPolicy& card_policy, VerdictCache* verdicts);

// The cards that a bind takes on a known node: the request must outlive the call.
struct CardChoice {
  FitAnswer answer;
  model::Allocation allocation;  // when it fits
};
CardChoice ChooseCards(model::Cluster& cluster, const std::string& uid, const std::string& node,
                       const model::PodRequest& request, const model::HostResources& host,
                       const NodePolicy& policy, const CardPolicy& card_policy,
                       const mig::LivePolicy* mig_policy = nullptr);

}  // namespace tangram::scheduler

#endif  // SCHEDULER_VERB_VIEW_H_
