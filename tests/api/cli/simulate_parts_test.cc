// The parts of simulation reports that need no run: tables, charts, progress.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "api/cli/simulate/chart.h"
#include "api/cli/simulate/progress.h"
#include "api/cli/simulate/sheet.h"
#include "api/manifests/json_yaml.h"
#include "api/manifests/yaml_json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tangram::api::cli::simulate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(SheetTest, EveryFormEscapesWhatItMust) {
  const Sheet sheet{.head = {"name", "value"}, .rows = {{"a,\"b\"|<c>", "12 %"}, {"é", "1"}}};
  EXPECT_EQ(AsText(sheet), "name       value\na,\"b\"|<c>   12 %\né              1\n");
  EXPECT_EQ(AsCsv(sheet), "name,value\n\"a,\"\"b\"\"|<c>\",12 %\né,1\n");
  EXPECT_EQ(AsMarkdown(sheet),
            "| name | value |\n|---|---:|\n| a,\"b\"\\|<c> | 12 % |\n| é | 1 |\n");
  EXPECT_THAT(AsHtml(sheet), HasSubstr("<tr><th>a,&quot;b&quot;|&lt;c&gt;</th>"
                                       "<td>12&nbsp;%</td></tr>"));
}

TEST(SheetTest, NumbersAreGroupedByThousands) {
  EXPECT_EQ(Thousands(0), "0");
  EXPECT_EQ(Thousands(999), "999");
  EXPECT_EQ(Thousands(1000), "1,000");
  EXPECT_EQ(Thousands(1234567), "1,234,567");
}

TEST(ChartTest, StepsAreRoundAndCoverTheValues) {
  EXPECT_THAT(RoundSteps(0, 100, 6), ElementsAre(0, 20, 40, 60, 80, 100));
  EXPECT_THAT(RoundSteps(0, 130, 8), ElementsAre(0, 20, 40, 60, 80, 100, 120, 140));
  EXPECT_THAT(RoundSteps(93.2, 96.4, 6), ElementsAre(93, 94, 95, 96, 97));
  EXPECT_THAT(RoundSteps(0, 0.5, 5), ElementsAre(0, 0.1, 0.2, 0.30000000000000004, 0.4, 0.5));
}

TEST(ChartTest, LinesRunFromCornerToCorner) {
  const Chart chart{.title = "A <b>",
                    .caption = "",
                    .lines = {{"up", {0, 50, 100}}},
                    .from = 0,
                    .ideal = false,
                    .zoomed = false};
  const std::string html = LineChart(chart);
  EXPECT_THAT(html, HasSubstr("points=\"0,1000 500,500 1000,0\""));
  EXPECT_THAT(html, HasSubstr("A &lt;b&gt;"));
  EXPECT_THAT(html, Not(HasSubstr("legend"))) << "one line needs none";
}

TEST(ChartTest, AnEmptyChartIsDrawnWithoutLines) {
  const std::string html = LineChart({.title = "t",
                                      .caption = "",
                                      .lines = {{"a", {}}, {"b", {5}}},
                                      .from = 0,
                                      .ideal = true,
                                      .zoomed = true});
  EXPECT_THAT(html, HasSubstr("legend"));
  EXPECT_THAT(html, Not(HasSubstr("nan")));
  EXPECT_THAT(html, Not(HasSubstr("inf")));
}

TEST(ProgressLineTest, ItSaysHowFarAndHowLong) {
  EXPECT_EQ(ProgressLine(0, 10, 3), "[..............................]   0 %");
  EXPECT_EQ(ProgressLine(5, 10, 3), "[###############...............]  50 %, 3 s left");
  EXPECT_EQ(ProgressLine(10, 10, 9), "[##############################] 100 %, 0 s left");
}

// A bar in memory, by a clock that goes only when told.
class ProgressTest : public ::testing::Test {
 protected:
  ProgressTest() : file_(::open_memstream(&text_, &length_)) {}
  ~ProgressTest() override {
    std::fclose(file_);
    std::free(text_);
  }

  ProgressView View(bool shown) {
    return {.to = file_, .shown = shown, .now = [this] { return now_; }};
  }
  void Pass(int milliseconds) { now_ += std::chrono::milliseconds(milliseconds); }

  // What was written since the last call.
  std::string Written() {
    std::fflush(file_);
    const size_t before = std::exchange(read_, length_);
    return {text_ + before, read_ - before};
  }

 private:
  char* text_ = nullptr;
  size_t length_ = 0;
  size_t read_ = 0;
  std::FILE* file_;
  std::chrono::steady_clock::time_point now_{std::chrono::hours(1)};
};

TEST_F(ProgressTest, ABarIsDrawnAfterTwoSecondsAndWipedOut) {
  {
    Progress progress(10, View(true));
    progress.Add(1);
    Pass(1999);
    progress.Add(4);
    EXPECT_EQ(Written(), "") << "who waits that short needs no bar";
    Pass(1);
    progress.Add(0);
    EXPECT_EQ(Written(), "\r[###############...............]  50 %, 2 s left\033[K");
    Pass(99);
    progress.Add(1);
    EXPECT_EQ(Written(), "") << "ten a second are enough";
    Pass(1);
    progress.Add(1);
    EXPECT_EQ(Written(), "\r[#####################.........]  70 %, 1 s left\033[K");
  }
  EXPECT_EQ(Written(), "\r\033[K");
}

TEST_F(ProgressTest, NothingIsDrawnWhereNobodyLooks) {
  {
    Progress progress(10, View(false));
    Pass(60'000);
    progress.Add(5);
  }
  EXPECT_EQ(Written(), "");
}

TEST_F(ProgressTest, WhatIsDoneAtOnceLeavesNothing) {
  { Progress(10, View(true)).Add(10); }
  EXPECT_EQ(Written(), "");
}

TEST(JsonTextTest, NumbersOfMembersAreSortedAsNumbersAndAllElseIsAsEver) {
  const nlohmann::json curve = {{"0", 1}, {"2", 2.5}, {"10", 3}, {"100", nullptr}};
  EXPECT_EQ(manifests::ToJson({{"curve", curve}}),
            "{\n  \"curve\": {\n    \"0\": 1,\n    \"2\": 2.5,\n    \"10\": 3,\n"
            "    \"100\": null\n  }\n}\n");
  EXPECT_THAT(manifests::ToYaml(curve), HasSubstr("\"2\": 2.5\n\"10\": 3\n\"100\":"));
  const nlohmann::json other = {{"a", {1, "\"x\"", {{"b", nlohmann::json::array()}}, true}},
                                {"1b", nlohmann::json::object()},
                                {"é", -0.5}};
  EXPECT_EQ(manifests::ToJson(other), other.dump(2) + "\n");
  EXPECT_EQ(manifests::ToJson(7), "7\n");
}

TEST(YamlTest, JsonComesBackFromYaml) {
  const nlohmann::json value = {{"100", 1.5},
                                {"no", "yes"},
                                {"text", "a: \"b\"\n#c"},
                                {"list", {1, -2, 3.25, true, nullptr, "1"}},
                                {"none", nlohmann::json::array()},
                                {"empty", nlohmann::json::object()},
                                {"nested", {{"a b", {{{"x", 1}}, {{"y", 2e-9}}}}}}};
  const std::string yaml = manifests::ToYaml(value);
  const auto back = manifests::ParseDocuments(yaml, "x");
  ASSERT_TRUE(back.ok()) << back.status() << yaml;
  EXPECT_EQ(back->at(0), value) << yaml;
  EXPECT_THAT(yaml, HasSubstr("\"no\": \"yes\"\n")) << "other readers take a bare no for false";
}

}  // namespace
}  // namespace tangram::api::cli::simulate
