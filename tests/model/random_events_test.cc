// 100,000 random events against the naive reference, with the full check after each of them.
//
// TANGRAM_SEED=<number> adds a run with that seed; a failure prints the seed of its round.
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "model/cluster.h"
#include "model/invariants.h"
#include "tests/support/random_events.h"
#include "tests/support/reference_cluster.h"

namespace tangram::model {
namespace {

using testing::RandomEvents;
using testing::RandomEventsOptions;
using testing::ReferenceCluster;

constexpr int kRounds = 100;
constexpr int kEventsPerRound = 1000;
constexpr HostBuckets kBuckets = {.cpu_milli = 1000, .memory_mib = 4096};

// The taken slices of a card, "?" when nobody can tell.
std::string SlicesOf(const Node& node, size_t card) {
  const int32_t state = node.cards()[card].used.mig_state;
  if (state == kMigUnclear) return "?";
  std::string text;
  if (node.mig_table(card) == nullptr) return text;
  const uint32_t mask = node.mig_table(card)->states().mask(static_cast<mig::StateId>(state));
  for (int slice = 0; slice < 16; ++slice) {
    if ((mask >> slice & 1u) != 0) absl::StrAppend(&text, slice, ",");
  }
  return text;
}

// One line per node and card that says everything a snapshot says about them.
std::string Render(const Node& node, const std::vector<CardType>& types) {
  std::string text = absl::StrCat(
      node.name(), " known=", node.known() ? 1 : 0, " kubelet=", node.kubelet_gpus(),
      " unaccounted=", node.unaccounted_pods(), " ignored=", node.ignored_pods(),
      " cpu=", node.host_used().cpu_milli, " memory=", node.host_used().memory_mib, "\n");
  for (size_t i = 0; i < node.cards().size(); ++i) {
    const Card& card = node.cards()[i];
    const CardType& type = types[card.type];
    absl::StrAppend(&text, "  ", node.spec().gpus[i].uuid, " ", type.type, " ", type.mode, " ",
                    ToAbsl(model::VendorName(type.vendor)), " ", card.used.slots.value(), "/",
                    card.slots.value(), " ");
    absl::StrAppend(&text, card.used.memory.value(), "/", card.memory.value(), " ",
                    card.used.cores.value(), "/", card.cores.value(), " numa=", card.numa,
                    " slices=", SlicesOf(node, i), card.healthy ? " healthy" : " ill",
                    card.cordoned ? " cordoned\n" : "\n");
  }
  for (size_t i = 0; i < node.spec().pools.size(); ++i) {
    const Pool& pool = node.spec().pools[i];
    absl::StrAppend(&text, "  ", pool.resource, " ", node.pool_used()[i], "/", pool.count, "\n");
  }
  return text;
}

std::string Render(const Snapshot& snapshot) {
  std::string text = absl::StrCat("version ", snapshot.version(), "\n");
  for (NodeIndex i = 0; i < snapshot.capacity(); ++i) {
    const Node* node = snapshot.At(i);
    if (node == nullptr) continue;
    absl::StrAppend(&text, i, "=", snapshot.Find(node->name()), " ",
                    Render(*node, snapshot.card_types()));
  }
  return text;
}

// The same text for a node of the reference.
std::string Render(const ReferenceCluster& reference, const std::string& name) {
  const auto spec = reference.nodes().find(name);
  const bool known = spec != reference.nodes().end();
  std::string text = absl::StrCat(
      name, " known=", known ? 1 : 0, " kubelet=", reference.KubeletGpusOn(name),
      " unaccounted=", reference.UnaccountedOn(name),
      " ignored=", reference.UnaccountedOn(name, true), " cpu=", reference.HostOn(name).cpu_milli,
      " memory=", reference.HostOn(name).memory_mib, "\n");
  if (!known) return text;
  std::map<std::string, ReferenceCluster::Usage> usage = reference.UsageOn(name);
  for (const Gpu& gpu : spec->second.gpus) {
    const ReferenceCluster::Usage& used = usage[gpu.uuid];
    absl::StrAppend(&text, "  ", gpu.uuid, " ", gpu.type, " ", gpu.mode, " ",
                    ToAbsl(model::VendorName(gpu.vendor)), " ", used.slots, "/", gpu.slots.value(),
                    " ");
    absl::StrAppend(&text, used.memory_mib, "/", gpu.memory.value(), " ", used.cores, "/",
                    gpu.cores.value(), " numa=", gpu.numa,
                    " slices=", reference.SlicesOn(name, gpu), gpu.healthy ? " healthy" : " ill",
                    gpu.cordoned ? " cordoned\n" : "\n");
  }
  std::map<std::string, int64_t> counts = reference.CountsOn(name);
  for (const Pool& pool : spec->second.pools) {
    absl::StrAppend(&text, "  ", pool.resource, " ", counts[pool.resource], "/", pool.count, "\n");
  }
  return text;
}

// One round: a cluster and its reference under the same stream.
class Round {
 public:
  explicit Round(const RandomEventsOptions& options) : events_(options) {}

  void Run() {
    for (int i = 0; i < kEventsPerRound; ++i) {
      SCOPED_TRACE(absl::StrCat("event ", i));
      Step(events_.Next());
      if (i % 50 == 0) CompareAll();
      if (::testing::Test::HasFailure()) return;
    }
    CompareAll();
    Rebuild();
    for (const auto& [snapshot, text] : kept_) EXPECT_EQ(Render(snapshot), text);
  }

  int refused() const { return refused_; }
  int unchanged() const { return unchanged_; }
  int made_room() const { return made_room_; }

 private:
  void Step(const Event& event) {
    const uint64_t version = cluster_.version();
    const ReferenceCluster::Verdict expected = reference_.Apply(event);
    const absl::StatusOr<Change> change = cluster_.Apply(event);
    ASSERT_EQ(change.ok(), expected.accepted) << change.status();
    const absl::Status status = CheckInvariants(cluster_);
    ASSERT_TRUE(status.ok()) << status;
    ASSERT_EQ(cluster_.version(), version + (expected.changed ? 1 : 0));
    ASSERT_EQ(cluster_.booking_count(), reference_.pods().size());
    if (!change.ok()) {
      ++refused_;
      return;
    }
    EXPECT_EQ(change->changed, expected.changed);
    EXPECT_EQ(change->made_room, expected.made_room);
    unchanged_ += change->changed ? 0 : 1;
    made_room_ += change->made_room ? 1 : 0;
    // Not after every event, so that several changes meet in one publication.
    if (!events_.Chance(50)) return;
    const Snapshot& snapshot = cluster_.snapshot();
    const Node* node = change->node == kNoNode ? nullptr : snapshot.At(change->node);
    if (node != nullptr) {
      EXPECT_EQ(Render(*node, snapshot.card_types()), Render(reference_, node->name()));
    }
    if (events_.Chance(2)) kept_.emplace_back(snapshot, Render(snapshot));
    if (kept_.size() > 4) {
      EXPECT_EQ(Render(kept_.front().first), kept_.front().second);
      kept_.pop_front();
    }
  }

  // Every node and pod against the reference.
  void CompareAll() {
    const Snapshot& snapshot = cluster_.snapshot();
    std::set<std::string> names;
    for (NodeIndex i = 0; i < snapshot.capacity(); ++i) {
      if (const Node* node = snapshot.At(i); node != nullptr) names.insert(node->name());
    }
    const std::set<std::string> dra(snapshot.dra_resources().begin(),
                                    snapshot.dra_resources().end());
    EXPECT_EQ(dra, reference_.dra_resources());
    EXPECT_EQ(names, reference_.Names());
    for (const std::string& name : names) {
      const Node& node = *snapshot.At(snapshot.Find(name));
      EXPECT_EQ(Render(node, snapshot.card_types()), Render(reference_, name));
      EXPECT_EQ(cluster_.PodsOn(name), reference_.PodsOn(name));
    }
    for (const auto& [uid, pod] : reference_.pods()) {
      const Booking* booking = cluster_.FindBooking(uid);
      ASSERT_NE(booking, nullptr) << uid;
      EXPECT_EQ(booking->node, pod.node);
      EXPECT_EQ(booking->allocation, pod.allocation);
      EXPECT_EQ(booking->unaccounted, pod.unaccounted);
      EXPECT_EQ(booking->counted, pod.counted);
    }
  }

  // A cluster that hears only of the final objects, pods first, arrives at the same books.
  void Rebuild() {
    Cluster restarted(kBuckets);
    for (const auto& [uid, pod] : reference_.pods()) {
      const Event event =
          pod.unaccounted ? Event(PodUnaccounted{uid, pod.node, pod.kubelet_gpus, pod.host,
                                                 pod.counted, pod.ignored})
                          : Event(PodBooked{uid, pod.node, pod.allocation, pod.init_finished,
                                            pod.kubelet_gpus, pod.host, pod.counted, pod.ignored});
      ASSERT_TRUE(restarted.Apply(event).ok());
    }
    for (const auto& [name, spec] : reference_.nodes()) {
      ASSERT_TRUE(restarted.Apply(NodeUpserted{spec}).ok());
    }
    ASSERT_TRUE(CheckInvariants(restarted).ok()) << CheckInvariants(restarted);
    const Snapshot& snapshot = restarted.snapshot();
    for (const std::string& name : reference_.Names()) {
      EXPECT_EQ(Render(*snapshot.At(snapshot.Find(name)), snapshot.card_types()),
                Render(reference_, name));
    }
  }

  RandomEvents events_;
  Cluster cluster_{kBuckets};
  ReferenceCluster reference_;
  std::deque<std::pair<Snapshot, std::string>> kept_;
  int refused_ = 0;
  int unchanged_ = 0;
  int made_room_ = 0;
};

void RunSeed(uint64_t seed) {
  int refused = 0;
  int unchanged = 0;
  int made_room = 0;
  for (uint64_t round = 0; round < kRounds; ++round) {
    RandomEventsOptions options;
    options.seed = seed + round;
    // Mostly tiny clusters, where everything collides; some of a fair size.
    const bool large = round % 20 == 0;
    options.nodes = large ? 30 : static_cast<int>(1 + (round * 7) % 9);
    options.cards = large ? 8 : static_cast<int>(1 + (round * 3) % 8);
    options.pods = large ? 200 : static_cast<int>(2 + (round * 13) % 25);
    SCOPED_TRACE(absl::StrCat("TANGRAM_SEED=", seed, " round ", round));
    Round run(options);
    run.Run();
    if (::testing::Test::HasFailure()) return;
    refused += run.refused();
    unchanged += run.unchanged();
    made_room += run.made_room();
  }
  // The stream must reach each kind of outcome often, or it tests less than it says.
  EXPECT_GT(refused, kRounds * kEventsPerRound / 100);
  EXPECT_GT(unchanged, kRounds * kEventsPerRound / 50);
  EXPECT_GT(made_room, kRounds * kEventsPerRound / 20);
}

TEST(RandomEventsTest, HundredThousandEventsAgreeWithTheReference) { RunSeed(20250607); }

TEST(RandomEventsTest, TheSeedOfTheEnvironmentAgreesToo) {
  const char* text = std::getenv("TANGRAM_SEED");
  if (text == nullptr) GTEST_SKIP() << "TANGRAM_SEED is not set";
  uint64_t seed = 0;
  ASSERT_TRUE(absl::SimpleAtoi(text, &seed)) << "TANGRAM_SEED is no number: " << text;
  RunSeed(seed);
}

}  // namespace
}  // namespace tangram::model
