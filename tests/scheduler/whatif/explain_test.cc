// The smallest changes: each makes the pod fit, and one unit less of it does not.
#include "scheduler/whatif/explain.h"

#include <algorithm>
#include <array>

#include "tests/scheduler/whatif/random_world.h"

namespace tangram::scheduler::whatif {
namespace {

const CardPolicy kSpread = CardPolicy::Parse("spread");

bool FitsOn(const Told& told, const std::string& node, const Ask& ask) {
  const World world = told.Make();
  return Judge(ask, world, kSpread).On(world.nodes[*world.FindNode(node)], nullptr).fits();
}

Told WithoutPod(const Told& told, const std::string& uid) {
  Told less = told;
  std::erase_if(less.pods, [&uid](const PodObservation& pod) { return pod.id.uid == uid; });
  return less;
}

class Checker {
 public:
  Checker(const Told& told, std::string node, const Ask& ask)
      : told_(told), node_(std::move(node)), ask_(ask) {}

  bool Fits(const Change& change) const { return FitsOn(told_, node_, WithChange(ask_, change)); }

  // Whether the change fits and none smaller does.
  void ExpectLeast(const World& world, const Change& change) const {
    SCOPED_TRACE(ChangeName(change.kind));
    if (change.kind == ChangeKind::kPodLeaves) {
      EXPECT_TRUE(FitsOn(WithoutPod(told_, world.pods[change.pod].pod.id.uid), node_, ask_));
      return;
    }
    EXPECT_TRUE(Fits(change));
    if (change.from == change.to) return;
    Change less = change;
    for (less.to = change.to + 1; less.to < change.from; ++less.to) {
      EXPECT_FALSE(Fits(less)) << less.to << " of " << change.from;
    }
    less = change;
    for (less.cores_to = change.cores_to + 1; less.cores_to < change.cores_from; ++less.cores_to) {
      EXPECT_FALSE(Fits(less)) << less.cores_to << " cores";
    }
  }

 private:
  const Told& told_;
  const std::string node_;
  const Ask& ask_;
};

// Whether some pod's leaving would do, by trying each.
size_t PodsThatWouldDo(const Told& told, const std::string& node, const Ask& ask) {
  size_t count = 0;
  for (const PodObservation& pod : told.pods) {
    if (pod.node == node && FitsOn(WithoutPod(told, pod.id.uid), node, ask)) ++count;
  }
  return count;
}

TEST(ExplainTest, ChangesAreExact) {
  Random random(3);
  std::array<int, kChangeKinds> met = {};
  const auto all_met = [&met] {
    return std::all_of(met.begin(), met.end(), [](int count) { return count > 0; });
  };
  for (int round = 0; round < 400 || (round < 2000 && !all_met()); ++round) {
    const Told told = RandomTold(random, 1, 8);
    const Ask ask = RandomAsk(random);
    if (ask.asks_nothing()) continue;
    const World world = told.Make();
    const NodeExplanation explanation = ExplainNode(world, 0, ask, kSpread);
    ASSERT_EQ(explanation.verdict.fits(), FitsOn(told, "n0", ask));
    if (explanation.verdict.fits()) {
      EXPECT_TRUE(explanation.changes.empty());
      continue;
    }
    const Checker checker(told, "n0", ask);
    size_t pods_alike = 0;
    for (const Change& change : explanation.changes) {
      ++met[static_cast<size_t>(change.kind)];
      checker.ExpectLeast(world, change);
      if (change.kind == ChangeKind::kPodLeaves) pods_alike = change.pods_alike;
    }
    EXPECT_EQ(pods_alike, PodsThatWouldDo(told, "n0", ask)) << "round " << round;
    if (HasFailure()) FAIL() << "round " << round;
  }
  for (size_t kind = 0; kind < kChangeKinds; ++kind) {
    EXPECT_GT(met[kind], 0) << ChangeName(static_cast<ChangeKind>(kind)) << " is never met";
  }
}

TEST(ExplainTest, WhatIsNotFoundIsNotThere) {
  Random random(4);
  for (int round = 0; round < 100; ++round) {
    const Told told = RandomTold(random, 1, 8);
    Ask ask{Pod({Container(random.Between(1, 3), random.Between(5, 14), 10 * random.Below(11))}),
            {}};
    const World world = told.Make();
    const NodeExplanation explanation = ExplainNode(world, 0, ask, kSpread);
    if (explanation.verdict.fits()) continue;
    const Checker checker(told, "n0", ask);
    std::array<bool, kChangeKinds> found = {};
    for (const Change& change : explanation.changes) {
      found[static_cast<size_t>(change.kind)] = true;
    }
    const model::ContainerRequest& container = ask.request.containers[0];
    const auto nothing_fits = [&](ChangeKind kind, int64_t from) {
      if (found[static_cast<size_t>(kind)]) return;
      for (int64_t to = 1; to < from; ++to) {
        EXPECT_FALSE(checker.Fits({.kind = kind, .from = from, .to = to})) << ChangeName(kind);
      }
    };
    nothing_fits(ChangeKind::kLessMemory, container.memory.value());
    nothing_fits(ChangeKind::kFewerCores, container.cores.value());
    nothing_fits(ChangeKind::kFewerCards, container.count);
  }
}

TEST(ExplainTest, TheSmallestChangeOfAllNodesIsTold) {
  Told told;
  told.nodes = {TellNode("a", {TestCard{.memory = 70}}), TellNode("b", {TestCard{.memory = 90}}),
                TellNode("c", {TestCard{.memory = 90}})};
  const World world = told.Make();
  const Ask ask{Pod({Container(1, 100)}), {}};
  std::vector<NodeExplanation> nodes;
  for (size_t i = 0; i < 3; ++i) nodes.push_back(ExplainNode(world, i, ask, kSpread));
  const auto best = SmallestChanges(world, nodes);
  ASSERT_EQ(best.size(), 1u);
  EXPECT_EQ(best[0].node, 1u);
  EXPECT_EQ(best[0].change.kind, ChangeKind::kLessMemory);
  EXPECT_EQ(best[0].change.to, 90);
}

TEST(ExplainTest, OfPodsThatWouldDoTheOneThatHoldsLeastIsNamed) {
  Told told;
  told.nodes = {TellNode("n", {TestCard{.memory = 100}})};
  const auto hold = [&](const std::string& name, int32_t memory) {
    model::Allocation allocation;
    allocation.slots.push_back({model::ContainerKind::kApp,
                                {{CardUuid(0), model::Mebibytes(memory), model::CorePercent(0)}}});
    told.pods.push_back(TellPod(name, "n", Pod({Container(1, memory)}), allocation));
  };
  hold("large", 60);
  hold("small", 25);
  hold("tiny", 5);
  const World world = told.Make();
  const NodeExplanation node = ExplainNode(world, 0, {Pod({Container(1, 30)}), {}}, kSpread);
  ASSERT_EQ(node.changes.back().kind, ChangeKind::kPodLeaves);
  EXPECT_EQ(world.pods[node.changes.back().pod].pod.id.name, "small");
  EXPECT_EQ(node.changes.back().pods_alike, 2u);
  ASSERT_TRUE(node.nearest.has_value());
  EXPECT_EQ(node.cards[*node.nearest].have, 10);
}

}  // namespace
}  // namespace tangram::scheduler::whatif
