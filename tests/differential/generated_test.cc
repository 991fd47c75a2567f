// Recordings of our own making, with what HAMi v2.10.0 makes of pods of several containers: it
// loses their empty slots in writing, and takes sidecars for init containers. Every difference to
// our verdicts must be of a kind that is explained (replay.h); and our fit must agree with trying
// every choice of cards by the rules.
#include <cstdint>
#include <string>
#include <vector>

#include "tests/differential/replay.h"
#include "tests/support/dice.h"

namespace tangram::differential {
namespace {

using tangram::testing::Dice;

Json MakeNode(Dice& dice, const std::string& name) {
  Json cards = Json::array();
  int64_t slots = 0;
  const int count = 1 + dice.Pick(4);
  for (int i = 0; i < count; ++i) {
    const int share = 1 + dice.Pick(4);
    slots += share;
    cards.push_back({{"id", name + "-card" + std::to_string(i)},
                     {"count", share},
                     {"devmem", dice.Chance(50) ? 24000 : 40000},
                     {"devcore", 100},
                     {"type", dice.Chance(70) ? "NVIDIA A10" : "NVIDIA L40"},
                     {"mode", "hami-core"},
                     {"index", i},
                     {"numa", i / 2},
                     {"health", dice.Chance(95)}});
  }
  return {{"name", name},
          {"annotations", {{"hami.io/node-nvidia-register", cards.dump()}}},
          {"allocatable", {{"nvidia.com/gpu", std::to_string(slots)}}}};
}

Json MakeContainer(Dice& dice, const std::string& name) {
  Json container = {{"name", name}, {"resources", Json::object()}};
  if (dice.Chance(35)) return container;
  Json limits = {{"nvidia.com/gpu", dice.Chance(75) ? "1" : "2"}};
  if (dice.Chance(80)) limits["nvidia.com/gpumem"] = std::to_string(1 + dice.Pick(20)) + "k";
  if (dice.Chance(40)) {
    limits["nvidia.com/gpucores"] = dice.Chance(20) ? "100" : std::to_string(dice.Pick(60));
  }
  container["resources"]["limits"] = limits;
  return container;
}

Json MakePod(Dice& dice, const std::string& name) {
  Json spec = {{"containers", Json::array()}};
  const int init = dice.Chance(50) ? 1 + dice.Pick(3) : 0;
  for (int i = 0; i < init; ++i) {
    Json container = MakeContainer(dice, "i" + std::to_string(i));
    if (dice.Chance(40)) container["restartPolicy"] = "Always";
    spec["initContainers"].push_back(std::move(container));
  }
  const int apps = 1 + dice.Pick(3);
  for (int i = 0; i < apps; ++i) {
    spec["containers"].push_back(MakeContainer(dice, "a" + std::to_string(i)));
  }
  Json metadata = {{"name", name}, {"namespace", "default"}, {"uid", "uid-" + name}};
  if (dice.Chance(15)) metadata["annotations"]["nvidia.com/use-gputype"] = "L40";
  if (dice.Chance(15)) metadata["annotations"]["nvidia.com/numa-bind"] = "true";
  return {{"metadata", metadata}, {"spec", spec}};
}

std::string WordOf(const std::string& rule) {
  if (rule == "health") return "CardNotHealth";
  if (rule == "use-gputype") return "CardTypeMismatch";
  if (rule == "slots") return "CardTimeSlicingExhausted";
  if (rule == "memory") return "CardInsufficientMemory";
  if (rule == "cores") return "CardInsufficientCore";
  if (rule == "cores all taken") return "CardComputeUnitsExhausted";
  return "ExclusiveDeviceAllocateConflict";
}

using Chosen = std::vector<std::vector<std::string>>;

// HAMi v2.10's way: container after container, the first cards that pass, no turning back. Its
// verdict; and the cards by container when it is "".
std::string Verdict(const RecordedNode& node, const Json& pod, Chosen* chosen) {
  UsedByCard running = node.used(Count::kHami);
  const size_t candidates = node.cards().size();
  chosen->clear();
  for (const Asked& asked : ReadContainers(pod)) {
    std::vector<std::string>& cards = chosen->emplace_back();
    if (asked.count == 0) continue;
    if (static_cast<size_t>(asked.count) > candidates) return "NodeInsufficientDevice";
    const UsedByCard& books = asked.in_init_list ? node.used(Count::kHami) : running;
    std::map<std::string, int> reasons;
    std::vector<std::string> passing;
    for (const auto& [uuid, card] : node.cards()) {
      const std::string rule = node.BrokenOnCard(pod, asked, uuid, books);
      if (rule.empty()) {
        passing.push_back(uuid);
      } else {
        ++reasons[WordOf(rule)];
      }
    }
    std::string numa_broken = "NUMA";
    for (size_t first = 0; first + static_cast<size_t>(asked.count) <= passing.size(); ++first) {
      cards.assign(passing.begin() + static_cast<ptrdiff_t>(first),
                   passing.begin() + static_cast<ptrdiff_t>(first) + asked.count);
      numa_broken = node.Take(pod, asked, cards, Count::kHami, &running);
      if (numa_broken.empty()) break;
    }
    if (numa_broken.empty()) continue;
    // What it says of cards that pass depends on NUMA nodes; two reasons are never compared.
    std::string text;
    if (!passing.empty()) ++reasons["AllocatedCardsInsufficientRequest"], ++reasons["NumaNotFit"];
    for (const auto& [word, count] : reasons) {
      text += (text.empty() ? "" : ", ") + std::to_string(count) + "/" +
              std::to_string(candidates) + " " + word;
    }
    return text;
  }
  return "";
}

// The allocation as HAMi v2.10.0 writes it.
std::string WithLostSlots(const RecordedNode& node, const Json& pod, const Chosen& chosen) {
  const std::vector<Asked> asked = ReadContainers(pod);
  std::string text;
  for (size_t i = 0; i < asked.size(); ++i) {
    for (const std::string& uuid : chosen[i]) {
      text += uuid + ",NVIDIA," + std::to_string(node.MemoryOf(asked[i], uuid)) + "," +
              std::to_string(asked[i].cores) + ":";
    }
    if (!chosen[i].empty()) text += ";";
  }
  return text;
}

Json MakeRecording(uint64_t seed) {
  Dice dice(seed);
  Json line = {{"case", "g" + std::to_string(seed)}};
  std::vector<RecordedNode> nodes;
  for (int i = 0; i < 3; ++i) {
    line["nodes"].push_back(MakeNode(dice, "n" + std::to_string(i)));
    nodes.emplace_back(line["nodes"].back());
  }
  for (int i = 0; i < 10; ++i) {
    const Json pod = MakePod(dice, "p" + std::to_string(i));
    Json step = {{"pod", pod}, {"chosen", nullptr}, {"annotations", Json::object()}};
    size_t taken = nodes.size();
    Chosen cards;
    for (size_t n = 0; n < nodes.size(); ++n) {
      Chosen chosen;
      const std::string verdict = Verdict(nodes[n], pod, &chosen);
      step["fit"]["n" + std::to_string(n)] = verdict;
      if (!verdict.empty() || taken < nodes.size()) continue;
      taken = n;
      cards = chosen;
    }
    if (taken < nodes.size()) {
      step["chosen"] = "n" + std::to_string(taken);
      step["annotations"]["hami.io/vgpu-node"] = step["chosen"];
      const std::string text = WithLostSlots(nodes[taken], pod, cards);
      if (!text.empty()) step["annotations"]["hami.io/vgpu-devices-allocated"] = text;
      nodes[taken].Book(ReadContainers(pod), text);
    }
    line["pods"].push_back(std::move(step));
  }
  return line;
}

TEST(GeneratedTest, EveryDifferenceOnPodsOfSeveralContainersIsExplained) {
  Counts counts;
  for (uint64_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE(seed);
    const Json line = MakeRecording(seed);
    Replay replay(line, counts);
    replay.Run();
    if (::testing::Test::HasFailure()) break;
  }
  EXPECT_GT(counts.both_fit, 500);
  EXPECT_GT(counts.both_refuse, 500);
  EXPECT_GT(counts.counted_less, 10);
  EXPECT_GT(counts.sidecars, 5);
  EXPECT_GT(counts.allocatable, 5);
  EXPECT_GT(counts.lost_slots, 100);
  EXPECT_GT(counts.reasons_compared, 50);
  EXPECT_EQ(counts.only_hami_fits, 0);
}

TEST(GeneratedTest, OurFitIsThatOfTryingEveryChoiceByTheRules) {
  int fits = 0, refused = 0;
  for (uint64_t seed = 1001; seed <= 1080; ++seed) {
    SCOPED_TRACE(seed);
    const Json line = MakeRecording(seed);
    model::Cluster cluster;
    std::map<std::string, RecordedNode> nodes;
    for (const Json& node : line["nodes"]) {
      const Json object = {
          {"metadata", {{"name", node["name"]}, {"annotations", node["annotations"]}}},
          {"status", {{"allocatable", {{"nvidia.com/gpu", "1k"}}}}}};
      const auto observed = api::hami::DecodeNode(object.dump());
      ASSERT_TRUE(observed.ok()) << observed.status();
      ASSERT_TRUE(cluster.Apply(model::NodeUpserted{observed->spec}).ok());
      nodes.emplace(node["name"].get<std::string>(), RecordedNode(node));
    }
    for (const Json& step : line["pods"]) {
      const auto pod = api::hami::DecodePod(step["pod"].dump());
      ASSERT_TRUE(pod.ok()) << pod.status();
      const model::Snapshot snapshot = cluster.snapshot();
      std::string taken;
      model::Allocation allocation;
      for (const auto& [name, recorded] : nodes) {
        const model::Node& node = *snapshot.At(snapshot.Find(name));
        const scheduler::CompiledRequest request(pod->request, snapshot,
                                                 scheduler::CardPolicy::Parse("spread"));
        scheduler::Placement placement;
        const bool ours = Fit(request, node, &placement).fits;
        ASSERT_EQ(ours, recorded.AnyFits(step["pod"], Count::kTrue)) << pod->id.name << name;
        ++(ours ? fits : refused);
        if (!ours || pod->request.empty()) continue;
        taken = name;
        allocation = MakeAllocation(request, node, placement);
      }
      if (taken.empty()) continue;
      const std::string text = api::hami::EncodeAssignment(allocation);
      nodes.at(taken).Book(ReadContainers(step["pod"]), text);
      ASSERT_TRUE(cluster.Apply(model::PodBooked{pod->id.uid, taken, allocation}).ok());
      // The books are those of the rules.
      const model::Snapshot after = cluster.snapshot();
      const model::Node& node = *after.At(after.Find(taken));
      for (size_t card = 0; card < node.cards().size(); ++card) {
        const Used& used = nodes.at(taken).used(Count::kTrue).at(node.spec().gpus[card].uuid);
        EXPECT_EQ(node.cards()[card].used.slots.value(), used.slots) << text;
        EXPECT_EQ(node.cards()[card].used.memory.value(), used.memory) << text;
        EXPECT_EQ(node.cards()[card].used.cores.value(), used.cores) << text;
      }
    }
  }
  EXPECT_GT(fits, 300);
  EXPECT_GT(refused, 300);
}

}  // namespace
}  // namespace tangram::differential
