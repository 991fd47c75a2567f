// Snapshots stay as they were, and share what did not change.
#include "model/snapshot.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "model/cluster.h"
#include "tests/support/model_builders.h"

namespace tangram::model {
namespace {

using testing::MakeBooking;
using testing::MakeGpu;
using testing::MakeNode;
using testing::MakeUsage;

void Apply(Cluster& cluster, const Event& event) {
  const absl::StatusOr<Change> change = cluster.Apply(event);
  ASSERT_TRUE(change.ok()) << change.status();
}

std::string Name(int i) { return "node-" + std::to_string(i); }

void AddNodes(Cluster& cluster, int count) {
  for (int i = 0; i < count; ++i) Apply(cluster, NodeUpserted{MakeNode(Name(i), 2, 1000)});
}

TEST(SnapshotTest, AnOldSnapshotDoesNotChange) {
  Cluster cluster;
  AddNodes(cluster, 3);
  Apply(cluster, MakeBooking("p", Name(1), Name(1) + "-0", 300));
  const Snapshot old = cluster.snapshot();
  const NodeIndex one = old.Find(Name(1));

  Apply(cluster, MakeBooking("q", Name(1), Name(1) + "-0", 300));
  Apply(cluster, PodReleased{"p"});
  Apply(cluster, NodeRemoved{Name(2)});
  Apply(cluster, NodeUpserted{MakeNode("fresh", {MakeGpu("T")})});
  Apply(cluster, NodeUpserted{MakeNode(Name(0), 1, 5)});
  const Snapshot young = cluster.snapshot();

  EXPECT_EQ(old.version(), 4u);
  EXPECT_EQ(old.NodesByName().size(), 3u);
  EXPECT_EQ(old.At(one)->cards()[0].used, MakeUsage(1, 300, 0));
  EXPECT_NE(old.Find(Name(2)), kNoNode);
  EXPECT_EQ(old.Find("fresh"), kNoNode);
  EXPECT_EQ(old.At(old.Find(Name(0)))->cards().size(), 2u);

  EXPECT_EQ(young.version(), 9u);
  EXPECT_EQ(young.Find(Name(2)), kNoNode);
  EXPECT_EQ(young.At(young.Find("fresh"))->name(), "fresh");
  EXPECT_EQ(young.At(young.Find(Name(0)))->cards().size(), 1u);
}

TEST(SnapshotTest, SnapshotsShareUntouchedNodes) {
  Cluster cluster;
  AddNodes(cluster, 200);
  const Snapshot before = cluster.snapshot();
  Apply(cluster, MakeBooking("p", Name(77), Name(77) + "-1", 300));
  const Snapshot after = cluster.snapshot();
  ASSERT_EQ(before.capacity(), after.capacity());
  int differing = 0;
  for (NodeIndex i = 0; i < before.capacity(); ++i) {
    if (before.At(i) != after.At(i)) {
      ++differing;
      EXPECT_EQ(i, after.Find(Name(77)));
    }
  }
  EXPECT_EQ(differing, 1);
  EXPECT_EQ(&before.card_types(), &after.card_types());
}

TEST(SnapshotTest, NothingNewGivesTheSameNodes) {
  Cluster cluster;
  AddNodes(cluster, 5);
  const Snapshot before = cluster.snapshot();
  Apply(cluster, NodeUpserted{MakeNode(Name(3), 2, 1000)});
  const Snapshot after = cluster.snapshot();
  EXPECT_EQ(before.version(), after.version());
  for (NodeIndex i = 0; i < before.capacity(); ++i) EXPECT_EQ(before.At(i), after.At(i));
}

TEST(SnapshotTest, ALiveNodeIsNotThePublishedOneOnceItChanged) {
  Cluster cluster;
  AddNodes(cluster, 1);
  const Snapshot before = cluster.snapshot();
  EXPECT_EQ(cluster.FindNode(Name(0)), before.At(0));
  Apply(cluster, MakeBooking("p", Name(0), Name(0) + "-1", 300));
  EXPECT_NE(cluster.FindNode(Name(0)), before.At(0));
  EXPECT_EQ(before.At(0)->totals().memory_used_mib, 0);
}

TEST(SnapshotTest, NodesByNameAreSortedAndKnown) {
  Cluster cluster;
  for (const char* name : {"c", "a", "b"}) Apply(cluster, NodeUpserted{MakeNode(name, 1)});
  Apply(cluster, MakeBooking("p", "absent", "x", 1));
  std::vector<std::string> names;
  for (const Node* node : cluster.snapshot().NodesByName()) names.push_back(node->name());
  EXPECT_EQ(names, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_NE(cluster.snapshot().Find("absent"), kNoNode);
}

TEST(SnapshotTest, ASnapshotOutlivesItsCluster) {
  Snapshot snapshot;
  EXPECT_EQ(snapshot.capacity(), 0u);
  EXPECT_EQ(snapshot.Find("n"), kNoNode);
  EXPECT_TRUE(snapshot.card_types().empty());
  {
    Cluster cluster;
    AddNodes(cluster, 70);
    snapshot = cluster.snapshot();
  }
  EXPECT_EQ(snapshot.NodesByName().size(), 70u);
  EXPECT_EQ(snapshot.capacity(), 2 * Snapshot::kChunk);
}

}  // namespace
}  // namespace tangram::model
