// Instances on cards in MIG mode: what a container gets, and that fit says yes exactly when trying
// everything does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "model/cluster.h"
#include "scheduler/fit.h"
#include "tests/scheduler/fit_world.h"
#include "tests/support/dice.h"
#include "tests/support/model_builders.h"

namespace tangram::scheduler {
namespace {

using testing::Dice;
using ::testing::ElementsAre;
using testing::MakeGpu;
using testing::MakeMigGpu;
using testing::MakeMigShare;
using testing::MakeNode;
using testing::MigProfiles4;
using testing::MigProfiles8;

model::ContainerRequest ByProfile(int32_t count, const std::string& profile) {
  model::ContainerRequest container = Container(count, 0);
  container.mig_profile = profile;
  return container;
}

class MigWorld {
 public:
  explicit MigWorld(std::vector<model::Gpu> gpus) {
    Apply(model::NodeUpserted{MakeNode("n", std::move(gpus))});
  }
  void Apply(const model::Event& event) {
    const auto change = cluster_.Apply(event);
    ASSERT_TRUE(change.ok()) << change.status();
  }
  void Cut(const std::string& uuid, size_t profile, size_t placement) {
    model::PodBooked pod;
    pod.uid = "used-" + std::to_string(++pods_);
    pod.node = "n";
    pod.allocation.slots = {testing::AppSlot({MakeMigShare(
        uuid, cluster_.FindNode("n")->spec().gpus[0].mig_profiles[profile], placement)})};
    Apply(pod);
  }
  const model::Node& node() { return *cluster_.FindNode("n"); }

  // "a 1g.10gb@6, b share; ..." by container, or the words of the refusal.
  std::string Place(const model::PodRequest& request, bool* resolvable = nullptr) {
    const CompiledRequest compiled(request, cluster_.snapshot(), CardPolicy::Parse("spread"));
    Placement placement;
    const FitAnswer answer = Fit(compiled, node(), &placement);
    EXPECT_EQ(Fit(compiled, node(), nullptr).fits, answer.fits);
    if (resolvable != nullptr) *resolvable = answer.resolvable;
    if (!answer.fits) return Words(answer.reasons);
    allocation = MakeAllocation(compiled, node(), placement);
    std::string text;
    for (const model::AllocationSlot& slot : allocation.slots) {
      for (const model::CardShare& share : slot.shares) {
        text += share.uuid + " ";
        text += share.instance.has_value() ? share.instance->profile + "@" +
                                                 std::to_string(share.instance->placement.start)
                                           : "share";
        text += ",";
      }
      text += ";";
    }
    // What is booked is what TakenBy says, and leaves every card clear.
    model::Node booked = node();
    booked.Book(model::FoldDemand(allocation, false), 0);
    model::Node taken = node();
    for (const CardTake& take : TakenBy(compiled, node(), placement)) {
      taken.BookCard(take.card, take.usage, take.placements);
    }
    for (size_t i = 0; i < booked.cards().size(); ++i) {
      EXPECT_EQ(booked.cards()[i], taken.cards()[i]) << text;
      EXPECT_NE(booked.cards()[i].used.mig_state, model::kMigUnclear) << text;
    }
    return text;
  }

  model::Allocation allocation;

 private:
  model::Cluster cluster_;
  int pods_ = 0;
};

TEST(MigFitTest, MemoryIsServedByTheSmallestProfileThatHoldsIt) {
  MigWorld world({MakeMigGpu("a")});
  EXPECT_EQ(world.Place(Pod({Container(1, 1)})).substr(0, 9), "a 1g.10gb");
  EXPECT_EQ(world.Place(Pod({Container(1, 9729)})).substr(0, 9), "a 2g.20gb");
  EXPECT_EQ(world.Place(Pod({ByPercent(1, 49)})).substr(0, 9), "a 3g.40gb");
  EXPECT_EQ(world.Place(Pod({Container(1, 81152)})), "a 7g.80gb@0,;");
  EXPECT_EQ(world.allocation.slots[0].shares[0].memory, model::Mebibytes(81152));
  bool resolvable = true;
  EXPECT_EQ(world.Place(Pod({ByPercent(1, 100)}), &resolvable), "CardMigTopologyInfeasible")
      << "a whole card has more memory than its largest profile";
  EXPECT_FALSE(resolvable);
}

TEST(MigFitTest, TheProfileIsBookedAndNotTheRequest) {
  MigWorld world({MakeMigGpu("a")});
  world.Place(Pod({Container(1, 3000, 5)}));
  const model::CardShare& share = world.allocation.slots[0].shares[0];
  EXPECT_EQ(share.memory, model::Mebibytes(9728));
  EXPECT_EQ(share.cores, model::CorePercent(15));
}

TEST(MigFitTest, APlaceThatIsTakenInPartIsTaken) {
  MigWorld world({MakeMigGpu("a")});
  world.Cut("a", 2, 0);
  world.Cut("a", 0, 4);
  world.Cut("a", 0, 5);
  EXPECT_EQ(world.Place(Pod({ByProfile(1, "2g.20gb")})), "CardMigTopologyInfeasible");
  EXPECT_EQ(world.Place(Pod({Container(1, 5000)})), "a 1g.10gb@6,;");
}

TEST(MigFitTest, AProfileByNameIsThatProfile) {
  MigWorld world({MakeMigGpu("a"), MakeGpu("plain", 81920)});
  EXPECT_EQ(world.Place(Pod({ByProfile(1, "3g.40gb")})).substr(0, 9), "a 3g.40gb");
  EXPECT_EQ(world.Place(Pod({ByProfile(2, "3g.40gb")})), "a 3g.40gb@0,a 3g.40gb@4,;");
  bool resolvable = true;
  EXPECT_EQ(world.Place(Pod({ByProfile(1, "4g.40gb")}), &resolvable), "CardMigProfileUnknown");
  EXPECT_FALSE(resolvable);
  EXPECT_EQ(world.Place(Pod({ByProfile(1, "no profile at all")}), &resolvable),
            "CardMigProfileUnknown");
  EXPECT_FALSE(resolvable);
  EXPECT_EQ(world.Place(Pod({ByProfile(3, "3g.40gb")}), &resolvable),
            "CardMigProfileUnknown CardMigTopologyInfeasible AllocatedCardsInsufficientRequest");
  EXPECT_FALSE(resolvable);
}

// More cards than the search is complete for, and more instances than a byte counts.
TEST(MigFitTest, NodesOfManyCutCardsServeWhatFits) {
  std::vector<model::Gpu> gpus;
  for (size_t i = 0; i < 40; ++i) gpus.push_back(MakeMigGpu(CardUuid(i)));
  MigWorld world(std::move(gpus));
  world.Place(Pod({ByProfile(280, "1g.10gb")}));
  ASSERT_EQ(world.allocation.slots.size(), 1u);
  EXPECT_EQ(world.allocation.slots[0].shares.size(), 280u);
  std::set<std::pair<std::string, int32_t>> places;
  for (const model::CardShare& share : world.allocation.slots[0].shares) {
    EXPECT_TRUE(places.emplace(share.uuid, share.instance->placement.start).second);
  }
  EXPECT_EQ(world.Place(Pod({ByProfile(281, "1g.10gb")})),
            "CardMigTopologyInfeasible AllocatedCardsInsufficientRequest");
  world.Place(Pod({ByProfile(200, "1g.10gb"), ByProfile(10, "7g.80gb")}));
  ASSERT_EQ(world.allocation.slots.size(), 2u);
  EXPECT_EQ(world.allocation.slots[1].shares.size(), 10u);
  // 270 and 12 on 40 cards: refused, or said to be beyond the search.
  const std::string words = world.Place(Pod({ByProfile(270, "1g.10gb"), ByProfile(12, "7g.80gb")}));
  EXPECT_TRUE(words == "SearchLimit" ||
              words == "CardMigTopologyInfeasible AllocatedCardsInsufficientRequest")
      << words;
}

TEST(MigFitTest, SeveralInstancesOfOneContainerMayLieOnOneCard) {
  MigWorld world({MakeMigGpu("a")});
  EXPECT_NE(world.Place(Pod({Container(7, 9000)})), "");
  std::set<int32_t> starts;
  for (const model::CardShare& share : world.allocation.slots[0].shares) {
    starts.insert(share.instance->placement.start);
  }
  EXPECT_THAT(starts, ElementsAre(0, 1, 2, 3, 4, 5, 6));
  EXPECT_EQ(world.Place(Pod({Container(8, 9000)})),
            "CardMigTopologyInfeasible AllocatedCardsInsufficientRequest");
}

TEST(MigFitTest, WholeCardsAreSharedBeforeOthersAreCut) {
  MigWorld world({MakeMigGpu("a"), MakeGpu("plain", 40960)});
  EXPECT_EQ(world.Place(Pod({Container(1, 5000)})), "plain share,;");
  model::PodRequest mig = Pod({Container(1, 5000)});
  mig.constraints.modes = "mig";
  EXPECT_EQ(world.Place(mig).substr(0, 9), "a 1g.10gb");
  EXPECT_EQ(world.Place(Pod({Container(2, 5000)})).substr(0, 9), "a 1g.10gb")
      << "a container has shares or instances, not both";
}

TEST(MigFitTest, InstancesOfInitContainersKeepOutOfTheWay) {
  MigWorld world({MakeMigGpu("a")});
  const auto init = [](int32_t memory) {
    return Container(1, memory, 0, model::ContainerKind::kInit);
  };
  EXPECT_EQ(world.Place(Pod({init(40000), Container(1, 5000), Container(1, 40000)})).size(),
            std::string("a 3g.40gb@0,;a 1g.10gb@4,;a 3g.40gb@0,;").size());
  EXPECT_EQ(world.Place(Pod({init(81000), ByProfile(1, "1g.10gb")})), "CardMigTopologyInfeasible");
}

TEST(MigFitTest, ContainersThatRunInTurnUseOneInstance) {
  const auto init = [](int32_t memory) {
    return Container(1, memory, 0, model::ContainerKind::kInit);
  };
  const auto sidecar = [](int32_t memory) {
    return Container(1, memory, 0, model::ContainerKind::kSidecar);
  };
  MigWorld world({MakeMigGpu("a")});
  const std::string whole = "a 7g.80gb@0,;";
  EXPECT_EQ(world.Place(Pod({init(81000), init(81000), Container(1, 81000)})),
            whole + whole + whole);
  EXPECT_EQ(world.Place(Pod({init(81000), sidecar(81000)})), whole + whole);
  EXPECT_NE(world.Place(Pod({sidecar(81000), init(81000)})).back(), ';');
  EXPECT_NE(world.Place(Pod({Container(1, 81000), Container(1, 81000)})).back(), ';');
  // Booked and built anew from its allocation the card is sound.
  EXPECT_EQ(world.Place(Pod({init(9000), Container(3, 9000)})).back(), ';');
  model::PodBooked pod{.uid = "p", .node = "n", .allocation = world.allocation};
  world.Apply(pod);
  EXPECT_EQ(world.node().cards()[0].used.slots.value(), 3);
  EXPECT_EQ(world.Place(Pod({Container(4, 9000)})).back(), ';');
  EXPECT_EQ(world.Place(Pod({Container(5, 9000)})),
            "CardMigTopologyInfeasible AllocatedCardsInsufficientRequest");
}

TEST(MigFitTest, AnUnclearCardIsAsOneThatIsNotHealthy) {
  MigWorld world({MakeMigGpu("a")});
  world.Cut("a", 0, 3);
  world.Cut("a", 0, 3);
  bool resolvable = false;
  EXPECT_EQ(world.Place(Pod({Container(1, 1)}), &resolvable), "CardNotHealth");
  EXPECT_TRUE(resolvable);
}

TEST(MigFitTest, FixedGeometriesAskForAnUpgrade) {
  model::Gpu old = MakeMigGpu("a");
  old.mig_outdated = true;
  MigWorld world({old});
  bool resolvable = true;
  EXPECT_EQ(world.Place(Pod({Container(1, 1)}), &resolvable), "CardMigOutdated");
  EXPECT_FALSE(resolvable);
  ReasonSet reasons;
  reasons.Add(Reason::kCardMigOutdated);
  EXPECT_EQ(ReasonText(reasons, Pod({Container(1, 1)})),
            "CardMigOutdated (wants HAMi's device plugin 2.10 on the node: upgrade it)");
}

TEST(MigFitTest, ProfilesThatMakeNoSenseLeaveTheCardClosed) {
  model::Gpu wrong = MakeMigGpu("a");
  wrong.mig_profiles[0].placements[0].start = 12;
  MigWorld world({wrong});
  EXPECT_EQ(world.Place(Pod({Container(1, 1)})), "CardMigTopologyInfeasible");
}

// --- Against trying everything. ---

// One card as the oracle sees it: its description, taken slices and amounts.
struct OracleCard {
  const model::Gpu* gpu;
  uint32_t slices = 0;
  int32_t slots = 0, memory = 0, cores = 0;
  // Instances that only init containers have had: profile, start, and the container that had it
  // last.
  std::set<std::tuple<std::string, int32_t, size_t>> in_turn = {};
};

class Oracle {
 public:
  explicit Oracle(const model::Node& node) {
    for (size_t i = 0; i < node.cards().size(); ++i) {
      const model::GpuUsage& used = node.cards()[i].used;
      OracleCard card{&node.spec().gpus[i]};
      card.slots = used.slots.value();
      card.memory = used.memory.value();
      card.cores = used.cores.value();
      if (node.mig_table(i) != nullptr) {
        card.slices =
            node.mig_table(i)->states().mask(static_cast<model::mig::StateId>(used.mig_state));
      }
      cards_.push_back(card);
    }
  }

  bool Fits(const model::PodRequest& request) {
    request_ = &request;
    failed_.clear();
    return Container(0);
  }

 private:
  bool Container(size_t slot) {
    if (slot == request_->containers.size()) return true;
    const model::ContainerRequest& want = request_->containers[slot];
    if (want.count == 0) return Container(slot + 1);
    const std::vector<OracleCard> at_start = cards_;
    return Units(slot, want.count, 0, at_start, false) ||
           Units(slot, want.count, 0, at_start, true);
  }

  // The rest of the container's cards, from card `from` on, all by instances or all by shares.
  bool Units(size_t slot, int32_t rest, size_t from, const std::vector<OracleCard>& at_start,
             bool cut) {
    if (rest == 0) return Container(slot + 1);
    // The same question again, after other choices that came to the same.
    std::string question = std::to_string(slot) + (cut ? "c" : "s") + std::to_string(rest) + "," +
                           std::to_string(from);
    for (const std::vector<OracleCard>& all : {cards_, at_start}) {
      for (const OracleCard& card : all) {
        for (const int64_t part : {int64_t{card.slices}, int64_t{card.slots}, int64_t{card.memory},
                                   int64_t{card.cores}}) {
          question += "," + std::to_string(part);
        }
        for (const auto& [profile, start, last] : card.in_turn) {
          question += "," + profile + "@" + std::to_string(start) + (last == slot ? "!" : "");
        }
      }
    }
    if (!failed_.insert(question).second) return false;
    const model::ContainerRequest& want = request_->containers[slot];
    const bool init = want.kind == model::ContainerKind::kInit;
    for (size_t i = from; i < cards_.size(); ++i) {
      const model::Gpu& gpu = *cards_[i].gpu;
      if ((gpu.mode == "mig") != cut) continue;
      if (!Passes(want, gpu, at_start[i])) continue;
      const OracleCard before = cards_[i];
      if (!cut) {
        if (!want.mig_profile.empty()) continue;
        if (!init) Take(&cards_[i], Memory(want, gpu), Cores(want));
        if (Units(slot, rest - 1, i + 1, at_start, cut)) return true;
        cards_[i] = before;
        continue;
      }
      for (const model::MigProfile& profile : gpu.mig_profiles) {
        const bool does = want.mig_profile.empty() ? profile.memory.value() >= Memory(want, gpu)
                                                   : profile.name == want.mig_profile;
        if (!does) continue;
        for (const model::MigPlacement& placement : profile.placements) {
          const uint32_t mask = ((1u << placement.size) - 1) << placement.start;
          const auto there = InTurn(cards_[i], profile.name, placement.start, slot);
          if (there != cards_[i].in_turn.end()) {
            cards_[i].in_turn.erase(there);
          } else if ((cards_[i].slices & mask) != 0) {
            continue;
          }
          cards_[i].slices |= mask;
          if (init) cards_[i].in_turn.emplace(profile.name, placement.start, slot);
          if (!init) Take(&cards_[i], profile.memory.value(), profile.cores.value());
          if (Units(slot, rest - 1, i, at_start, cut)) return true;
          cards_[i] = before;
        }
      }
    }
    return false;
  }

  // What the container `slot` may use after others.
  static std::set<std::tuple<std::string, int32_t, size_t>>::iterator InTurn(
      OracleCard& card, const std::string& profile, int32_t start, size_t slot) {
    return std::find_if(card.in_turn.begin(), card.in_turn.end(), [&](const auto& one) {
      return std::get<0>(one) == profile && std::get<1>(one) == start && std::get<2>(one) != slot;
    });
  }

  static int32_t Memory(const model::ContainerRequest& want, const model::Gpu& gpu) {
    if (!want.mig_profile.empty()) return 0;
    if (want.memory.value() > 0) return want.memory.value();
    return static_cast<int32_t>(int64_t{gpu.memory.value()} * want.memory_percent / 100);
  }
  static int32_t Cores(const model::ContainerRequest& want) {
    return want.mig_profile.empty() ? std::min(want.cores.value(), 100) : 0;
  }
  static void Take(OracleCard* card, int32_t memory, int32_t cores) {
    card->slots += 1;
    card->memory += memory;
    card->cores += cores;
  }
  static bool Passes(const model::ContainerRequest& want, const model::Gpu& gpu,
                     const OracleCard& used) {
    const int32_t memory = gpu.memory.value() - used.memory;
    const int32_t cores = gpu.cores.value() - used.cores;
    if (used.slots >= gpu.slots.value()) return false;
    if (gpu.mode != "mig" && (memory < 0 || cores < 0)) return false;
    if (memory < Memory(want, gpu) || cores < Cores(want)) return false;
    if (Cores(want) == 100 && used.slots > 0) return false;
    return Cores(want) != 0 || cores != 0;
  }

  std::vector<OracleCard> cards_;
  std::set<std::string> failed_;  // or being asked
  const model::PodRequest* request_ = nullptr;
};

model::PodRequest RandomRequest(Dice& dice) {
  std::vector<model::ContainerRequest> containers;
  const int count = 1 + dice.Pick(3);
  for (int i = 0; i < count; ++i) {
    const int32_t sizes[] = {1000, 5000, 9000, 11000, 19000, 20000, 40000, 81000};
    model::ContainerRequest container =
        Container(dice.Pick(5) == 0 ? 2 + dice.Pick(3) : 1, sizes[dice.Pick(8)],
                  dice.Chance(20) ? dice.Pick(101) : 0);
    if (dice.Chance(25)) {
      const auto profiles = dice.Chance(50) ? MigProfiles8() : MigProfiles4();
      container.mig_profile = profiles[static_cast<size_t>(dice.Pick(3))].name;
    }
    if (dice.Chance(25)) container.kind = model::ContainerKind::kInit;
    if (dice.Chance(10)) container.kind = model::ContainerKind::kSidecar;
    containers.push_back(container);
  }
  return Pod(std::move(containers));
}

model::Gpu RandomCard(Dice& dice, const std::string& uuid) {
  if (dice.Chance(30)) return MakeGpu(uuid, 20480);
  model::Gpu gpu = MakeMigGpu(uuid);
  if (dice.Chance(40)) {
    gpu.type = "a board of its own";
    gpu.memory = model::Mebibytes(24576);
    gpu.slots = model::Slots(4);
    gpu.mig_profiles = MigProfiles4();
    // Where a larger profile does not hold a smaller one.
    if (dice.Chance(30)) {
      gpu.mig_profiles.push_back(
          {"2g.8gb", model::Mebibytes(8000), model::CorePercent(40), 2, {{1, 2}}});
    }
  }
  return gpu;
}

TEST(MigFitTest, FitsExactlyWhenTryingEverythingDoes) {
  int fitting = 0;
  int refused = 0;
  for (uint64_t seed = 1; seed <= 3000; ++seed) {
    SCOPED_TRACE(seed);
    Dice dice(seed);
    std::vector<model::Gpu> gpus;
    const int cards = 1 + dice.Pick(3);
    for (int i = 0; i < cards; ++i) gpus.push_back(RandomCard(dice, std::string(1, char('a' + i))));
    MigWorld world(gpus);
    // Earlier pods, as the fit places them.
    for (int i = dice.Pick(5); i > 0; --i) {
      if (world.Place(RandomRequest(dice)).back() != ';') continue;
      model::PodBooked pod;
      pod.uid = "earlier-" + std::to_string(i);
      pod.node = "n";
      pod.allocation = world.allocation;
      world.Apply(pod);
    }
    const model::PodRequest request = RandomRequest(dice);
    const std::string answer = world.Place(request);
    const bool fits = answer.back() == ';';
    ASSERT_EQ(fits, Oracle(world.node()).Fits(request)) << answer;
    ++(fits ? fitting : refused);
  }
  EXPECT_GT(fitting, 500);
  EXPECT_GT(refused, 500);
}

}  // namespace
}  // namespace tangram::scheduler
