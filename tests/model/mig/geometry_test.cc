// Geometries: what is refused, the products, and what cards say of themselves.
#include "model/mig/geometry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "model/mig/advertised.h"
#include "model/mig/products.h"

namespace tangram::model::mig {
namespace {

using ::testing::HasSubstr;

std::string Refusal(int32_t slices, std::vector<Profile> profiles) {
  const auto made = Geometry::Create("board", slices, std::move(profiles), Source::kDevice);
  return made.ok() ? "" : std::string(made.status().message());
}

TEST(GeometryTest, WhatCannotBeIsRefusedByName) {
  const ProfileName name{1, 5};
  EXPECT_EQ(Refusal(8, {}), "board: 0 profiles; must be 1..32");
  EXPECT_EQ(Refusal(17, {{name, {0}, 1, 1}}), "board: 17 slices; must be 1..16");
  EXPECT_EQ(Refusal(8, {{name, {0}, 0, 1}}), "board: profile 1g.5gb: length 0 is outside 1..8");
  EXPECT_EQ(Refusal(8, {{name, {0}, 9, 1}}), "board: profile 1g.5gb: length 9 is outside 1..8");
  EXPECT_EQ(Refusal(8, {{name, {0}, 1, 0}}),
            "board: profile 1g.5gb: at most 0 on a card; must be at least 1");
  EXPECT_EQ(Refusal(8, {{name, {}, 1, 1}}), "board: profile 1g.5gb: has no placements");
  EXPECT_EQ(Refusal(8, {{name, {7}, 2, 1}}),
            "board: profile 1g.5gb: placement 7:2 is outside the card's 0..7");
  EXPECT_EQ(Refusal(8, {{name, {-1}, 2, 1}}),
            "board: profile 1g.5gb: placement -1:2 is outside the card's 0..7");
  EXPECT_EQ(Refusal(8, {{name, {1, 0}, 2, 1}}),
            "board: profile 1g.5gb: placements 0:2 and 1:2 overlap");
  EXPECT_EQ(Refusal(8, {{name, {0, 0}, 1, 1}}),
            "board: profile 1g.5gb: placements 0:1 and 0:1 overlap");
  EXPECT_EQ(Refusal(8, {{name, {0}, 1, 2}}),
            "board: profile 1g.5gb: at most 2 on a card, which has 1 placements for it");
  EXPECT_EQ(Refusal(8, {{name, {0}, 1, 1}, {name, {1}, 1, 1}}),
            "board: profile 1g.5gb comes twice");
}

TEST(GeometryTest, ProfilesAreKnownByFullAndByShortName) {
  const Geometry a100 = *FindProduct("a100-40gb");
  std::vector<std::string> names;
  for (size_t i = 0; i < a100.profiles().size(); ++i) {
    names.push_back(a100.ShortName(i) + "=" + a100.profiles()[i].name.text());
    EXPECT_EQ(*a100.FindByText(a100.ShortName(i)), i);
    EXPECT_EQ(*a100.FindByText(a100.profiles()[i].name.text()), i);
    EXPECT_EQ(a100.Find(a100.profiles()[i].name), i);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"7g=7g.40gb", "4g=4g.20gb", "3g=3g.20gb", "2g=2g.10gb",
                                             "1gd=1g.10gb", "1g=1g.5gb", "1g+me=1g.5gb+me"}));
  EXPECT_EQ(std::string(a100.FindByText("5g").status().message()),
            "profile \"5g\" is not known for A100-40GB; allowed are 7g (7g.40gb), 4g (4g.20gb), "
            "3g (3g.20gb), 2g (2g.10gb), 1gd (1g.10gb), 1g (1g.5gb), 1g+me (1g.5gb+me)");
}

TEST(ProductsTest, ShortNamesAreUniqueOnEveryBoard) {
  for (const std::string_view product : ProductNames()) {
    const Geometry geometry = *FindProduct(product);
    for (size_t i = 0; i < geometry.profiles().size(); ++i) {
      EXPECT_EQ(*geometry.FindByText(geometry.ShortName(i)), i) << product;
    }
  }
  EXPECT_EQ(ProductNames().size(), 21u);
}

TEST(ProductsTest, SourcesAreMarked) {
  EXPECT_EQ(FindProduct("H100-94GB")->source(), Source::kMeasured);
  EXPECT_EQ(FindProduct("B200-180GB")->source(), Source::kInferred);
  EXPECT_THAT(std::string(FindProduct("V100").status().message()),
              HasSubstr("product \"V100\" is not known; allowed are A100-40GB, A100-80GB"));
}

std::vector<AdvertisedProfile> A30List() {
  return {{"1g.6gb", {0, 1, 2, 3}, 1, 4},
          {"1g.6gb+me", {0, 1, 2, 3}, 1, 1},
          {"2g.12gb", {0, 2}, 2, 2},
          {"2g.12gb+me", {0, 2}, 2, 1},
          {"4g.24gb", {0}, 4, 1}};
}

TEST(AdvertisedTest, ACardThatSaysWhatIsKnownIsTheKnownProduct) {
  const Geometry known = *FindProduct("A30-24GB");
  for (const Geometry* table : {&known, static_cast<const Geometry*>(nullptr)}) {
    const auto read = FromAdvertised("GPU-1", A30List(), table);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->slices(), 4);
    EXPECT_EQ(read->source(), Source::kDevice);
    EXPECT_TRUE(std::equal(read->profiles().begin(), read->profiles().end(),
                           known.profiles().begin(), known.profiles().end()));
  }
}

TEST(AdvertisedTest, ANarrowListAndOtherGigabytesAreTheCardsOwnRight) {
  const Geometry known = *FindProduct("A100-40GB");
  const auto read = FromAdvertised(
      "GPU-1", std::vector<AdvertisedProfile>{{"1g.4gb", {0, 1}, 1, {}}, {"3g.19gb", {4}, 4, {}}},
      &known);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->slices(), 8);
  EXPECT_EQ(read->profiles()[1].max, 2);
}

TEST(AdvertisedTest, MissingMaximaAreTheProductsElseThePlacements) {
  std::vector<AdvertisedProfile> list = A30List();
  for (AdvertisedProfile& profile : list) profile.max.reset();
  const Geometry known = *FindProduct("A30-24GB");
  EXPECT_EQ(FromAdvertised("GPU-1", list, &known)->profiles()[4].max, 1);
  EXPECT_EQ(FromAdvertised("GPU-1", list, nullptr)->profiles()[4].max, 4);
}

TEST(AdvertisedTest, WrongListsAreRefusedByCardAndProfile) {
  const Geometry known = *FindProduct("A30-24GB");
  const auto refusal = [&known](AdvertisedProfile profile) {
    std::vector<AdvertisedProfile> list = A30List();
    list[2] = std::move(profile);
    const auto read = FromAdvertised("GPU-1", list, &known);
    return read.ok() ? "" : std::string(read.status().message());
  };
  EXPECT_THAT(refusal({"2g", {0}, 2, 1}), HasSubstr("GPU-1: profile \"2g\" is no name of a MIG"));
  EXPECT_EQ(refusal({"2g.12gb", {0}, -2, 1}), "GPU-1: profile 2g.12gb: length -2 is outside 1..4");
  EXPECT_EQ(refusal({"2g.12gb", {int64_t{1} << 40}, 2, 1}),
            "GPU-1: profile 2g.12gb: start 1099511627776 is outside the card's 0..3");
  EXPECT_EQ(refusal({"2g.12gb", {3}, 2, 1}),
            "GPU-1: profile 2g.12gb: start 3 contradicts A30-24GB, where it may not begin");
  EXPECT_EQ(refusal({"2g.12gb", {0, 2}, 2, -1}),
            "GPU-1: profile 2g.12gb: at most -1 on a card; must be 1..2, the number of its "
            "placements");
  EXPECT_EQ(refusal({"2g.12gb", {0, 2}, 2, 0}),
            "GPU-1: profile 2g.12gb: at most 0 on a card; must be at least 1");
  EXPECT_EQ(refusal({"2g.12gb", {0, 1}, 1, 2}),
            "GPU-1: profile 2g.12gb: length 1 contradicts A30-24GB, where it is 2");
  EXPECT_EQ(refusal({"3g.12gb", {0}, 3, 1}),
            "GPU-1: profile 3g.12gb: A30-24GB has no profile of 3 compute slices of this kind");
  EXPECT_EQ(refusal({"1g.6gb", {0}, 1, 1}), "GPU-1: profile 1g.6gb comes twice");
}

TEST(AdvertisedTest, AnInferredTableYieldsToTheCard) {
  const Geometry known = *FindProduct("B200-180GB");
  const auto read = FromAdvertised(
      "GPU-1", std::vector<AdvertisedProfile>{{"2g.45gb", {0, 2, 4, 6}, 2, 4}}, &known);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->profiles()[0].max, 4);
}

}  // namespace
}  // namespace tangram::model::mig
