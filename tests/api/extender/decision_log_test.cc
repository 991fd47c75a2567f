// Every decision leaves a line, and what is counted is the reason that matters.
#include "api/extender/decision_log.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tangram::api::extender {
namespace {

using scheduler::FilterOutcome;
using scheduler::Reason;
using telemetry::LogLevel;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

FilterOutcome::Refusal Refused(uint32_t position, std::vector<Reason> reasons,
                               bool resolvable = true) {
  FilterOutcome::Refusal refusal;
  refusal.position = position;
  refusal.resolvable = resolvable;
  for (const Reason reason : reasons) refusal.reasons.Add(reason);
  return refusal;
}

class DecisionLogTest : public ::testing::Test {
 protected:
  explicit DecisionLogTest(LogLevel level = LogLevel::kDebug)
      : log_(telemetry::Logger::ToSink(
            level, telemetry::Logger::Form::kText,
            [this](std::string_view line) { lines_.emplace_back(line.substr(25)); })) {
    call_.pod.id = {"ns", "p", "u"};
    call_.names = names_;
  }
  std::vector<std::string> lines_;
  std::unique_ptr<telemetry::Logger> log_;
  telemetry::Metrics metrics_;
  DecisionLog decisions_{*log_, metrics_};
  const std::vector<std::string_view> names_ = {"n0", "n1", "n2", "n3"};
  scheduler::FilterCall call_;
};

TEST_F(DecisionLogTest, AFilterNamesNodeCardsAndReasons) {
  scheduler::FilterReply reply;
  reply.outcome.fitting = {2};
  reply.outcome.fitting_total = 1;
  reply.outcome.best_placement.cards = {3, 4};
  reply.outcome.refused = {Refused(0, {Reason::kNodeUnknown}, false),
                           Refused(1, {Reason::kCardInsufficientMemory}),
                           Refused(3, {Reason::kCardInsufficientMemory})};
  decisions_.Filtered(call_, reply);
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_EQ(lines_[0],
            "debug filter pod=ns/p uid=u offered=4 fitting=1 node=n2 cards=3,4 refused=3 "
            "reasons=\"CardInsufficientMemory=2 NodeUnknown=1\"\n");
}

TEST_F(DecisionLogTest, PrioritizeNamesTheBestScores) {
  decisions_.Prioritized(call_, {.scores = {3, 10, 0, 10}});
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_THAT(lines_[0],
              HasSubstr("prioritize pod=ns/p uid=u nodes=4 scores=\"n1=10 n3=10 n0=3 n2=0\""));
}

TEST_F(DecisionLogTest, ARefusedBindIsToldAtInfoAndADoneOneAtDebug) {
  log_->SetLevel(LogLevel::kInfo);
  decisions_.Bound({call_.pod.id, "n1"}, "");
  EXPECT_THAT(lines_, IsEmpty());
  decisions_.Bound({call_.pod.id, "n1"}, "the pod is gone");
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_EQ(lines_[0], "info  bind refused pod=ns/p uid=u node=n1 why=\"the pod is gone\"\n");
  log_->SetLevel(LogLevel::kDebug);
  decisions_.Bound({call_.pod.id, "n1"}, "");
  EXPECT_THAT(lines_.back(), HasSubstr("debug bind pod=ns/p uid=u node=n1"));
}

TEST_F(DecisionLogTest, AnUnfitFilterCountsTheReasonThatKeepsMostNodesOff) {
  log_->SetLevel(LogLevel::kInfo);
  scheduler::FilterReply reply;
  reply.outcome.refused = {Refused(0, {Reason::kResourceNotOffered}, false),
                           Refused(1, {Reason::kResourceNotOffered}, false),
                           Refused(2, {Reason::kCardInsufficientCore, Reason::kUnaccountedPod}),
                           Refused(3, {Reason::kCardInsufficientCore})};
  EXPECT_EQ(MainReason(reply.outcome), Reason::kCardInsufficientCore);
  decisions_.Filtered(call_, reply);
  EXPECT_THAT(metrics_.Render(),
              HasSubstr("tangram_filter_rejections_total{reason=\"CardInsufficientCore\"} 1\n"));
  EXPECT_THAT(lines_, IsEmpty());
  reply.outcome.refused.resize(2);
  EXPECT_EQ(MainReason(reply.outcome), Reason::kResourceNotOffered) << "no node could ever";
  EXPECT_EQ(MainReason(FilterOutcome()), std::nullopt);
}

}  // namespace
}  // namespace tangram::api::extender
