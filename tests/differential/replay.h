// One recorded cluster judged anew: our verdicts beside HAMi's, and why they may differ.
//
// Each line is replayed through the dialect, the model and the fit, booking HAMi's own choices.
// What may differ is named in Counts; each case is checked by rules that share no code with ours
// (hami_rules.h), and all else must agree: verdicts, the reason where one covers all cards, and the
// text of every allocation (but for the empty slots that HAMi v2.10.0 loses, upstream issue 2899).
#ifndef TESTS_DIFFERENTIAL_REPLAY_H_
#define TESTS_DIFFERENTIAL_REPLAY_H_

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "api/dialects/hami/assignment.h"
#include "api/dialects/hami/mig_allocations.h"
#include "api/dialects/hami/node.h"
#include "api/dialects/hami/pod.h"
#include "gtest/gtest.h"
#include "model/cluster.h"
#include "model/invariants.h"
#include "scheduler/fit.h"
#include "scheduler/mig/live_policy.h"
#include "scheduler/reason.h"
#include "tests/differential/hami_rules.h"

namespace tangram::differential {

struct Counts {
  int clusters = 0, pods = 0, verdicts = 0, on_mig_nodes = 0;
  // Only HAMi fits:
  int promised_twice = 0;  // slices that containers of one pod cannot both have
  int counted_less = 0;    // HAMi counts less than its pods hold
  int sidecars = 0;        // HAMi 2.10 takes a sidecar for an init container
  int allocatable = 0;     // the node's count of devices, which kube-scheduler looks at itself
  int beyond_all = 0;      // pods that ask for more than 100 percent of a card's memory
  int reservations = 0, same_instances = 0;
  int both_fit = 0, both_refuse = 0, only_we_fit = 0, only_hami_fits = 0;
  int reasons_compared = 0, reasons_explained = 0, reasons_differ = 0;
  int allocations = 0, same_text = 0, lost_slots = 0;
};

inline std::string WithoutEmptySlots(const std::string& text) {
  std::string kept;
  for (const std::string& slot : Pieces(text, ';')) kept += slot + ';';
  return kept;
}

// The word of the one reason that covers all cards of the node, if HAMi's text is of that kind.
inline std::optional<std::string> OneReason(const std::string& text) {
  if (text.find(' ') == std::string::npos) return text;  // NodeInsufficientDevice
  if (text.find(',') != std::string::npos) return std::nullopt;
  const size_t slash = text.find('/');
  const size_t space = text.find(' ');
  if (slash == std::string::npos) return std::nullopt;
  if (text.substr(0, slash) != text.substr(slash + 1, space - slash - 1)) return std::nullopt;
  return text.substr(space + 1);
}

// HAMi v2.10's order of starts: the highest first for profiles of one and three slices, the lowest
// for the others.
class HamiOrder : public scheduler::mig::Policy {
 public:
  std::string_view name() const override { return "hami"; }
  int64_t Score(const model::mig::CardStates& states, model::mig::StateId,
                size_t placement) const override {
    const model::mig::Placement& at = states.placements()[placement];
    const int32_t slices = states.geometry().profiles()[at.profile].name.compute;
    return slices == 1 || slices == 3 ? at.start : -at.start;
  }
};

// The instances of an allocation in no order: container, card, profile and start.
inline std::multiset<std::string> InstancesOf(const model::Allocation& allocation) {
  std::multiset<std::string> all;
  for (size_t slot = 0; slot < allocation.slots.size(); ++slot) {
    for (const model::CardShare& share : allocation.slots[slot].shares) {
      if (!share.instance.has_value()) continue;
      all.insert(std::to_string(slot) + " " + share.uuid + " " + share.instance->profile + " " +
                 std::to_string(share.instance->placement.start));
    }
  }
  return all;
}

class Replay {
 public:
  Replay(const Json& line, Counts& counts) : line_(line), counts_(counts) {}

  void Run() {
    Describe();
    if (::testing::Test::HasFatalFailure()) return;
    for (const Json& step : line_["pods"]) {
      ++counts_.pods;
      auto pod = api::hami::DecodePod(step["pod"].dump());
      ASSERT_TRUE(pod.ok()) << pod.status();
      SetFaultsAside(step["pod"], &pod->request);
      for (const auto& [node, verdict] : step["fit"].items()) {
        Judge(step["pod"], *pod, node, verdict.get<std::string>());
      }
      if (!step["chosen"].is_null()) Book(step);
      if (::testing::Test::HasFatalFailure()) return;
    }
    const absl::Status invariants = model::CheckInvariants(cluster_);
    EXPECT_TRUE(invariants.ok()) << invariants;
  }

 private:
  // HAMi 2.10 reads more than 100 percent of a card's memory as all of it; we refuse such a pod, as
  // HAMi's webhook does, and HAMi 2.11 altogether. Nothing else in the recording is refused so. The
  // rest is compared as if it had been taken.
  void SetFaultsAside(const Json& object, model::PodRequest* request) {
    const bool beyond_all = AsksBeyondAll(object);
    EXPECT_EQ(request->faults.empty(), !beyond_all) << object.dump();
    counts_.beyond_all += beyond_all ? 1 : 0;
    request->faults.clear();
  }

  void Describe() {
    ++counts_.clusters;
    for (const Json& node : line_["nodes"]) {
      const Json object = {
          {"metadata", {{"name", node["name"]}, {"annotations", node["annotations"]}}},
          {"status", {{"allocatable", node["allocatable"]}}}};
      auto observed = api::hami::DecodeNode(object.dump());
      ASSERT_TRUE(observed.ok()) << observed.status();
      ASSERT_EQ(observed->problem, "");
      const RecordedNode recorded(node);
      // The recorded counts of these nodes are not those of their agents, which offer as many as
      // their cards have slots. HAMi looks at none.
      if (recorded.has_mig()) observed->spec.allocatable_gpus.reset();
      ASSERT_TRUE(cluster_.Apply(model::NodeUpserted{observed->spec}).ok());
      nodes_.emplace(node["name"].get<std::string>(), recorded);
    }
  }

  void Judge(const Json& object, const model::Pod& pod, const std::string& name,
             const std::string& hami) {
    ++counts_.verdicts;
    const RecordedNode& recorded = nodes_.at(name);
    if (recorded.has_mig()) ++counts_.on_mig_nodes;
    const model::Snapshot snapshot = cluster_.snapshot();
    const scheduler::CompiledRequest request(pod.request, snapshot,
                                             scheduler::CardPolicy::Parse("spread"),
                                             model::HostResources(), &hami_order_);
    const model::Node& node = *snapshot.At(snapshot.Find(name));
    scheduler::Placement placement;
    const scheduler::FitAnswer ours = Fit(request, node, &placement);
    const std::string what = pod.id.name + " on " + name + ", HAMi: '" + hami + "'";
    if (ours.fits) {
      if (recorded.has_mig()) {
        CheckInstances(request, node, placement, what);
      } else {
        CheckPlacement(object, request, node, placement, recorded, what);
      }
      ++(hami.empty() ? counts_.both_fit : counts_.only_we_fit);
      if (!hami.empty()) CheckAllowed(pod, what);
    } else if (hami.empty()) {
      if (ExplainRefusal(object, pod, name, ours)) return;
      ++counts_.only_hami_fits;
      ADD_FAILURE() << what << ", ours: " << ReasonText(ours.reasons, pod.request);
    } else {
      ++counts_.both_refuse;
      CompareReason(pod, ours, hami, recorded, what);
    }
  }

  // Whether HAMi may well fit where we refuse; counts the kind.
  bool ExplainRefusal(const Json& object, const model::Pod& pod, const std::string& name,
                      const scheduler::FitAnswer& ours) {
    const RecordedNode& recorded = nodes_.at(name);
    if (recorded.has_mig()) {
      if (InTurn(pod) || promised_twice_.contains(name)) {
        ++counts_.promised_twice;
        return true;
      }
      // Instances are not in the rules; amounts alone can be counted differently.
      if (!recorded.HamiCountsLess() || ours.reasons.Has(scheduler::Reason::kCardNotHealth)) {
        return false;
      }
      ++counts_.counted_less;
      return true;
    }
    if (!recorded.CountDoes(ReadContainers(object))) {
      ++counts_.allocatable;
      return true;
    }
    if (recorded.AnyFits(object, Count::kTrue) || !recorded.AnyFits(object, Count::kHami)) {
      return false;
    }
    if (recorded.HamiCountsLess()) {
      ++counts_.counted_less;
      ExpectSlotsNamed(object, pod, recorded, ours);
      return true;
    }
    if (!HasSidecar(pod)) return false;
    ++counts_.sidecars;
    return true;
  }

  // Where slots are what every card lacks, the text says so.
  static void ExpectSlotsNamed(const Json& object, const model::Pod& pod,
                               const RecordedNode& recorded, const scheduler::FitAnswer& ours) {
    const std::vector<Asked> asked = ReadContainers(object);
    if (asked.size() != 1) return;
    for (const auto& [uuid, card] : recorded.cards()) {
      const std::string rule =
          recorded.BrokenOnCard(object, asked[0], uuid, recorded.used(Count::kTrue));
      if (rule != "slots") return;
    }
    EXPECT_EQ(ReasonText(ours.reasons, pod.request),
              "CardTimeSlicingExhausted (wants a free slot of a card)");
  }

  // Greedy and exact search can differ only where there is more than one card or container to
  // place.
  static void CheckAllowed(const model::Pod& pod, const std::string& what) {
    int asking = 0;
    int cards = 0;
    for (const model::ContainerRequest& container : pod.request.containers) {
      asking += container.count > 0 ? 1 : 0;
      cards += container.count;
    }
    EXPECT_TRUE(asking > 1 || cards > 1) << what << ", ours fits";
  }

  // Whether containers that HAMi places one by one, each as if alone, ask for cards beside others.
  static bool InTurn(const model::Pod& pod) {
    int first_ones = 0, others = 0;
    for (const model::ContainerRequest& container : pod.request.containers) {
      if (container.count == 0) continue;
      ++(container.kind == model::ContainerKind::kApp ? others : first_ones);
    }
    return first_ones > 1 || (first_ones > 0 && others > 0);
  }

  static bool HasSidecar(const model::Pod& pod) {
    return std::any_of(pod.request.containers.begin(), pod.request.containers.end(),
                       [](const auto& one) {
                         return one.kind == model::ContainerKind::kSidecar && one.count > 0;
                       });
  }

  // Booked, the instances leave every card that was clear clear.
  static void CheckInstances(const scheduler::CompiledRequest& request, const model::Node& node,
                             const scheduler::Placement& placement, const std::string& what) {
    model::Node booked = node;
    booked.Book(model::FoldDemand(MakeAllocation(request, node, placement), false), 0);
    for (size_t i = 0; i < node.cards().size(); ++i) {
      EXPECT_EQ(booked.cards()[i].used.mig_state == model::kMigUnclear,
                node.cards()[i].used.mig_state == model::kMigUnclear)
          << what;
    }
  }

  // What HAMi reserved against what we would have, in its order of starts.
  void CompareInstances(const model::Pod& pod, const std::string& name, const Json& annotations) {
    const char* key = "hami.io/vgpu-mig-allocations";
    if (!annotations.contains(key)) return;
    ++counts_.reservations;
    // Upstream issue 2899 shifts the slots of these too.
    const std::string slots = annotations["hami.io/vgpu-devices-allocated"];
    const bool lost = static_cast<size_t>(std::count(slots.begin(), slots.end(), ';')) !=
                      pod.request.containers.size();
    Json ours = Json::parse(api::hami::EncodeMigAllocations(pod.allocation));
    Json theirs = Json::parse(annotations[key].get<std::string>());
    for (Json* list : {&ours, &theirs}) {
      for (Json& one : *list) {
        if (lost) one.erase("containerIndex");
      }
    }
    EXPECT_EQ(ours, theirs);
    if (!lost) {
      EXPECT_EQ(api::hami::EncodeMigAllocations(pod.allocation), annotations[key]);
    }
    EXPECT_TRUE(pod.allocation.spare_instances.empty());
    const model::Snapshot snapshot = cluster_.snapshot();
    const scheduler::CompiledRequest request(pod.request, snapshot,
                                             scheduler::CardPolicy::Parse("spread"),
                                             model::HostResources(), &hami_order_);
    const model::Node& node = *snapshot.At(snapshot.Find(name));
    scheduler::Placement placement;
    if (!Fit(request, node, &placement).fits || node.cards().size() > 1) return;
    ++counts_.same_instances;
    EXPECT_EQ(InstancesOf(MakeAllocation(request, node, placement)), InstancesOf(pod.allocation))
        << annotations[key];
  }

  static void CheckPlacement(const Json& object, const scheduler::CompiledRequest& request,
                             const model::Node& node, const scheduler::Placement& placement,
                             const RecordedNode& recorded, const std::string& what) {
    std::vector<std::vector<std::string>> chosen;
    for (const model::AllocationSlot& slot : MakeAllocation(request, node, placement).slots) {
      if (slot.shares.empty()) continue;
      std::vector<std::string>& cards = chosen.emplace_back();
      for (const model::CardShare& share : slot.shares) cards.push_back(share.uuid);
    }
    EXPECT_EQ(recorded.Broken(object, chosen), "") << what;
  }

  void CompareReason(const model::Pod& pod, const scheduler::FitAnswer& ours,
                     const std::string& hami, const RecordedNode& recorded,
                     const std::string& what) {
    const std::optional<std::string> word = OneReason(hami);
    if (!word.has_value()) return;
    ++counts_.reasons_compared;
    for (int i = 0; i < scheduler::kReasonCount; ++i) {
      const auto reason = static_cast<scheduler::Reason>(i);
      if (ours.reasons.Has(reason) && ReasonWord(reason) == *word) return;
    }
    if (recorded.HamiCountsLess() || HasSidecar(pod)) {
      ++counts_.reasons_explained;
      return;
    }
    ++counts_.reasons_differ;
    ADD_FAILURE() << what << ", ours: " << ReasonText(ours.reasons, pod.request);
  }

  // Books what HAMi chose, as it stands in the annotations it wrote.
  void Book(const Json& step) {
    Json bound = step["pod"];
    for (const auto& [key, value] : step["annotations"].items()) {
      bound["metadata"]["annotations"][key] = value;
    }
    const auto pod = api::hami::DecodePod(bound.dump());
    ASSERT_TRUE(pod.ok()) << pod.status();
    EXPECT_EQ(pod->allocation_node, step["chosen"].get<std::string>());
    if (!step["annotations"].contains("hami.io/vgpu-devices-allocated")) return;
    const std::string text = step["annotations"]["hami.io/vgpu-devices-allocated"];
    ASSERT_EQ(pod->allocation_state, model::AllocationState::kReadable) << text;
    CompareText(*pod, text);
    const std::string node = step["chosen"];
    CompareInstances(*pod, node, step["annotations"]);
    ASSERT_TRUE(cluster_
                    .Apply(model::PodBooked{pod->id.uid, node, pod->allocation, false,
                                            pod->request.kubelet_gpus})
                    .ok());
    nodes_.at(node).Book(ReadContainers(step["pod"]), text);
    const model::Snapshot snapshot = cluster_.snapshot();
    for (const model::Card& card : snapshot.At(snapshot.Find(node))->cards()) {
      if (card.used.mig_state == model::kMigUnclear && InTurn(*pod)) promised_twice_.insert(node);
    }
  }

  void CompareText(const model::Pod& pod, const std::string& text) {
    ++counts_.allocations;
    const std::string again = api::hami::EncodeAssignment(pod.allocation);
    const auto slots = static_cast<size_t>(std::count(text.begin(), text.end(), ';'));
    if (slots == pod.request.containers.size()) {
      ++counts_.same_text;
      EXPECT_EQ(again, text);
      return;
    }
    ++counts_.lost_slots;
    EXPECT_EQ(WithoutEmptySlots(again), text);
    for (size_t i = 0; i < pod.request.containers.size(); ++i) {
      EXPECT_EQ(pod.allocation.slots.at(i).shares.size(),
                static_cast<size_t>(pod.request.containers[i].count))
          << text;
      EXPECT_EQ(pod.allocation.slots.at(i).kind, pod.request.containers[i].kind);
    }
  }

  const Json& line_;
  Counts& counts_;
  model::Cluster cluster_;
  const scheduler::mig::LivePolicy hami_order_{1, std::make_unique<HamiOrder>()};
  std::map<std::string, RecordedNode> nodes_;
  // Nodes with a pod whose containers were promised slices that they cannot all have.
  std::set<std::string> promised_twice_;
};

}  // namespace tangram::differential

#endif  // TESTS_DIFFERENTIAL_REPLAY_H_
