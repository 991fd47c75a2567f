// The KubeApi port over a journal.
#include "api/standalone/file_api.h"

#include <sys/resource.h>

#include <csignal>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/api/standalone/temp_folder.h"

namespace tangram::api::standalone {
namespace {

using scheduler::BindingWrite;
using scheduler::PodReading;
using scheduler::WriteOutcome;
using scheduler::WriteResult;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

BindingWrite Write(const std::string& name, const std::string& node = "n1",
                   const std::string& uid = "u") {
  BindingWrite write;
  write.pod = {"ns", name, uid};
  write.node = node;
  write.unix_seconds = 7;
  write.allocation.slots.resize(1);
  write.allocation.slots[0].shares = {{"GPU-a", model::Mebibytes(3000), model::CorePercent(30)}};
  return write;
}

model::Pod Waiting(const std::string& name, const std::string& uid = "u") {
  model::Pod pod;
  pod.id = {"ns", name, uid};
  return pod;
}

class FileApiTest : public testing::Test {
 protected:
  // Starts, or starts again, from the journal.
  void Start(std::vector<model::Pod> pods = {}) {
    api_.reset();
    JournalContent content;
    auto journal = Journal::Open(folder_.File("j"), "", "d", &content);
    ASSERT_TRUE(journal.ok()) << journal.status();
    api_ = std::make_unique<FileApi>(std::move(pods), content.records, *std::move(journal));
    api_->Watch([this](const model::Pod& pod) {
      const std::lock_guard lock(mutex_);
      shown_.push_back(pod.id.name + "@" + pod.node);
    });
  }

  WriteOutcome Bind(const BindingWrite& write) {
    std::promise<WriteResult> answer;
    api_->PostBinding(write, [&answer](WriteResult result) { answer.set_value(result); });
    return answer.get_future().get().outcome;
  }

  PodReading Get(const std::string& name) {
    std::promise<PodReading> answer;
    api_->GetPod("ns", name, [&answer](const PodReading& reading) { answer.set_value(reading); });
    return answer.get_future().get();
  }

  std::vector<std::string> Shown() {
    api_->Stop();
    const std::lock_guard lock(mutex_);
    return shown_;
  }

  const TempFolder folder_;
  std::mutex mutex_;
  std::vector<std::string> shown_;
  std::unique_ptr<FileApi> api_;
};

TEST_F(FileApiTest, ABindIsOnDiskWhenItIsAnsweredAndThenShown) {
  Start({Waiting("a")});
  EXPECT_EQ(Bind(Write("a")), WriteOutcome::kDone);
  const auto read = Journal::Read(folder_.File("j"), "d");
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_THAT(read->records, SizeIs(1));
  EXPECT_EQ(read->records[0].allocation, Write("a").allocation);
  EXPECT_THAT(Shown(), ElementsAre("a@n1"));
}

TEST_F(FileApiTest, ARestartContinuesWhereItWas) {
  Start({Waiting("a"), Waiting("b"), Waiting("c")});
  EXPECT_EQ(Bind(Write("a")), WriteOutcome::kDone);
  EXPECT_EQ(Bind(Write("b")), WriteOutcome::kDone);
  EXPECT_EQ(Bind(Write("submitted")), WriteOutcome::kDone);
  EXPECT_TRUE(api_->Delete("ns", "b").ok());
  Start({Waiting("a"), Waiting("b"), Waiting("c")});
  const std::vector<model::Pod> pods = api_->Pods();
  ASSERT_THAT(pods, SizeIs(3));
  EXPECT_EQ(pods[0].id.name, "a");
  EXPECT_EQ(pods[0].node, "n1");
  EXPECT_EQ(pods[0].allocation, Write("a").allocation);
  EXPECT_EQ(pods[0].allocation_state, model::AllocationState::kReadable);
  EXPECT_EQ(pods[0].request.kubelet_gpus, 1);
  EXPECT_EQ(pods[1].id.name, "c");
  EXPECT_FALSE(pods[1].bound());
  EXPECT_EQ(pods[2].id.name, "submitted");
}

TEST_F(FileApiTest, TheJournalStaysInProportionToThePodsThereAre) {
  Start({Waiting("of-the-file")});
  ASSERT_EQ(Bind(Write("stays")), WriteOutcome::kDone);
  ASSERT_TRUE(api_->Delete("ns", "of-the-file").ok());
  constexpr size_t kRounds = FileApi::kSpareLines * 6 / 10;  // two lines each
  for (size_t i = 0; i < kRounds; ++i) {
    ASSERT_EQ(Bind(Write("comes-and-goes")), WriteOutcome::kDone);
    ASSERT_TRUE(api_->Delete("ns", "comes-and-goes").ok());
  }
  const auto read = Journal::Read(folder_.File("j"), "d");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_LT(read->records.size(), FileApi::kSpareLines + 10);
  Start({Waiting("of-the-file")});
  const std::vector<model::Pod> pods = api_->Pods();
  ASSERT_THAT(pods, SizeIs(1)) << "what was deleted stays so";
  EXPECT_EQ(pods[0].id.name, "stays");
}

TEST_F(FileApiTest, ALongJournalIsCompactedAtTheStart) {
  {
    JournalContent content;
    auto journal = Journal::Open(folder_.File("j"), "", "d", &content);
    JournalRecord gone;
    gone.kind = JournalRecord::Kind::kDeleted;
    gone.pod = {"ns", "gone", "u"};
    const std::vector<JournalRecord> many(FileApi::kSpareLines, gone);
    ASSERT_TRUE((*journal)->Append(many).ok());
  }
  Start();
  const auto read = Journal::Read(folder_.File("j"), "d");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(read->records, IsEmpty());
}

// Files of this process may not grow beyond `bytes` while it lives: a full disk.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
};

TEST_F(FileApiTest, AJournalThatCannotBeWrittenSaysSoAndThePodIsNotGone) {
  Start();
  ASSERT_EQ(Bind(Write("a")), WriteOutcome::kDone);
  {
    const FullDisk full(folder_.Read("j").size() + 10);
    std::promise<WriteResult> answer;
    api_->PostBinding(Write("b"), [&answer](WriteResult result) { answer.set_value(result); });
    const WriteResult result = answer.get_future().get();
    EXPECT_EQ(result.outcome, WriteOutcome::kRefused);
    EXPECT_THAT(result.message, testing::HasSubstr("cannot write"));
    const PodReading reading = Get("b");
    ASSERT_EQ(reading.outcome, PodReading::Outcome::kFound);
    EXPECT_EQ(reading.pod.id.uid, "u");
    EXPECT_FALSE(reading.pod.bound());
    EXPECT_EQ(reading.pod.request.containers.at(0).memory, model::Mebibytes(3000));
    EXPECT_EQ(Get("b").outcome, PodReading::Outcome::kGone) << "told once";
  }
  EXPECT_EQ(Bind(Write("b")), WriteOutcome::kDone) << "there is room again";
  Start();
  EXPECT_THAT(api_->Pods(), SizeIs(2));
}

TEST_F(FileApiTest, CountsOfAPlainBindOutliveARestart) {
  Start({Waiting("a")});
  scheduler::BindingWrite write = Write("a");
  write.allocation = model::Allocation();
  write.counts = {{"nvidia.com/gpu", 2}, {"nvidia.com/mig-1g.10gb", 1}};
  EXPECT_EQ(Bind(write), WriteOutcome::kDone);
  Start({});
  const std::vector<model::Pod> pods = api_->Pods();
  ASSERT_THAT(pods, SizeIs(1));
  EXPECT_EQ(pods[0].request.kubelet_gpus, 2);
  EXPECT_TRUE(pods[0].request.asks_cards());
  EXPECT_EQ(pods[0].request.counted, (model::ResourceCounts{{"nvidia.com/mig-1g.10gb", 1}}));
}

TEST_F(FileApiTest, CpuAndMemoryOutliveABindAndARestart) {
  Start({Waiting("a")});
  scheduler::BindingWrite write = Write("a");
  write.host = {2500, 4096};
  write.counts = {{"nvidia.com/gpu", 3}};
  write.allocation.alone = true;
  EXPECT_EQ(Bind(write), WriteOutcome::kDone);
  EXPECT_EQ(Get("a").pod.host, (model::HostResources{2500, 4096}));
  Start({});
  const std::vector<model::Pod> pods = api_->Pods();
  ASSERT_THAT(pods, SizeIs(1));
  EXPECT_EQ(pods[0].host, (model::HostResources{2500, 4096}));
  EXPECT_EQ(pods[0].request.kubelet_gpus, 3);
  EXPECT_TRUE(pods[0].allocation.alone);
  EXPECT_EQ(pods[0].request.card_policy, "mutex") << "nobody else joins its cards";
}

TEST_F(FileApiTest, ARepeatedBindIsDoneAndAnotherNodeIsAConflict) {
  Start({Waiting("a")});
  EXPECT_EQ(Bind(Write("a")), WriteOutcome::kDone);
  EXPECT_EQ(Bind(Write("a")), WriteOutcome::kDone);
  EXPECT_EQ(Bind(Write("a", "n2")), WriteOutcome::kConflict);
  EXPECT_EQ(Bind(Write("a", "n1", "another-uid")), WriteOutcome::kConflict);
  EXPECT_THAT(Journal::Read(folder_.File("j"), "d")->records, SizeIs(1));
  EXPECT_THAT(Shown(), ElementsAre("a@n1"));
}

TEST_F(FileApiTest, OfBindsOfOnePodThatComeTogetherTheFirstDecides) {
  Start();
  std::vector<std::promise<WriteOutcome>> answers(60);
  for (size_t i = 0; i < answers.size(); ++i) {
    api_->PostBinding(
        Write("a", i == 0 ? "n1" : "n" + std::to_string(i % 3)),
        [&answers, i](const WriteResult& result) { answers[i].set_value(result.outcome); });
  }
  for (size_t i = 0; i < answers.size(); ++i) {
    const bool same = i == 0 || i % 3 == 1;
    EXPECT_EQ(answers[i].get_future().get(), same ? WriteOutcome::kDone : WriteOutcome::kConflict)
        << i;
  }
  EXPECT_THAT(Journal::Read(folder_.File("j"), "d")->records, SizeIs(1));
  EXPECT_THAT(Shown(), ElementsAre("a@n1"));
}

TEST_F(FileApiTest, PodsAreReadAndDeleted) {
  Start({Waiting("a")});
  EXPECT_EQ(Get("a").outcome, PodReading::Outcome::kFound);
  EXPECT_EQ(Get("b").outcome, PodReading::Outcome::kGone);
  EXPECT_EQ(Bind(Write("a")), WriteOutcome::kDone);
  EXPECT_EQ(Get("a").pod.node, "n1");
  const auto deleted = api_->Delete("ns", "a");
  ASSERT_TRUE(deleted.ok()) << deleted.status();
  EXPECT_EQ(*deleted, (model::PodId{"ns", "a", "u"}));
  EXPECT_EQ(Get("a").outcome, PodReading::Outcome::kGone);
  EXPECT_EQ(api_->Delete("ns", "a").status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(api_->Pods(), IsEmpty());
  // The name is free again for another pod.
  EXPECT_EQ(Bind(Write("a", "n2", "u2")), WriteOutcome::kDone);
}

TEST_F(FileApiTest, ThereAreNoNodeLocks) {
  Start();
  std::promise<WriteOutcome> patched;
  api_->PatchNodeLock("n1", "x", "1", [&](const WriteResult& r) { patched.set_value(r.outcome); });
  EXPECT_EQ(patched.get_future().get(), WriteOutcome::kRefused);
  std::promise<std::string> lock;
  api_->GetNodeLock("n1", [&](const scheduler::NodeLockReading& r) { lock.set_value(r.lock); });
  EXPECT_EQ(lock.get_future().get(), "");
}

TEST_F(FileApiTest, WithoutAJournalBindsLiveInMemory) {
  api_ =
      std::make_unique<FileApi>(std::vector<model::Pod>{}, std::vector<JournalRecord>{}, nullptr);
  EXPECT_EQ(Bind(Write("a")), WriteOutcome::kDone);
  EXPECT_THAT(api_->Pods(), SizeIs(1));
}

TEST(BoundPodTest, APlainBindHasNoAllocation) {
  JournalRecord record;
  record.pod = {"ns", "p", "u"};
  record.node = "n1";
  const model::Pod pod = BoundPod(record);
  EXPECT_EQ(pod.node, "n1");
  EXPECT_TRUE(pod.request.empty());
  EXPECT_EQ(pod.allocation_state, model::AllocationState::kNone);
}

}  // namespace
}  // namespace tangram::api::standalone
