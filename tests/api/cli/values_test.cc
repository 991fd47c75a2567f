// Texts of the command line as values.
#include "api/cli/values.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace tangram::api::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

TEST(DurationTest, NeedsAUnit) {
  struct Case {
    const char* text;
    nanoseconds want;
  };
  for (const Case& c : {Case{"2s", milliseconds(2000)}, Case{"500ms", milliseconds(500)},
                        Case{"1.5s", milliseconds(1500)}, Case{"25s", milliseconds(25000)},
                        Case{"2m", milliseconds(120000)}, Case{"24h", milliseconds(86400000)},
                        Case{"1m30s", milliseconds(90000)}, Case{"1h0.5m", milliseconds(3630000)},
                        Case{"0", milliseconds(0)}, Case{"0s", milliseconds(0)}}) {
    const auto got = ParseDuration(c.text);
    ASSERT_TRUE(got.ok()) << c.text;
    EXPECT_EQ(*got, c.want) << c.text;
  }
  for (const char* text :
       {"", "2", "s", "-1s", "+1s", "1 s", "1S", "25h", "1e3s", ".5s", "1.s", "inf s", "nans", "1d",
        "1m30", "m30s", "23h61m", "99999999999999999999s"}) {
    EXPECT_FALSE(ParseDuration(text).ok()) << text;
  }
}

TEST(BytesTest, NeedsAUnitAndStaysInRange) {
  EXPECT_EQ(*ParseBytes("16MiB"), uint64_t{16} << 20);
  EXPECT_EQ(*ParseBytes("1KiB"), 1024u);
  EXPECT_EQ(*ParseBytes("2048B"), 2048u);
  EXPECT_EQ(*ParseBytes("1GiB"), uint64_t{1} << 30);
  for (const char* text :
       {"", "16", "16MB", "1.5MiB", "-1MiB", "2GiB", "10B", "0KiB", "18446744073709551615GiB"}) {
    EXPECT_FALSE(ParseBytes(text).ok()) << text;
  }
}

TEST(HostPortTest, TakesLiteralsOnly) {
  EXPECT_EQ(ParseHostPort("127.0.0.1:9440")->host, "127.0.0.1");
  EXPECT_EQ(ParseHostPort("127.0.0.1:9440")->port, 9440);
  EXPECT_EQ(ParseHostPort("[::1]:80")->host, "::1");
  EXPECT_EQ(ParseHostPort("0.0.0.0:0")->port, 0);
  for (const char* text :
       {"", "9440", ":9440", "localhost:9440", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
        "127.0.0.1:-1", "::1:80", "[127.0.0.1]:80", "127.0.0.1:80 "}) {
    EXPECT_FALSE(ParseHostPort(text).ok()) << text;
  }
}

TEST(EditDistanceTest, CountsSlips) {
  EXPECT_EQ(EditDistance("", ""), 0u);
  EXPECT_EQ(EditDistance("abc", ""), 3u);
  EXPECT_EQ(EditDistance("policy", "policy"), 0u);
  EXPECT_EQ(EditDistance("polcy", "policy"), 1u);
  EXPECT_EQ(EditDistance("poilcy", "policy"), 1u);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
}

TEST(NearestWordTest, TakesTheFirstOfEquals) {
  const std::vector<std::string_view> words = {"bind-wait", "settle", "cat", "car"};
  EXPECT_EQ(NearestWord("setle", words), "settle");
  EXPECT_EQ(NearestWord("cab", words), "cat");
  EXPECT_EQ(NearestWord("x", std::vector<std::string_view>()), "");
}

}  // namespace
}  // namespace tangram::api::cli
