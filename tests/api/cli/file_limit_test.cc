// However few files a process may open, some are left for probes and the API server.
#include "api/cli/file_limit.h"

#include <cstdint>

#include "gtest/gtest.h"

namespace tangram::api::cli {
namespace {

TEST(FileLimitTest, ManyFilesGiveTheFullLimits) {
  for (const uint64_t files : {uint64_t{65536}, uint64_t{1} << 30, UINT64_MAX}) {
    EXPECT_EQ(LimitsFor(files).connections, 1024);
    EXPECT_EQ(LimitsFor(files).waiting, 8192);
  }
}

TEST(FileLimitTest, AThousandFilesAreShared) {
  EXPECT_EQ(LimitsFor(1024).connections, 192);
  EXPECT_EQ(LimitsFor(1024).waiting, 576);
}

TEST(FileLimitTest, ConnectionsNeverTakeAllFiles) {
  for (uint64_t files = 8; files < 20000; ++files) {
    const ConnectionLimits limits = LimitsFor(files);
    EXPECT_GE(limits.connections, 1) << files;
    EXPECT_GE(limits.waiting, 1) << files;
    if (files >= 512) {
      EXPECT_LE(static_cast<uint64_t>(limits.connections + limits.waiting), files - 256) << files;
    }
  }
}

TEST(FileLimitTest, TheLimitCanBeRaisedAgainAndAgain) {
  const uint64_t files = RaiseFileLimit();
  EXPECT_GE(files, 1u);
  EXPECT_EQ(RaiseFileLimit(), files);
}

}  // namespace
}  // namespace tangram::api::cli
