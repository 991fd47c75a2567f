// The full check finds each kind of corruption. The corrupted thing is the state that Cluster is
// made of, so that Cluster itself needs no back door.
#include "model/invariants.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/cluster_state.h"
#include "tests/support/model_builders.h"

namespace tangram::model::internal {
namespace {

using testing::AppSlot;
using ::testing::HasSubstr;
using testing::MakeNode;
using testing::MakeShare;
using testing::MakeUsage;

void Describe(ClusterState& state, const NodeSpec& spec) {
  state.Describe(state.FindOrAdd(spec.name), spec);
}

void Book(ClusterState& state, const std::string& uid, const std::string& node,
          const std::string& uuid) {
  Booking booking;
  booking.node = node;
  booking.allocation.slots = {AppSlot({MakeShare(uuid, 300, 20)})};
  booking.demand = FoldDemand(booking.allocation, false);
  booking.kubelet_gpus = 1;
  state.Attach(state.FindOrAdd(node), uid, std::move(booking));
}

// Two nodes with three pods, all published as version 5.
void Fill(ClusterState& state) {
  Describe(state, MakeNode("a", 2, 1000));
  Describe(state, MakeNode("b", 2, 1000));
  Book(state, "p", "a", "a-0");
  Book(state, "q", "a", "a-0");
  Book(state, "r", "b", "b-1");
  state.Publish(5);
}

TEST(InvariantsTest, HoldForAStateBuiltByItsOwnOperations) {
  ClusterState state;
  EXPECT_TRUE(CheckState(state, 0).ok());
  Fill(state);
  EXPECT_TRUE(CheckState(state, 5).ok()) << CheckState(state, 5);
  state.Detach("q");
  EXPECT_TRUE(CheckState(state, 6).ok()) << CheckState(state, 6);
  state.Forget(1);
  EXPECT_TRUE(CheckState(state, 7).ok()) << CheckState(state, 7);
}

struct Corruption {
  const char* what;
  std::function<void(ClusterState&)> corrupt;
  const char* message;
};

void ExpectFound(const std::vector<Corruption>& corruptions) {
  for (const Corruption& c : corruptions) {
    SCOPED_TRACE(c.what);
    ClusterState state;
    Fill(state);
    c.corrupt(state);
    const absl::Status status = CheckState(state, 6);
    EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.message));
  }
}

TEST(InvariantsTest, CorruptBooksAreFound) {
  ExpectFound({
      {"usage without a pod", [](ClusterState& s) { s.Edit(0).BookCard(1, MakeUsage(1, 1, 1)); },
       "card \"a-1\": usage differs"},
      {"usage taken back twice",
       [](ClusterState& s) { s.Edit(0).ReleaseCard(0, MakeUsage(0, 1, 0)); },
       "card \"a-0\": usage differs"},
      {"kubelet count", [](ClusterState& s) { s.Edit(1).Book({}, 1); }, "kubelet count differs"},
      {"unaccounted count", [](ClusterState& s) { s.Edit(1).AddUnaccounted(1); },
       "unaccounted pods differs"},
      {"pod listed on no node", [](ClusterState& s) { s.bookings["x"].node = "a"; },
       "listed on no node"},
      {"listed pod that is not booked", [](ClusterState& s) { s.bookings.erase("p"); },
       "pod \"p\": listed on a node and not booked"},
      {"pod listed on another node",
       [](ClusterState& s) { s.bookings.find("p")->second.node = "b"; },
       "listed on a node it is not booked on"},
      {"pods out of order",
       [](ClusterState& s) { std::swap(s.entries[0]->pods[0], s.entries[0]->pods[1]); },
       "not sorted"},
      {"demand that is not the fold",
       [](ClusterState& s) { s.bookings.find("p")->second.demand[0].usage.memory = Mebibytes(1); },
       "not the fold"},
      {"unaccounted with an allocation",
       [](ClusterState& s) { s.bookings.find("p")->second.unaccounted = true; },
       "unaccounted and with an allocation"},
      {"product table", [](ClusterState& s) { s.types.Acquire(s.At(0).node().spec().gpus); },
       "counted uses differ"},
      {"product number",
       [](ClusterState& s) {
         NodeSpec spec = s.At(0).node().spec();
         for (Gpu& gpu : spec.gpus) gpu.type = "other";
         const CardTypeId types[] = {0, 0};
         s.Edit(0).Describe(std::make_shared<const NodeSpec>(std::move(spec)), types);
         s.Edit(0).Book(s.bookings.find("p")->second.demand, 1);
         s.Edit(0).Book(s.bookings.find("q")->second.demand, 1);
       },
       "names another product"},
      {"cards out of order",
       [](ClusterState& s) {
         NodeSpec spec = s.At(1).node().spec();
         std::swap(spec.gpus[0], spec.gpus[1]);
         const CardTypeId types[] = {0, 0};
         s.Edit(1).Describe(std::make_shared<const NodeSpec>(std::move(spec)), types);
         s.Edit(1).Book(s.bookings.find("r")->second.demand, 1);
       },
       "cards are not sorted"},
  });
}

TEST(InvariantsTest, CorruptIndexesAreFound) {
  ExpectFound({
      {"name that points elsewhere", [](ClusterState& s) { s.names.find("a")->second = 1; },
       "name index points elsewhere"},
      {"name without a node", [](ClusterState& s) { s.names["c"] = 0; },
       "names a node that does not exist"},
      {"taken position among the vacant", [](ClusterState& s) { s.vacant.insert(0); },
       "vacant and taken"},
      {"vacant position outside", [](ClusterState& s) { s.vacant.insert(9); }, "outside the table"},
      {"lost node", [](ClusterState& s) { s.entries[1] = nullptr; }, "vacant and taken"},
      {"kept for nothing", [](ClusterState& s) { s.FindOrAdd("c"); },
       "kept though unknown and empty"},
      {"published node changed behind the snapshot",
       [](ClusterState& s) {
         s.entries[0]->published = std::make_shared<const Node>(s.At(0).node());
       },
       "the snapshot shows another node"},
      {"unlisted dirty mark", [](ClusterState& s) { s.is_dirty[1] = true; }, "dirty marks"},
      {"dirty twice",
       [](ClusterState& s) {
         s.Edit(1);
         s.dirty.push_back(1);
       },
       "listed twice"},
      {"forgotten draft",
       [](ClusterState& s) {
         s.Edit(1);
         s.dirty.clear();
         s.is_dirty[1] = false;
       },
       "draft never published"},
  });
}

TEST(InvariantsTest, ASnapshotThatMissesChangesIsFound) {
  ClusterState state;
  Fill(state);
  state.Detach("p");
  EXPECT_TRUE(CheckState(state, 6).ok());
  EXPECT_THAT(std::string(CheckState(state, 5).message()), HasSubstr("changes are missing"));
  EXPECT_THAT(std::string(CheckState(state, 4).message()), HasSubstr("newer than the cluster"));
}

}  // namespace
}  // namespace tangram::model::internal
