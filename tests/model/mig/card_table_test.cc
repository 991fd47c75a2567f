// What a card can be cut into by its agent's words: order, amounts, and what is refused.
#include "model/mig/card_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "model/mig/products.h"
#include "tests/support/model_builders.h"

namespace tangram::model::mig {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::MakeMigGpu;
using testing::MigProfiles4;
using testing::MigProfiles8;

std::shared_ptr<const CardTable> Made(std::vector<MigProfile> profiles,
                                      std::string_view type = "board") {
  auto table = CardTable::Create("card", type, profiles);
  EXPECT_TRUE(table.ok()) << table.status();
  return *table;
}

std::string Refusal(const std::function<void(std::vector<MigProfile>&)>& change,
                    std::string_view type = "NVIDIA A100-SXM4-80GB") {
  std::vector<MigProfile> profiles = MigProfiles8();
  change(profiles);
  const auto table = CardTable::Create("card", type, profiles);
  return table.ok() ? "" : std::string(table.status().message());
}

TEST(CardTableTest, InstancesBookWhatTheCardSays) {
  const auto table = Made(MigProfiles8());
  const std::optional<size_t> profile = table->Find("2g.20gb");
  ASSERT_TRUE(profile.has_value());
  EXPECT_EQ(table->memory(*profile), Mebibytes(19968));
  EXPECT_EQ(table->cores(*profile), CorePercent(29));
  EXPECT_FALSE(table->Find("2g.10gb").has_value());
}

TEST(CardTableTest, RequestsByMemoryTryMemoryThenSlicesThenTheCardsOrder) {
  std::vector<MigProfile> profiles = MigProfiles8();
  profiles.push_back({"1g.20gb", Mebibytes(19968), CorePercent(15), 1, {{0, 2}, {2, 2}}});
  profiles.push_back({"1g.10gb+me", Mebibytes(9728), CorePercent(15), 1, {{0, 1}}});
  std::reverse(profiles.begin(), profiles.end());
  const auto table = Made(profiles);
  std::vector<std::string> names;
  for (const uint16_t profile : table->by_memory()) names.push_back(table->name(profile));
  EXPECT_THAT(names,
              ElementsAre("1g.10gb+me", "1g.10gb", "1g.20gb", "2g.20gb", "3g.40gb", "7g.80gb"));
  EXPECT_EQ(table->FirstWith(Mebibytes(0)), 0u);
  EXPECT_EQ(table->FirstWith(Mebibytes(9728)), 0u);
  EXPECT_EQ(table->FirstWith(Mebibytes(9729)), 2u);
  EXPECT_EQ(table->FirstWith(Mebibytes(81153)), 6u);
}

TEST(CardTableTest, PlacementsAreKnownByTheWordsOfTheAgent) {
  const auto table = Made(MigProfiles8());
  for (size_t p = 0; p < table->states().placements().size(); ++p) {
    EXPECT_EQ(table->PlacementOf(table->InstanceAt(p)), p);
  }
  EXPECT_FALSE(table->PlacementOf({"1g.10gb", {7, 1}}).has_value());
  EXPECT_FALSE(table->PlacementOf({"1g.10gb", {0, 2}}).has_value());
  EXPECT_FALSE(table->PlacementOf({"4g.40gb", {0, 4}}).has_value());
}

// How many instances of the profiles that `allowed` lets can be made, by trying everything.
int32_t Most(const CardTable& table, StateId state, const std::function<bool(size_t)>& allowed) {
  int32_t most = 0;
  for (size_t p = 0; p < table.states().placements().size(); ++p) {
    const StateId after = table.states().After(state, p);
    if (after == kNoState || !allowed(table.states().placements()[p].profile)) continue;
    most = std::max(most, 1 + Most(table, after, allowed));
  }
  return most;
}

TEST(CardTableTest, TheMostInstancesAreThoseOfTryingEverything) {
  std::vector<MigProfile> odd = MigProfiles4();  // where a larger one may lie beside a smaller one
  odd.push_back({"2g.8gb", Mebibytes(8000), CorePercent(40), 2, {{1, 2}}});
  for (const std::vector<MigProfile>& profiles : {MigProfiles8(), MigProfiles4(), odd}) {
    const auto table = Made(profiles);
    for (StateId state = 0; state < table->states().size(); ++state) {
      if (table->states().free_slices(state) > 6) continue;
      for (size_t rank = 0; rank < profiles.size(); ++rank) {
        const auto order = table->by_memory().subspan(rank);
        EXPECT_EQ(table->MostFrom(state, rank), Most(*table, state, [&](size_t profile) {
                    return std::find(order.begin(), order.end(), profile) != order.end();
                  }));
        EXPECT_EQ(table->MostOf(state, rank),
                  Most(*table, state, [&](size_t profile) { return profile == rank; }));
      }
      EXPECT_EQ(table->MostFrom(state, profiles.size()), 0);
    }
  }
}

TEST(CardTableTest, BadProfilesAreToldByCardProfileAndValue) {
  EXPECT_EQ(Refusal([](auto& list) { list[0].memory = Mebibytes(-1); }),
            "card: profile 1g.10gb: memory -1 is below 0");
  EXPECT_EQ(Refusal([](auto& list) { list[0].cores = CorePercent(-5); }),
            "card: profile 1g.10gb: cores -5 is below 0");
  EXPECT_EQ(Refusal([](auto& list) { list[0].slices = -1; }),
            "card: profile 1g.10gb: slice count -1 is below 0");
  EXPECT_EQ(Refusal([](auto& list) { list[1].placements[1].size = 3; }),
            "card: profile 2g.20gb: placements of sizes 2 and 3; all must have one size");
  EXPECT_THAT(Refusal([](auto& list) { list[0].name = "tiny"; }), HasSubstr("tiny"));
  EXPECT_EQ(Refusal(
                [](auto& list) {
                  list[1].placements = {{0, 2}, {1, 2}};
                },
                "board"),
            "card: profile 2g.20gb: placements 0:2 and 1:2 overlap");
  EXPECT_EQ(Refusal([](auto& list) {
              list[0].placements.push_back({-1, 1});
            }),
            "card: profile 1g.10gb: start -1 is outside the card's 0..7");
  EXPECT_EQ(Refusal([](auto& list) { list[0].placements = {}; }),
            "card: profile 1g.10gb: has no placements");
  EXPECT_EQ(Refusal([](auto& list) { list.push_back(list[0]); }),
            "card: profile 1g.10gb comes twice");
  EXPECT_EQ(Refusal([](auto& list) { list.clear(); }), "card: 0 profiles; must be 1..32");
}

TEST(CardTableTest, AListThatContradictsAMeasuredProductIsRefused) {
  EXPECT_EQ(Refusal([](auto& list) {
              list[1].placements = {{1, 2}};
            }),
            "card: profile 2g.20gb: start 1 contradicts A100-80GB, where it may not begin");
  EXPECT_EQ(Refusal([](auto& list) { list[1].placements = {{1, 2}}; }, "a board of its own"), "");
}

TEST(CardTableTest, OnlyCardsInMigModeWithProfilesThatMakeSenseHaveATable) {
  Gpu gpu = MakeMigGpu("u");
  EXPECT_NE(TableOf(gpu), nullptr);
  gpu.mode = "hami-core";
  EXPECT_EQ(TableOf(gpu), nullptr);
  gpu = MakeMigGpu("u");
  gpu.mig_outdated = true;
  EXPECT_EQ(TableOf(gpu), nullptr);
  gpu = MakeMigGpu("u");
  gpu.mig_profiles[0].placements = {{9, 1}};
  EXPECT_EQ(TableOf(gpu), nullptr);
}

TEST(ProductOfTypeTest, TypesAreKnownByTheirWords) {
  const auto product = [](std::string_view type) {
    const auto geometry = ProductOfType(type);
    return geometry.has_value() ? geometry->product() : "";
  };
  EXPECT_EQ(product("NVIDIA A100-SXM4-80GB"), "A100-80GB");
  EXPECT_EQ(product("NVIDIA A100-SXM4-40GB"), "A100-40GB");
  EXPECT_EQ(product("NVIDIA A100 80GB PCIe"), "A100-80GB");
  EXPECT_EQ(product("NVIDIA-NVIDIA A30"), "A30-24GB");
  EXPECT_EQ(product("NVIDIA H100 80GB HBM3"), "H100-80GB");
  EXPECT_EQ(product("NVIDIA H100 NVL"), "H100-94GB");
  EXPECT_EQ(product("NVIDIA H20"), "H20-96GB");
  EXPECT_EQ(product("NVIDIA H200 NVL"), "H200-141GB");
  EXPECT_EQ(product("NVIDIA GB200"), "GB200-186GB");
  EXPECT_EQ(product("NVIDIA GH200 144G HBM3e"), "GH200-144GB");
  EXPECT_EQ(product("NVIDIA RTX PRO 6000 Blackwell Server Edition"), "RTX-PRO-6000");
  EXPECT_EQ(product("NVIDIA A100"), "") << "of 40 or of 80 GB";
  EXPECT_EQ(product("NVIDIA H100 PCIe"), "H100-80GB");
  EXPECT_EQ(product("NVIDIA A300"), "");
  EXPECT_EQ(product("Tesla V100"), "");
}

TEST(ProductOfTypeTest, WhereWordsDoNotTellProfilesOrMemoryDo) {
  const auto by_profile = [](std::string_view type, std::string_view profile) {
    const ProfileName name = *ParseProfileName(profile);
    const auto geometry = ProductOfType(type, {&name, 1});
    return geometry.has_value() ? geometry->product() : "";
  };
  EXPECT_EQ(by_profile("GRID A100X", "1g.5gb"), "") << "a word of its own";
  EXPECT_EQ(by_profile("NVIDIA A100", "1g.5gb"), "A100-40GB");
  EXPECT_EQ(by_profile("NVIDIA A100", "3g.40gb"), "A100-80GB");
  EXPECT_EQ(by_profile("NVIDIA H100", "3g.47gb"), "H100-94GB");
  EXPECT_EQ(by_profile("NVIDIA H20-3e", "1g.18gb"), "H20-141GB");
  EXPECT_EQ(by_profile("NVIDIA A100-SXM4-40GB", "1g.10gb"), "A100-40GB") << "words tell";
  const auto by_memory = [](std::string_view type, int32_t memory) {
    const auto geometry = ProductOfType(type, {}, Mebibytes(memory));
    return geometry.has_value() ? geometry->product() : "";
  };
  EXPECT_EQ(by_memory("NVIDIA A100", 40536), "A100-40GB");
  EXPECT_EQ(by_memory("NVIDIA A100", 81559), "A100-80GB");
  EXPECT_EQ(by_memory("NVIDIA H100", 95830), "H100-94GB");
  EXPECT_EQ(by_memory("NVIDIA GH200 480GB", 97871), "GH200-96GB");
  EXPECT_EQ(by_memory("Tesla V100", 32768), "");
}

TEST(FindNearestTest, ProfilesAreKnownByComputeAndNearestGigabytes) {
  const Geometry h100 = *FindProduct("H100-96GB");
  const auto find = [&](std::string_view text) -> std::string {
    const auto found = h100.FindNearest(*ParseProfileName(text));
    return found.has_value() ? h100.profiles()[*found].name.text() : "";
  };
  EXPECT_EQ(find("1g.12gb"), "1g.12gb");
  EXPECT_EQ(find("1g.11gb"), "1g.12gb");
  EXPECT_EQ(find("1g.22gb"), "1g.24gb");
  EXPECT_EQ(find("3g.47gb"), "3g.48gb");
  EXPECT_EQ(find("1g.11gb.me"), "1g.12gb+me");
  EXPECT_EQ(find("1g.5gb"), "") << "of another board";
  EXPECT_EQ(find("5g.48gb"), "");
}

}  // namespace
}  // namespace tangram::model::mig
