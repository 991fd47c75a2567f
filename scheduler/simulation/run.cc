#include "scheduler/simulation/run.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "scheduler/placement_index.h"
#include "scheduler/simulation/curve.h"
#include "scheduler/view_policy.h"

namespace tangram::scheduler::simulation {
namespace {

// How many arrivals a policy's view of the whole cluster lasts.
constexpr size_t kRefreshEvery = 50;

absl::Status Check(const Workload& workload, const Arrivals& arrivals) {
  if (arrivals.ranks.size() != workload.nodes.size()) {
    return absl::InvalidArgumentError(absl::StrCat("arrivals: ", arrivals.ranks.size(),
                                                   " node ranks for ", workload.nodes.size(),
                                                   " nodes; must be one for each"));
  }
  std::vector<bool> given(workload.nodes.size(), false);
  for (const uint32_t rank : arrivals.ranks) {
    if (rank >= given.size() || given[rank]) {
      return absl::InvalidArgumentError(absl::StrCat(
          "arrivals: node rank ", rank, " comes twice or is not below ", given.size()));
    }
    given[rank] = true;
  }
  for (const uint32_t pod : arrivals.pods) {
    if (pod < workload.pods.size()) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("arrivals: pod ", pod, " of ", workload.pods.size(), "; must be below that"));
  }
  return absl::OkStatus();
}

// The lack of the node that comes nearest to taking the pod.
Lack NearestLack(const std::vector<NodeView>& nodes, const Demand& demand) {
  bool allowed = false, gpu = false, cpu = false;
  for (const NodeView& node : nodes) {
    if (demand.cards > 0 && !(ModelAllowed(node, demand) && node.cards >= demand.cards)) continue;
    allowed = true;
    if (!CardsSuffice(node, demand)) continue;
    gpu = true;
    cpu |= node.cpu_left >= demand.cpu;
  }
  if (!allowed) return Lack::kModel;
  if (!gpu) return Lack::kGpu;
  return cpu ? Lack::kMemory : Lack::kCpu;
}

// The cluster in motion, with its measures.
class Runner {
 public:
  Runner(const Workload& workload, const Arrivals& arrivals, ViewPolicy& policy,
         const TypicalPods& typical)
      : workload_(workload),
        arrivals_(arrivals),
        typical_(typical),
        index_(InRankOrder(workload, arrivals), policy),
        node_at_(workload.nodes.size()) {
    for (uint32_t node = 0; node < node_at_.size(); ++node) node_at_[arrivals.ranks[node]] = node;
    for (const NodeView& view : index_.nodes()) {
      fragments_.push_back(Fragment(typical_, view));
      fragment_ += fragments_.back();
      capacity_ += view.gpu_left();
    }
  }

  RunReport Go(const KeepGoing& keep_going) {
    RunReport report;
    report.nodes = workload_.nodes.size();
    report.gpu_milli = capacity_;
    report.seed = arrivals_.seed;
    for (size_t i = 0; i < arrivals_.pods.size(); ++i) {
      if (keep_going && !keep_going(i)) {
        report.partial = true;
        break;
      }
      if (i % kRefreshEvery == 0) index_.RefreshPolicy();
      Arrive(workload_.pods[arrivals_.pods[i]].pod.demand, report);
    }
    report.allocated = allocated_.Values();
    report.fragmentation_amount = amount_.Values();
    report.fragmentation_ratio = ratio_.Values();
    report.judgements = index_.judgements();
    for (const NodeView& view : index_.nodes()) {
      const auto free =
          std::count(view.gpus().begin(), view.gpus().end(), static_cast<int16_t>(kWholeCard));
      report.cards_free += free;
      report.cards_touched += view.cards - free;
    }
    return report;
  }

 private:
  static std::vector<NodeView> InRankOrder(const Workload& workload, const Arrivals& arrivals) {
    std::vector<NodeView> views(workload.nodes.size());
    for (size_t i = 0; i < views.size(); ++i) views[arrivals.ranks[i]] = workload.nodes[i].view;
    return views;
  }

  void Arrive(const Demand& demand, RunReport& report) {
    ClassCount& count = report.classes[static_cast<size_t>(ClassOf(demand))];
    arrived_ += demand.gpu();
    count.asked_milli += demand.gpu();
    Placed& placed = report.placements.emplace_back();
    if (const auto place = index_.Best(demand); place.has_value()) {
      Place(demand, *place, &placed);
      placed_ += demand.gpu();
      count.placed_milli += demand.gpu();
      ++count.placed;
    } else {
      ++count.failed;
      placed.lack = NearestLack(index_.nodes(), demand);
      ++report.lacks[static_cast<size_t>(placed.lack)];
    }
    const auto capacity = static_cast<double>(capacity_);
    const double arrived = 100 * static_cast<double>(arrived_) / capacity;
    if (std::nearbyint(arrived) <= 100) report.classes_at_100 = report.classes;
    allocated_.Add(arrived, 100 * static_cast<double>(placed_) / capacity);
    amount_.Add(arrived, 100 * fragment_ / capacity);
    const auto idle = static_cast<double>(capacity_ - placed_);
    ratio_.Add(arrived, idle > 0 ? 100 * fragment_ / idle : 0);
  }

  void Place(const Demand& demand, const PlacementIndex::Place& place, Placed* placed) {
    const NodeView before = index_.nodes()[place.node];
    NodeView view = before;
    Take(demand, place.choice.card, &view);
    index_.Update(place.node, view);
    placed->node = node_at_[place.node];
    placed->score = place.choice.score;
    for (uint8_t card = 0; card < view.cards; ++card) {
      if (view.left[card] != before.left[card]) placed->cards.push_back(card);
    }
    const double fragment = Fragment(typical_, view);
    fragment_ += fragment - std::exchange(fragments_[place.node], fragment);
  }

  const Workload& workload_;
  const Arrivals& arrivals_;
  const TypicalPods& typical_;
  PlacementIndex index_;
  std::vector<uint32_t> node_at_;  // by rank
  std::vector<double> fragments_;  // by node, in rank order
  double fragment_ = 0;            // their sum
  int64_t capacity_ = 0;
  int64_t arrived_ = 0;
  int64_t placed_ = 0;
  Curve allocated_, amount_, ratio_;
};

}  // namespace

PodClass ClassOf(const Demand& demand) {
  if (demand.cards == 0) return PodClass::kCpu;
  if (demand.shares()) return PodClass::kShare;
  if (demand.cards == 1) return PodClass::kOne;
  return demand.cards < 8 ? PodClass::kFew : PodClass::kEight;
}

std::string_view PodClassName(PodClass pod_class) {
  constexpr std::string_view kNames[kPodClasses] = {"cpu", "share", "1", "2-4", "8"};
  return kNames[static_cast<size_t>(pod_class)];
}

std::string_view LackName(Lack lack) {
  constexpr std::string_view kNames[kLacks] = {"CardTypeMismatch", "InsufficientGpu",
                                               "InsufficientCpu", "InsufficientMemory"};
  return kNames[static_cast<size_t>(lack)];
}

double ClassCount::served_percent() const {
  const auto percent = [](auto part, auto whole) {
    return 100 * static_cast<double>(part) / static_cast<double>(whole);
  };
  if (asked_milli > 0) return percent(placed_milli, asked_milli);
  return placed + failed > 0 ? percent(placed, placed + failed) : 100;
}

uint64_t RunReport::placed() const {
  uint64_t sum = 0;
  for (const ClassCount& count : classes) sum += count.placed;
  return sum;
}

uint64_t RunReport::failed() const {
  uint64_t sum = 0;
  for (const ClassCount& count : classes) sum += count.failed;
  return sum;
}

std::vector<WorkloadPod> PodsOf(const Workload& workload) {
  std::vector<WorkloadPod> pods;
  for (const SimPod& pod : workload.pods) pods.push_back(pod.pod);
  return pods;
}

absl::StatusOr<RunReport> Simulate(const Workload& workload, const Arrivals& arrivals,
                                   std::string_view policy, const std::vector<WorkloadPod>& known,
                                   const KeepGoing& keep_going) {
  if (absl::Status status = Check(workload, arrivals); !status.ok()) return status;
  WorkloadKnowledge knowledge{.pods = known, .nodes = {}, .typical = TypicalPods(known)};
  for (const SimNode& node : workload.nodes) knowledge.nodes.push_back(node.view);
  const auto made = MakeViewPolicy(policy, knowledge);
  if (!made.ok()) return made.status();
  RunReport report = Runner(workload, arrivals, **made, knowledge.typical).Go(keep_going);
  report.policy = (*made)->name();
  return report;
}

}  // namespace tangram::scheduler::simulation
