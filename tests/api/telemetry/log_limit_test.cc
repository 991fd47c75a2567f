// A flood of one kind costs a few lines, other kinds keep theirs, and nothing is left out in
// silence.
#include "api/telemetry/log_limit.h"

#include <memory>
#include <string>
#include <vector>

#include "api/telemetry/log.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tangram::api::telemetry {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr LogLimit::Rate kRate = {.burst = 3, .per_second = 2};

class LogLimitTest : public ::testing::Test {
 protected:
  int Passed(LogLimit& limit, const std::string& kind, int asked) {
    int passed = 0;
    for (int i = 0; i < asked; ++i) passed += limit.Ask(kind, kRate).pass ? 1 : 0;
    return passed;
  }
  std::unique_ptr<Logger> Log() {
    return Logger::ToSink(
        LogLevel::kDebug, Logger::Form::kText,
        [this](std::string_view line) { lines_.emplace_back(line); },
        {.info = kRate, .debug = {.burst = 10, .per_second = 10}}, [this] { return now_; });
  }
  LogLimit::Time now_{seconds(1000)};
  std::vector<std::string> lines_;
};

TEST_F(LogLimitTest, ABurstPassesAndThenSoManyASecond) {
  LogLimit limit([this] { return now_; });
  EXPECT_EQ(Passed(limit, "a", 100), 3);
  EXPECT_EQ(Passed(limit, "b", 100), 3) << "of its own";
  now_ += milliseconds(500);
  EXPECT_EQ(Passed(limit, "a", 100), 1);
  now_ += seconds(3600);
  EXPECT_EQ(Passed(limit, "a", 100), 3) << "no more than a burst is saved up";
}

TEST_F(LogLimitTest, TheNextRecordTellsHowManyWereLeftOut) {
  LogLimit limit([this] { return now_; });
  Passed(limit, "a", 10);
  now_ += milliseconds(500);
  const LogLimit::Verdict verdict = limit.Ask("a", kRate);
  EXPECT_TRUE(verdict.pass);
  EXPECT_EQ(verdict.left_out, 7u);
  now_ += milliseconds(500);
  EXPECT_EQ(limit.Ask("a", kRate).left_out, 0u);
}

TEST_F(LogLimitTest, KindsWithoutEndShareOneBucket) {
  LogLimit limit([this] { return now_; });
  int passed = 0;
  for (int i = 0; i < 10000; ++i) passed += Passed(limit, std::to_string(i), 1);
  EXPECT_LE(passed, static_cast<int>(LogLimit::kKindsMax) + 3);
  EXPECT_GE(passed, static_cast<int>(LogLimit::kKindsMax));
}

TEST_F(LogLimitTest, ALoggerSaysWhatItLeftOut) {
  const auto log = Log();
  for (int i = 0; i < 50; ++i) log->Warn("node is odd", {{"node", i}});
  log->Info("other");
  EXPECT_EQ(lines_.size(), 4u);
  now_ += seconds(1);
  log->Warn("node is odd", {{"node", 50}});
  ASSERT_EQ(lines_.size(), 5u);
  EXPECT_THAT(lines_[4], HasSubstr("node is odd node=50 left_out=47\n"));
}

TEST_F(LogLimitTest, WhatAKindThatWentQuietLeftOutIsToldByTheNextRecordOfAny) {
  const auto log = Log();
  for (int i = 0; i < 50; ++i) log->Warn("node is odd");
  now_ += seconds(11);
  log->Info("other");
  ASSERT_EQ(lines_.size(), 5u);
  EXPECT_THAT(lines_[4], HasSubstr("log records left out of=\"node is odd\" left_out=47"));
  log->Info("other");
  EXPECT_EQ(lines_.size(), 6u) << "told once";
}

TEST_F(LogLimitTest, TheEndTellsWhatWasLeftOut) {
  {
    const auto log = Log();
    for (int i = 0; i < 50; ++i) log->Warn("node is odd");
  }
  EXPECT_THAT(lines_.back(), HasSubstr("left_out=47"));
}

TEST_F(LogLimitTest, DebugHasALimitOfItsOwn) {
  const auto log = Log();
  for (int i = 0; i < 50; ++i) log->Debug("filter");
  EXPECT_EQ(lines_.size(), 10u);
  log->Info("listening");
  EXPECT_THAT(lines_.back(), Not(HasSubstr("left_out")));
}

}  // namespace
}  // namespace tangram::api::telemetry
