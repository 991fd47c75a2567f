#include "scheduler/simulation/run.h"

#include <algorithm>
#include <array>
#include <bit>
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

// What pods that fit nowhere lack. For every demand asked of so far the lack of each node is kept,
// and what changed since is looked at anew: a run asks thousands of times about thousands of nodes.
class Lacks {
 public:
  explicit Lacks(const std::vector<NodeView>& nodes) : nodes_(nodes) {}

  // The node has another state now.
  void Changed(uint32_t node) { changes_.push_back(node); }

  // The lack of a pod that fits nowhere.
  Lack Of(const Demand& demand) {
    Kept& kept = BroughtUp(demand);
    Lack most = Lack::kModel;
    uint64_t nodes = 0;
    for (const Lack lack : {Lack::kGpu, Lack::kCpu, Lack::kMemory}) {
      const uint64_t count = kept.counts[static_cast<size_t>(lack)];
      if (count > nodes) {
        nodes = count;
        most = lack;
      }
    }
    return most;
  }

  LackAmounts AmountsOf(const Demand& demand, Lack lack) {
    const Kept& kept = BroughtUp(demand);
    LackAmounts amounts;
    if (lack == Lack::kModel) return amounts;
    if (lack == Lack::kGpu) {
      amounts.want = demand.cards;
      for (size_t cards = 0; cards < kept.short_with.size(); ++cards) {
        if (kept.short_with[cards] > 0) amounts.have = static_cast<int64_t>(cards);
      }
      return amounts;
    }
    amounts.want = lack == Lack::kCpu ? demand.cpu : demand.memory;
    for (size_t i = 0; i < nodes_.size(); ++i) {
      if (kept.found[i].lack != lack) continue;
      const NodeView& node = nodes_[i];
      amounts.have = std::max(amounts.have, lack == Lack::kCpu ? node.cpu_left : node.memory_left);
    }
    return amounts;
  }

 private:
  struct Found {
    Lack lack = Lack::kModel;
    uint8_t enough = 0;  // cards with enough left
  };
  struct Kept {
    std::vector<Found> found;  // by node
    std::array<uint64_t, kLacks> counts = {};
    // Nodes that lack GPU, by how many cards they have that would do.
    std::array<uint32_t, kViewCards + 1> short_with = {};
    size_t seen = 0;  // of changes_

    void Count(const Found& node, int by) {
      counts[static_cast<size_t>(node.lack)] += static_cast<uint64_t>(by);
      if (node.lack == Lack::kGpu) short_with[node.enough] += static_cast<uint32_t>(by);
    }
  };

  static Found Look(const NodeView& node, const Demand& demand) {
    if (demand.cards > 0 && (node.cards == 0 || !ModelAllowed(node, demand))) return {};
    if (demand.cards > 0) {
      const auto enough = std::count_if(node.gpus().begin(), node.gpus().end(),
                                        [&](int16_t left) { return left >= demand.milli; });
      if (enough < demand.cards) return {Lack::kGpu, static_cast<uint8_t>(enough)};
    }
    return {node.cpu_left >= demand.cpu ? Lack::kMemory : Lack::kCpu, 0};
  }

  Kept& BroughtUp(const Demand& demand) {
    Kept& kept = kept_[demand];
    if (kept.found.empty()) {
      for (const NodeView& node : nodes_) {
        kept.found.push_back(Look(node, demand));
        kept.Count(kept.found.back(), 1);
      }
      kept.seen = changes_.size();
    }
    for (; kept.seen < changes_.size(); ++kept.seen) {
      const uint32_t node = changes_[kept.seen];
      kept.Count(kept.found[node], -1);
      kept.found[node] = Look(nodes_[node], demand);
      kept.Count(kept.found[node], 1);
    }
    return kept;
  }

  const std::vector<NodeView>& nodes_;
  std::vector<uint32_t> changes_;
  std::map<Demand, Kept> kept_;
};

// One run with its measures.
class Runner {
 public:
  Runner(const Workload& workload, const Arrivals& arrivals, SimCluster& cluster,
         const TypicalPods& typical)
      : workload_(workload),
        arrivals_(arrivals),
        typical_(typical),
        cluster_(cluster),
        lacks_(cluster.nodes()) {
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
      lacks_.Changed(seat->rank);
      const double fragment = Fragment(typical_, cluster_.nodes()[seat->rank]);
      fragment_ += fragment - std::exchange(fragments_[seat->rank], fragment);
      placed_ += demand.gpu();
      count.placed_milli += demand.gpu();
      ++count.placed;
    } else {
      ++count.failed;
      placed.lack = lacks_.Of(demand);
      placed.amounts = lacks_.AmountsOf(demand, placed.lack);
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
  Lacks lacks_;
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
  for (CardSet rest = seat.cards; rest != 0; rest &= rest - 1) {
    placed.cards.push_back(static_cast<uint8_t>(std::countr_zero(rest)));
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
