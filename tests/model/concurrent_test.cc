// Readers of snapshots beside writers of events. Says most under ThreadSanitizer.
#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "model/cluster.h"
#include "model/invariants.h"
#include "model/mutex.h"
#include "tests/support/model_builders.h"
#include "tests/support/random_events.h"

namespace tangram::model {
namespace {

using testing::MakeBooking;
using testing::RandomEvents;
using testing::RandomEventsOptions;

// A cluster as its one owner keeps it: events under a mutex, snapshots handed out by copy.
class GuardedCluster {
 public:
  void Apply(const Event& event) {
    const MutexLock lock(mutex_);
    static_cast<void>(cluster_.Apply(event));
  }
  Snapshot snapshot() {
    const MutexLock lock(mutex_);
    return cluster_.snapshot();
  }
  absl::Status Check() {
    const MutexLock lock(mutex_);
    return CheckInvariants(cluster_);
  }

 private:
  Mutex mutex_;
  Cluster cluster_ TANGRAM_GUARDED_BY(mutex_);
};

// Reads all of a snapshot and returns what contradicts itself in it, or "".
std::string Contradiction(const Snapshot& snapshot) {
  for (NodeIndex i = 0; i < snapshot.capacity(); ++i) {
    const Node* node = snapshot.At(i);
    if (node == nullptr) continue;
    if (snapshot.Find(node->name()) != i) return node->name() + ": found elsewhere";
    if (node->cards().size() != node->spec().gpus.size()) return node->name() + ": cards";
    NodeTotals totals;
    for (size_t c = 0; c < node->cards().size(); ++c) {
      const Card& card = node->cards()[c];
      const Gpu& gpu = node->spec().gpus[c];
      if (snapshot.card_types()[card.type] != CardType::Of(gpu)) {
        return gpu.uuid + ": type";
      }
      if (card.used.slots < Slots(0) || card.used.memory < Mebibytes(0)) return gpu.uuid + ": used";
      totals.slots += card.slots.value();
      totals.slots_used += card.used.slots.value();
      totals.memory_mib += card.memory.value();
      totals.memory_used_mib += card.used.memory.value();
      totals.cores += card.cores.value();
      totals.cores_used += card.used.cores.value();
    }
    if (totals != node->totals()) return node->name() + ": totals";
  }
  return "";
}

TEST(ConcurrentTest, ReadersSeeConsistentSnapshotsWhileEventsAreApplied) {
  constexpr int kEvents = 5000;
  constexpr int kReaders = 3;
  GuardedCluster cluster;
  std::atomic<bool> done = false;
  std::atomic<int> reads = 0;
  std::vector<std::string> findings(kReaders);

  std::vector<std::thread> readers;
  for (size_t r = 0; r < kReaders; ++r) {
    readers.emplace_back([&, r] {
      uint64_t version = 0;
      while (!done.load() && findings[r].empty()) {
        const Snapshot snapshot = cluster.snapshot();
        if (snapshot.version() < version) findings[r] = "a version went back";
        version = snapshot.version();
        if (findings[r].empty()) findings[r] = Contradiction(snapshot);
        reads.fetch_add(1);
      }
    });
  }
  // A watch, and a verb that books what it saw free a moment ago.
  std::thread watch([&] {
    RandomEventsOptions options;
    options.seed = 7;
    RandomEvents events(options);
    for (int i = 0; i < kEvents; ++i) cluster.Apply(events.Next());
  });
  std::thread verb([&] {
    for (int i = 0; i < kEvents / 10; ++i) {
      const Snapshot snapshot = cluster.snapshot();
      const std::string uid = "bound-" + std::to_string(i % 50);
      const std::vector<const Node*> nodes = snapshot.NodesByName();
      if (nodes.empty() || i % 3 == 0) {
        cluster.Apply(PodReleased{uid});
        continue;
      }
      const Node& node = *nodes[static_cast<size_t>(i) % nodes.size()];
      if (node.cards().empty()) continue;
      cluster.Apply(MakeBooking(uid, node.name(), node.spec().gpus[0].uuid, 10));
    }
  });
  watch.join();
  verb.join();
  done.store(true);
  for (std::thread& reader : readers) reader.join();
  for (const std::string& finding : findings) EXPECT_EQ(finding, "");
  EXPECT_GT(reads.load(), kReaders);
  EXPECT_TRUE(cluster.Check().ok()) << cluster.Check();
}

}  // namespace
}  // namespace tangram::model
