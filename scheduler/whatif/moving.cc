#include "scheduler/whatif/moving.h"

#include <algorithm>
#include <utility>

#include "model/check.h"

namespace tangram::scheduler::whatif {
namespace {

// A copy on which cards that are not allowed have no slot left.
HostedNode Masked(const HostedNode& node, size_t index, const Moving::Allowed& allowed) {
  HostedNode masked = node;
  for (size_t card = 0; card < node.node.cards().size(); ++card) {
    if (allowed(index, card)) continue;
    const model::Card& known = node.node.cards()[card];
    const model::Slots left = known.slots - std::min(known.slots, known.used.slots);
    masked.node.BookCard(card, {left, model::Mebibytes(0), model::CorePercent(0)});
  }
  return masked;
}

// Whether some card could hold a slice as small as the smallest that is asked for; the rest of the
// rules are Fit's, which costs more.
bool HasRoom(const model::Node& node, size_t index, const CompiledRequest& request,
             const Moving::Allowed& allowed) {
  for (size_t i = 0; i < node.cards().size(); ++i) {
    const model::Card& card = node.cards()[i];
    if (card.overcommitted() || card.used.slots == card.slots || !allowed(index, i)) continue;
    const int32_t left = (card.memory - card.used.memory).value();
    for (const ContainerWant& want : request.wants()) {
      if (want.MemoryOn(card.memory.value()) <= left) return true;
    }
  }
  return false;
}

// How much of the touched cards would stay unused, in millionths of a card's memory and cores: the
// less, the tighter.
int64_t Slack(const model::Node& node, const CardTakes& takes) {
  constexpr int64_t kMillion = 1'000'000;
  int64_t slack = 0;
  for (const CardTake& take : takes) {
    const model::Card& card = node.cards()[take.card];
    const int64_t memory = card.memory - card.used.memory - take.usage.memory > model::Mebibytes(0)
                               ? (card.memory - card.used.memory - take.usage.memory).value()
                               : 0;
    slack += memory * kMillion / std::max(card.memory.value(), 1);
    // A card in use is better than one that is free.
    if (card.used == model::GpuUsage()) slack += kMillion * 100;
  }
  return slack;
}

Place PlaceOf(const BoundPod& pod, const model::Node& node) {
  Place place{pod.node, {}};
  for (const model::CardDemand& part : pod.demand) {
    const int card = node.FindCard(part.uuid);
    if (card < 0) continue;
    CardTake take{static_cast<uint16_t>(card), part.usage};
    const model::mig::CardTable* table = node.mig_table(take.card);
    for (const model::MigInstance& instance : part.instances) {
      const auto placement = table == nullptr ? std::nullopt : table->PlacementOf(instance);
      // What the card cannot have leaves it unclear, and then nothing is moved.
      if (placement.has_value()) take.placements.push_back(static_cast<uint16_t>(*placement));
    }
    place.takes.push_back(std::move(take));
  }
  std::sort(place.takes.begin(), place.takes.end(),
            [](const CardTake& a, const CardTake& b) { return a.card < b.card; });
  return place;
}

}  // namespace

bool IsFree(const model::Card& card) {
  return card.used == model::GpuUsage() && card.healthy && !card.cordoned;
}

bool IsFree(const model::Node& node) {
  const auto unused = [](const model::Card& card) { return card.used == model::GpuUsage(); };
  return !node.cards().empty() && node.unaccounted_pods() == 0 &&
         std::all_of(node.cards().begin(), node.cards().end(), unused);
}

Moving::Moving(const World& world, const CardPolicy& policy, int64_t fits_max)
    : world_(world),
      nodes_(world.nodes),
      asks_(world.pods.size()),
      judges_(world.pods.size()),
      places_(world.pods.size()),
      pods_on_(world.nodes.size()),
      fits_left_(fits_max) {
  for (size_t i = 0; i < world.pods.size(); ++i) {
    const BoundPod& pod = world.pods[i];
    const model::Node& node = nodes_[pod.node].node;
    places_[i] = PlaceOf(pod, node);
    pods_on_[pod.node].push_back(i);
    asks_[i] = {pod.pod.request, pod.pod.host};
    const bool known = pod.accounted && !places_[i].takes.empty() && !pod.pod.request.empty();
    // A saturated amount, or an unclear card, cannot tell what remains after a release.
    if (!known || pod.pod.terminating || node.MustRebook(pod.demand)) continue;
    judges_[i] = std::make_unique<Judge>(asks_[i], world, policy);
  }
}

std::vector<size_t> Moving::PodsOn(size_t node) const { return pods_on_[node]; }

int64_t Moving::MemoryOf(size_t pod) const {
  int64_t memory = 0;
  for (const CardTake& take : places_[pod].takes) memory += take.usage.memory.value();
  return memory;
}

bool Moving::Fits(const Judge& judge, const HostedNode& node, Placement* placement) {
  if (stopped()) return false;
  --fits_left_;
  return judge.On(node, placement).fits();
}

std::optional<Place> Moving::FindPlace(size_t pod, const Allowed& allowed) {
  const Judge& judge = *judges_[pod];
  std::optional<Place> best;
  int64_t best_slack = 0;
  Placement placement;
  for (size_t i = 0; i < nodes_.size(); ++i) {
    const model::Node& node = nodes_[i].node;
    if (!HasRoom(node, i, judge.request(), allowed)) continue;
    if (!Fits(judge, Masked(nodes_[i], i, allowed), &placement)) continue;
    CardTakes takes = TakenBy(judge.request(), node, placement);
    const int64_t slack = Slack(node, takes);
    if (best.has_value() && best_slack <= slack) continue;
    best = Place{i, std::move(takes)};
    best_slack = slack;
  }
  return best;
}

void Moving::Change(size_t pod, const Place& place, int sign) {
  HostedNode& hosted = nodes_[place.node];
  for (const CardTake& take : place.takes) {
    if (sign > 0) {
      hosted.node.BookCard(take.card, take.usage, take.placements);
    } else {
      hosted.node.ReleaseCard(take.card, take.usage, take.placements);
    }
  }
  const int64_t kubelet_gpus = world_.pods[pod].kubelet_gpus;
  if (sign > 0) {
    hosted.node.Book({}, kubelet_gpus, world_.pods[pod].counted);
    if (hosted.host_left.has_value()) *hosted.host_left -= asks_[pod].host;
  } else {
    hosted.node.Release({}, kubelet_gpus, world_.pods[pod].counted);
    if (hosted.host_left.has_value()) *hosted.host_left += asks_[pod].host;
  }
}

void Moving::Shift(size_t pod, const Place& from, const Place& to) {
  Change(pod, from, -1);
  Change(pod, to, 1);
  std::erase(pods_on_[from.node], pod);
  std::vector<size_t>& there = pods_on_[to.node];
  there.insert(std::lower_bound(there.begin(), there.end(), pod), pod);
  places_[pod] = to;
}

void Moving::Go(size_t pod, const Place& to) {
  TANGRAM_CHECK(movable(pod));
  moves_.push_back({pod, places_[pod], to});
  Shift(pod, moves_.back().from, moves_.back().to);
}

void Moving::Undo() {
  TANGRAM_CHECK(!moves_.empty());
  const Move last = std::move(moves_.back());
  moves_.pop_back();
  Shift(last.pod, last.to, last.from);
}

HostedNode Moving::WithoutPods(size_t node, const std::vector<size_t>& pods) const {
  HostedNode without = nodes_[node];
  for (const size_t pod : pods) {
    for (const CardTake& take : places_[pod].takes) {
      without.node.ReleaseCard(take.card, take.usage, take.placements);
    }
    without.node.Release({}, world_.pods[pod].kubelet_gpus, world_.pods[pod].counted);
    if (without.host_left.has_value()) *without.host_left += asks_[pod].host;
  }
  return without;
}

void Moving::Reserve(size_t node, const Judge& judge, const Placement& placement) {
  judge.Book(placement, &nodes_[node]);
}

void Moving::Unreserve(size_t node, const Judge& judge, const Placement& placement) {
  HostedNode& hosted = nodes_[node];
  for (const CardTake& take : TakenBy(judge.request(), hosted.node, placement)) {
    hosted.node.ReleaseCard(take.card, take.usage, take.placements);
  }
  const model::PodRequest& request = judge.request().request();
  hosted.node.Release({}, request.kubelet_gpus, request.counted);
  if (hosted.host_left.has_value()) *hosted.host_left += judge.ask().host;
}

}  // namespace tangram::scheduler::whatif
