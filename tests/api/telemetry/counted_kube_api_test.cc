// The counting KubeApi passes calls and answers on unchanged, counts them, and logs what failed.
#include "api/telemetry/counted_kube_api.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tangram::api::telemetry {
namespace {

using scheduler::NodeLockReading;
using scheduler::PodReading;
using scheduler::WriteOutcome;
using scheduler::WriteResult;
using ::testing::HasSubstr;

// Answers every call with what it was told to, and keeps what it was asked.
class ScriptedApi final : public scheduler::KubeApi {
 public:
  WriteResult write;
  PodReading pod;
  NodeLockReading lock;
  std::vector<std::string> calls;

  void PostBinding(const scheduler::BindingWrite& binding,
                   std::function<void(WriteResult)> done) override {
    calls.push_back("bind " + binding.pod.name + " " + binding.node);
    done(write);
  }
  void GetPod(const std::string& name_space, const std::string& name,
              std::function<void(PodReading)> done) override {
    calls.push_back("get " + name_space + "/" + name);
    done(pod);
  }
  void FencePod(const model::PodId& id, const std::string& version,
                std::function<void(PodReading)> done) override {
    calls.push_back("fence " + id.name + " " + version);
    done(pod);
  }
  void GetNodeLock(const std::string& node, std::function<void(NodeLockReading)> done) override {
    calls.push_back("get lock " + node);
    done(lock);
  }
  void PatchNodeLock(const std::string& node, const std::optional<std::string>& text,
                     const std::string& version, std::function<void(WriteResult)> done) override {
    calls.push_back("lock " + node + " " + text.value_or("-") + " " + version);
    done(write);
  }
  void PatchPodLabel(const model::PodId& id, const std::string& node,
                     std::function<void(WriteResult)> done) override {
    calls.push_back("label " + id.name + " " + node);
    done(write);
  }
  void WakeScheduler(const std::string& node, uint64_t version,
                     std::function<void(WriteResult)> done) override {
    calls.push_back("wake " + node + " " + std::to_string(version));
    done(write);
  }
};

class CountedKubeApiTest : public ::testing::Test {
 protected:
  ScriptedApi inner_;
  Metrics metrics_;
  std::vector<std::string> lines_;
  std::unique_ptr<Logger> log_ = Logger::ToSink(
      LogLevel::kInfo, Logger::Form::kText, [this](std::string_view l) { lines_.emplace_back(l); });
  CountedKubeApi api_{inner_, metrics_, *log_};
};

TEST_F(CountedKubeApiTest, EveryWriteIsPassedOnAndCounted) {
  inner_.write.outcome = WriteOutcome::kDone;
  inner_.write.resource_version = "12";
  std::vector<WriteResult> results;
  const auto done = [&results](WriteResult result) { results.push_back(std::move(result)); };
  scheduler::BindingWrite binding;
  binding.pod = {"default", "a", "u"};
  binding.node = "n1";
  api_.PostBinding(binding, done);
  api_.PatchNodeLock("n1", "text", "7", done);
  api_.PatchNodeLock("n1", std::nullopt, "8", done);
  api_.PatchPodLabel(binding.pod, "n1", done);
  api_.WakeScheduler("n1", 9, done);
  inner_.pod.outcome = PodReading::Outcome::kGone;
  PodReading fenced;
  api_.FencePod(binding.pod, "12", [&fenced](PodReading reading) { fenced = std::move(reading); });
  EXPECT_EQ(fenced.outcome, PodReading::Outcome::kGone);
  EXPECT_EQ(inner_.calls, (std::vector<std::string>{"bind a n1", "lock n1 text 7", "lock n1 - 8",
                                                    "label a n1", "wake n1 9", "fence a 12"}));
  ASSERT_EQ(results.size(), 5u);
  for (const WriteResult& result : results) {
    EXPECT_EQ(result.outcome, WriteOutcome::kDone);
    EXPECT_EQ(result.resource_version, "12");
  }
  const std::string page = metrics_.Render();
  for (const char* line :
       {"{kind=\"binding\",outcome=\"done\"} 1\n", "{kind=\"node_lock\",outcome=\"done\"} 2\n",
        "{kind=\"pod_label\",outcome=\"done\"} 1\n",
        "{kind=\"pod_fence\",outcome=\"not_found\"} 1\n",
        "{kind=\"wake_up\",outcome=\"done\"} 1\n"}) {
    EXPECT_THAT(page, HasSubstr(std::string("tangram_api_writes_total") + line));
  }
  EXPECT_TRUE(lines_.empty());
}

TEST_F(CountedKubeApiTest, UnknownOutcomeIsLoggedWithItsAnswer) {
  inner_.write.outcome = WriteOutcome::kUnknown;
  inner_.write.message = "connection lost";
  scheduler::BindingWrite binding;
  binding.pod = {"default", "a", "u"};
  bool called = false;
  api_.PostBinding(binding, [&called](const WriteResult&) { called = true; });
  EXPECT_TRUE(called);
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_THAT(lines_[0], HasSubstr("warn  API write not done kind=binding object=default/a "
                                   "outcome=unknown answer=\"connection lost\"\n"));
}

TEST_F(CountedKubeApiTest, ConflictIsNoWarning) {
  inner_.write.outcome = WriteOutcome::kConflict;
  api_.WakeScheduler("n1", 1, [](const WriteResult&) {});
  EXPECT_TRUE(lines_.empty());
  EXPECT_THAT(metrics_.Render(),
              HasSubstr("tangram_api_writes_total{kind=\"wake_up\",outcome=\"conflict\"} 1\n"));
}

TEST_F(CountedKubeApiTest, ReadsAreCountedByWhatTheyFound) {
  inner_.pod.outcome = PodReading::Outcome::kGone;
  inner_.lock.outcome = NodeLockReading::Outcome::kFound;
  inner_.lock.lock = "text";
  std::string lock;
  api_.GetPod("default", "a", [](const PodReading&) {});
  api_.GetNodeLock("n1", [&lock](const NodeLockReading& reading) { lock = reading.lock; });
  EXPECT_EQ(lock, "text");
  const std::string page = metrics_.Render();
  EXPECT_THAT(page, HasSubstr("tangram_api_reads_total{kind=\"pod\",outcome=\"gone\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("tangram_api_reads_total{kind=\"node_lock\",outcome=\"found\"} 1\n"));
}

}  // namespace
}  // namespace tangram::api::telemetry
