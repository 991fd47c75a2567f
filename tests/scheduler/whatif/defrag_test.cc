// Moves, replayed step by step in a cluster of their own.
#include "scheduler/whatif/defrag.h"

#include "model/invariants.h"
#include "tests/scheduler/whatif/random_world.h"

namespace tangram::scheduler::whatif {
namespace {

const CardPolicy kBinpack = CardPolicy::Parse("binpack");

model::Allocation AllocationOf(const World& world, const Place& place) {
  model::AllocationSlot slot;
  for (const CardTake& take : place.takes) {
    slot.shares.push_back({world.nodes[place.node].node.spec().gpus[take.card].uuid,
                           take.usage.memory, take.usage.cores});
  }
  return {{slot}};
}

// Judges every move by the rules for one card and by the node's bounds, with the pod still in its
// old place, then lets events make it.
class Replay {
 public:
  Replay(const Told& told, const World& world) : world_(world) {
    for (const NodeObservation& node : told.nodes) {
      EXPECT_TRUE(cluster_.Apply(model::NodeUpserted{node.spec}).ok());
      host_[node.spec.name] = node.host;
      unschedulable_[node.spec.name] = node.unschedulable;
    }
    for (const PodObservation& pod : told.pods) {
      EXPECT_TRUE(cluster_.Apply(*EventOfBound(pod, true)).ok());
      if (host_[pod.node].has_value()) *host_[pod.node] -= pod.host;
    }
  }

  void Make(const Move& move) {
    const BoundPod& pod = world_.pods[move.pod];
    const std::string& target = world_.nodes[move.to.node].node.name();
    ASSERT_FALSE(unschedulable_[target]);
    if (host_[target].has_value()) {
      ASSERT_TRUE(host_[target]->Holds(pod.pod.host));
    }
    // The new place is one that Fit accepts when it may choose no other cards.
    std::vector<std::string> uuids;
    for (const CardTake& take : move.to.takes) {
      uuids.push_back(world_.nodes[move.to.node].node.spec().gpus[take.card].uuid);
    }
    const CompiledRequest compiled(pod.pod.request, cluster_.snapshot(), kBinpack);
    model::Node masked = *cluster_.FindNode(target);
    for (size_t i = 0; i < masked.cards().size(); ++i) {
      const std::string& uuid = masked.spec().gpus[i].uuid;
      if (std::find(uuids.begin(), uuids.end(), uuid) != uuids.end()) continue;
      masked.BookCard(i, {model::Slots(1000), model::Mebibytes(0), model::CorePercent(0)});
    }
    ASSERT_TRUE(Fit(compiled, masked, nullptr).fits);

    // A second pod takes the new place before the first one goes.
    PodObservation copy = TellPod("copy" + std::to_string(++copies_), target, pod.pod.request,
                                  AllocationOf(world_, move.to));
    ASSERT_TRUE(cluster_.Apply(*EventOfBound(copy, true)).ok());
    ASSERT_EQ(Overcommitted(), overcommitted_at_first_.value_or(Overcommitted()));
    const std::string old = current_.contains(move.pod) ? current_[move.pod] : pod.pod.id.uid;
    ASSERT_EQ(cluster_.FindBooking(old)->node, world_.nodes[move.from.node].node.name());
    ASSERT_TRUE(cluster_.Apply(model::PodReleased{old}).ok());
    current_[move.pod] = copy.id.uid;
    ASSERT_TRUE(model::CheckInvariants(cluster_).ok());
    if (host_[target].has_value()) *host_[target] -= pod.pod.host;
    auto& source = host_[world_.nodes[move.from.node].node.name()];
    if (source.has_value()) *source += pod.pod.host;
  }

  int Overcommitted() {
    int count = 0;
    for (const model::Node* node : cluster_.snapshot().NodesByName()) {
      for (const model::Card& card : node->cards()) count += card.overcommitted() ? 1 : 0;
    }
    return count;
  }

  void Start() { overcommitted_at_first_ = Overcommitted(); }
  int64_t CardsFree() {
    int64_t free = 0;
    for (const model::Node* node : cluster_.snapshot().NodesByName()) {
      for (const model::Card& card : node->cards()) free += IsFree(card) ? 1 : 0;
    }
    return free;
  }
  bool Fits(const Ask& ask, const std::string& name) {
    const CompiledRequest compiled(ask.request, cluster_.snapshot(), kBinpack);
    const bool host = !host_[name].has_value() || host_[name]->Holds(ask.host);
    return host && !unschedulable_[name] && Fit(compiled, *cluster_.FindNode(name), nullptr).fits;
  }

 private:
  const World& world_;
  model::Cluster cluster_;
  std::map<std::string, std::optional<model::HostResources>> host_;
  std::map<std::string, bool> unschedulable_;
  std::map<size_t, std::string> current_;  // uid of the pod's copy
  std::optional<int> overcommitted_at_first_;
  int copies_ = 0;
};

TEST(DefragTest, EveryMoveIsLegalWhereItStandsAndTheMeasureIsWhatReplayShows) {
  Random random(5);
  int moves = 0;
  for (int round = 0; round < 300; ++round) {
    const Told told = RandomTold(random, 5, 14);
    const World world = told.Make();
    DefragOptions options;
    options.max_moves = static_cast<size_t>(random.Between(1, 6));
    const DefragReport report = Defrag(world, options);
    ASSERT_LE(report.moves.size(), options.max_moves);
    Replay replay(told, world);
    replay.Start();
    ASSERT_EQ(replay.CardsFree(), report.before.cards_free);
    for (const Move& move : report.moves) {
      ASSERT_NO_FATAL_FAILURE(replay.Make(move)) << "round " << round;
    }
    EXPECT_EQ(replay.CardsFree(), report.after.cards_free);
    EXPECT_GE(report.after.cards_free, report.before.cards_free);
    EXPECT_GE(report.after.nodes_free, report.before.nodes_free);
    if (!report.moves.empty()) {
      EXPECT_GT(report.after.cards_free + report.after.nodes_free,
                report.before.cards_free + report.before.nodes_free);
    }
    moves += static_cast<int>(report.moves.size());
  }
  EXPECT_GT(moves, 100);
}

TEST(DefragTest, AfterTheMovesThePodFitsAndFewerMovesAreNotFound) {
  Random random(6);
  int made = 0;
  for (int round = 0; round < 1600; ++round) {
    const Told told = RandomTold(random, 3, 12);
    const World world = told.Make();
    const Ask ask = RandomAsk(random);
    if (ask.request.empty()) continue;
    DefragOptions options;
    options.max_moves = 4;
    options.pod = &ask;
    const DefragReport report = Defrag(world, options);
    Replay replay(told, world);
    replay.Start();
    if (!report.fits_on.has_value()) {
      EXPECT_TRUE(report.moves.empty());
      for (const HostedNode& node : world.nodes) EXPECT_FALSE(replay.Fits(ask, node.node.name()));
      continue;
    }
    const std::string& node = world.nodes[*report.fits_on].node.name();
    EXPECT_EQ(replay.Fits(ask, node), report.moves.empty());
    for (const Move& move : report.moves) ASSERT_NO_FATAL_FAILURE(replay.Make(move));
    EXPECT_TRUE(replay.Fits(ask, node)) << "round " << round;
    if (report.moves.empty()) continue;
    ++made;
    options.max_moves = report.moves.size() - 1;
    EXPECT_FALSE(Defrag(world, options).fits_on.has_value());
  }
  EXPECT_GT(made, 15);
}

// Two cards half used each, and nothing else.
Told TwoHalves() {
  Told told;
  told.nodes = {TellNode("n", {TestCard{.memory = 100}, TestCard{.memory = 100}})};
  for (size_t i = 0; i < 2; ++i) {
    model::Allocation allocation;
    allocation.slots.push_back({model::ContainerKind::kApp,
                                {{CardUuid(i), model::Mebibytes(40), model::CorePercent(10)}}});
    told.pods.push_back(
        TellPod("p" + std::to_string(i), "n", Pod({Container(1, 40, 10)}), allocation));
  }
  return told;
}

TEST(DefragTest, TwoHalvesBecomeOneFreeCard) {
  const World world = TwoHalves().Make();
  const DefragReport report = Defrag(world, {.max_moves = 5});
  ASSERT_EQ(report.moves.size(), 1u);
  EXPECT_EQ(report.before.cards_free, 0);
  EXPECT_EQ(report.after.cards_free, 1);
  EXPECT_EQ(report.before.most_cards, 0);
  EXPECT_EQ(report.after.most_cards, 1);
  EXPECT_EQ(report.after.largest_slice_mib, 100);
  ASSERT_TRUE(report.before.fragments.has_value());
  EXPECT_EQ(report.before.fragments->idle_milli, 1200);
  EXPECT_EQ(report.after.fragments->idle_milli, 1200);
}

TEST(DefragTest, AWholeCardPodFitsAfterOneMove) {
  const World world = TwoHalves().Make();
  const Ask ask{Pod({ByPercent(1, 100, 100)}), {}};
  const DefragReport report = Defrag(world, {.max_moves = 1, .pod = &ask});
  ASSERT_TRUE(report.fits_on.has_value());
  EXPECT_EQ(report.moves.size(), 1u);
}

TEST(DefragTest, PodsThatEndAndPodsOfUnknownUseStay) {
  Told told = TwoHalves();
  told.pods[0].terminating = true;
  told.pods[1].allocation_state = model::AllocationState::kUnreadable;
  EXPECT_TRUE(Defrag(told.Make(), {.max_moves = 5}).moves.empty());
}

TEST(DefragTest, TheSearchEndsWhereItsQuestionsDo) {
  const World world = TwoHalves().Make();
  DefragOptions options{.max_moves = 5};
  options.fits_max = 1;
  const DefragReport report = Defrag(world, options);
  EXPECT_TRUE(report.stopped);
}

}  // namespace
}  // namespace tangram::scheduler::whatif
