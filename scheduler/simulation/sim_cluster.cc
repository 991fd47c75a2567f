#include "scheduler/simulation/sim_cluster.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tangram::scheduler::simulation {
namespace {

// How many arrivals a policy's view of the whole cluster lasts: until at most 4 % of the nodes have
// changed, but no less than 50. A look costs the nodes, so this keeps time linear in arrivals.
uint64_t RefreshEvery(size_t nodes) { return std::max<uint64_t>(50, nodes / 25); }

absl::Status CheckRanks(const std::vector<uint32_t>& ranks, size_t nodes) {
  if (ranks.size() != nodes) {
    return absl::InvalidArgumentError(absl::StrCat("arrivals: ", ranks.size(), " node ranks for ",
                                                   nodes, " nodes; must be one for each"));
  }
  std::vector<bool> given(nodes, false);
  for (const uint32_t rank : ranks) {
    if (rank >= nodes || given[rank]) {
      return absl::InvalidArgumentError(
          absl::StrCat("arrivals: node rank ", rank, " comes twice or is not below ", nodes));
    }
    given[rank] = true;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<SimCluster>> SimCluster::Create(
    const Workload& workload, const std::vector<uint32_t>& ranks, uint64_t seed,
    std::string_view policy, const std::vector<WorkloadPod>& known, Foresight foresight) {
  const size_t count = workload.nodes.size();
  if (absl::Status status = CheckRanks(ranks, count); !status.ok()) return status;
  std::unique_ptr<SimCluster> cluster(new SimCluster());
  std::vector<NodeView> views(count);
  cluster->node_at_.resize(count);
  for (uint32_t node = 0; node < count; ++node) {
    views[ranks[node]] = workload.nodes[node].view;
    cluster->node_at_[ranks[node]] = node;
  }
  for (const NodeView& view : views) cluster->booked_.emplace_back(view);
  if (foresight == Foresight::kLearned) {
    auto learner = WorkloadLearner::Create(policy, views);
    if (!learner.ok()) return learner.status();
    cluster->learner_ = *std::move(learner);
    cluster->policy_ = cluster->learner_->Make().policy;
  } else {
    auto made =
        MakeViewPolicy(policy, {.pods = known, .nodes = views, .typical = TypicalPods(known)});
    if (!made.ok()) return made.status();
    cluster->policy_ = *std::move(made);
  }
  cluster->index_.emplace(std::move(views), *cluster->policy_, /*reuse=*/true, seed);
  return cluster;
}

void SimCluster::Learn(const WorkloadPod& pod) {
  if (!learner_.has_value() || !learner_->Arrived(pod)) return;
  WorkloadLearner::Policy next = learner_->Make();
  index_->SetPolicy(*next.policy);
  policy_ = std::move(next.policy);
  version_ = next.version;
  index_->RefreshPolicy(turnover_.departures());
}

std::optional<SimCluster::Seat> SimCluster::Arrive(const WorkloadPod& pod) {
  Learn(pod);
  if (arrivals_++ % RefreshEvery(booked_.size()) == 0)
    index_->RefreshPolicy(turnover_.departures());
  turnover_.Arrived();
  const auto place = index_->Best(pod.demand);
  if (!place.has_value()) return std::nullopt;
  const Seat seat{.rank = static_cast<uint32_t>(place->node),
                  .cards = booked_[place->node].Take(pod.demand, place->choice.card),
                  .score = place->choice.score};
  index_->Update(place->node, booked_[place->node].view());
  return seat;
}

void SimCluster::Depart(const Demand& demand, const Seat& seat) {
  turnover_.Departed();
  booked_[seat.rank].GiveBack(demand, seat.cards);
  index_->Update(seat.rank, booked_[seat.rank].view());
}

}  // namespace tangram::scheduler::simulation
