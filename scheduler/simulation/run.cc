#include "scheduler/simulation/run.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "scheduler/simulation/curve.h"

namespace tangram::scheduler::simulation {
namespace {

absl::Status CheckPods(const Workload& workload, const Arrivals& arrivals) {
  for (const uint32_t pod : arrivals.pods) {
    if (pod < workload.pods.size()) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("arrivals: pod ", pod, " of ", workload.pods.size(), "; must be below that"));
  }
  return absl::OkStatus();
}

// The lack of the node that comes nearest to taking a pod that fits nowhere. Nodes only fill up, so
// what the nearest one lacked the last time is asked of that node first: while it still comes as
// near, none comes nearer.
class NearestLacks {
 public:
  Lack Of(const std::vector<NodeView>& nodes, const Demand& demand) {
    Nearest& nearest = nearest_[demand];
    if (!nearest.known || LackOn(nodes[nearest.node], demand) != nearest.lack) {
      nearest = Find(nodes, demand);
    }
    return nearest.lack;
  }

 private:
  struct Nearest {
    bool known = false;
    size_t node = 0;
    Lack lack = Lack::kModel;
  };

  // In the order of checks: who lacks a later one comes nearer.
  static Lack LackOn(const NodeView& node, const Demand& demand) {
    if (demand.cards > 0 && !(ModelAllowed(node, demand) && node.cards >= demand.cards)) {
      return Lack::kModel;
    }
    if (!CardsSuffice(node, demand)) return Lack::kGpu;
    return node.cpu_left >= demand.cpu ? Lack::kMemory : Lack::kCpu;
  }

  static Nearest Find(const std::vector<NodeView>& nodes, const Demand& demand) {
    Nearest nearest{.known = !nodes.empty()};
    for (size_t i = 0; i < nodes.size(); ++i) {
      const Lack lack = LackOn(nodes[i], demand);
      if (lack > nearest.lack) nearest = {.known = true, .node = i, .lack = lack};
    }
    return nearest;
  }

  std::map<Demand, Nearest> nearest_;
};

// One run with its measures.
class Runner {
 public:
  Runner(const Workload& workload, const Arrivals& arrivals, SimCluster& cluster,
         const TypicalPods& typical)
      : workload_(workload), arrivals_(arrivals), typical_(typical), cluster_(cluster) {
    for (const NodeView& view : cluster_.nodes()) {
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
      Arrive(workload_.pods[arrivals_.pods[i]].pod, report);
    }
    report.allocated = allocated_.Values();
    report.fragmentation_amount = amount_.Values();
    report.fragmentation_ratio = ratio_.Values();
    report.judgements = cluster_.judgements();
    for (const NodeView& view : cluster_.nodes()) {
      const auto free =
          std::count(view.gpus().begin(), view.gpus().end(), static_cast<int16_t>(kWholeCard));
      report.cards_free += free;
      report.cards_touched += view.cards - free;
    }
    return report;
  }

 private:
  void Arrive(const WorkloadPod& pod, RunReport& report) {
    const Demand& demand = pod.demand;
    ClassCount& count = report.classes[static_cast<size_t>(ClassOf(demand))];
    arrived_ += demand.gpu();
    count.asked_milli += demand.gpu();
    Placed& placed = report.placements.emplace_back();
    if (const auto seat = cluster_.Arrive(pod); seat.has_value()) {
      placed = PlacedAt(cluster_, *seat);
      const double fragment = Fragment(typical_, cluster_.nodes()[seat->rank]);
      fragment_ += fragment - std::exchange(fragments_[seat->rank], fragment);
      placed_ += demand.gpu();
      count.placed_milli += demand.gpu();
      ++count.placed;
    } else {
      ++count.failed;
      placed.lack = lacks_.Of(cluster_.nodes(), demand);
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

  const Workload& workload_;
  const Arrivals& arrivals_;
  const TypicalPods& typical_;
  SimCluster& cluster_;
  std::vector<double> fragments_;  // by node, in rank order
  double fragment_ = 0;            // their sum
  int64_t capacity_ = 0;
  int64_t arrived_ = 0;
  int64_t placed_ = 0;
  NearestLacks lacks_;
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

Placed PlacedAt(const SimCluster& cluster, const SimCluster::Seat& seat) {
  Placed placed{.node = cluster.node_at(seat.rank), .cards = {}, .score = seat.score};
  for (uint8_t card = 0; card < kViewCards; ++card) {
    if ((seat.cards >> card & 1) != 0) placed.cards.push_back(card);
  }
  return placed;
}

std::vector<WorkloadPod> PodsOf(const Workload& workload) {
  std::vector<WorkloadPod> pods;
  for (const SimPod& pod : workload.pods) pods.push_back(pod.pod);
  return pods;
}

absl::StatusOr<RunReport> Simulate(const Workload& workload, const Arrivals& arrivals,
                                   std::string_view policy, const std::vector<WorkloadPod>& known,
                                   Foresight foresight, const KeepGoing& keep_going) {
  if (absl::Status status = CheckPods(workload, arrivals); !status.ok()) return status;
  const auto cluster =
      SimCluster::Create(workload, arrivals.ranks, arrivals.seed, policy, known, foresight);
  if (!cluster.ok()) return cluster.status();
  RunReport report = Runner(workload, arrivals, **cluster, TypicalPods(known)).Go(keep_going);
  report.policy = (*cluster)->policy().name();
  return report;
}

}  // namespace tangram::scheduler::simulation
