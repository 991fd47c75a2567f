// The exec plugin: small shell scripts play it.
#include "api/kubernetes/exec_credential.h"

#include <chrono>
#include <csignal>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "api/kubernetes/kubeconfig.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/support/temp_dir.h"

namespace tangram::api::kubernetes {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using tangram::testing::TempDir;
using ::testing::HasSubstr;

constexpr char kV1[] = "client.authentication.k8s.io/v1";

// Counts its runs in the file "runs" and hands out token-<run>, expiring at $EXPIRES.
constexpr char kPlugin[] = R"sh(#!/bin/sh
dir=$(dirname "$0")
echo run >> "$dir/runs"
n=$(wc -l < "$dir/runs")
printf '%s' "$KUBERNETES_EXEC_INFO" > "$dir/info"
printf '%s|' "$@" > "$dir/args"
echo "a note for people" >&2
printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"token-%s","expirationTimestamp":"%s"}}' "$((n))" "$EXPIRES"
)sh";

class ExecCredentialTest : public ::testing::Test {
 protected:
  ExecPlugin Plugin(std::string_view script) {
    ExecPlugin plugin;
    plugin.api_version = kV1;
    plugin.process.program = dir_.WriteProgram("plugin", script);
    plugin.process.variables = {{"EXPIRES", "2030-01-01T00:00:00Z"}};
    plugin.origin = "users[0].user.exec";
    return plugin;
  }
  std::string ErrorOf(std::string_view script) {
    const auto token = MakeExecCredentials(Plugin(script))->BearerToken(start_);
    EXPECT_FALSE(token.ok());
    return std::string(token.status().message());
  }
  TempDir dir_;
  WallTime start_ = ParseRfc3339("2029-12-31T23:00:00Z").value();
};

TEST_F(ExecCredentialTest, ATokenIsKeptUntilShortlyBeforeItExpires) {
  auto credentials = MakeExecCredentials(Plugin(kPlugin));
  EXPECT_EQ(credentials->BearerToken(start_).value(), "token-1");
  EXPECT_EQ(credentials->Certificate(start_)->certificate_pem, "");
  EXPECT_EQ(credentials->BearerToken(start_ + seconds(3589)).value(), "token-1");
  EXPECT_EQ(credentials->BearerToken(start_ + seconds(3591)).value(), "token-2");
}

TEST_F(ExecCredentialTest, A401RunsThePluginAgainButNotTwiceForOneToken) {
  auto credentials = MakeExecCredentials(Plugin(kPlugin));
  EXPECT_EQ(credentials->BearerToken(start_).value(), "token-1");
  credentials->Invalidate();
  EXPECT_EQ(credentials->BearerToken(start_).value(), "token-1") << "fresh within a second";
  std::this_thread::sleep_for(milliseconds(1050));
  credentials->Invalidate();
  EXPECT_EQ(credentials->BearerToken(start_).value(), "token-2");
}

TEST_F(ExecCredentialTest, NoShellSeesTheArgumentsAndTheInfoIsPassed) {
  ExecPlugin plugin = Plugin(kPlugin);
  plugin.process.arguments = {"$(touch pwned)", "a b", "*"};
  plugin.cluster_json = R"({"server":"https://x"})";
  ASSERT_TRUE(MakeExecCredentials(plugin)->BearerToken(start_).ok());
  EXPECT_EQ(dir_.Read("args"), "$(touch pwned)|a b|*|");
  const auto info = nlohmann::json::parse(dir_.Read("info"));
  EXPECT_EQ(info["apiVersion"], kV1);
  EXPECT_EQ(info["kind"], "ExecCredential");
  EXPECT_EQ(info["spec"]["interactive"], false);
  EXPECT_EQ(info["spec"]["cluster"]["server"], "https://x");
}

TEST_F(ExecCredentialTest, FailuresSayWhatThePluginSaid) {
  EXPECT_THAT(ErrorOf("#!/bin/sh\necho 'login first' >&2\nexit 3\n"),
              HasSubstr("ended with exit code 3: login first"));
  EXPECT_THAT(ErrorOf("#!/bin/sh\nkill -9 $$\n"), HasSubstr("ended with exit code 137"));
  EXPECT_THAT(ErrorOf("#!/bin/sh\necho hello\n"), HasSubstr("the output is no JSON object"));
  EXPECT_THAT(ErrorOf("#!/bin/sh\nyes | head -c 2000000\n"), HasSubstr("printed more than"));
  ExecPlugin absent = Plugin("");
  absent.process.program = "tangram-no-such-plugin";
  absent.install_hint = "install it";
  const absl::Status s = MakeExecCredentials(absent)->BearerToken(start_).status();
  EXPECT_TRUE(absl::IsNotFound(s));
  EXPECT_THAT(std::string(s.message()),
              HasSubstr("users[0].user.exec: cannot run \"tangram-no-such-plugin\": No such file"));
  EXPECT_THAT(std::string(s.message()), HasSubstr("hint: install it"));
}

TEST_F(ExecCredentialTest, ASlowPluginIsKilledWithItsChildren) {
  ExecPlugin plugin = Plugin("#!/bin/sh\nsleep 60 &\nsleep 60\n");
  plugin.process.deadline = milliseconds(200);
  const auto begin = std::chrono::steady_clock::now();
  const auto token = MakeExecCredentials(plugin)->BearerToken(start_);
  EXPECT_TRUE(absl::IsDeadlineExceeded(token.status())) << token.status();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(30));
}

TEST_F(ExecCredentialTest, APluginThatClosesItsOutputAndStaysIsKilledAtItsDeadline) {
  ExecPlugin plugin = Plugin(absl::StrCat(kPlugin, "\nexec >&- 2>&-\nsleep 60\n"));
  plugin.process.deadline = milliseconds(200);
  const auto token = MakeExecCredentials(plugin)->BearerToken(start_);
  EXPECT_TRUE(absl::IsDeadlineExceeded(token.status())) << token.status();
  EXPECT_THAT(std::string(token.status().message()), HasSubstr("did not end within 200 ms"));
}

TEST_F(ExecCredentialTest, AChildThatKeepsTheOutputOpenIsNotWaitedFor) {
  ExecPlugin plugin = Plugin(absl::StrCat(kPlugin, "\nsleep 60 &\n"));
  plugin.process.deadline = std::chrono::minutes(10);
  EXPECT_EQ(MakeExecCredentials(plugin)->BearerToken(start_).value(), "token-1");
}

TEST_F(ExecCredentialTest, StopEndsThePluginAndWhoeverWaits) {
  ExecPlugin plugin = Plugin("#!/bin/sh\necho run >> $(dirname $0)/runs\nsleep 60\n");
  plugin.process.deadline = std::chrono::minutes(10);
  const auto credentials = MakeExecCredentials(plugin);
  absl::StatusOr<std::string> first;
  absl::StatusOr<std::string> second;
  std::thread one([&] { first = credentials->BearerToken(start_); });
  while (dir_.Read("runs").empty()) std::this_thread::sleep_for(milliseconds(5));
  std::thread two([&] { second = credentials->BearerToken(start_); });
  credentials->Stop();
  one.join();
  two.join();
  EXPECT_TRUE(absl::IsCancelled(first.status())) << first.status();
  EXPECT_TRUE(absl::IsCancelled(second.status())) << second.status();
}

TEST_F(ExecCredentialTest, WhatIsKnownIsGivenOutAfterStop) {
  const auto credentials = MakeExecCredentials(Plugin(kPlugin));
  ASSERT_TRUE(credentials->BearerToken(start_).ok());
  credentials->Stop();
  EXPECT_EQ(credentials->BearerToken(start_).value(), "token-1");
}

TEST_F(ExecCredentialTest, SignalsThatWeHoldBackReachThePlugin) {
  sigset_t term;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  sigset_t before;
  ::pthread_sigmask(SIG_BLOCK, &term, &before);
  const std::string error = ErrorOf("#!/bin/sh\nkill -TERM $$\necho survived\n");
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  EXPECT_THAT(error, HasSubstr("ended with exit code 143"));
}

TEST_F(ExecCredentialTest, StandardInputIsEmpty) {
  ASSERT_TRUE(MakeExecCredentials(Plugin(absl::StrCat("#!/bin/sh\ncat > /dev/null\nexec ",
                                                      dir_.WriteProgram("real", kPlugin), "\n")))
                  ->BearerToken(start_)
                  .ok());
}

TEST_F(ExecCredentialTest, AKubeconfigRunsItRelativeToItself) {
  dir_.WriteProgram("plugin", kPlugin);
  const std::string config = dir_.Write("config", absl::StrCat(R"(
current-context: x
contexts: [{name: x, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: "https://api.example:6443", insecure-skip-tls-verify: true}}]
users:
- name: u
  user:
    exec:
      apiVersion: )",
                                                               kV1, R"(
      command: ./plugin
      args: [get-token, --cluster, 7]
      env: [{name: EXPIRES, value: "2099-01-01T00:00:00Z"}]
      interactiveMode: IfAvailable
      provideClusterInfo: true
)"));
  const auto access = LoadKubeconfig(config, "");
  ASSERT_TRUE(access.ok()) << access.status();
  EXPECT_FALSE(std::filesystem::exists(dir_.File("runs"))) << "not run before it is needed";
  const auto token = (*access)->credentials->BearerToken(std::chrono::system_clock::now());
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(*token, "token-1");
  EXPECT_EQ(dir_.Read("args"), "get-token|--cluster|7|");
  const auto info = nlohmann::json::parse(dir_.Read("info"));
  EXPECT_EQ(info["spec"]["cluster"]["server"], "https://api.example:6443");
}

TEST(ParseExecCredentialTest, CertificatesAreRead) {
  const auto parsed = ParseExecCredential(
      R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",)"
      R"("status":{"clientCertificateData":"c","clientKeyData":"k","token":null}})",
      kV1);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->certificate.certificate_pem, "c");
  EXPECT_EQ(parsed->certificate.key_pem, "k");
  EXPECT_FALSE(parsed->expires.has_value());
}

TEST(ParseExecCredentialTest, WhatIsWrongIsNamed) {
  const std::string head =
      R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential")";
  struct Case {
    std::string output;
    const char* error;
  };
  for (const Case& c : {
           Case{"[]", "no JSON object"},
           Case{"{}", "kind is not ExecCredential"},
           Case{R"({"kind":5})", "kind is not ExecCredential"},
           Case{R"({"kind":"ExecCredential","apiVersion":"v1"})", "apiVersion is not client."},
           Case{head + "}", "status is missing"},
           Case{head + R"(,"status":{}})", "neither token nor clientCertificateData"},
           Case{head + R"(,"status":{"token":5}})", "status.token is no string"},
           Case{head + R"(,"status":{"token":"a\nb"}})", "status.token: character 2 has code 10"},
           Case{head + R"(,"status":{"clientCertificateData":"x"}})", "has only one of"},
           Case{head + R"(,"status":{"token":"t","expirationTimestamp":"soon"}})",
                "status.expirationTimestamp: \"soon\" is no time"},
       }) {
    const auto parsed = ParseExecCredential(c.output, kV1);
    EXPECT_TRUE(absl::IsInvalidArgument(parsed.status())) << c.output;
    EXPECT_THAT(std::string(parsed.status().message()), HasSubstr(c.error)) << c.output;
  }
}

TEST(ParseRfc3339Test, ZonesAndFractions) {
  const WallTime noon = ParseRfc3339("2026-08-01T12:00:00Z").value();
  EXPECT_EQ(std::chrono::system_clock::to_time_t(noon), 1785585600);
  EXPECT_EQ(ParseRfc3339("2026-08-01T12:00:00.123456789Z").value(), noon);
  EXPECT_EQ(ParseRfc3339("2026-08-01T14:00:00+02:00").value(), noon);
  EXPECT_EQ(ParseRfc3339("2026-08-01T06:30:00.5-05:30").value(), noon);
  for (const char* bad : {"", "2026-08-01", "2026-08-01T12:00:00", "2026-08-01T12:00:00ZZ",
                          "2026-13-01T12:00:00Z", "2026-08-01T12:00:00+2"}) {
    EXPECT_FALSE(ParseRfc3339(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace tangram::api::kubernetes
