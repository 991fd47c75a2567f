// The transitions of the cluster, event by event.
#include "model/cluster.h"

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/invariants.h"
#include "tests/support/model_builders.h"

namespace tangram::model {
namespace {

using testing::AppSlot;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::InitSlot;
using ::testing::IsEmpty;
using testing::MakeBooking;
using testing::MakeGpu;
using testing::MakeNode;
using testing::MakeShare;
using testing::MakeUsage;

class ClusterTest : public ::testing::Test {
 protected:
  // Applies an event that must be good, and checks the invariants after it.
  Change Apply(const Event& event) {
    const uint64_t before = cluster_.version();
    const absl::StatusOr<Change> change = cluster_.Apply(event);
    EXPECT_TRUE(change.ok()) << change.status();
    if (!change.ok()) return {};
    EXPECT_EQ(change->version, cluster_.version());
    EXPECT_EQ(change->version, before + (change->changed ? 1 : 0));
    const absl::Status status = CheckInvariants(cluster_);
    EXPECT_TRUE(status.ok()) << status;
    return *change;
  }

  // Applies an event that must be refused with this message and leave no trace.
  void Refuse(const Event& event, const std::string& message) {
    SCOPED_TRACE(message);
    const uint64_t version = cluster_.version();
    const size_t bookings = cluster_.booking_count();
    const Snapshot before = cluster_.snapshot();
    const absl::StatusOr<Change> change = cluster_.Apply(event);
    EXPECT_EQ(change.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(change.status().message()), HasSubstr(message));
    EXPECT_EQ(cluster_.version(), version);
    EXPECT_EQ(cluster_.booking_count(), bookings);
    const Snapshot& after = cluster_.snapshot();
    ASSERT_EQ(after.capacity(), before.capacity());
    for (NodeIndex i = 0; i < after.capacity(); ++i) EXPECT_EQ(after.At(i), before.At(i));
    EXPECT_TRUE(CheckInvariants(cluster_).ok()) << CheckInvariants(cluster_);
  }

  GpuUsage Used(const std::string& node, size_t card) {
    return cluster_.FindNode(node)->cards()[card].used;
  }

  Cluster cluster_;
};

TEST_F(ClusterTest, StartsEmpty) {
  EXPECT_EQ(cluster_.version(), 0u);
  EXPECT_EQ(cluster_.snapshot().capacity(), 0u);
  EXPECT_EQ(cluster_.snapshot().version(), 0u);
  EXPECT_EQ(cluster_.FindNode("n"), nullptr);
  EXPECT_EQ(cluster_.FindBooking("p"), nullptr);
  EXPECT_THAT(cluster_.PodsOn("n"), IsEmpty());
  EXPECT_TRUE(CheckInvariants(cluster_).ok());
}

TEST_F(ClusterTest, NodeIsKeptWithCardsSortedByUuid) {
  const Change change =
      Apply(NodeUpserted{MakeNode("n", {MakeGpu("c"), MakeGpu("a"), MakeGpu("b")})});
  EXPECT_TRUE(change.changed);
  EXPECT_TRUE(change.made_room);
  const Node* node = cluster_.FindNode("n");
  ASSERT_NE(node, nullptr);
  EXPECT_EQ(node->FindCard("a"), 0);
  EXPECT_EQ(node->FindCard("b"), 1);
  EXPECT_EQ(node->FindCard("c"), 2);
  EXPECT_EQ(cluster_.snapshot().At(change.node)->name(), "n");
}

TEST_F(ClusterTest, EqualDescriptionIsNoChangeWhateverItsOrder) {
  Apply(NodeUpserted{MakeNode("n", {MakeGpu("b"), MakeGpu("a")})});
  const Change again = Apply(NodeUpserted{MakeNode("n", {MakeGpu("a"), MakeGpu("b")})});
  EXPECT_FALSE(again.changed);
  EXPECT_FALSE(again.made_room);
  EXPECT_EQ(again.version, 1u);
}

TEST_F(ClusterTest, PodIsBookedAndReleased) {
  Apply(NodeUpserted{MakeNode("n", 2, 1000)});
  const Change booked = Apply(MakeBooking("p", "n", "n-1", 300, 20));
  EXPECT_TRUE(booked.changed);
  EXPECT_FALSE(booked.made_room);
  EXPECT_EQ(Used("n", 0), GpuUsage());
  EXPECT_EQ(Used("n", 1), MakeUsage(1, 300, 20));
  EXPECT_EQ(cluster_.FindNode("n")->kubelet_gpus(), 1);
  EXPECT_EQ(cluster_.booking_count(), 1u);
  EXPECT_THAT(cluster_.PodsOn("n"), ElementsAre("p"));
  ASSERT_NE(cluster_.FindBooking("p"), nullptr);
  EXPECT_EQ(cluster_.FindBooking("p")->node, "n");

  const Change released = Apply(PodReleased{"p"});
  EXPECT_TRUE(released.changed);
  EXPECT_TRUE(released.made_room);
  EXPECT_EQ(released.node, booked.node);
  EXPECT_EQ(Used("n", 1), GpuUsage());
  EXPECT_EQ(cluster_.FindNode("n")->kubelet_gpus(), 0);
  EXPECT_EQ(cluster_.FindBooking("p"), nullptr);
}

TEST_F(ClusterTest, BookingTheSameTwiceIsNoChange) {
  Apply(NodeUpserted{MakeNode("n", 1)});
  Apply(MakeBooking("p", "n", "n-0", 300));
  EXPECT_FALSE(Apply(MakeBooking("p", "n", "n-0", 300)).changed);
  EXPECT_EQ(Used("n", 0), MakeUsage(1, 300, 0));
}

TEST_F(ClusterTest, ReleasingAnUnknownPodIsNoChange) {
  const Change change = Apply(PodReleased{"nobody"});
  EXPECT_FALSE(change.changed);
  EXPECT_FALSE(change.made_room);
  EXPECT_EQ(change.node, kNoNode);
}

TEST_F(ClusterTest, BookingReplacesWhatTheUidHeld) {
  Apply(NodeUpserted{MakeNode("n", 2)});
  Apply(MakeBooking("p", "n", "n-0", 300));
  EXPECT_FALSE(Apply(MakeBooking("p", "n", "n-0", 500)).made_room) << "it only takes more";
  EXPECT_TRUE(Apply(MakeBooking("p", "n", "n-0", 400)).made_room) << "it takes less";
  EXPECT_TRUE(Apply(MakeBooking("p", "n", "n-1", 400)).made_room) << "it left a card";
  EXPECT_EQ(Used("n", 0), GpuUsage());
  EXPECT_EQ(Used("n", 1), MakeUsage(1, 400, 0));
}

TEST_F(ClusterTest, MovedPodFreesTheOldNode) {
  Apply(NodeUpserted{MakeNode("a", 1)});
  const Change b = Apply(NodeUpserted{MakeNode("b", 1)});
  Apply(MakeBooking("p", "a", "a-0", 300));
  const Change moved = Apply(MakeBooking("p", "b", "b-0", 300));
  EXPECT_TRUE(moved.made_room);
  EXPECT_EQ(moved.node, b.node);
  EXPECT_EQ(Used("a", 0), GpuUsage());
  EXPECT_EQ(Used("b", 0), MakeUsage(1, 300, 0));
  EXPECT_THAT(cluster_.PodsOn("a"), IsEmpty());
  EXPECT_THAT(cluster_.PodsOn("b"), ElementsAre("p"));
  EXPECT_EQ(cluster_.FindNode("a")->kubelet_gpus(), 0);
}

TEST_F(ClusterTest, FinishedInitContainersMakeRoom) {
  Apply(NodeUpserted{MakeNode("n", 1)});
  PodBooked booked{
      "p", "n", Allocation{{InitSlot({MakeShare("n-0", 500)}), AppSlot({MakeShare("n-0", 100)})}}};
  Apply(booked);
  EXPECT_EQ(Used("n", 0), MakeUsage(1, 500, 0));
  booked.init_finished = true;
  EXPECT_TRUE(Apply(booked).made_room);
  EXPECT_EQ(Used("n", 0), MakeUsage(1, 100, 0));
}

TEST_F(ClusterTest, OverCommitmentIsBookedAndNotRefused) {
  Apply(NodeUpserted{MakeNode("n", 1, 1000)});
  Apply(MakeBooking("p", "n", "n-0", 900, 90));
  Apply(MakeBooking("q", "n", "n-0", 900, 90));
  EXPECT_EQ(Used("n", 0), MakeUsage(2, 1800, 180));
  EXPECT_TRUE(cluster_.FindNode("n")->cards()[0].overcommitted());
  Apply(PodReleased{"p"});
  EXPECT_FALSE(cluster_.FindNode("n")->cards()[0].overcommitted());
}

TEST_F(ClusterTest, PodsOnCardsNobodyKnowsAreRemembered) {
  Apply(MakeBooking("p", "n", "n-1", 300));
  ASSERT_NE(cluster_.FindNode("n"), nullptr);
  EXPECT_FALSE(cluster_.FindNode("n")->known());
  EXPECT_THAT(cluster_.snapshot().NodesByName(), IsEmpty());
  EXPECT_TRUE(Apply(NodeUpserted{MakeNode("n", 1)}).made_room);
  EXPECT_EQ(Used("n", 0), GpuUsage());
  Apply(NodeUpserted{MakeNode("n", 2)});
  EXPECT_EQ(Used("n", 1), MakeUsage(1, 300, 0));
  EXPECT_EQ(cluster_.FindNode("n")->kubelet_gpus(), 1);
}

TEST_F(ClusterTest, RemovedNodeThatReturnsFindsItsBooks) {
  const Change added = Apply(NodeUpserted{MakeNode("n", 2)});
  Apply(MakeBooking("p", "n", "n-1", 300));
  Apply(PodUnaccounted{"q", "n", 2});
  const Change removed = Apply(NodeRemoved{"n"});
  EXPECT_TRUE(removed.changed);
  EXPECT_FALSE(removed.made_room);
  EXPECT_FALSE(cluster_.FindNode("n")->known());
  EXPECT_EQ(cluster_.FindNode("n")->kubelet_gpus(), 3);
  EXPECT_FALSE(Apply(NodeRemoved{"n"}).changed);

  const Change returned = Apply(NodeUpserted{MakeNode("n", 2)});
  EXPECT_TRUE(returned.made_room);
  EXPECT_EQ(returned.node, added.node) << "its pods kept its place";
  EXPECT_EQ(Used("n", 1), MakeUsage(1, 300, 0));
  EXPECT_EQ(cluster_.FindNode("n")->kubelet_gpus(), 3);
  EXPECT_EQ(cluster_.FindNode("n")->unaccounted_pods(), 1);
}

TEST_F(ClusterTest, NodeIsForgottenWithItsLastPod) {
  const Change a = Apply(NodeUpserted{MakeNode("a", 1)});
  const Change b = Apply(NodeUpserted{MakeNode("b", 1)});
  Apply(MakeBooking("p", "a", "a-0", 300));
  Apply(NodeRemoved{"a"});
  const Change released = Apply(PodReleased{"p"});
  EXPECT_EQ(released.node, a.node);
  EXPECT_FALSE(released.made_room) << "nobody can use an absent node";
  EXPECT_EQ(cluster_.FindNode("a"), nullptr);
  EXPECT_EQ(cluster_.snapshot().At(a.node), nullptr);
  EXPECT_EQ(cluster_.snapshot().Find("a"), kNoNode);

  Apply(NodeRemoved{"b"});
  EXPECT_EQ(cluster_.FindNode("b"), nullptr);
  const Change c = Apply(NodeUpserted{MakeNode("c", 1)});
  EXPECT_EQ(c.node, a.node) << "the lowest vacant position is taken first";
  EXPECT_EQ(Apply(NodeUpserted{MakeNode("d", 1)}).node, b.node);
  EXPECT_EQ(cluster_.snapshot().Find("c"), c.node);
}

TEST_F(ClusterTest, MovingTheLastPodForgetsAnUnknownNode) {
  Apply(MakeBooking("p", "ghost", "x", 300));
  Apply(MakeBooking("p", "other", "x", 300));
  EXPECT_EQ(cluster_.FindNode("ghost"), nullptr);
  EXPECT_NE(cluster_.FindNode("other"), nullptr);
}

TEST_F(ClusterTest, UnaccountedPodClosesItsNodeUntilItsCardsAreKnown) {
  Apply(NodeUpserted{MakeNode("n", 1)});
  Apply(PodUnaccounted{"p", "n", 1});
  EXPECT_EQ(cluster_.FindNode("n")->unaccounted_pods(), 1);
  EXPECT_EQ(cluster_.FindNode("n")->kubelet_gpus(), 1);
  EXPECT_FALSE(Apply(PodUnaccounted{"p", "n", 1}).changed);
  EXPECT_TRUE(cluster_.FindBooking("p")->unaccounted);

  EXPECT_TRUE(Apply(MakeBooking("p", "n", "n-0", 300)).made_room);
  EXPECT_EQ(cluster_.FindNode("n")->unaccounted_pods(), 0);
  EXPECT_EQ(cluster_.FindNode("n")->kubelet_gpus(), 1);

  Apply(PodUnaccounted{"p", "n", 1});
  EXPECT_EQ(Used("n", 0), GpuUsage());
  EXPECT_TRUE(Apply(PodReleased{"p"}).made_room);
  EXPECT_EQ(cluster_.FindNode("n")->unaccounted_pods(), 0);
}

TEST_F(ClusterTest, FewerCardsKeepTheBooksOfTheRest) {
  Apply(NodeUpserted{MakeNode("n", 3)});
  Apply(MakeBooking("p", "n", "n-0", 100));
  Apply(MakeBooking("q", "n", "n-2", 200));
  const Change fewer = Apply(NodeUpserted{MakeNode("n", 1)});
  EXPECT_TRUE(fewer.changed);
  EXPECT_FALSE(fewer.made_room);
  EXPECT_EQ(Used("n", 0), MakeUsage(1, 100, 0));
  Apply(PodReleased{"q"});
  EXPECT_TRUE(Apply(NodeUpserted{MakeNode("n", 3)}).made_room);
  EXPECT_EQ(Used("n", 2), GpuUsage());
}

TEST_F(ClusterTest, ADescriptionMakesRoomWhenSomethingGotBetter) {
  const NodeSpec base = [] {
    NodeSpec spec = MakeNode("n", 2, 1000);
    spec.allocatable_gpus = 10;
    return spec;
  }();
  using Edit = void (*)(NodeSpec&);
  const struct {
    const char* what;
    Edit first;
    Edit second;
    bool made_room;
  } cases[] = {
      {"more memory", [](NodeSpec&) {}, [](NodeSpec& s) { s.gpus[0].memory = Mebibytes(1001); },
       true},
      {"less memory", [](NodeSpec&) {}, [](NodeSpec& s) { s.gpus[0].memory = Mebibytes(999); },
       false},
      {"more slots", [](NodeSpec&) {}, [](NodeSpec& s) { s.gpus[1].slots = Slots(11); }, true},
      {"fewer cores", [](NodeSpec&) {}, [](NodeSpec& s) { s.gpus[1].cores = CorePercent(99); },
       false},
      {"healed", [](NodeSpec& s) { s.gpus[0].healthy = false; }, [](NodeSpec&) {}, true},
      {"fell ill", [](NodeSpec&) {}, [](NodeSpec& s) { s.gpus[0].healthy = false; }, false},
      {"uncordoned", [](NodeSpec& s) { s.gpus[0].cordoned = true; }, [](NodeSpec&) {}, true},
      {"cordoned", [](NodeSpec&) {}, [](NodeSpec& s) { s.gpus[0].cordoned = true; }, false},
      {"another product", [](NodeSpec&) {}, [](NodeSpec& s) { s.gpus[0].type = "T4"; }, true},
      {"another NUMA node", [](NodeSpec&) {}, [](NodeSpec& s) { s.gpus[0].numa = 1; }, true},
      {"renumbered", [](NodeSpec&) {}, [](NodeSpec& s) { s.gpus[0].index = 9; }, false},
      {"another card in its place", [](NodeSpec&) {}, [](NodeSpec& s) { s.gpus[0].uuid = "n-7"; },
       true},
      {"more allocatable", [](NodeSpec&) {}, [](NodeSpec& s) { s.allocatable_gpus = 11; }, true},
      {"less allocatable", [](NodeSpec&) {}, [](NodeSpec& s) { s.allocatable_gpus = 9; }, false},
      {"no longer counted", [](NodeSpec&) {}, [](NodeSpec& s) { s.allocatable_gpus.reset(); },
       true},
      {"counted from now on", [](NodeSpec& s) { s.allocatable_gpus.reset(); }, [](NodeSpec&) {},
       false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.what);
    Apply(NodeRemoved{"n"});
    NodeSpec first = base;
    c.first(first);
    NodeSpec second = base;
    c.second(second);
    Apply(NodeUpserted{first});
    const Change change = Apply(NodeUpserted{second});
    EXPECT_TRUE(change.changed);
    EXPECT_EQ(change.made_room, c.made_room);
  }
}

TEST_F(ClusterTest, CardTypesAreSharedAndGivenBack) {
  Gpu t4 = MakeGpu("t");
  t4.type = "T4";
  Apply(NodeUpserted{MakeNode("a", {MakeGpu("x"), t4, MakeGpu("y")})});
  const Node* a = cluster_.FindNode("a");
  EXPECT_EQ(a->cards()[1].type, a->cards()[2].type);
  EXPECT_NE(a->cards()[0].type, a->cards()[1].type);
  EXPECT_EQ(cluster_.snapshot().card_types().size(), 2u);
  const CardTypeId id = a->cards()[0].type;
  EXPECT_EQ(cluster_.snapshot().card_types()[id], (CardType{"T4", "hami-core"}));

  Apply(NodeUpserted{MakeNode("a", {MakeGpu("x")})});
  Gpu mps = MakeGpu("m");
  mps.mode = "mps";
  Apply(NodeUpserted{MakeNode("b", {mps, MakeGpu("z")})});
  EXPECT_EQ(cluster_.snapshot().card_types().size(), 2u) << "the number of T4 is used again";
  EXPECT_EQ(cluster_.snapshot().card_types()[id], (CardType{mps.type, "mps"}));
}

TEST_F(ClusterTest, TooManyCardTypesAreRefused) {
  NodeSpec spec = MakeNode("n", 65536);
  for (size_t i = 0; i < spec.gpus.size(); ++i) spec.gpus[i].type = std::to_string(i);
  ASSERT_TRUE(cluster_.Apply(NodeUpserted{spec}).ok());
  Gpu one_more = MakeGpu("m");
  one_more.type = "one more";
  Refuse(NodeUpserted{MakeNode("m", {one_more})}, "65536");
  one_more.type = "65535";
  EXPECT_TRUE(cluster_.Apply(NodeUpserted{MakeNode("m", {one_more})}).ok());
}

TEST_F(ClusterTest, NodesThatContradictThemselvesAreRefused) {
  Apply(NodeUpserted{MakeNode("n", 2)});
  Apply(MakeBooking("p", "n", "n-0", 300));
  Refuse(NodeUpserted{MakeNode("", 1)}, "node name is empty");
  Refuse(NodeRemoved{""}, "node name is empty");
  Refuse(NodeUpserted{MakeNode("n", {MakeGpu("a"), MakeGpu("b"), MakeGpu("a")})},
         "UUID \"a\" is named twice");
  Refuse(NodeUpserted{MakeNode("n", {MakeGpu("")})}, "empty UUID");
  Refuse(NodeUpserted{MakeNode("n", {MakeGpu("a", -1)})}, "devmem is -1: allowed is 0 to");
  NodeSpec spec = MakeNode("n", 1);
  spec.gpus[0].slots = Slots(-2);
  Refuse(NodeUpserted{spec}, "node \"n\", card \"n-0\": count is -2");
  spec = MakeNode("n", 1);
  spec.gpus[0].cores = CorePercent(-3);
  Refuse(NodeUpserted{spec}, "devcore is -3");
  spec = MakeNode("n", 1);
  spec.allocatable_gpus = -1;
  Refuse(NodeUpserted{spec}, "allocatable nvidia.com/gpu is -1");
}

TEST_F(ClusterTest, PodsThatContradictThemselvesAreRefused) {
  Apply(NodeUpserted{MakeNode("n", 2)});
  Apply(MakeBooking("p", "n", "n-0", 300));
  Refuse(MakeBooking("", "n", "n-0", 1), "pod uid is empty");
  Refuse(MakeBooking("p", "", "n-0", 1), "node name of a pod is empty");
  Refuse(MakeBooking("p", "n", "n-0", -1), "pod \"p\", card \"n-0\": memory is -1");
  Refuse(MakeBooking("q", "n", "n-0", 1, -5), "cores is -5");
  Refuse(PodReleased{""}, "pod uid is empty");
  Refuse(PodUnaccounted{"", "n"}, "pod uid is empty");
  Refuse(PodUnaccounted{"p", ""}, "node name of a pod is empty");
  Refuse(PodUnaccounted{"p", "n", -1}, "nvidia.com/gpu is -1");
  PodBooked booked = MakeBooking("p", "n", "n-0", 1);
  booked.kubelet_gpus = std::numeric_limits<int64_t>::max();
  Refuse(booked, "nvidia.com/gpu is 9223372036854775807: allowed is 0 to 1099511627776");
}

TEST_F(ClusterTest, AmountsBeyondTheRangeOfTheUnitsAreBookedAndReleasedExactly) {
  constexpr int32_t kMost = 2147483647;
  Apply(NodeUpserted{MakeNode("n", 1)});
  Apply(MakeBooking("small", "n", "n-0", 100, 10));
  Apply(MakeBooking("huge", "n", "n-0", kMost, kMost));
  Apply(MakeBooking("huger", "n", "n-0", kMost, 5));
  Apply(PodUnaccounted{"unknown", "n", 4});
  EXPECT_EQ(Used("n", 0), MakeUsage(3, kMost, kMost));
  Apply(PodReleased{"huge"});
  EXPECT_EQ(Used("n", 0), MakeUsage(2, kMost, 15));
  EXPECT_TRUE(Apply(PodReleased{"huger"}).made_room);
  EXPECT_EQ(Used("n", 0), MakeUsage(1, 100, 10));
  EXPECT_EQ(cluster_.FindNode("n")->kubelet_gpus(), 5);
  EXPECT_EQ(cluster_.FindNode("n")->unaccounted_pods(), 1);
}

TEST_F(ClusterTest, AHugeBookingOnACardNobodyHasHarmsNoOther) {
  Apply(NodeUpserted{MakeNode("n", 1)});
  Apply(MakeBooking("huge", "n", "elsewhere", 2147483647, 2147483647));
  Apply(MakeBooking("small", "n", "n-0", 100, 10));
  EXPECT_EQ(Used("n", 0), MakeUsage(1, 100, 10));
}

TEST_F(ClusterTest, LongTextIsShortenedInMessages) {
  const absl::StatusOr<Change> change =
      cluster_.Apply(NodeUpserted{MakeNode(std::string(100000, 'n'), {MakeGpu("")})});
  EXPECT_LT(change.status().message().size(), 200u);
}

}  // namespace
}  // namespace tangram::model
