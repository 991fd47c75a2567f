// Pods with a card that their node does not have: what closes a node, and what opens it again.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "model/cluster.h"
#include "model/invariants.h"
#include "tests/support/model_builders.h"
#include "tests/support/pool_builders.h"

namespace tangram::model {
namespace {

using testing::AppSlot;
using testing::InitSlot;
using testing::MakeBooking;
using testing::MakeGpu;
using testing::MakeNode;
using testing::MakeShare;

class UnaccountedCardsTest : public ::testing::Test {
 protected:
  Change Apply(const Event& event) {
    const auto change = cluster_.Apply(event);
    EXPECT_TRUE(change.ok()) << change.status();
    EXPECT_TRUE(CheckInvariants(cluster_).ok()) << CheckInvariants(cluster_);
    return change.value_or(Change());
  }
  void Register(std::vector<std::string> uuids) {
    std::vector<Gpu> gpus;
    for (const std::string& uuid : uuids) gpus.push_back(MakeGpu(uuid));
    Apply(NodeUpserted{MakeNode("n", std::move(gpus))});
  }
  // A pod with 100 MiB on each of these cards.
  PodBooked On(std::vector<std::string> uuids, const std::string& uid = "p") {
    PodBooked booked;
    booked.uid = uid;
    booked.node = "n";
    std::vector<CardShare> shares;
    for (const std::string& uuid : uuids) shares.push_back(MakeShare(uuid, 100));
    booked.allocation.slots = {AppSlot(std::move(shares))};
    return booked;
  }
  int32_t Closing() { return cluster_.FindNode("n")->unaccounted_pods(); }
  int64_t UsedMib() { return cluster_.FindNode("n")->totals().memory_used_mib; }

  Cluster cluster_;
};

TEST_F(UnaccountedCardsTest, ACardThatTheNodeDoesNotHaveClosesIt) {
  Register({"GPU-new"});
  Apply(On({"GPU-old"}));
  EXPECT_EQ(Closing(), 1);
  EXPECT_TRUE(Apply(PodReleased{"p"}).made_room);
  EXPECT_EQ(Closing(), 0);
}

TEST_F(UnaccountedCardsTest, AUuidInOtherLettersIsAnotherCard) {
  Register({"GPU-Ab"});
  Apply(On({"gpu-ab"}));
  EXPECT_EQ(Closing(), 1);
  EXPECT_EQ(UsedMib(), 0);
}

TEST_F(UnaccountedCardsTest, TheKnownHalfStaysBookedWhicheverContainerHasIt) {
  Register({"GPU-a", "GPU-b"});
  PodBooked booked = On({"GPU-a"});
  booked.allocation.slots.push_back(AppSlot({MakeShare("GPU-gone", 300)}));
  Apply(booked);
  EXPECT_EQ(Closing(), 1);
  EXPECT_EQ(UsedMib(), 100);
}

TEST_F(UnaccountedCardsTest, PodsThatComeBeforeTheirNodeAreJudgedWhenItComes) {
  Apply(On({"GPU-old"}));
  EXPECT_EQ(Closing(), 0) << "nobody knows yet which cards there are";
  Register({"GPU-new"});
  EXPECT_EQ(Closing(), 1);
  Apply(NodeRemoved{"n"});
  EXPECT_EQ(Closing(), 0);
  Register({"GPU-old"});
  EXPECT_EQ(Closing(), 0);
  EXPECT_EQ(UsedMib(), 100);
}

TEST_F(UnaccountedCardsTest, ACardThatLeavesTheRegisterClosesAndItsReturnOpens) {
  Register({"GPU-a", "GPU-b"});
  Apply(On({"GPU-a"}));
  Apply(On({"GPU-b"}, "q"));
  EXPECT_EQ(Closing(), 0);
  Register({"GPU-a"});
  EXPECT_EQ(Closing(), 1);
  EXPECT_EQ(UsedMib(), 100);
  const Change back = Apply(NodeUpserted{MakeNode("n", {MakeGpu("GPU-a"), MakeGpu("GPU-b")})});
  EXPECT_TRUE(back.made_room);
  EXPECT_EQ(Closing(), 0);
  EXPECT_EQ(UsedMib(), 200);
}

TEST_F(UnaccountedCardsTest, WhoIsIgnoredIsCountedApartAndClosesNothing) {
  Register({"GPU-new"});
  PodBooked booked = On({"GPU-old"});
  booked.ignored = true;
  Apply(booked);
  Apply(PodUnaccounted{.uid = "q", .node = "n", .ignored = true});
  EXPECT_EQ(Closing(), 0);
  EXPECT_EQ(cluster_.FindNode("n")->ignored_pods(), 2);
  booked.ignored = false;
  Apply(booked);
  EXPECT_EQ(Closing(), 1);
  EXPECT_EQ(cluster_.FindNode("n")->ignored_pods(), 1);
}

TEST_F(UnaccountedCardsTest, WhatAnInitContainerHeldIsForgottenOnceItHasEnded) {
  Register({"GPU-a"});
  PodBooked booked = On({"GPU-a"});
  booked.allocation.slots.insert(booked.allocation.slots.begin(),
                                 InitSlot({MakeShare("GPU-gone", 50)}));
  Apply(booked);
  EXPECT_EQ(Closing(), 1);
  booked.init_finished = true;
  EXPECT_TRUE(Apply(booked).made_room);
  EXPECT_EQ(Closing(), 0);
}

TEST_F(UnaccountedCardsTest, ANodeThatCountsOnlyIsNeverClosed) {
  Apply(On({"GPU-old"}));
  Apply(NodeUpserted{testing::MakePoolNode("n", {testing::MakePool("nvidia.com/gpu", 4)})});
  EXPECT_EQ(Closing(), 0);
}

}  // namespace
}  // namespace tangram::model
