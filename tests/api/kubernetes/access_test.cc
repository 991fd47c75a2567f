// Where credentials come from, and how they change.
#include "api/kubernetes/access.h"

#include <cstdlib>
#include <string>

#include "api/kubernetes/in_cluster.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temp_dir.h"

namespace tangram::api::kubernetes {
namespace {

using std::chrono::seconds;
using tangram::testing::TempDir;
using ::testing::HasSubstr;

const WallTime kStart{std::chrono::hours(1000)};

TEST(TextSourceTest, AFileIsReadAgainAfterAMinute) {
  TempDir dir;
  auto source = TextSource::File(dir.Write("token", "one"), "tokenFile");
  EXPECT_EQ(source->Get(kStart).value(), "one");
  dir.Write("token", "two");
  EXPECT_EQ(source->Get(kStart + seconds(60)).value(), "one");
  EXPECT_EQ(source->Get(kStart + seconds(61)).value(), "two");
}

TEST(TextSourceTest, InvalidateReadsAtOnce) {
  TempDir dir;
  auto source = TextSource::File(dir.Write("token", "one"), "tokenFile");
  EXPECT_EQ(source->Get(kStart).value(), "one");
  dir.Write("token", "two");
  source->Invalidate();
  EXPECT_EQ(source->Get(kStart).value(), "two");
}

TEST(TextSourceTest, AFileThatVanishedKeepsItsValueUntilItIsRefused) {
  TempDir dir;
  const std::string path = dir.Write("token", "one");
  auto source = TextSource::File(path, "users[0].user.tokenFile");
  EXPECT_EQ(source->Get(kStart).value(), "one");
  std::filesystem::remove(path);
  EXPECT_EQ(source->Get(kStart + seconds(100)).value(), "one");
  source->Invalidate();
  const absl::Status gone = source->Get(kStart + seconds(101)).status();
  EXPECT_TRUE(absl::IsNotFound(gone));
  EXPECT_EQ(gone.message(), "users[0].user.tokenFile: cannot read file \"" + path + "\"");
}

TEST(TextSourceTest, AClockSetBackDoesNotKeepAnOldToken) {
  TempDir dir;
  auto source = TextSource::File(dir.Write("token", "one"), "tokenFile");
  EXPECT_EQ(source->Get(kStart).value(), "one");
  dir.Write("token", "two");
  EXPECT_EQ(source->Get(kStart - std::chrono::hours(5)).value(), "two");
}

TEST(TextSourceTest, HugeFilesAndFoldersAreRefused) {
  TempDir dir;
  auto huge = TextSource::File(dir.Write("token", std::string((1 << 20) + 1, 'x')), "tokenFile");
  EXPECT_THAT(std::string(huge->Get(kStart).status().message()), HasSubstr("1 MiB"));
  EXPECT_FALSE(TextSource::File(dir.path(), "tokenFile")->Get(kStart).ok());
}

TEST(CheckTokenTest, SpaceAroundIsStrippedAndControlCharactersInsideAreRefused) {
  EXPECT_EQ(CheckToken(" abc.def-_~+/=\r\n", "token").value(), "abc.def-_~+/=");
  for (const std::string bad : {"s\r\nX-Evil: 1", "s q", "s\tq", "s\x7f", "s\xc3\xa9", "s\nq"}) {
    const absl::Status s = CheckToken(bad, "users[0].user.token").status();
    EXPECT_TRUE(absl::IsInvalidArgument(s)) << bad;
    EXPECT_THAT(std::string(s.message()), HasSubstr("users[0].user.token: character 2 has code"));
    EXPECT_EQ(std::string(s.message()).find(bad), std::string::npos) << "it quotes the token";
  }
}

TEST(ParseServerUrlTest, AddressesAreRead) {
  struct Case {
    const char* url;
    bool tls;
    const char* host;
    int port;
    const char* prefix;
  };
  for (const Case& c : {Case{"https://127.0.0.1:6443", true, "127.0.0.1", 6443, ""},
                        Case{"https://api.example", true, "api.example", 443, ""},
                        Case{"http://localhost/", false, "localhost", 80, ""},
                        Case{"https://[fd00::1]:6443/k8s/clusters/c-1/", true, "fd00::1", 6443,
                             "/k8s/clusters/c-1"},
                        Case{"https://[::1]", true, "::1", 443, ""}}) {
    ClusterAccess access;
    ASSERT_TRUE(ParseServerUrl(c.url, "server", access).ok()) << c.url;
    EXPECT_EQ(access.tls, c.tls) << c.url;
    EXPECT_EQ(access.host, c.host) << c.url;
    EXPECT_EQ(access.port, c.port) << c.url;
    EXPECT_EQ(access.path_prefix, c.prefix) << c.url;
  }
}

TEST(ParseServerUrlTest, OthersAreRefusedByName) {
  for (const char* url :
       {"", "api.example:6443", "ftp://x", "https://", "https://:6443", "https://a:0",
        "https://a:65536", "https://a:", "https://a:64x", "https://user@a", "https://a/?x=1",
        "https://a#b", "https://[::1", "https://a b", "https://a\r\nX: y"}) {
    ClusterAccess access;
    const absl::Status s = ParseServerUrl(url, "clusters[0].cluster.server", access);
    EXPECT_TRUE(absl::IsInvalidArgument(s)) << url;
    EXPECT_THAT(std::string(s.message()), HasSubstr("clusters[0].cluster.server: \""));
    EXPECT_THAT(std::string(s.message()), HasSubstr("allowed: http(s)://HOST[:PORT][/PREFIX]"));
  }
}

class InClusterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ::setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1", 1);
    ::setenv("KUBERNETES_SERVICE_PORT", "443", 1);
    dir_.Write("token", "abc\n");
    dir_.Write("ca.crt", "pem");
    dir_.Write("namespace", "kube-system\n");
  }
  void TearDown() override {
    ::unsetenv("KUBERNETES_SERVICE_HOST");
    ::unsetenv("KUBERNETES_SERVICE_PORT");
  }
  TempDir dir_;
};

TEST_F(InClusterTest, EverythingIsRead) {
  ASSERT_TRUE(RunsInCluster());
  const auto access = InClusterAccess(dir_.path());
  ASSERT_TRUE(access.ok()) << access.status();
  EXPECT_EQ((*access)->Url(), "https://10.0.0.1:443");
  EXPECT_EQ((*access)->name_space, "kube-system");
  EXPECT_EQ((*access)->credentials->BearerToken(std::chrono::system_clock::now()).value(), "abc");
  EXPECT_FALSE((*access)->insecure_skip_tls_verify);
}

TEST_F(InClusterTest, AnIpv6ServiceAddressIsBracketed) {
  ::setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
  const auto access = InClusterAccess(dir_.path());
  ASSERT_TRUE(access.ok()) << access.status();
  EXPECT_EQ((*access)->host, "fd00::1");
  EXPECT_EQ((*access)->Url(), "https://[fd00::1]:443");
}

TEST_F(InClusterTest, WhatIsMissingIsNamed) {
  std::filesystem::remove(dir_.File("ca.crt"));
  EXPECT_THAT(std::string(InClusterAccess(dir_.path()).status().message()), HasSubstr("ca.crt"));
  std::filesystem::remove(dir_.File("token"));
  EXPECT_THAT(std::string(InClusterAccess(dir_.path()).status().message()), HasSubstr("/token"));
  ::unsetenv("KUBERNETES_SERVICE_PORT");
  EXPECT_FALSE(RunsInCluster());
  EXPECT_THAT(std::string(InClusterAccess(dir_.path()).status().message()),
              HasSubstr("KUBERNETES_SERVICE_PORT is not set"));
}

}  // namespace
}  // namespace tangram::api::kubernetes
