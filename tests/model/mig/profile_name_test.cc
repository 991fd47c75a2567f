#include "model/mig/profile_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "model/mig/profile_spelling.h"

namespace tangram::model::mig {
namespace {

using ::testing::HasSubstr;

TEST(ProfileNameTest, NamesAreReadAndWrittenAlike) {
  for (const std::string text : {"1g.5gb", "1g.10gb+me", "7g.141gb", "1g.24gb-me", "2g.48gb+gfx",
                                 "1g.24gb+me.all", "99g.9999gb"}) {
    const auto name = ParseProfileName(text);
    ASSERT_TRUE(name.ok()) << name.status();
    EXPECT_EQ(name->text(), text);
  }
  EXPECT_EQ(*ParseProfileName("1g.24gb+me.all"), (ProfileName{1, 24, Extra::kAllMedia}));
}

TEST(ProfileNameTest, AnythingElseIsToldTheForm) {
  for (const std::string text :
       {"",           "g",        "1g",         "1g.",        "1g.gb",
        "1g.5",       "1g.5GB",   "0g.5gb",     "1g.0gb",     "01g.5gb",
        "-1g.5gb",    "1g.5gb ",  " 1g.5gb",    "1g.5gb+",    "1g.5gb+me+me",
        "1c.3g.20gb", "100g.5gb", "1g.99999gb", "1g.5gb-gfx", "MIG 1g.5gb"}) {
    const auto name = ParseProfileName(text);
    ASSERT_FALSE(name.ok()) << text;
    EXPECT_THAT(std::string(name.status().message()),
                HasSubstr("\"" + text + "\" is no name of a MIG profile; allowed are"));
  }
}

TEST(ProfileSpellingTest, NamesOfResourcesAndLabelsAreThoseOfTheDriver) {
  EXPECT_EQ(DriverSpelling("1g.5gb.me"), "1g.5gb+me");
  EXPECT_EQ(DriverSpelling("mig-1g.24gb.me.all"), "1g.24gb+me.all");
  EXPECT_EQ(DriverSpelling("nvidia.com/mig-2g.48gb.gfx"), "2g.48gb+gfx");
  EXPECT_EQ(DriverSpelling("1g.me"), "1g+me");
  for (const std::string text : {"1g.5gb", "1g.5gb+me", "1g.24gb-me", "1g", "", ".m", "banana"}) {
    EXPECT_EQ(DriverSpelling(text), text);
  }
}

}  // namespace
}  // namespace tangram::model::mig
