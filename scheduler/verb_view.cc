#include "scheduler/verb_view.h"

#include <algorithm>
#include <utility>

#include "model/check.h"
#include "scheduler/split_mix.h"
#include "scheduler/view_node_policy.h"

namespace tangram::scheduler {
namespace {

bool AnyFits(const std::vector<int32_t>& scores) {
  return std::any_of(scores.begin(), scores.end(), [](int32_t score) { return score > 0; });
}

FilterInput InputOf(const VerbView& view, const FilterCall& call, const CompiledRequest& request,
                    const Offer& offer, VerdictCache* verdicts) {
  FilterInput input;
  input.request = &request;
  input.snapshot = &view.snapshot;
  input.offer = &offer;
  input.policy = view.policy.get();
  input.overlay = &view.with_holds;
  input.seed = SeedOf(call.pod.id.uid);
  input.verdicts = verdicts;
  return input;
}

bool HoldsMatter(const VerbView& view) {
  return view.with_holds.size() > view.without_holds.size();
}

}  // namespace

VerbView ViewFor(model::Cluster& cluster, const Holds& holds, std::string_view uid) {
  VerbView view;
  view.snapshot = cluster.snapshot();
  if (const model::Booking* own = cluster.FindBooking(uid); own != nullptr && !own->unaccounted) {
    const model::NodeIndex index = view.snapshot.Find(own->node);
    if (index != model::kNoNode) {
      model::Node node = *view.snapshot.At(index);
      // Where a release cannot tell what remains, what the pod holds itself stays in its way.
      if (IsUnaccounted(*own, node)) node.AddUnaccounted(-1, own->ignored);
      if (!node.MustRebook(own->demand)) {
        node.Release(own->demand, own->kubelet_gpus, own->counted);
      }
      view.without_holds.emplace(index, std::move(node));
    }
  }
  view.with_holds = holds.Overlay(view.snapshot, uid);
  for (const auto& [index, node] : view.without_holds)
    view.with_holds.insert_or_assign(index, node);
  return view;
}

std::shared_ptr<const NodePolicy> PolicyFor(const model::PodRequest& request,
                                            const SchedulerOptions& options,
                                            const PolicyKeepers& keepers) {
  std::string_view name = request.node_policy;
  if (name.empty()) {
    const auto profile = options.profile_policies.find(request.profile);
    if (profile != options.profile_policies.end()) name = profile->second;
  }
  if (name.empty()) name = options.default_views;
  if (const PolicyKeeper* keeper = keepers.Find(name)) return keeper->policy();
  return {std::shared_ptr<const void>(), &NodePolicyFor(name, *options.node_policy)};
}

std::optional<FilterReply> AnswerWhileBound(const VerbView& view, const FilterCall& call) {
  if (view.bind_node.empty()) return std::nullopt;
  const auto found = std::find(call.names.begin(), call.names.end(), view.bind_node);
  if (found == call.names.end()) return std::nullopt;
  FilterReply reply;
  reply.request = call.pod.request;
  reply.outcome.fitting = {static_cast<uint32_t>(found - call.names.begin())};
  reply.outcome.fitting_total = 1;
  return reply;
}

FilterWork AnswerFilter(const VerbView& view, const FilterCall& call, const Offer& offer,
                        const VerbRules& rules, bool patient, VerdictCache* verdicts) {
  FilterWork work;
  FilterReply& reply = work.reply;
  reply.request = call.pod.request;
  const CompiledRequest request(reply.request, view.snapshot, rules.card_policy, view.host,
                                view.mig_policy.get());
  FilterInput input = InputOf(view, call, request, offer, verdicts);
  input.candidates = rules.candidates;
  reply.outcome = FilterNodes(input);
  if (reply.outcome.fitting.empty() && HoldsMatter(view)) {
    input.overlay = &view.without_holds;
    reply.outcome = FilterNodes(input);
    reply.held_up = patient && !reply.outcome.fitting.empty();
    if (reply.held_up) return work;
  }
  const FilterOutcome& outcome = reply.outcome;
  if (outcome.best == model::kNoNode || request.empty()) return work;
  const auto overlaid = input.overlay->find(outcome.best);
  const model::Node& best =
      overlaid != input.overlay->end() ? overlaid->second : *view.snapshot.At(outcome.best);
  // The cards as holds and books count them.
  work.demand = model::FoldDemand(MakeAllocation(request, best, outcome.best_placement),
                                  /*init_finished=*/false);
  work.node = best.name();
  return work;
}

PrioritizeReply AnswerPrioritize(const VerbView& view, const FilterCall& call, const Offer& offer,
                                 const CardPolicy& card_policy, VerdictCache* verdicts) {
  const CompiledRequest request(call.pod.request, view.snapshot, card_policy, view.host,
                                view.mig_policy.get());
  FilterInput input = InputOf(view, call, request, offer, verdicts);
  PrioritizeReply reply{PrioritizeNodes(input)};
  if (!AnyFits(reply.scores) && HoldsMatter(view)) {
    input.overlay = &view.without_holds;
    reply.scores = PrioritizeNodes(input);
  }
  return reply;
}

CardChoice ChooseCards(model::Cluster& cluster, const std::string& uid, const std::string& node,
                       const model::PodRequest& request, const model::HostResources& host,
                       const NodePolicy& policy, const CardPolicy& card_policy,
                       const mig::LivePolicy* mig_policy) {
  const CompiledRequest compiled(request, cluster.snapshot(), card_policy, host, mig_policy);
  const model::Node* known = cluster.FindNode(node);
  TANGRAM_CHECK(known != nullptr);
  model::Node books = *known;
  if (const model::Booking* own = cluster.FindBooking(uid);
      own != nullptr && own->node == node && !own->unaccounted && !books.MustRebook(own->demand)) {
    if (IsUnaccounted(*own, books)) books.AddUnaccounted(-1, own->ignored);
    books.Release(own->demand, own->kubelet_gpus, own->counted);
  }
  CardChoice choice;
  Placement placement;
  choice.answer = FitByPolicy(compiled, policy, books, SeedOf(uid), &placement);
  if (choice.answer.fits) choice.allocation = MakeAllocation(compiled, books, placement);
  return choice;
}

}  // namespace tangram::scheduler
