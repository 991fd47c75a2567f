#include "scheduler/simulation/churn.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <optional>
#include <queue>
#include <utility>

#include "absl/strings/str_cat.h"
#include "scheduler/split_mix.h"

namespace tangram::scheduler::simulation {
namespace {

// Lifetimes of the pods over their mean; empty when they are drawn.
absl::StatusOr<std::vector<double>> TraceLifetimes(const Workload& workload) {
  std::vector<double> lifetimes;
  double sum = 0;
  for (const SimPod& pod : workload.pods) {
    if (!pod.lifetime_seconds.has_value()) {
      return absl::InvalidArgumentError(
          absl::StrCat("pod ", pod.name, " has no lifetime in the trace; all must have one"));
    }
    lifetimes.push_back(static_cast<double>(*pod.lifetime_seconds));
    sum += lifetimes.back();
  }
  if (sum <= 0) return absl::InvalidArgumentError("no pod of the trace lives for any time");
  for (double& lifetime : lifetimes) lifetime *= static_cast<double>(lifetimes.size()) / sum;
  return lifetimes;
}

// Who is there when arrivals at that rate have gone on for ever: as many as arrive in one mean
// lifetime, the longer they live the more of them, each somewhere in the middle of its life.
void Settle(const std::vector<double>& lifetimes, double rate, SplitMix& random,
            ChurnStream* stream) {
  std::vector<double> up_to(lifetimes.size());
  std::partial_sum(lifetimes.begin(), lifetimes.end(), up_to.begin());
  for (double time = random.Exponential(); time < rate; time += random.Exponential()) {
    const double drawn = random.Fraction() * up_to.back();
    const auto found = std::upper_bound(up_to.begin(), up_to.end(), drawn);
    const auto pod = static_cast<uint32_t>(
        std::min(static_cast<size_t>(found - up_to.begin()), lifetimes.size() - 1));
    stream->arrivals.push_back(
        {.time = 0, .leaves = random.Fraction() * lifetimes[pod], .pod = pod});
  }
}

// One policy on one stream.
class Churn {
 public:
  Churn(const Workload& workload, const ChurnStream& stream, SimCluster& cluster)
      : workload_(workload), stream_(stream), cluster_(cluster) {}

  // Nothing where it was stopped.
  std::optional<ChurnReport> Go(const KeepGoing& keep_going) {
    for (const NodeView& view : cluster_.nodes()) report_.gpu_milli += view.gpu_left();
    report_.policy = cluster_.policy().name();
    report_.seed = stream_.seed;
    report_.nodes = workload_.nodes.size();
    for (uint32_t i = 0; i < stream_.arrivals.size(); ++i) {
      if (keep_going != nullptr && !keep_going(i)) return std::nullopt;
      DepartUntil(stream_.arrivals[i].time);
      Arrive(i);
    }
    if (keep_going != nullptr && !keep_going(stream_.arrivals.size())) return std::nullopt;
    DepartUntil(End());
    PassTimeTo(End());
    Summarise();
    return std::move(report_);
  }

 private:
  struct Departure {
    double time = 0;
    uint32_t arrival = 0;
    friend auto operator<=>(const Departure&, const Departure&) = default;
  };

  double End() const { return stream_.warm_up + stream_.measured; }
  const WorkloadPod& PodOf(uint32_t arrival) const {
    return workload_.pods[stream_.arrivals[arrival].pod].pod;
  }

  // Adds up what is allocated over the measured part of the time since the last event.
  void PassTimeTo(double time) {
    const double since = std::max(now_, stream_.warm_up);
    if (time > since) {
      for (size_t i = 0; i < kPodClasses; ++i) {
        areas_[i] += static_cast<double>(allocated_[i]) * (time - since);
      }
    }
    now_ = time;
  }

  void DepartUntil(double time) {
    while (!departures_.empty() && departures_.top().time <= time) {
      const auto [at, arrival] = departures_.top();
      departures_.pop();
      PassTimeTo(at);
      const Demand& demand = PodOf(arrival).demand;
      allocated_[static_cast<size_t>(ClassOf(demand))] -= demand.gpu();
      cluster_.Depart(demand, seats_[arrival]);
    }
  }

  void Arrive(uint32_t arrival) {
    PassTimeTo(stream_.arrivals[arrival].time);
    const WorkloadPod& pod = PodOf(arrival);
    const auto pod_class = static_cast<size_t>(ClassOf(pod.demand));
    const auto seat = cluster_.Arrive(pod);
    seats_.push_back(seat.value_or(SimCluster::Seat()));
    report_.placements.push_back(seat.has_value() ? PlacedAt(cluster_, *seat) : Placed());
    if (seat.has_value()) {
      allocated_[pod_class] += pod.demand.gpu();
      departures_.push({stream_.arrivals[arrival].leaves, arrival});
    }
    if (now_ < stream_.warm_up) return;
    ChurnReport::Class& counts = report_.classes[pod_class];
    ++counts.arrived;
    counts.asked_milli += pod.demand.gpu();
    if (seat.has_value()) return;
    ++counts.rejected;
    counts.rejected_milli += pod.demand.gpu();
  }

  void Summarise() {
    const double whole = static_cast<double>(report_.gpu_milli) * stream_.measured;
    int64_t asked = 0, rejected = 0;
    for (size_t i = 0; i < kPodClasses; ++i) {
      ChurnReport::Class& counts = report_.classes[i];
      counts.allocated_percent = whole > 0 ? 100 * areas_[i] / whole : 0;
      report_.allocated_percent += counts.allocated_percent;
      asked += counts.asked_milli;
      rejected += counts.rejected_milli;
    }
    report_.rejected_volume_percent =
        asked > 0 ? 100 * static_cast<double>(rejected) / static_cast<double>(asked) : 0;
    report_.judgements = cluster_.judgements();
    report_.policy_version = cluster_.policy_version();
  }

  const Workload& workload_;
  const ChurnStream& stream_;
  SimCluster& cluster_;
  ChurnReport report_;
  std::priority_queue<Departure, std::vector<Departure>, std::greater<>> departures_;
  std::vector<SimCluster::Seat> seats_;              // by arrival
  std::array<int64_t, kPodClasses> allocated_ = {};  // milli-GPU at present
  std::array<double, kPodClasses> areas_ = {};       // over the measured time
  double now_ = 0;
};

}  // namespace

double ChurnReport::Class::rejected_percent() const {
  return arrived > 0 ? 100 * static_cast<double>(rejected) / static_cast<double>(arrived) : 0;
}

absl::StatusOr<ChurnStream> MakeChurn(const Workload& workload, const ChurnOptions& options,
                                      uint64_t seed) {
  const bool trace = options.lifetimes == ChurnOptions::Lifetimes::kTrace;
  std::vector<double> lifetimes;
  if (trace) {
    auto read = TraceLifetimes(workload);
    if (!read.ok()) return read.status();
    lifetimes = *std::move(read);
  }
  double capacity = 0;
  for (const SimNode& node : workload.nodes) capacity += static_cast<double>(node.view.gpu_left());
  // What a pod brings along: its GPU for its lifetime.
  double brought = 0;
  for (size_t i = 0; i < workload.pods.size(); ++i) {
    brought += static_cast<double>(workload.pods[i].pod.demand.gpu()) * (trace ? lifetimes[i] : 1);
  }
  if (brought <= 0 || capacity <= 0) {
    return absl::InvalidArgumentError(
        "no load of GPU can be offered: nodes must have GPUs and pods must ask for some");
  }
  const double rate = options.load * capacity * static_cast<double>(workload.pods.size()) / brought;
  SplitMix random(seed);
  ChurnStream stream{.seed = seed,
                     .warm_up = options.warm_up,
                     .measured = options.measured,
                     .arrivals = {},
                     .ranks = random.Shuffled(workload.nodes.size())};
  if (trace) Settle(lifetimes, rate, random, &stream);
  const double end = options.warm_up + options.measured;
  for (double time = random.Exponential() / rate; time < end; time += random.Exponential() / rate) {
    const uint32_t pod = random.Below(workload.pods.size());
    const double lifetime = trace ? lifetimes[pod] : random.Exponential();
    stream.arrivals.push_back({.time = time, .leaves = time + lifetime, .pod = pod});
  }
  return stream;
}

absl::StatusOr<ChurnReport> SimulateChurn(const Workload& workload, const ChurnStream& stream,
                                          std::string_view policy,
                                          const std::vector<WorkloadPod>& known,
                                          Foresight foresight, const KeepGoing& keep_going) {
  for (const ChurnStream::Arrival& arrival : stream.arrivals) {
    if (arrival.pod < workload.pods.size()) continue;
    return absl::InvalidArgumentError(absl::StrCat("arrivals: pod ", arrival.pod, " of ",
                                                   workload.pods.size(), "; must be below that"));
  }
  const auto cluster =
      SimCluster::Create(workload, stream.ranks, stream.seed, policy, known, foresight);
  if (!cluster.ok()) return cluster.status();
  auto report = Churn(workload, stream, **cluster).Go(keep_going);
  if (!report.has_value()) return absl::CancelledError("stopped");
  return *std::move(report);
}

}  // namespace tangram::scheduler::simulation
