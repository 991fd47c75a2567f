// How MIG cards would be cut for who waits: through JSON and back, as table, JSON and a
// configuration of mig-parted.
#include "api/cli/mig_outlook.h"

#include <string>
#include <vector>

#include "api/cli/mig_census.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/mig/products.h"
#include "nlohmann/json.hpp"

namespace tangram::api::cli {
namespace {

using model::mig::Geometry;
using model::mig::Multiset;
using nlohmann::json;
using scheduler::mig::Census;
using scheduler::mig::CensusGroup;
using scheduler::mig::Counts;
using ::testing::HasSubstr;
using ::testing::Not;

Geometry Board() {
  const Geometry geometry = *model::mig::FindProduct("A100-80GB");
  return geometry.Only(geometry.PlainProfiles());
}

// By profile: 7g, 4g, 3g, 2g, 1gd, 1g.
Census Example() {
  const Multiset small = {0, 0, 0, 0, 0, 7};
  Census census;
  census.groups.push_back(CensusGroup{false,
                                      "NVIDIA-A100-SXM4-80GB",
                                      Board(),
                                      {{"a", {small}}, {"b", {small}}, {"c", {small}}},
                                      Counts{0, 0, 0, 0, 0, 5},
                                      Counts{0, 0, 4, 0, 0, 2}});
  census.left_out = {{"odd", "no label tells its product"}};
  census.waiting_pods = 4;
  census.gated_pods = 2;
  census.unknown = {{"default", "wrong", ""}};
  return census;
}

TEST(MigCensusTest, TheJsonIsReadBack) {
  const std::string text = CensusToJson(Example());
  const auto read = ParseCensus(text);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(CensusToJson(*read), text);
  EXPECT_EQ(read->gated_pods, 2u);
  EXPECT_EQ(read->groups[0].geometry.profiles().size(), 6u);
  EXPECT_EQ(read->groups[0].nodes[2].cards[0], (Multiset{0, 0, 0, 0, 0, 7}));
}

TEST(MigCensusTest, WhatIsNoCensusIsRefusedByField) {
  const auto message = [](const std::string& text) {
    return std::string(ParseCensus(text).status().message());
  };
  EXPECT_THAT(message("{}"), HasSubstr("groups"));
  EXPECT_THAT(message("no"), HasSubstr("no census"));
  json bad = json::parse(CensusToJson(Example()));
  bad["groups"][0]["nodes"][0]["cards"][0] = {{"9g.99gb", 1}};
  EXPECT_THAT(message(bad.dump()), HasSubstr("9g.99gb"));
  bad = json::parse(CensusToJson(Example()));
  bad["groups"][0]["profiles"][0]["length"] = 99;
  EXPECT_THAT(message(bad.dump()), HasSubstr("7g.80gb"));
}

TEST(MigOutlookTest, ThePlanServesWhatThePresentLayoutDoesNot) {
  const auto outlooks = MakeOutlooks(Example());
  ASSERT_TRUE(outlooks.ok());
  ASSERT_EQ(outlooks->size(), 1u);
  const MigOutlook& outlook = outlooks->front();
  EXPECT_EQ(outlook.now.slices, 7u) << "seven small instances, none of the large";
  EXPECT_EQ(outlook.planned.slices, 23u) << "four large ones of four slices, seven small ones";
  EXPECT_EQ(outlook.cards_changed, 2u) << "one stays as it is";
}

TEST(MigOutlookTest, TheTableSaysWhatIsServedAndWhichCardsChange) {
  const Census census = Example();
  const std::string table = OutlookTable(*MakeOutlooks(census), census);
  EXPECT_THAT(table, HasSubstr("NVIDIA-A100-SXM4-80GB, cut in advance: 3 nodes, 3 cards "
                               "(placements measured)\n"));
  EXPECT_THAT(table, HasSubstr("3g.40gb       0           4           0           4\n"));
  EXPECT_THAT(table, HasSubstr("1g.10gb       5           2           7           7\n"));
  EXPECT_THAT(table, HasSubstr("now      7 of 23 slices (30.4 %)\n"));
  EXPECT_THAT(table, HasSubstr("planned  23 of 23 slices (100.0 %), by cutting 2 of 3 cards on 2 "
                               "of 3 nodes\n"));
  EXPECT_THAT(table, HasSubstr("7 x 1g.10gb  2 x 3g.40gb\n"));
  EXPECT_THAT(table, HasSubstr("no card here can have what default/wrong asks for\n"));
  EXPECT_THAT(table, HasSubstr("node odd is left out: no label tells its product\n"));
}

TEST(MigOutlookTest, TheConfigurationNamesTheNodesThatItIsFor) {
  const std::string text = OutlookConfiguration(*MakeOutlooks(Example()));
  EXPECT_THAT(text, HasSubstr("version: v1\nmig-configs:\n  # for b, c\n  tangram-1:\n"
                              "  - devices: [0]\n    mig-enabled: true\n    mig-devices:\n"
                              "      \"3g.40gb\": 2\n"));
  EXPECT_THAT(text, Not(HasSubstr("tangram-2"))) << "nodes to be cut alike share an entry";
}

TEST(MigOutlookTest, CardsCutOnDemandAreInCommentsAlone) {
  Census census = Example();
  census.groups[0].on_demand = true;
  const std::string text = OutlookConfiguration(*MakeOutlooks(census));
  EXPECT_THAT(text, HasSubstr("# NVIDIA-A100-SXM4-80GB, cut on demand"));
  EXPECT_THAT(text, HasSubstr("mig-configs: {}\n"));
}

TEST(MigOutlookTest, TheJsonHasTheChangesByNodeAndCard) {
  const Census census = Example();
  const json report = json::parse(OutlookJson(*MakeOutlooks(census), census));
  EXPECT_EQ(report.at("schema"), "tangram.dev/explain-mig/v1");
  const json& group = report.at("groups").at(0);
  EXPECT_EQ(group.at("waited_for"), json({{"3g.40gb", 4}, {"1g.10gb", 2}}));
  EXPECT_EQ(group.at("served_now").at("slices"), 7);
  EXPECT_EQ(group.at("served_as_planned").at("slices"), 23);
  ASSERT_EQ(group.at("changes").size(), 2u);
  EXPECT_EQ(group.at("changes").at(0).at("planned"), json({{"3g.40gb", 2}}));
  EXPECT_EQ(report.at("unknown_pods"), json({"default/wrong"}));
}

TEST(MigOutlookTest, WhereNothingWaitsThereIsNoOutlook) {
  Census census = Example();
  census.groups[0].waited_for.assign(6, 0);
  EXPECT_TRUE(MakeOutlooks(census)->empty());
}

}  // namespace
}  // namespace tangram::api::cli
