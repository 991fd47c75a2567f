// The command `simulate mig` on the cards of a cluster: which there are, what a name of the mix
// asks of each kind, and the binary as a user runs it.
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "api/cli/simulate/mig_cards.h"
#include "api/cli/simulate/mig_mix.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/mig/products.h"
#include "nlohmann/json.hpp"
#include "tests/api/cli/binary_fixture.h"

namespace tangram::api::cli::simulate {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Cards 0 and 1 are A100 that are cut in advance, 2 and 3 A30, 4 to 6 A100 cut on demand, which are
// another kind only where what they allow differs.
constexpr char kScenario[] = R"(
nodes:
- {name: a-static, gpus: 2x A100-SXM4-80GB, stack: nvidia, mig: 2x 3g.40gb}
- {name: b-small, gpus: 2x A30-24GB, mig: on-demand}
- {name: c-large, gpus: 3x A100-SXM4-80GB, mig: on-demand}
- {name: d-shared, gpus: 4x A100-SXM4-80GB}
)";

class MigClusterTest : public BinaryFixture {
 protected:
  std::string Write(const std::string& text) {
    WriteText("cluster.yaml", text);
    return (folder_ / "cluster.yaml").string();
  }
  absl::StatusOr<MigCards> Cards(const std::string& text) {
    ClusterOptions options;
    options.cluster = Write(text);
    return CardsOfCluster(options);
  }
  Ended Mig(const std::string& words) {
    std::istringstream text("simulate mig " + words);
    return Run({std::istream_iterator<std::string>(text), {}});
  }
  json MigJson(const std::string& words) { return json::parse(Mig("-o json " + words).out); }
};

TEST_F(MigClusterTest, EveryCardInMigModeTakesPartNumberedByNode) {
  const auto cards = Cards(kScenario);
  ASSERT_TRUE(cards.ok()) << cards.status();
  ASSERT_EQ(cards->kinds.size(), 2u);
  EXPECT_EQ(cards->count(), 7u);
  EXPECT_EQ(cards->kinds[0].name, "A100-80GB");
  EXPECT_THAT(cards->kinds[0].cards, ElementsAre(0, 1, 4, 5, 6));
  EXPECT_EQ(cards->kinds[1].name, "A30-24GB");
  EXPECT_THAT(cards->kinds[1].cards, ElementsAre(2, 3));
}

TEST_F(MigClusterTest, AClusterWithoutCardsInMigModeIsRefused) {
  const auto cards = Cards("nodes:\n- {name: a, gpus: 4x A100-SXM4-80GB}\n");
  ASSERT_FALSE(cards.ok());
  EXPECT_THAT(std::string(cards.status().message()),
              HasSubstr("cluster.yaml has no cards in MIG mode whose profiles are known"));
}

// An agent that allows 3g and the double 1g alone, beside one that allows all.
TEST(MigCardsTest, CardsOfOneProductThatAllowOtherProfilesAreAKindOfTheirOwn) {
  using model::mig::Profile;
  const model::mig::Geometry whole = *model::mig::FindProduct("A100-80GB");
  scheduler::mig::Census census;
  const scheduler::mig::Counts none(7, 0);
  const model::mig::Multiset empty(7, 0);
  census.groups.push_back({true, "NVIDIA A100-SXM4-80GB", whole, {{"n-2", {empty}}}, none, none});
  const auto some = model::mig::Geometry::Create(
      "card", 8, {{{3, 40}, {0, 4}, 4, 2}, {{1, 20}, {0, 2}, 2, 2}}, model::mig::Source::kDevice);
  ASSERT_TRUE(some.ok());
  census.groups.push_back(
      {true, "NVIDIA A100 80GB PCIe", *some, {{"n-1", {{0, 0}, {0, 0}}}}, {0, 0}, {0, 0}});
  const MigCards cards = CardsOfCensus(census);
  ASSERT_EQ(cards.kinds.size(), 2u);
  EXPECT_EQ(cards.kinds[0].name, "A100-80GB");
  EXPECT_THAT(cards.kinds[0].cards, ElementsAre(0, 1));
  EXPECT_THAT(cards.kinds[0].short_names, ElementsAre("3g", "1gd")) << "not 1g: it is double";
  EXPECT_EQ(cards.kinds[1].name, "A100-80GB (2)");
  EXPECT_THAT(cards.kinds[1].cards, ElementsAre(2));
}

TEST_F(MigClusterTest, AShortNameAsksAnyKindAndAFullOneThoseThatHaveExactlyIt) {
  const auto cards = Cards(kScenario);
  const auto mix = ReadMigMix(*cards, "2g:1,1g.6gb:1,1g:2,7g:4,1g.10gb:0");
  ASSERT_TRUE(mix.ok()) << mix.status();
  // By the first kind, its profile, the more kinds the earlier.
  EXPECT_THAT(mix->names, ElementsAre("7g", "2g", "1g", "1g.10gb", "1g.6gb"));
  EXPECT_THAT(mix->shares, ElementsAre(0.5, 0.125, 0.25, 0, 0.125));
  const auto profiles = [&mix](size_t request) {
    std::vector<std::string> names;
    for (size_t k = 0; k < 2; ++k) {
      const auto& place = mix->fleet->requests[request][k];
      names.push_back(place.has_value()
                          ? mix->fleet->kinds[k].states.geometry().profiles()[*place].name.text()
                          : "-");
    }
    return names;
  };
  EXPECT_THAT(profiles(0), ElementsAre("7g.80gb", "-"));
  EXPECT_THAT(profiles(1), ElementsAre("2g.20gb", "2g.12gb"));
  EXPECT_THAT(profiles(2), ElementsAre("1g.10gb", "1g.6gb"));
  EXPECT_THAT(profiles(3), ElementsAre("1g.10gb", "-"));
  EXPECT_THAT(profiles(4), ElementsAre("-", "1g.6gb"));
}

TEST_F(MigClusterTest, NoMixIsEveryPlainShortNameAlike) {
  const auto mix = ReadMigMix(*Cards(kScenario), "");
  ASSERT_TRUE(mix.ok()) << mix.status();
  EXPECT_THAT(mix->names, ElementsAre("7g", "4g", "3g", "2g", "1gd", "1g"));
  for (const double share : mix->shares) EXPECT_DOUBLE_EQ(share, 1.0 / 6);
}

TEST_F(MigClusterTest, WrongNamesSayWhatThereIs) {
  const auto cards = Cards(kScenario);
  const auto refusal = [&cards](const char* text) {
    return std::string(ReadMigMix(*cards, text).status().message());
  };
  EXPECT_THAT(refusal("1g:1,9g:2"),
              HasSubstr("--mix: part 2: profile \"9g\" is of no card; allowed are 7g (7g.80gb of "
                        "A100-80GB), 4g (4g.40gb of A100-80GB, 4g.24gb of A30-24GB), "));
  EXPECT_THAT(refusal("1g.5gb:1"), HasSubstr("profile \"1g.5gb\" is of no card"));
  EXPECT_THAT(refusal("7g:1,7g.80gb:1"),
              HasSubstr("part 2: \"7g.80gb:1\": the profile came before"));
}

TEST_F(MigClusterTest, AReportOfAClusterTellsItsKinds) {
  const std::string file = Write(kScenario);
  const std::string words = "--mix 7g:0.1,2g:0.3,1g:0.4,1g.6gb:0.2 --runs 2 --policy ";
  const json report = MigJson(words + "fgd-mig --cluster " + file);
  EXPECT_EQ(report.at("cluster"), file);
  EXPECT_EQ(report.at("product"), "A100-80GB, A30-24GB");
  EXPECT_EQ(report.at("gpus"), 7);
  ASSERT_EQ(report.at("kinds").size(), 2u);
  EXPECT_EQ(report["kinds"][0].at("gpus"), 5);
  EXPECT_DOUBLE_EQ(report["kinds"][0].at("could_serve_percent"), 80);
  EXPECT_DOUBLE_EQ(report["kinds"][1].at("could_serve_percent"), 90);
  EXPECT_NEAR(report["kinds"][0].at("of_accepted_percent").get<double>() +
                  report["kinds"][1].at("of_accepted_percent").get<double>(),
              100, 1e-9);
  // 40 and 8 slices.
  EXPECT_NEAR((5 * report["kinds"][0].at("utilisation_percent").get<double>() +
               report["kinds"][1].at("utilisation_percent").get<double>()) /
                  6,
              report.at("utilisation_percent").get<double>(), 1e-9);
  const json both = MigJson(words + "fgd-mig,first-fit --cluster " + file);
  EXPECT_EQ(both["scenes"][0]["accepted_percent_runs"]["fgd-mig"],
            report.at("accepted_percent_runs"));
  EXPECT_EQ(both["scenes"][0]["utilisation_percent_by_kind"]["fgd-mig"]["A30-24GB"],
            report["kinds"][1].at("utilisation_percent"));
  for (const char* form : {"table", "md", "html"}) {
    EXPECT_THAT(Mig(words + "fgd-mig -o " + form + " --cluster " + file).out,
                HasSubstr("7 cards of 2 kinds: 5 x A100-80GB"))
        << form;
  }
}

TEST_F(MigClusterTest, CardsOfOneKindAreWhatTheyAreWhenTheyAreNamed) {
  const std::string words = "--mix 4g:0.2,2g:0.3,1g:0.5 --runs 2 --generations 1 ";
  const std::string file =
      Write("nodes:\n- {name: a, count: 3, gpus: 4x A30-24GB, mig: on-demand}\n");
  for (const char* more :
       {"--policy mfi", "--policy tangram", "--policy tangram --workload learned"}) {
    const json named = MigJson(words + more + " --product A30-24GB --gpus 12");
    const json read = MigJson(words + more + " --cluster " + file);
    EXPECT_EQ(read.at("placements"), "device");
    for (const char* field : {"accepted_percent_runs", "utilisation_percent", "mix",
                              "accepted_percent_by_profile", "product", "gpus"}) {
      EXPECT_EQ(read.at(field), named.at(field)) << more;
    }
  }
}

TEST_F(MigClusterTest, AClusterAndAProductExcludeEachOther) {
  const std::string file = Write(kScenario);
  for (const char* other : {"--product A30-24GB", "--gpus 3"}) {
    const Ended ended = Mig("--cluster " + file + " " + other);
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.err, HasSubstr("excludes"));
  }
}

}  // namespace
}  // namespace tangram::api::cli::simulate
