// The journal: what is written is read again, what is torn is dropped, what is broken is refused.
#include "api/standalone/journal.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/api/standalone/temp_folder.h"

namespace tangram::api::standalone {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

JournalRecord Bound(const std::string& name) {
  JournalRecord record;
  record.pod = {"ns", name, "uid-" + name};
  record.node = "node-1";
  record.unix_seconds = 1795338018;
  record.allocation.slots.resize(3);
  record.allocation.slots[0].kind = model::ContainerKind::kInit;
  record.allocation.slots[1].kind = model::ContainerKind::kSidecar;
  record.allocation.slots[1].shares = {{"GPU-a", model::Mebibytes(3000), model::CorePercent(30)}};
  return record;
}

JournalRecord Deleted(const std::string& name) {
  JournalRecord record;
  record.kind = JournalRecord::Kind::kDeleted;
  record.pod = {"ns", name, "uid-" + name};
  return record;
}

class JournalTest : public testing::Test {
 protected:
  std::unique_ptr<Journal> Open(const std::string& digest = "d1") {
    content_ = {};
    auto journal = Journal::Open(folder_.File("j"), "", digest, &content_);
    status_ = journal.status();
    return journal.ok() ? *std::move(journal) : nullptr;
  }

  const TempFolder folder_;
  JournalContent content_;
  absl::Status status_;
};

TEST(JournalRecordTest, CpuAndMemoryAreReadBackAndMayBeAbsent) {
  JournalRecord record = Bound("a");
  EXPECT_EQ(DecodeRecord(EncodeRecord(record))->host, model::HostResources());
  record.host = {1500, 2048};
  const auto again = DecodeRecord(EncodeRecord(record));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->host, record.host);
  std::string broken = EncodeRecord(record);
  broken.replace(broken.find("1500"), 4, "-500");
  EXPECT_FALSE(DecodeRecord(broken).ok());
}

TEST(JournalRecordTest, SharesOfEveryVendorAreReadBack) {
  JournalRecord record = Bound("a");
  record.allocation.slots[2].shares = {{"3cff74a1", model::Mebibytes(9), model::CorePercent(152)}};
  record.allocation.slots[2].shares[0].vendor = model::Vendor::kAmd;
  record.allocation.slots[2].shares[0].product = "AMD Instinct MI300X";
  const auto again = DecodeRecord(EncodeRecord(record));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->allocation, record.allocation);
}

TEST_F(JournalTest, RecordsSurviveARestart) {
  {
    const auto journal = Open();
    ASSERT_NE(journal, nullptr) << status_;
    EXPECT_THAT(content_.records, IsEmpty());
    ASSERT_TRUE(journal->Append({Bound("a"), Bound("b")}).ok());
    ASSERT_TRUE(journal->Append({Deleted("a")}).ok());
  }
  const auto journal = Open();
  ASSERT_NE(journal, nullptr) << status_;
  ASSERT_THAT(content_.records, SizeIs(3));
  EXPECT_EQ(content_.warning, "");
  EXPECT_EQ(content_.records[0].kind, JournalRecord::Kind::kBound);
  EXPECT_EQ(content_.records[0].pod, Bound("a").pod);
  EXPECT_EQ(content_.records[0].node, "node-1");
  EXPECT_EQ(content_.records[0].unix_seconds, 1795338018);
  EXPECT_EQ(content_.records[0].allocation, Bound("a").allocation);
  EXPECT_EQ(content_.records[2].kind, JournalRecord::Kind::kDeleted);
  EXPECT_EQ(content_.records[2].pod, Bound("a").pod);
  const auto read = Journal::Read(folder_.File("j"), "d1");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(read->records, SizeIs(3));
}

TEST_F(JournalTest, InstancesSurviveARestart) {
  JournalRecord record = Bound("a");
  record.allocation.slots[2].shares = {{"GPU-m", model::Mebibytes(9728), model::CorePercent(15),
                                        model::MigInstance{"1g.10gb", {6, 1}}}};
  const auto read = DecodeRecord(EncodeRecord(record));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->allocation, record.allocation);
}

TEST_F(JournalTest, ATornLastLineIsDroppedAtWhateverByteItWasTorn) {
  std::string two;
  std::string one;
  {
    const auto journal = Open();
    ASSERT_TRUE(journal->Append({Bound("a")}).ok());
    one = folder_.Read("j");
    ASSERT_TRUE(journal->Append({Bound("b")}).ok());
    two = folder_.Read("j");
  }
  for (size_t size = one.size() + 1; size < two.size(); ++size) {
    folder_.Write("j", two.substr(0, size));
    const auto journal = Open();
    ASSERT_NE(journal, nullptr) << status_;
    EXPECT_THAT(content_.records, SizeIs(1)) << size;
    EXPECT_THAT(content_.warning, HasSubstr("j:3: the last line was cut short and is dropped"));
    // What follows is written where the torn line began.
    EXPECT_EQ(folder_.Read("j"), one);
  }
  const auto journal = Open();
  ASSERT_TRUE(journal->Append({Bound("c")}).ok());
  const auto read = Journal::Read(folder_.File("j"), "d1");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->records.at(1).pod.name, "c");
}

TEST_F(JournalTest, ATornHeaderBeginsAnew) {
  folder_.Write("j", R"({"digest":"d)");
  ASSERT_NE(Open(), nullptr) << status_;
  EXPECT_NE(content_.warning, "");
  ASSERT_NE(Open(), nullptr) << status_;
  EXPECT_EQ(content_.warning, "");
}

TEST_F(JournalTest, ABrokenLineInTheMiddleIsRefusedWithItsNumber) {
  { ASSERT_TRUE(Open()->Append({Bound("a"), Bound("b"), Bound("c")}).ok()); }
  std::string text = folder_.Read("j");
  text[text.find("node-1")] = '"';
  folder_.Write("j", text);
  EXPECT_EQ(Open(), nullptr);
  EXPECT_EQ(status_.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status_.message()), HasSubstr("j:2: no journal record"));
  EXPECT_EQ(folder_.Read("j"), text);
}

TEST_F(JournalTest, ACompleteLastLineThatCannotBeReadIsRefusedAndLeftAsItIs) {
  { ASSERT_TRUE(Open()->Append({Bound("a"), Bound("b")}).ok()); }
  const std::string whole = folder_.Read("j");
  const size_t last = whole.rfind('\n', whole.size() - 2) + 1;
  const std::string zeros(whole.size() - last - 1, '\0');
  for (const std::string& line :
       {std::string(R"({"op":"evict","namespace":"ns","name":"b","uid":"uid-b"})"), std::string(),
        std::string("no json"), zeros, whole.substr(last, 20)}) {
    const std::string text = whole.substr(0, last) + line + "\n";
    folder_.Write("j", text);
    EXPECT_EQ(Open(), nullptr) << line;
    EXPECT_EQ(status_.code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(std::string(status_.message()), HasSubstr("j:3: no journal record"));
    EXPECT_THAT(std::string(status_.message()), HasSubstr("newer version"));
    EXPECT_EQ(folder_.Read("j"), text);
  }
}

TEST_F(JournalTest, AFileThatIsNoJournalIsNeverOverwritten) {
  for (const char* text : {"notes", "notes\nof several\nlines", "{", "{}", "{\"digest\":\"d2",
                           "{\"digest\":\"d1\",\"format\":\"tangram-journal-9\"}"}) {
    folder_.Write("j", text);
    const auto journal = Open();
    if (std::string(text) == "{") {
      EXPECT_NE(journal, nullptr) << "the beginning of a header";
      continue;
    }
    EXPECT_EQ(journal, nullptr) << text;
    EXPECT_EQ(status_.code(), absl::StatusCode::kDataLoss) << status_;
    EXPECT_THAT(std::string(status_.message()), HasSubstr("j:1: not a journal"));
    EXPECT_EQ(folder_.Read("j"), text);
  }
}

TEST_F(JournalTest, TheClusterFileIsLockedUnderAnyName) {
  folder_.Write("c", "nodes");
  folder_.Link("c", "link");
  JournalContent content;
  const auto first = Journal::Open(folder_.File("c.journal"), folder_.File("c"), "d", &content);
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second =
      Journal::Open(folder_.File("link.journal"), folder_.File("link"), "d", &content);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition) << second.status();
  EXPECT_THAT(std::string(second.status().message()),
              HasSubstr("link is in use by another process"));
}

TEST_F(JournalTest, AJournalThatWasMovedAwayWhileInUseIsStillLockedByItsClusterFile) {
  folder_.Write("c", "nodes");
  JournalContent content;
  const auto first = Journal::Open(folder_.File("j"), folder_.File("c"), "d", &content);
  ASSERT_TRUE(first.ok()) << first.status();
  folder_.Rename("j", "old");
  EXPECT_FALSE(Journal::Open(folder_.File("j"), folder_.File("c"), "d", &content).ok());
}

TEST_F(JournalTest, CompactingKeepsTheLastLineOfEachPodAndNothingElse) {
  {
    const auto journal = Open();
    ASSERT_TRUE(
        journal->Append({Bound("a"), Bound("b"), Deleted("a"), Bound("c"), Bound("d")}).ok());
    JournalRecord moved = Bound("d");
    moved.node = "node-2";
    ASSERT_TRUE(journal->Append({Deleted("d"), moved, Deleted("file"), Deleted("c")}).ok());
    EXPECT_EQ(journal->lines(), 9u);
    ASSERT_TRUE(journal->Compact({{"ns", "file"}, {"ns", "untouched"}}).ok());
    EXPECT_EQ(journal->lines(), 3u);
    ASSERT_TRUE(journal->Append({Bound("e")}).ok()) << "it goes on in the new file";
  }
  ASSERT_NE(Open(), nullptr) << status_;
  ASSERT_THAT(content_.records, SizeIs(4));
  EXPECT_EQ(content_.records[0].pod.name, "b");
  EXPECT_EQ(content_.records[1].node, "node-2");
  EXPECT_EQ(content_.records[2].kind, JournalRecord::Kind::kDeleted);
  EXPECT_EQ(content_.records[2].pod.name, "file");
  EXPECT_EQ(content_.records[3].pod.name, "e");
}

TEST_F(JournalTest, ACompactedJournalStaysLocked) {
  const auto journal = Open();
  ASSERT_TRUE(journal->Append({Bound("a"), Deleted("a")}).ok());
  ASSERT_TRUE(journal->Compact({}).ok());
  EXPECT_EQ(Open(), nullptr);
  EXPECT_EQ(status_.code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(JournalTest, WhatACrashLeftOfAReplacementIsThrownAwayAndNothingElseIs) {
  const auto journal = Open();
  ASSERT_TRUE(journal->Append({Bound("a"), Deleted("a"), Bound("b")}).ok());
  folder_.Write("j.new", R"({"digest":"d1","for)");
  ASSERT_TRUE(journal->Compact({}).ok());
  folder_.Write("j.new", "somebody's notes");
  const absl::Status status = journal->Compact({});
  EXPECT_THAT(std::string(status.message()), HasSubstr("j.new is in the way"));
  EXPECT_EQ(folder_.Read("j.new"), "somebody's notes");
  EXPECT_TRUE(journal->Append({Bound("c")}).ok()) << "the journal goes on as it was";
  EXPECT_EQ(journal->lines(), 2u);
}

TEST_F(JournalTest, AnotherContentOfTheClusterFileIsRefused) {
  { ASSERT_TRUE(Open("d1")->Append({Bound("a")}).ok()); }
  EXPECT_EQ(Open("d2"), nullptr);
  EXPECT_EQ(status_.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status_.message()), HasSubstr("belongs to another content"));
}

TEST_F(JournalTest, HeadersOfOtherFormsAreRefused) {
  for (const char* header : {"{}", "[]", "7", "x", R"({"format":7,"digest":"d1"})",
                             R"({"format":"tangram-journal-9"})"}) {
    folder_.Write("j", std::string(header) + "\n");
    EXPECT_EQ(Open(), nullptr) << header;
    EXPECT_THAT(std::string(status_.message()), HasSubstr("j:1: not a journal of this version"));
  }
  folder_.Write("j", "{\"format\":\"tangram-journal-1\",\"digest\":{}}\n");
  EXPECT_EQ(Open(), nullptr);
}

TEST_F(JournalTest, OneProcessAtATime) {
  const auto first = Open();
  ASSERT_NE(first, nullptr) << status_;
  EXPECT_EQ(Open(), nullptr);
  EXPECT_EQ(status_.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status_.message()), HasSubstr("in use by another process"));
}

TEST_F(JournalTest, AFolderThatDoesNotExistIsNamed) {
  JournalContent content;
  const auto journal = Journal::Open(folder_.File("no/j"), "", "d", &content);
  EXPECT_EQ(journal.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(journal.status().message()), HasSubstr("no/j"));
}

TEST(JournalRecordTest, BrokenRecordsAreRefused) {
  ASSERT_TRUE(DecodeRecord(EncodeRecord(Bound("a"))).ok());
  for (
      const char* line :
      {"", "{}", "[]", "7", R"({"op":"bind"})", R"({"op":7,"namespace":"n","name":"p","uid":"u"})",
       R"({"op":"move","namespace":"n","name":"p","uid":"u"})",
       R"({"op":"bind","namespace":"n","name":"p","uid":"u","node":"x"})",
       R"({"op":"bind","namespace":"n","name":"p","uid":"u","node":"x","time":"7"})",
       R"({"op":"bind","namespace":"n","name":"p","uid":"u","node":"x","time":7,"devices":";"})",
       R"({"op":"bind","namespace":"n","name":"p","uid":"u","node":"x","time":7,"devices":"a,b,-1,0:;","containers":["app"]})",
       R"({"op":"bind","namespace":"n","name":"p","uid":"u","node":"x","time":7,"devices":";","containers":["what"]})"}) {
    EXPECT_FALSE(DecodeRecord(line).ok()) << line;
  }
}

}  // namespace
}  // namespace tangram::api::standalone
