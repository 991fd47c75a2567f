// The logger: one line a record whatever is logged, and nothing formatted below the level.
#include "api/telemetry/log.h"

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tangram::api::telemetry {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class LogTest : public ::testing::Test {
 protected:
  std::unique_ptr<Logger> Make(LogLevel level, Logger::Form form) {
    return Logger::ToSink(level, form,
                          [this](std::string_view line) { lines_.emplace_back(line); });
  }

  // The part after the time, which is checked for its shape and cut off.
  std::string AfterTime(const std::string& line, size_t prefix) {
    constexpr size_t kTime = 24;
    EXPECT_THAT(line.substr(prefix, kTime),
                MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z"));
    return line.substr(prefix + kTime);
  }

  std::vector<std::string> lines_;
};

TEST_F(LogTest, JsonRecordHasTimeLevelMessageAndFields) {
  const auto log = Make(LogLevel::kInfo, Logger::Form::kJson);
  const std::string pod = "default/a";
  log->Warn("pod bound", {{"pod", pod},
                          {"cards", 2},
                          {"free", int64_t{-5}},
                          {"seen", uint64_t{18446744073709551615u}},
                          {"seconds", 0.25},
                          {"again", false}});
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_EQ(lines_[0].substr(0, 9), "{\"time\":\"");
  EXPECT_EQ(AfterTime(lines_[0], 9),
            "\",\"level\":\"warn\",\"message\":\"pod bound\",\"pod\":\"default/a\",\"cards\":2,"
            "\"free\":-5,\"seen\":18446744073709551615,\"seconds\":0.25,\"again\":false}\n");
}

TEST_F(LogTest, TextRecordQuotesOnlyWhatIsNoWord) {
  const auto log = Make(LogLevel::kInfo, Logger::Form::kText);
  log->Info("ready", {{"node", "n1"}, {"why", "two words"}, {"none", ""}, {"eq", "a=b"}});
  log->Error("stopped");
  ASSERT_EQ(lines_.size(), 2u);
  EXPECT_EQ(AfterTime(lines_[0], 0),
            " info  ready node=n1 why=\"two words\" none=\"\" eq=\"a=b\"\n");
  EXPECT_EQ(AfterTime(lines_[1], 0), " error stopped\n");
}

struct Hostile {
  const char* name;
  std::string text;
  std::string json;
};

class HostileTextTest : public LogTest, public ::testing::WithParamInterface<Hostile> {};

TEST_P(HostileTextTest, StaysOneRecord) {
  for (const Logger::Form form : {Logger::Form::kJson, Logger::Form::kText}) {
    lines_.clear();
    const auto log = Make(LogLevel::kInfo, form);
    log->Info(GetParam().text, {{"pod", GetParam().text}});
    ASSERT_EQ(lines_.size(), 1u);
    EXPECT_EQ(lines_[0].find('\n'), lines_[0].size() - 1);
    EXPECT_EQ(lines_[0].find('\x1b'), std::string::npos);
    EXPECT_THAT(lines_[0], HasSubstr(GetParam().json));
  }
}

INSTANTIATE_TEST_SUITE_P(
    LogTest, HostileTextTest,
    ::testing::Values(Hostile{"Quote", R"(a","level":"error)", R"("a\",\"level\":\"error")"},
                      Hostile{"Newline", "a\n{\"time\":\"x\"}", R"("a\n{\"time\":\"x\"}")"},
                      Hostile{"Backslash", "a\\ \"", R"("a\\ \"")"},
                      Hostile{"Escape", "a \x1b[2J", R"("a \u001b[2J")"},
                      Hostile{"Nul", std::string("a\0 b", 4), R"("a\u0000 b")"},
                      Hostile{"C1", "a \xc2\x9b", R"("a \u009b")"},
                      Hostile{"Latin1", "caf\xe9 x", "\"caf\xef\xbf\xbd x\""},
                      Hostile{"CutUtf8", "x \xe2\x82", "\"x \xef\xbf\xbd\xef\xbf\xbd\""},
                      Hostile{"Overlong", "x \xc0\xaf", "\"x \xef\xbf\xbd\xef\xbf\xbd\""},
                      Hostile{"Surrogate", "x \xed\xa0\x80",
                              "\"x \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
                      Hostile{"GoodUtf8", "x \xe2\x82\xac", "\"x \xe2\x82\xac\""}),
    [](const auto& test) { return test.param.name; });

TEST_F(LogTest, RecordsBelowTheLevelAreDropped) {
  const auto log = Make(LogLevel::kWarn, Logger::Form::kJson);
  log->Info("no");
  EXPECT_TRUE(lines_.empty());
  log->SetLevel(LogLevel::kTrace);
  log->Log(LogLevel::kTrace, "yes");
  EXPECT_EQ(lines_.size(), 1u);
  log->SetLevel(LogLevel::kOff);
  log->Error("no");
  EXPECT_EQ(lines_.size(), 1u);
}

TEST_F(LogTest, LevelsAreReadAsTheyAreWritten) {
  for (const LogLevel level : {LogLevel::kTrace, LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarn,
                               LogLevel::kError, LogLevel::kOff}) {
    const auto parsed = ParseLogLevel(ToText(level));
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(*parsed, level);
  }
  EXPECT_FALSE(ParseLogLevel("INFO").ok());
}

TEST_F(LogTest, ThreadsDoNotInterleave) {
  const auto log = Make(LogLevel::kInfo, Logger::Form::kJson);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&log, t] {
      for (int i = 0; i < 100; ++i) log->Info("tick", {{"thread", t}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(lines_.size(), 400u);
}

}  // namespace
}  // namespace tangram::api::telemetry
