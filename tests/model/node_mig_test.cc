// The books of cards in MIG mode: instances taken and given back, and what makes a card unclear.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "model/cluster.h"
#include "model/invariants.h"
#include "model/node_state.h"
#include "tests/support/model_builders.h"

namespace tangram::model {
namespace {

using testing::AppSlot;
using testing::InitSlot;
using testing::MakeGpu;
using testing::MakeMigGpu;
using testing::MakeMigShare;
using testing::MakeNode;
using testing::MakeShare;
using testing::MakeUsage;
using testing::MigProfiles8;

constexpr size_t k1g = 0, k2g = 1, k3g = 2;

PodBooked Booked(const std::string& uid, std::vector<AllocationSlot> slots) {
  PodBooked booked;
  booked.uid = uid;
  booked.node = "n";
  booked.allocation.slots = std::move(slots);
  return booked;
}

CardShare Instance(size_t profile, size_t placement, const std::string& uuid = "a") {
  return MakeMigShare(uuid, MigProfiles8()[profile], placement);
}

class NodeMigTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Apply(NodeUpserted{MakeNode("n", {MakeMigGpu("a"), MakeMigGpu("b"), MakeGpu("plain")})});
  }

  bool Apply(const Event& event) {
    const auto change = cluster_.Apply(event);
    EXPECT_TRUE(change.ok()) << change.status();
    const absl::Status invariants = CheckInvariants(cluster_);
    EXPECT_TRUE(invariants.ok()) << invariants;
    return change.ok() && change->made_room;
  }
  int32_t State(size_t card) { return cluster_.FindNode("n")->cards()[card].used.mig_state; }
  // The taken slices as a mask.
  uint32_t Mask(size_t card) {
    const Node& node = *cluster_.FindNode("n");
    EXPECT_GE(State(card), 0);
    return node.mig_table(card)->states().mask(static_cast<mig::StateId>(State(card)));
  }

  Cluster cluster_;
};

TEST_F(NodeMigTest, InstancesAreTakenAndGivenBack) {
  Apply(Booked("p", {AppSlot({Instance(k2g, 1), Instance(k1g, 6)})}));
  EXPECT_EQ(Mask(0), 0b1001100u);
  EXPECT_EQ(cluster_.FindNode("n")->cards()[0].used.memory, Mebibytes(19968 + 9728));
  Apply(Booked("q", {AppSlot({Instance(k1g, 0)})}));
  EXPECT_EQ(Mask(0), 0b1001101u);
  EXPECT_TRUE(Apply(PodReleased{"p"}));
  EXPECT_EQ(Mask(0), 0b1u);
  Apply(PodReleased{"q"});
  EXPECT_EQ(cluster_.FindNode("n")->cards()[0].used, GpuUsage());
}

TEST_F(NodeMigTest, InstancesOfInitContainersStayForThePodsLife) {
  PodBooked pod = Booked("p", {InitSlot({Instance(k3g, 1)}), AppSlot({Instance(k1g, 0)})});
  Apply(pod);
  EXPECT_EQ(Mask(0), 0b11110001u);
  EXPECT_EQ(cluster_.FindNode("n")->cards()[0].used.memory, Mebibytes(40448));
  pod.init_finished = true;
  EXPECT_TRUE(Apply(pod));
  EXPECT_EQ(Mask(0), 0b11110001u) << "the agent destroys nothing that a live pod reserves";
  EXPECT_EQ(cluster_.FindNode("n")->cards()[0].used.memory, Mebibytes(9728));
  Apply(PodReleased{"p"});
  EXPECT_EQ(Mask(0), 0u);
}

TEST_F(NodeMigTest, InstancesThatOverlapLeaveTheCardUnclearUntilOneIsGone) {
  Apply(Booked("p", {AppSlot({Instance(k2g, 0)})}));
  EXPECT_FALSE(Apply(Booked("q", {AppSlot({Instance(k1g, 1)})})));
  EXPECT_EQ(State(0), kMigUnclear);
  EXPECT_EQ(State(1), 0);
  Apply(Booked("r", {AppSlot({Instance(k1g, 6)})}));
  EXPECT_TRUE(Apply(PodReleased{"p"})) << "from unclear to clear is room";
  EXPECT_EQ(Mask(0), 0b1000010u);
}

TEST_F(NodeMigTest, AnInstanceThatTheCardCannotHaveLeavesItUnclear) {
  CardShare share = Instance(k1g, 0);
  share.instance->placement.start = 7;
  Apply(Booked("p", {AppSlot({share})}));
  EXPECT_EQ(State(0), kMigUnclear);
  share = Instance(k1g, 0);
  share.instance->profile = "1g.5gb";
  Apply(Booked("p", {AppSlot({share})}));
  EXPECT_EQ(State(0), kMigUnclear);
  Apply(Booked("p", {AppSlot({Instance(k1g, 0)})}));
  EXPECT_EQ(Mask(0), 1u);
}

TEST_F(NodeMigTest, AShareWithoutAnInstanceLeavesTheCardUnclear) {
  Apply(Booked("p", {AppSlot({MakeShare("a", 9728, 15)})}));
  EXPECT_EQ(State(0), kMigUnclear);
  EXPECT_TRUE(Apply(PodReleased{"p"}));
  EXPECT_EQ(State(0), 0);
}

TEST_F(NodeMigTest, AnInstanceOnACardThatIsNotCutLeavesItUnclear) {
  Apply(Booked("p", {AppSlot({Instance(k1g, 0, "plain")})}));
  EXPECT_EQ(State(2), kMigUnclear);
  EXPECT_EQ(State(0), 0);
}

TEST_F(NodeMigTest, SpareInstancesAreTaken) {
  PodBooked pod = Booked("p", {AppSlot({Instance(k1g, 0)})});
  pod.allocation.spare_instances = {{"a", {"3g.40gb", {4, 4}}}};
  Apply(pod);
  EXPECT_EQ(Mask(0), 0b11110001u);
  EXPECT_EQ(cluster_.FindNode("n")->cards()[0].used, [this] {
    GpuUsage usage = MakeUsage(1, 9728, 15);
    usage.mig_state = State(0);
    return usage;
  }());
}

TEST_F(NodeMigTest, ASpareInstanceOnACardThatIsNotThereClosesAllCardsThatAreCut) {
  PodBooked pod = Booked("p", {AppSlot({Instance(k1g, 0)})});
  pod.allocation.spare_instances = {{"gone", {"3g.40gb", {4, 4}}}};
  Apply(pod);
  EXPECT_EQ(State(0), kMigUnclear);
  EXPECT_EQ(State(1), kMigUnclear);
  EXPECT_EQ(State(2), 0);
  Apply(PodReleased{"p"});
  EXPECT_EQ(State(0), 0);
  EXPECT_EQ(State(1), 0);
}

TEST_F(NodeMigTest, BooksAreMadeAnewWhenTheProfilesChange) {
  Apply(Booked("p", {AppSlot({Instance(k1g, 3)})}));
  EXPECT_EQ(Mask(0), 0b1000u);
  Gpu narrow = MakeMigGpu("a");
  narrow.mig_profiles.erase(narrow.mig_profiles.begin());
  Apply(NodeUpserted{MakeNode("n", {narrow, MakeMigGpu("b")})});
  EXPECT_EQ(State(0), kMigUnclear) << "an instance of a profile that it has no more";
  EXPECT_NE(cluster_.FindNode("n")->cards()[0].type, cluster_.FindNode("n")->cards()[1].type);
  Gpu plain = MakeMigGpu("a");
  plain.mode = "hami-core";
  Apply(NodeUpserted{MakeNode("n", {plain, MakeMigGpu("b")})});
  EXPECT_EQ(State(0), kMigUnclear);
  EXPECT_TRUE(Apply(NodeUpserted{MakeNode("n", {MakeMigGpu("a"), MakeMigGpu("b")})}));
  EXPECT_EQ(Mask(0), 0b1000u);
}

TEST_F(NodeMigTest, SlicesArePartOfAState) {
  const std::string before = StateKey(*cluster_.FindNode("n"));
  PodBooked pod = Booked("p", {AppSlot({})});
  pod.allocation.spare_instances = {{"a", {"1g.10gb", {6, 1}}}};
  Apply(pod);
  const std::string there = StateKey(*cluster_.FindNode("n"));
  EXPECT_NE(before, there);
  pod.allocation.spare_instances = {{"b", {"1g.10gb", {6, 1}}}};
  EXPECT_TRUE(Apply(pod));
  EXPECT_EQ(StateKey(*cluster_.FindNode("n")), there) << "which of two equal cards says nothing";
  const Snapshot& snapshot = cluster_.snapshot();
  EXPECT_FALSE(snapshot.RowOf(snapshot.StateOf(snapshot.Find("n"))).complete);
}

TEST_F(NodeMigTest, WhatIfOnACopyTakesPlacementsByNumber) {
  Node copy = *cluster_.FindNode("n");
  const size_t placement = *copy.mig_table(0)->PlacementOf({"3g.40gb", {4, 4}});
  const std::vector<uint16_t> placements = {static_cast<uint16_t>(placement)};
  copy.BookCard(0, MakeUsage(1, 40448, 43), placements);
  EXPECT_GT(copy.cards()[0].used.mig_state, 0);
  copy.ReleaseCard(0, MakeUsage(1, 40448, 43), placements);
  EXPECT_EQ(copy.cards()[0].used, GpuUsage());
}

}  // namespace
}  // namespace tangram::model
