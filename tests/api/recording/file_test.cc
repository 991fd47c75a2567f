// The file of a recording: what is written is read, and what is broken is told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "api/recording/reader.h"
#include "api/recording/writer.h"
#include "model/cluster.h"
#include "scheduler/policy.h"
#include "scheduler/recording/rerun.h"
#include "scheduler/recording/survey.h"
#include "scheduler/recording/verifier.h"
#include "tests/support/scheduler_world.h"
#include "tests/support/temp_dir.h"

namespace tangram::api::recording {
namespace {

using scheduler::recording::Entry;
using scheduler::recording::FilterAnswered;
using scheduler::recording::OfferedNodes;
using scheduler::recording::Record;
using scheduler::recording::RecordQueue;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string TextOf(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

model::Pod FullPod() {
  model::Pod pod = testing::MakePod("full", 1000, 25, 2);
  pod.id.name_space = "späce \"x\"\n";
  pod.host = {1500, 2048};
  model::ContainerRequest init;
  init.kind = model::ContainerKind::kInit;
  init.count = 1;
  init.memory_percent = 30;
  model::ContainerRequest sidecar = init;
  sidecar.kind = model::ContainerKind::kSidecar;
  pod.request.containers.insert(pod.request.containers.begin(), {init, sidecar});
  pod.request.constraints = {.use_types = {"a100"},
                             .avoid_types = {"t4"},
                             .use_uuids = {"a", "b"},
                             .avoid_uuids = {"c"},
                             .numa_bind = true,
                             .modes = "hami-core"};
  pod.request.containers[0].vendor = model::Vendor::kAmd;
  pod.request.other_constraints[model::Vendor::kAmd].use_types = {"mi300x"};
  pod.request.node_policy = "spread";
  pod.request.profile = "batch";
  pod.request.card_policy = "binpack,numa";
  pod.request.weights = {.slots = 2, .cores = 0, .memory = -3};
  pod.request.kubelet_gpus = 7;
  return pod;
}

model::Allocation FullAllocation() {
  return {
      {{model::ContainerKind::kInit,
        {{"gpu0", model::Mebibytes(5), model::CorePercent(1), std::nullopt, model::Vendor::kAmd,
          "MI300X"}}},
       {model::ContainerKind::kApp, {}},
       {model::ContainerKind::kSidecar, {{"gpu1", model::Mebibytes(7), model::CorePercent(2)}}}}};
}

// One of each kind that is written as it is.
std::vector<Entry> Entries() {
  using namespace scheduler::recording;  // NOLINT: a list of its names
  const model::Pod pod = FullPod();
  model::NodeSpec spec = testing::MakeNode("n", 2, 40000).spec;
  spec.gpus[1].cordoned = true;
  spec.gpus[1].vendor = model::Vendor::kAmd;
  spec.gpus[1].numa = -1;
  spec.host = model::HostResources{64000, 262144};
  model::NodeSpec bare;
  bare.name = "bare";
  return {EventApplied{model::NodeUpserted{spec}, 1},
          EventApplied{model::NodeUpserted{bare}, 2},
          EventApplied{model::PodBooked{"u", "n", FullAllocation(), true, 3, {1, 2}}, 3},
          EventApplied{model::PodUnaccounted{"v", "n", 1, {3, 4}}, 4},
          EventApplied{model::PodReleased{"u"}, 5},
          EventApplied{model::NodeRemoved{"bare"}, 6},
          HoldBegun{"u", "n", {{"gpu0", {model::Slots(1), model::Mebibytes(2), {}}}}, 1},
          HoldEnded{"u"},
          PodSeen{pod.id, pod.request, pod.host},
          PodGone{"u", true},
          LearningBegun{"fgd"},
          PolicyChanged{"fgd", 3},
          MigLearningBegun{},
          MigPolicyChanged{4},
          VerbBegun{17, true, true, pod.id, pod.request, pod.host, "n"},
          VerbDropped{17},
          CardsChosen{pod.id, "n", pod.request, pod.host, true, {}, FullAllocation()},
          CardsChosen{pod.id, "n", pod.request, {}, false, {"CardNotHealth"}, {}}};
}

TEST(LineTest, EveryKindOfEntryIsReadAsItWasWritten) {
  for (const Entry& entry : Entries()) {
    Line line{5, EndLine()};
    std::visit(
        [&line](const auto& content) {
          if constexpr (requires { line.content = content; }) line.content = content;
        },
        entry);
    const std::string text = Encode(line);
    const auto back = DecodeLine(text);
    ASSERT_TRUE(back.ok()) << text << ": " << back.status();
    EXPECT_EQ(Encode(*back), text);
    EXPECT_EQ(back->at_ms, 5);
    EXPECT_EQ(back->content.index(), line.content.index());
  }
}

TEST(LineTest, NothingOfAPodOrANodeIsLost) {
  const model::Pod pod = FullPod();
  auto line =
      DecodeLine(Encode(Line{0, scheduler::recording::PodSeen{pod.id, pod.request, pod.host}}));
  ASSERT_TRUE(line.ok()) << line.status();
  const auto& seen = std::get<scheduler::recording::PodSeen>(line->content);
  EXPECT_EQ(seen.id, pod.id);
  EXPECT_EQ(seen.request, pod.request);
  EXPECT_EQ(seen.host, pod.host);
  for (const Entry& entry : Entries()) {
    const auto* applied = std::get_if<scheduler::recording::EventApplied>(&entry);
    if (applied == nullptr) continue;
    line = DecodeLine(Encode(Line{0, *applied}));
    ASSERT_TRUE(line.ok()) << line.status();
    const model::Event& event = std::get<scheduler::recording::EventApplied>(line->content).event;
    if (const auto* node = std::get_if<model::NodeUpserted>(&applied->event)) {
      EXPECT_EQ(std::get<model::NodeUpserted>(event).spec, node->spec);
    } else if (const auto* booked = std::get_if<model::PodBooked>(&applied->event)) {
      EXPECT_EQ(std::get<model::PodBooked>(event).allocation, booked->allocation);
    }
  }
}

TEST(LineTest, WhatIsWrongIsNamedWithItsPath) {
  const auto error = [](const char* text) {
    return std::string(DecodeLine(text).status().message());
  };
  EXPECT_THAT(error("[]"), HasSubstr("not a JSON object"));
  EXPECT_THAT(error("{\"e\":\"dance\"}"), HasSubstr("\"dance\""));
  EXPECT_THAT(error(R"({"e":"gone","uid":7})"), HasSubstr("uid: 7 is not allowed; must be a text"));
  EXPECT_THAT(error(R"({"e":"gone","uid":"a","colour":1})"), HasSubstr("colour"));
  EXPECT_THAT(error(R"({"e":"seen","request":{"containers":[{},{"count":1.5}]}})"),
              HasSubstr("request.containers[1].count: 1.5 is not allowed"));
  EXPECT_THAT(error(R"({"e":"seen","request":{"containers":[{"kind":"main"}]}})"),
              HasSubstr("request.containers[0].kind: \"main\" is not allowed; must be init"));
  EXPECT_THAT(error(R"({"e":"node","node":{"gpus":[{"memory_mib":-1}]}})"),
              HasSubstr("node.gpus[0].memory_mib: -1"));
  EXPECT_THAT(error(R"({"e":"policy","version":18446744073709551615})"), HasSubstr("version"));
}

TEST(RunsTest, AListOfNumbersIsATextOfRuns) {
  EXPECT_EQ(Runs({}), "");
  EXPECT_EQ(Runs({4}), "4");
  EXPECT_EQ(Runs({5, 0, 1, 2, 9, 8}), "5,0-2,9,8");
  EXPECT_THAT(*ParseRuns("5,0-2,9,8", 10), ElementsAre(5, 0, 1, 2, 9, 8));
  EXPECT_TRUE(ParseRuns("", 0)->empty());
  for (const char* wrong :
       {"10", "3-2", "1,", ",1", "1-", "-", "a", "0-9,0", "0-4294967295", "1 "}) {
    EXPECT_FALSE(ParseRuns(wrong, 10).ok()) << wrong;
  }
}

// A recording of one pod on two nodes.
std::string SmallRecording(const std::string& path) {
  RecordQueue queue;
  {
    scheduler::SchedulerOptions options;
    options.record = &queue;
    testing::SchedulerWorld world(
        {testing::MakeNode("a", 1, 40000), testing::MakeNode("b", 2, 40000)}, options);
    const model::Pod pod = testing::MakePod("p", 1000);
    world.scheduler->OnPod(pod);
    const std::vector<std::string_view> names = {"b", "c", "a"};
    world.scheduler->Filter({pod, names}).IgnoreError();
    world.scheduler->Prioritize({pod, names}).IgnoreError();
    world.Bind(pod, "a");
  }
  auto writer = Writer::Create(path, {"1.0", 1, {{"node-policy", "binpack"}}}, queue,
                               std::chrono::seconds(0));
  EXPECT_TRUE(writer.ok()) << writer.status();
  EXPECT_TRUE((*writer)->Finish().ok());
  return TextOf(path);
}

struct Outcome {
  absl::Status status;
  std::string warning;
  uint64_t entries = 0;
};

// Reads the file to its end and has everything that takes in entries take them.
Outcome ReadWhole(const std::string& path) {
  Outcome outcome;
  const auto reader = Reader::Open(path);
  outcome.status = reader.status();
  if (!reader.ok()) return outcome;
  scheduler::SchedulerOptions options;
  options.node_policy = scheduler::FindNodePolicy("binpack");
  scheduler::recording::Verifier verifier(options);
  scheduler::recording::Survey survey;
  std::vector<Record> records;
  while (true) {
    Record record;
    const auto there = (*reader)->Next(&record);
    outcome.status = there.status();
    if (!there.ok() || !*there) break;
    ++outcome.entries;
    outcome.status = verifier.Take(record, (*reader)->line());
    if (outcome.status.ok()) outcome.status = survey.Take(record);
    records.push_back(std::move(record));
    if (!outcome.status.ok()) break;
  }
  scheduler::recording::Rerun rerun(options, survey.pods());
  for (const Record& record : records) {
    if (!rerun.Take(record).ok()) break;
  }
  rerun.Report();
  outcome.warning = (*reader)->warning();
  return outcome;
}

class ReaderTest : public ::testing::Test {
 protected:
  const testing::TempDir folder_;
};
using WriterTest = ReaderTest;

TEST_F(ReaderTest, AFileCutAnywhereIsReadUpToThere) {
  const std::string path = folder_.File("cut.jsonl");
  const std::string text = SmallRecording(path);
  const uint64_t whole = ReadWhole(path).entries;
  EXPECT_EQ(ReadWhole(path).warning, "");
  EXPECT_GE(whole, 8u);
  const size_t header = text.find('\n') + 1;
  uint64_t before = 0;
  for (size_t size = 0; size < text.size(); ++size) {
    std::ofstream(path, std::ios::binary) << text.substr(0, size);
    const Outcome outcome = ReadWhole(path);
    if (size < header) {
      EXPECT_FALSE(outcome.status.ok()) << size;
      continue;
    }
    EXPECT_TRUE(outcome.status.ok()) << size << ": " << outcome.status;
    EXPECT_THAT(outcome.warning, HasSubstr(path)) << size;
    EXPECT_GE(outcome.entries, before);
    before = outcome.entries;
  }
  EXPECT_EQ(before, whole);
}

TEST_F(ReaderTest, APackedFileCutAnywhereIsNoCrash) {
  const std::string path = folder_.File("cut.jsonl.gz");
  SmallRecording(path);
  const std::string bytes = TextOf(path);
  const Outcome whole = ReadWhole(path);
  EXPECT_TRUE(whole.status.ok());
  for (size_t size = 0; size < bytes.size(); ++size) {
    std::ofstream(path, std::ios::binary) << bytes.substr(0, size);
    const Outcome outcome = ReadWhole(path);
    // Where nothing but the checksum is missing, all was read.
    EXPECT_TRUE(!outcome.status.ok() || !outcome.warning.empty() ||
                outcome.entries == whole.entries)
        << size;
  }
}

TEST_F(ReaderTest, BrokenBytesAreAnErrorOrADifferenceAndNeverACrash) {
  const std::string path = folder_.File("broken.jsonl");
  const std::string text = SmallRecording(path);
  std::mt19937 random(5);
  constexpr std::string_view kBytes = "0123456789-,:\"{}[]aelnu. \n\\";
  int errors = 0;
  for (int i = 0; i < 2000; ++i) {
    std::string broken = text;
    for (int change = 0; change <= static_cast<int>(random() % 3); ++change) {
      broken[random() % broken.size()] = kBytes[random() % kBytes.size()];
    }
    std::ofstream(path, std::ios::binary) << broken;
    const Outcome outcome = ReadWhole(path);
    errors += outcome.status.ok() ? 0 : 1;
  }
  EXPECT_GT(errors, 300);
}

TEST_F(ReaderTest, AnErrorNamesFileLineAndField) {
  const std::string path = folder_.File("wrong.jsonl");
  std::string text = SmallRecording(path);
  const size_t at = text.find("\"cores\":100");
  ASSERT_NE(at, std::string::npos);
  text.replace(at, 11, "\"cores\":-10");
  std::ofstream(path, std::ios::binary) << text;
  EXPECT_THAT(std::string(ReadWhole(path).status.message()),
              AllOf(HasSubstr(path + ":2: "), HasSubstr("node.gpus[0].cores: -10")));
}

TEST_F(ReaderTest, OtherFilesAreNoRecordings) {
  const std::string path = folder_.File("other.json");
  std::ofstream(path) << "{\"items\":[]}\n";
  EXPECT_FALSE(Reader::Recognizes(path));
  EXPECT_FALSE(Reader::Recognizes(folder_.File("missing")));
  EXPECT_THAT(std::string(Reader::Open(path).status().message()),
              HasSubstr(path + ":1: no recording"));
  EXPECT_THAT(std::string(Reader::Open(folder_.File("missing")).status().message()),
              HasSubstr("cannot read"));
  SmallRecording(path);
  EXPECT_TRUE(Reader::Recognizes(path));
}

TEST_F(WriterTest, AListOfNodesIsWrittenOnceAndNamedAfterwards) {
  const std::string path = folder_.File("lists.jsonl");
  RecordQueue queue;
  std::vector<std::string> names;
  for (int i = 0; i < 3000; ++i) names.push_back("node-" + std::to_string(i));
  std::vector<std::string_view> views(names.begin(), names.end());
  for (uint64_t call = 0; call < 100; ++call) {
    FilterAnswered answer;
    answer.call = call;
    answer.offered = OfferedNodes::OfNames(views);
    queue.Add({{}, answer});
    // More lists than are kept, so that some are written again.
    answer.offered = OfferedNodes::OfNames(std::span(views).first(1 + call % 20));
    queue.Add({{}, answer});
  }
  auto writer = Writer::Create(path, {}, queue, {});
  ASSERT_TRUE((*writer)->Finish().ok());
  EXPECT_LT(TextOf(path).size(), 100'000u);
  auto reader = Reader::Open(path);
  ASSERT_TRUE(reader.ok());
  Record record;
  for (uint64_t call = 0; call < 100; ++call) {
    ASSERT_TRUE(*(*reader)->Next(&record));
    EXPECT_EQ(std::get<FilterAnswered>(record.entry).offered.Names(), views);
    ASSERT_TRUE(*(*reader)->Next(&record));
    EXPECT_EQ(std::get<FilterAnswered>(record.entry).offered.Names().size(), 1 + call % 20);
  }
  EXPECT_FALSE(*(*reader)->Next(&record));
}

TEST_F(WriterTest, AQueueThatIsFullEndsTheRecordingWithALineThatSaysSo) {
  const std::string path = folder_.File("full.jsonl");
  RecordQueue queue(/*bytes_max=*/10'000);
  auto writer = Writer::Create(path, {}, queue, {});
  ASSERT_TRUE(writer.ok());
  for (int i = 0; i < 100; ++i) queue.Add({{}, scheduler::recording::HoldEnded{"u"}});
  EXPECT_FALSE(queue.open());
  const absl::Status status = (*writer)->Drain();
  EXPECT_THAT(std::string(status.message()), HasSubstr("became too much"));
  EXPECT_TRUE((*writer)->Finish().ok());
  const Outcome outcome = ReadWhole(path);
  EXPECT_GT(outcome.entries, 3u);
  EXPECT_THAT(outcome.warning, HasSubstr("ended before the server did"));
}

TEST_F(WriterTest, ADiskThatRefusesEndsTheRecordingAtAWholeLine) {
  const std::string path = folder_.File("refused.jsonl");
  RecordQueue queue;
  auto writer = Writer::Create(path, {}, queue, {});
  ASSERT_TRUE(writer.ok());
  for (int i = 0; i < 1000; ++i) queue.Add({{}, scheduler::recording::HoldEnded{"u"}});
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small = {2000, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const absl::Status status = (*writer)->Finish();
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(std::string(status.message()), HasSubstr(path));
  EXPECT_FALSE(queue.open());
  const std::string text = TextOf(path);
  ASSERT_FALSE(text.empty());
  EXPECT_EQ(text.back(), '\n');
  EXPECT_TRUE(ReadWhole(path).status.ok());
  EXPECT_TRUE((*writer)->Drain().ok());  // told once
}

TEST_F(WriterTest, ARecordingThatIsThereIsKeptAsideAndAFolderIsNone) {
  const std::string path = folder_.File("kept.jsonl");
  std::ofstream(path) << "the last one";
  RecordQueue queue;
  ASSERT_TRUE(Writer::Create(path, {}, queue, {}).ok());
  EXPECT_EQ(TextOf(path + ".old"), "the last one");
  EXPECT_THAT(
      std::string(Writer::Create(folder_.File("no/such/folder"), {}, queue, {}).status().message()),
      HasSubstr("no/such/folder"));
  const absl::Status full = Writer::Create("/dev/full", {}, queue, {}).status();
  EXPECT_THAT(std::string(full.message()), HasSubstr("cannot write /dev/full"));
}

}  // namespace
}  // namespace tangram::api::recording
