// Lines arrive whole and in order, and a reader that is not there holds up nobody.
#include "api/telemetry/line_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tangram::api::telemetry {
namespace {

using std::chrono::milliseconds;
using ::testing::EndsWith;
using ::testing::StartsWith;

class LineWriterTest : public ::testing::Test {
 protected:
  LineWriterTest() {
    EXPECT_EQ(::pipe2(ends_, O_CLOEXEC), 0);
    ::fcntl(ends_[1], F_SETPIPE_SZ, 4096);
  }
  ~LineWriterTest() override {
    CloseReader();
    ::close(ends_[1]);
  }
  void CloseReader() {
    if (ends_[0] >= 0) ::close(ends_[0]);
    ends_[0] = -1;
  }
  LineWriterOptions Options(size_t queue_bytes = 1 << 20) {
    return {
        .queue_bytes_max = queue_bytes,
        .patience = milliseconds(100),
        .tell_dropped = [](uint64_t count) { return "dropped " + std::to_string(count) + "\n"; }};
  }
  // Everything until `last` has come.
  std::string ReadUntil(const std::string& last) {
    std::string text;
    char buffer[4096];
    while (text.find(last) == std::string::npos) {
      const ssize_t size = ::read(ends_[0], buffer, sizeof(buffer));
      if (size <= 0) break;
      text.append(buffer, static_cast<size_t>(size));
    }
    return text;
  }
  int ends_[2] = {-1, -1};
};

TEST_F(LineWriterTest, LinesArriveInOrder) {
  LineWriter writer(ends_[1], Options());
  std::string expected;
  for (int i = 0; i < 100; ++i) expected += "line " + std::to_string(i) + "\n";
  for (int i = 0; i < 100; ++i) writer.Write("line " + std::to_string(i) + "\n");
  EXPECT_EQ(ReadUntil("line 99\n"), expected);
  EXPECT_TRUE(writer.Flush());
}

TEST_F(LineWriterTest, ThatNobodyReadsBlocksNobodyAndIsToldWhenSomebodyDoes) {
  const std::string line(1000, 'x');
  LineWriter writer(ends_[1], Options(10'000));
  for (int i = 0; i < 1000; ++i) writer.Write(line + "\n");
  EXPECT_FALSE(writer.Flush());
  const uint64_t dropped = writer.dropped();
  EXPECT_GT(dropped, 900u);
  const std::string text = ReadUntil("dropped");
  EXPECT_THAT(text, StartsWith(line + "\n" + line + "\n"));
  EXPECT_EQ(writer.dropped(), dropped);
}

TEST_F(LineWriterTest, TheEndDoesNotWaitForAReaderThatIsNotThere) {
  auto writer = std::make_unique<LineWriter>(ends_[1], Options());
  for (int i = 0; i < 100; ++i) writer->Write(std::string(1000, 'x') + "\n");
  writer.reset();  // returns
}

TEST_F(LineWriterTest, TheEndWritesWhatIsQueuedWhereSomebodyReads) {
  std::string text;
  std::thread reader([&] { text = ReadUntil("last\n"); });
  {
    LineWriterOptions options = Options();
    options.patience = std::chrono::seconds(60);
    LineWriter writer(ends_[1], options);
    for (int i = 0; i < 100; ++i) writer.Write(std::string(1000, 'x') + "\n");
    writer.Write("last\n");
  }
  reader.join();
  EXPECT_EQ(text.size(), 100u * 1001u + 5u);
  EXPECT_THAT(text, EndsWith("\nlast\n"));
}

TEST_F(LineWriterTest, AReaderThatHasGoneIsNotWaitedFor) {
  std::signal(SIGPIPE, SIG_IGN);
  CloseReader();
  LineWriter writer(ends_[1], Options());
  writer.Write("a\n");
  EXPECT_TRUE(writer.Flush());
  EXPECT_EQ(writer.dropped(), 1u);
}

}  // namespace
}  // namespace tangram::api::telemetry
