// Our verdicts beside those that HAMi's own scheduler gave, over recorded clusters.
//
// $TANGRAM_DATA_DIR/hami/placements.jsonl holds one small cluster a line: nodes, pods in order of
// arrival, HAMi's verdict on every node for every pod, and what it wrote on the pod.
//
// Allowed, and each case checked by rules that share no code with ours (hami_rules.h):
//   - a pod of several cards or containers that HAMi's greedy order did not place and our search
//     does;
//   - a node on which HAMi v2.10.0 counts less than its pods hold: it lost the empty slots of pods
//     of several containers in writing (upstream issue 2899), and takes app containers for init
//     containers in reading;
//   - a pod with a sidecar, or a node that holds one: HAMi v2.10 takes it for an init container,
//     HAMi 2.11 and we add it to what runs beside it;
//   - a node whose allocatable count of devices is used up: HAMi leaves that to kube-scheduler.
// All else must agree (replay.h).
//
// On nodes with cards in MIG mode instances are made in HAMi's order of starts here, and where
// there is one card they must be the same instances. Allowed there besides: a pod whose init
// containers and app containers HAMi promises slices that overlap and are not the same instance,
// which its own plugin could not make.
#include "tests/differential/replay.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

namespace tangram::differential {
namespace {

TEST(PlacementsTest, AgreeWithHamisOwnVerdicts) {
  const char* folder = std::getenv("TANGRAM_DATA_DIR");
  if (folder == nullptr)
    GTEST_SKIP() << "TANGRAM_DATA_DIR is not set: no recorded verdicts to compare with";
  std::ifstream file(std::string(folder) + "/hami/placements.jsonl");
  ASSERT_TRUE(file.good()) << folder << "/hami/placements.jsonl cannot be read";
  Counts counts;
  std::string line;
  while (std::getline(file, line)) {
    if (line.empty()) continue;
    const Json cluster = Json::parse(line);
    Replay replay(cluster, counts);
    replay.Run();
    ASSERT_FALSE(HasFatalFailure()) << cluster["case"];
  }
  std::printf(
      "clusters %d, pods %d, verdicts %d\n"
      "  on nodes with a MIG card            %5d\n"
      "  both fit                            %5d\n"
      "  both refuse                         %5d\n"
      "  only we fit (allowed, rule-checked) %5d\n"
      "  only HAMi fits (promised twice)     %5d\n"
      "  only HAMi fits (counts less)        %5d\n"
      "  only HAMi fits (sidecar)            %5d\n"
      "  only HAMi fits (allocatable)        %5d\n"
      "  only HAMi fits                      %5d\n"
      "pods with more than 100 percent of a card's memory (we refuse them) %d\n"
      "single reasons compared %d, explained %d, different %d\n"
      "allocations %d: same text %d, with slots lost by issue 2899 %d\n"
      "reservations %d, of the same instances (one card) %d\n",
      counts.clusters, counts.pods, counts.verdicts, counts.on_mig_nodes, counts.both_fit,
      counts.both_refuse, counts.only_we_fit, counts.promised_twice, counts.counted_less,
      counts.sidecars, counts.allocatable, counts.only_hami_fits, counts.beyond_all,
      counts.reasons_compared, counts.reasons_explained, counts.reasons_differ, counts.allocations,
      counts.same_text, counts.lost_slots, counts.reservations, counts.same_instances);
  EXPECT_GT(counts.both_fit, 0);
  EXPECT_GT(counts.both_refuse, 0);
  EXPECT_EQ(counts.only_hami_fits, 0);
}

}  // namespace
}  // namespace tangram::differential
