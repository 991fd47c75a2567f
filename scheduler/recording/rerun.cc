#include "scheduler/recording/rerun.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "scheduler/live_view.h"
#include "scheduler/split_mix.h"
#include "scheduler/verb_view.h"
#include "scheduler/view_node_policy.h"

namespace tangram::scheduler::recording {
namespace {

// Whether the pod's CPU and memory are there, as far as anybody says.
bool HasHost(const model::Node& node, const model::HostResources& wanted) {
  if (!node.spec().host.has_value()) return true;
  model::HostResources left = *node.spec().host;
  left -= node.host_used();
  return left.Holds(wanted);
}

std::vector<WorkloadPod> WorkloadOf(const std::vector<SurveyedPod>& pods) {
  std::vector<WorkloadPod> workload;
  for (const SurveyedPod& pod : pods) {
    workload.push_back({.demand = pod.demand, .model_text = {}, .count = 1});
  }
  return CountAlike(workload);
}

// The uid of an event about a pod; empty for one about a node.
std::string_view UidOf(const model::Event& event) {
  return std::visit(
      [](const auto& alternative) -> std::string_view {
        if constexpr (requires { alternative.uid; }) {
          return alternative.uid;
        } else {
          return {};
        }
      },
      event);
}

double Percent(double part, double whole) { return whole > 0 ? 100 * part / whole : 0; }

}  // namespace

Rerun::Rerun(SchedulerOptions options, const std::vector<SurveyedPod>& pods)
    : options_(std::move(options)),
      surveyed_(pods),
      typical_(WorkloadOf(pods)),
      tried_(options_.host_buckets),
      keepers_(options_.view_policies, options_.host_buckets, options_.card_policy),
      mig_keeper_(options_.mig_policy, options_.mig_tuning) {
  for (size_t i = 0; i < pods.size(); ++i) pods_[pods[i].id.uid].index = i;
}

absl::Status Rerun::Take(const Record& record) {
  return std::visit(
      [this](const auto& entry) -> absl::Status {
        using T = std::remove_cvref_t<decltype(entry)>;
        if constexpr (std::is_same_v<T, EventApplied>) {
          return Read(entry);
        } else if constexpr (std::is_same_v<T, VerbDropped>) {
          calls_.erase(entry.call);
        } else if constexpr (requires { Read(entry); }) {
          Read(entry);
        }
        return absl::OkStatus();
      },
      record.entry);
}

absl::Status Rerun::Read(const EventApplied& entry) {
  if (auto change = recorded_.Apply(entry.event); !change.ok()) return change.status();
  if (const auto ours = pods_.find(UidOf(entry.event)); ours != pods_.end()) {
    if (std::holds_alternative<model::PodBooked>(entry.event)) ours->second.recorded = true;
    return absl::OkStatus();
  }
  model::Event event = entry.event;
  if (auto* booked = std::get_if<model::PodBooked>(&event)) {
    const auto seen = hosts_.find(booked->uid);
    if (seen != hosts_.end()) booked->host = seen->second;
  }
  const absl::StatusOr<model::Change> change = tried_.Apply(event);
  if (!change.ok()) return change.status();
  if (!change->made_room) return absl::OkStatus();
  // What DRA gives out no longer is there again on every node.
  if (change->node == model::kNoNode) {
    RetryAll();
  } else {
    Retry(change->node);
  }
  return absl::OkStatus();
}

void Rerun::Read(const PodSeen& entry) {
  hosts_[entry.id.uid] = entry.host;
  model::Pod pod;
  pod.id = entry.id;
  pod.request = entry.request;
  pod.host = entry.host;
  keepers_.Note(pod);
  mig_keeper_.Note(pod.request);
  if (++seen_ % kLesson != 0) return;
  Learn();
  LearnMig();
}

void Rerun::LearnMig() {
  while (const auto task = mig_keeper_.Take(tried_.snapshot())) {
    std::shared_ptr<const mig::LivePolicy> next = mig_keeper_.Learn(*task);
    if (next == nullptr) continue;
    ++report_.policy_versions;
    mig_keeper_.Put(std::move(next));
  }
}

void Rerun::Learn() {
  for (PolicyKeeper* keeper : keepers_.All()) {
    const auto task = keeper->Take(tried_.snapshot());
    if (!task.has_value()) continue;
    std::shared_ptr<const ViewNodePolicy> next = keeper->Learn(*task);
    if (next == nullptr) continue;
    ++report_.policy_versions;
    keeper->Put(std::move(next));
  }
}

void Rerun::Read(const PodGone& entry) {
  const auto ours = pods_.find(entry.uid);
  if (ours == pods_.end()) {
    if (entry.bound) keepers_.Departed();
    return;
  }
  ours->second.gone = true;
  waiting_.erase(ours->second.index);
  if (!ours->second.placed) return;
  keepers_.Departed();
  const auto change = tried_.Apply(model::PodReleased{entry.uid});
  if (change.ok() && change->made_room) Retry(change->node);
}

void Rerun::Read(const VerbBegun& entry) {
  if (entry.filter && pods_.contains(entry.pod.uid)) calls_[entry.call] = entry;
}

void Rerun::Read(const FilterAnswered& entry) {
  const auto call = calls_.find(entry.call);
  if (call == calls_.end()) return;
  const VerbBegun begun = std::move(call->second);
  calls_.erase(call);
  Pod& pod = pods_.find(begun.pod.uid)->second;
  if (pod.placed || pod.gone) return;
  pod.request = begun.request;
  pod.host = begun.host;
  pod.offered = entry.offered;
  if (!std::exchange(pod.came, true)) {
    // Not after this pod was placed: the recording has yet to bind it.
    Sample();
    ++came_;
  }
  Try(begun.pod.uid, pod);
  if (!pod.placed) waiting_[pod.index] = begun.pod.uid;
}

model::HostResources Rerun::Counted(const model::HostResources& host) const {
  return options_.host_buckets == model::HostBuckets() ? model::HostResources() : host;
}

void Rerun::Try(const std::string& uid, Pod& pod) {
  const model::Snapshot snapshot = tried_.snapshot();
  const std::vector<std::string_view> offered = pod.offered.Names();
  std::vector<std::string_view> names;
  for (const std::string_view name : offered) {
    const model::NodeIndex index = snapshot.Find(name);
    if (index == model::kNoNode || HasHost(*snapshot.At(index), pod.host)) names.push_back(name);
  }
  const absl::StatusOr<Offer> offer = FindOffer(snapshot, names);
  if (!offer.ok()) return;
  const CompiledRequest request(pod.request, snapshot, options_.card_policy, Counted(pod.host),
                                mig_keeper_.policy().get());
  const auto policy = PolicyFor(pod.request, options_, keepers_);
  FilterInput input;
  input.request = &request;
  input.snapshot = &snapshot;
  input.offer = &*offer;
  input.policy = policy.get();
  input.candidates = {Candidates::Mode::kCount, 1};
  input.seed = SeedOf(uid);
  input.verdicts = &verdicts_;
  const FilterOutcome outcome = FilterNodes(input);
  if (outcome.fitting.empty()) {
    pod.reason = ReasonOf(outcome, offered.size() - names.size());
    return;
  }
  const model::Node& node = *snapshot.At(outcome.best);
  Book(uid, pod, node.name(), MakeAllocation(request, node, outcome.best_placement));
}

std::string Rerun::ReasonOf(const FilterOutcome& outcome, size_t without_host) const {
  std::array<size_t, kReasonCount> counts = {};
  for (const FilterOutcome::Refusal& refusal : outcome.refused) {
    for (int i = 0; i < kReasonCount; ++i) {
      if (refusal.reasons.Has(static_cast<Reason>(i))) ++counts[static_cast<size_t>(i)];
    }
  }
  const auto most = std::max_element(counts.begin(), counts.end());
  if (without_host >= *most) return without_host > 0 ? "InsufficientCpuOrMemory" : "NoNodeOffered";
  return std::string(ReasonWord(static_cast<Reason>(most - counts.begin())));
}

void Rerun::Retry(model::NodeIndex index) {
  const model::PodRequest* refused = nullptr;  // by the node as it is
  for (auto next = waiting_.begin(); next != waiting_.end();) {
    const auto at = next++;
    Pod& pod = pods_.find(at->second)->second;
    const model::Snapshot& snapshot = tried_.snapshot();
    const model::Node* node = index < snapshot.capacity() ? snapshot.At(index) : nullptr;
    if (node == nullptr || !node->known()) return;
    if (refused != nullptr && *refused == pod.request) continue;
    const CompiledRequest request(pod.request, snapshot, options_.card_policy, Counted(pod.host),
                                  mig_keeper_.policy().get());
    const auto policy = PolicyFor(pod.request, options_, keepers_);
    Placement placement;
    if (!FitByPolicy(request, *policy, *node, SeedOf(at->second), &placement).fits) {
      refused = &pod.request;
      continue;
    }
    const std::vector<std::string_view> names = pod.offered.Names();
    if (!HasHost(*node, pod.host) ||
        std::find(names.begin(), names.end(), node->name()) == names.end()) {
      continue;
    }
    pod.late = true;
    refused = nullptr;
    const std::string uid = at->second;
    const std::string name = node->name();
    Book(uid, pod, name, MakeAllocation(request, *node, placement));
  }
}

void Rerun::RetryAll() {
  for (auto next = waiting_.begin(); next != waiting_.end();) {
    const std::string uid = (next++)->second;
    Pod& pod = pods_.find(uid)->second;
    Try(uid, pod);
    pod.late |= pod.placed;
  }
}

void Rerun::Book(const std::string& uid, Pod& pod, const std::string& node,
                 const model::Allocation& allocation) {
  const auto change = tried_.Apply(model::PodBooked{.uid = uid,
                                                    .node = node,
                                                    .allocation = allocation,
                                                    .init_finished = false,
                                                    .kubelet_gpus = pod.request.kubelet_gpus,
                                                    .host = pod.host,
                                                    .counted = pod.request.counted});
  // Amounts from outside may be absurd; such a pod is never placed.
  if (!change.ok()) return;
  pod.placed = true;
  pod.node = node;
  for (const model::CardDemand& part : model::FoldDemand(allocation, false)) {
    std::string& card = pod.cards.emplace_back(part.uuid);
    for (const model::MigInstance& instance : part.instances) {
      card += " " + instance.profile + "@" + std::to_string(instance.placement.start);
    }
  }
  waiting_.erase(pod.index);
}

Gauge Rerun::Measure(model::Cluster& cluster) const {
  double all = 0;
  double left = 0;
  double fragments = 0;
  for (const model::Node* node : cluster.snapshot().NodesByName()) {
    const NodeView view = ViewOf(*node, model::HostBuckets());
    all += static_cast<double>(EmptyView(*node).gpu_left());
    left += static_cast<double>(view.gpu_left());
    fragments += Fragment(typical_, view);
  }
  return {Percent(all - left, all), Percent(fragments, all)};
}

void Rerun::Sample() {
  const size_t percent = 100 * came_ / std::max<size_t>(surveyed_.size(), 1);
  if (report_.tried.curve.size() > percent) return;
  const Gauge recorded = Measure(recorded_);
  const Gauge tried = Measure(tried_);
  // Of few pods each brings several percent.
  report_.recorded.curve.resize(percent + 1, recorded);
  report_.tried.curve.resize(percent + 1, tried);
}

void Rerun::CountCards(model::Cluster& cluster, Side& side) const {
  for (const model::Node* node : cluster.snapshot().NodesByName()) {
    for (const model::Card& card : node->cards()) {
      ++(card.used == model::GpuUsage() ? side.cards_free : side.cards_touched);
    }
  }
}

RerunReport Rerun::Report() {
  Sample();
  report_.nodes = recorded_.snapshot().NodesByName().size();
  report_.pods = surveyed_.size();
  report_.placements.resize(surveyed_.size());
  const auto count = [](simulation::ClassCount& counts, const Demand& demand, bool placed) {
    ++(placed ? counts.placed : counts.failed);
    counts.asked_milli += demand.gpu();
    if (placed) counts.placed_milli += demand.gpu();
  };
  for (const auto& [uid, pod] : pods_) {
    const SurveyedPod& surveyed = surveyed_[pod.index];
    const auto pod_class = static_cast<size_t>(simulation::ClassOf(surveyed.demand));
    count(report_.recorded.classes[pod_class], surveyed.demand, pod.recorded);
    count(report_.tried.classes[pod_class], surveyed.demand, pod.placed);
    if (pod.placed && pod.late) ++report_.placed_late;
    if (!pod.placed) ++report_.failed_by_reason[pod.reason];
    report_.placements[pod.index] = {surveyed.id, pod.node, pod.cards};
  }
  CountCards(recorded_, report_.recorded);
  CountCards(tried_, report_.tried);
  return std::move(report_);
}

}  // namespace tangram::scheduler::recording
