// The binary as a user runs it: a cluster from a file, pods placed, a restart, a signal.
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "api/cli/http_client.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/api/cli/binary_fixture.h"
#include "tests/support/build_paths.h"

namespace tangram::api::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::chrono::seconds kPatience{30};

class BinaryTest : public BinaryFixture {
 protected:
  void SetUp() override {
    BinaryFixture::SetUp();
    if (IsSkipped()) return;
    std::ofstream(folder_ / "cluster.yaml")
        << "nodes:\n- {name: gpu, count: 2, gpus: 2x T4-16GB}\n";
    std::ofstream(folder_ / "pods.yaml") << R"(
kind: Pod
metadata: {name: a}
spec: {containers: [{name: c, resources: {limits: {nvidia.com/gpu: 1, nvidia.com/gpumem: 3000}}}]}
)";
    std::ofstream(folder_ / "big.yaml") << R"(
kind: Pod
metadata: {name: big}
spec: {containers: [{name: c, resources: {limits: {nvidia.com/gpu: 1, nvidia.com/gpumem: 99000}}}]}
)";
  }
  void TearDown() override {
    if (server_ > 0) ::kill(server_, SIGKILL), ::waitpid(server_, nullptr, 0);
    BinaryFixture::TearDown();
  }

  // Serves the file on a free port and waits until it is ready.
  void Serve(const std::vector<std::string>& flags = {}) {
    fs::remove(folder_ / "serve.err");
    std::vector<std::string> words = {"serve", "--cluster", "cluster.yaml", "--listen",
                                      "127.0.0.1:0"};
    words.insert(words.end(), flags.begin(), flags.end());
    server_ = Spawn(words, "serve");
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < deadline) {
      const std::string log = ReadText(folder_ / "serve.err");
      if (log.find("\"message\":\"ready\"") != std::string::npos) {
        const std::string key = "\"port\":";
        const size_t at = log.find(key) + key.size();
        url_ = "http://127.0.0.1:" + log.substr(at, log.find('}', at) - at);
        return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    FAIL() << "not ready: " << ReadText(folder_ / "serve.err");
  }

  Ended StopServer(int signal) {
    ::kill(server_, signal);
    const Ended ended = Wait(server_, "serve");
    server_ = 0;
    return ended;
  }

  HttpReply Get(const std::string& path) {
    return *(*HttpClient::Create(url_))->Call("GET", path, "");
  }

  pid_t server_ = 0;
  std::string url_;
};

TEST_F(BinaryTest, PodIsPlacedKeptOverARestartAndFreed) {
  Serve();
  const Ended placed = Run({"submit", "--url", url_, "-f", "pods.yaml", "-o", "json"});
  ASSERT_EQ(placed.code, 0) << placed.err;
  const json pod = json::parse(placed.out).at("pods").at(0);
  EXPECT_TRUE(pod.at("bound").get<bool>());
  EXPECT_EQ(pod.at("filter").at("fitting").size(), 4u / 2u);
  const std::string before = Get("/top").body;
  EXPECT_THAT(before, HasSubstr(R"("name":"a","memory_mib":3000)"));

  EXPECT_EQ(StopServer(SIGKILL).code, -SIGKILL);
  Serve();
  EXPECT_EQ(Get("/top").body, before);
  EXPECT_EQ(Run({"top", "--cluster", "cluster.yaml", "-o", "json"}).out, before);
  EXPECT_EQ(Run({"top", "--url", url_, "-o", "json"}).out, before);

  EXPECT_EQ(Run({"submit", "--url", url_, "--delete", "default/a"}).code, 0);
  EXPECT_EQ(Run({"submit", "--url", url_, "--delete", "default/a"}).code, 1);
  EXPECT_THAT(Run({"top", "--url", url_}).out, HasSubstr("memory 0 of 65536 MiB (0%), 0 pods"));
  EXPECT_EQ(StopServer(SIGTERM).code, 0);
}

TEST_F(BinaryTest, PodThatDoesNotFitIsCodeOneWithReason) {
  Serve();
  const Ended refused = Run({"submit", "--url", url_, "-f", "big.yaml"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.out, HasSubstr("default/big  NOT BOUND\n  filter      0 fit, 2 do not\n"
                                     "              2 x CardInsufficientMemory"));
  EXPECT_THAT(refused.out, HasSubstr("0 of 1 pods bound\n"));
}

TEST_F(BinaryTest, ARecordingOfTheServerReplaysToTheSameAnswersAndUnderAnotherPolicy) {
  for (const std::string file : {"day.jsonl", "day.jsonl.gz"}) {
    fs::remove(folder_ / "cluster.yaml.journal");
    Serve({"--record", file, "--node-policy", "fgd"});
    ASSERT_EQ(Run({"submit", "--url", url_, "-f", "pods.yaml"}).code, 0);
    EXPECT_EQ(Run({"submit", "--url", url_, "-f", "big.yaml"}).code, 1);
    ASSERT_EQ(StopServer(SIGTERM).code, 0);

    const Ended same = Run({"simulate", "replay", file, "-o", "json"});
    EXPECT_EQ(same.code, 0) << same.out << same.err;
    EXPECT_EQ(same.err, "");
    const json report = json::parse(same.out);
    EXPECT_EQ(report.at("mode"), "same");
    EXPECT_EQ(report.at("checked").at("filters"), json({{"recorded", 2}, {"different", 0}}));
    EXPECT_EQ(report.at("checked").at("prioritizes").at("recorded"), 1);
    EXPECT_EQ(report.at("checked").at("binds").at("recorded"), 1);
    EXPECT_EQ(report.at("recording").at("settings").at("node-policy"), "fgd");

    const Ended other = Run({"simulate", "replay", file, "--policy", "spread", "-o", "json"});
    EXPECT_EQ(other.code, 0) << other.err;
    const json tried = json::parse(other.out);
    EXPECT_EQ(tried.at("pods"), 2);
    EXPECT_EQ(tried.at("failed_by_reason"), json({{"CardInsufficientMemory", 1}}));
    EXPECT_EQ(tried.at("replayed").at("pods_by_class").at("share"),
              json({{"placed", 1}, {"failed", 0}}));

    const Ended fit = Run({"simulate", "fit", "pods.yaml", "--cluster", file, "-o", "json"});
    EXPECT_EQ(fit.code, 0) << fit.err;
    EXPECT_EQ(json::parse(fit.out).at("total"), 4 * 5 - 1);
  }
  EXPECT_EQ(Run({"simulate", "replay", "pods.yaml"}).code, 2);
  EXPECT_EQ(Run({"simulate", "replay", "day.jsonl", "--policy", "none"}).code, 2);
}

// A node of one card that its agent cuts on demand.
constexpr char kCutNode[] = R"(
kind: Node
metadata:
  name: mig
  annotations:
    hami.io/node-nvidia-register: '[{"id":"GPU-a","count":7,"devmem":81920,"devcore":100,
      "type":"NVIDIA A100-SXM4-80GB","mode":"mig","health":true,"migProfiles":[
      {"name":"1g.10gb","memoryMB":9728,"core":15,"sliceCount":1,"placements":[
      {"start":0,"size":1},{"start":1,"size":1},{"start":5,"size":1},{"start":6,"size":1}]},
      {"name":"3g.40gb","memoryMB":40448,"core":43,"sliceCount":3,"placements":[
      {"start":0,"size":4},{"start":4,"size":4}]}]}]'
status: {allocatable: {cpu: "64", memory: 512Gi, nvidia.com/gpu: "7"}}
)";

TEST_F(BinaryTest, ARecordingOfCutCardsReplaysToTheSameInstancesAndUnderAnotherMigPolicy) {
  WriteText("cluster.yaml", kCutNode);
  std::string pods;
  for (const std::string name : {"a", "b"}) {
    pods += "---\nkind: Pod\nmetadata: {name: " + name +
            ", annotations: {tangram.dev/mig-profile: 1g.10gb}}\n"
            "spec: {containers: [{name: c, resources: {limits: {nvidia.com/gpu: 1}}}]}\n";
  }
  WriteText("cut.yaml", pods);
  Serve({"--record", "cut.jsonl", "--node-lock", "off"});
  // A version of the policy for this kind of cards comes first.
  const auto version = [this] {
    return ReadText(folder_ / "cut.jsonl").find("mig-policy\",\"at_ms") != std::string::npos;
  };
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!version() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  ASSERT_TRUE(version());
  ASSERT_EQ(Run({"submit", "--url", url_, "-f", "cut.yaml"}).code, 0);
  ASSERT_EQ(StopServer(SIGTERM).code, 0);

  const Ended same = Run({"simulate", "replay", "cut.jsonl", "-o", "json"});
  EXPECT_EQ(same.code, 0) << same.out << same.err;
  const json report = json::parse(same.out);
  EXPECT_EQ(report.at("mig_policy"), "tangram");
  EXPECT_EQ(report.at("checked").at("binds"), json({{"recorded", 2}, {"different", 0}}));
  EXPECT_EQ(report.at("checked").at("policy_versions"), json({{"recorded", 1}, {"different", 0}}));
  const json tried = json::parse(
      Run({"simulate", "replay", "cut.jsonl", "--mig-policy", "first-fit", "-o", "json"}).out);
  EXPECT_EQ(tried.at("mode"), "other");
  EXPECT_EQ(tried.at("mig_policy"), "first-fit");
  EXPECT_EQ(tried.at("failed_pods"), 0);
  EXPECT_EQ(Run({"simulate", "replay", "cut.jsonl", "--mig-policy", "none"}).code, 2);
}

TEST_F(BinaryTest, AServerOutlivesItsTerminalAndSaysItsVersion) {
  Serve();
  ASSERT_EQ(::kill(server_, SIGHUP), 0);
  const Ended asked = Run({"version", "--url", url_, "-o", "json"});
  EXPECT_EQ(asked.code, 0) << asked.err;
  EXPECT_THAT(asked.out, StartsWith("{\"version\":\""));
  EXPECT_EQ(StopServer(SIGTERM).code, 0);
  const Ended nobody = Run({"version", "--url", url_});
  EXPECT_EQ(nobody.code, 2);
  EXPECT_THAT(nobody.err, HasSubstr("tangram version: "));
}

TEST_F(BinaryTest, RoutesForPeopleAndMonitorsAnswer) {
  Serve();
  EXPECT_EQ(Get("/healthz").body, "ok\n");
  EXPECT_EQ(Get("/readyz").status, 200);
  EXPECT_THAT(Get("/version").body, StartsWith("{\"version\":\""));
  EXPECT_THAT(Get("/metrics").body,
              HasSubstr("tangram_device_memory_bytes{node=\"gpu-0\",device_uuid=\"GPU-gpu-0-0\","
                        "device_index=\"0\"} 17179869184\n"));
  EXPECT_EQ(Get("/nothing").status, 404);
}

TEST_F(BinaryTest, HowMigCardsWouldBeCutForWhoWaitsIsExplained) {
  Serve();
  const Ended none = Run({"explain", "--mig", "--url", url_});
  EXPECT_EQ(none.code, 1);
  EXPECT_EQ(none.err,
            "tangram explain: the server has no node whose cards are cut into MIG instances\n");
  StopServer(SIGTERM);

  const std::string node = R"(
kind: Node
metadata:
  name: mig-1
  labels: {nvidia.com/gpu.product: NVIDIA-A100-SXM4-80GB, nvidia.com/gpu.count: "2",
           nvidia.com/mig.strategy: mixed, nvidia.com/mig-1g.10gb.count: "14"}
status: {allocatable: {cpu: "64", memory: 512Gi, nvidia.com/mig-1g.10gb: "14"}}
)";
  const auto serve_file = [this](const std::string& text) {
    fs::remove(folder_ / "cluster.yaml.journal");
    WriteText("cluster.yaml", text);
    Serve();
  };
  serve_file(node);
  const Ended idle = Run({"explain", "--mig", "--url", url_});
  EXPECT_EQ(idle.code, 1);
  EXPECT_EQ(idle.err, "tangram explain: no pod waits for a MIG instance\n");
  StopServer(SIGTERM);

  serve_file(node + R"(---
kind: Pod
metadata: {name: large, namespace: default, uid: u1}
spec: {containers: [{name: c, resources: {limits: {nvidia.com/mig-3g.40gb: 2}}}]}
---
kind: Pod
metadata: {name: small, namespace: default, uid: u2}
spec: {containers: [{name: c, resources: {limits: {nvidia.com/mig-1g.10gb: 7}}}]}
)");
  const std::string before = Get("/top").body;
  const Ended table = Run({"explain", "--mig", "--url", url_});
  EXPECT_EQ(table.code, 0) << table.err;
  EXPECT_THAT(table.out, HasSubstr("now      7 of 15 slices (46.7 %)\n"
                                   "planned  15 of 15 slices (100.0 %), by cutting 1 of 2 cards"));
  const Ended yaml = Run({"explain", "--mig", "--url", url_, "-o", "yaml"});
  EXPECT_THAT(yaml.out, HasSubstr("  # for mig-1\n  tangram-1:\n  - devices: [0]\n"));
  EXPECT_THAT(yaml.out, HasSubstr("      \"3g.40gb\": 2\n"));
  const json report = json::parse(Run({"explain", "--mig", "--url", url_, "-o", "json"}).out);
  EXPECT_EQ(report.at("waiting_pods"), 2);
  EXPECT_EQ(Get("/top").body, before) << "nothing is changed by asking";
  EXPECT_EQ(Run({"explain", "--url", url_}).code, 2);
  EXPECT_EQ(Run({"explain", "--mig", "--url", "http://127.0.0.1:1"}).code, 2);
}

// The words of a command as a shell has them, without its first.
std::vector<std::string> WordsOf(const std::string& command) {
  std::vector<std::string> words(1);
  bool quoted = false;
  for (const char c : command) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ' ' && !quoted) {
      words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  words.erase(words.begin());
  return words;
}

TEST_F(BinaryTest, TheAnswersOnTheSimulatorsPageAreThoseOfTheExamples) {
  const fs::path source = SourceDir();
  const auto replace = fs::copy_options::overwrite_existing;
  fs::copy_file(source / "examples/cluster.yaml", folder_ / "cluster.yaml", replace);
  Serve();
  const std::string pods = (source / "examples/pods.yaml").string();
  ASSERT_EQ(Run({"submit", "--url", url_, "-f", pods}).code, 0);
  ASSERT_EQ(StopServer(SIGTERM).code, 0);
  fs::copy(source / "examples", folder_ / "examples");
  fs::rename(folder_ / "cluster.yaml.journal", folder_ / "examples/cluster.yaml.journal");

  const std::string page = ReadText(source / "docs/simulate.md");
  const std::string begin = "```\n$ tangram ";
  size_t answers = 0;
  for (size_t at = page.find(begin); at != std::string::npos; at = page.find(begin, at)) {
    at += begin.size();
    const size_t line_end = page.find('\n', at);
    const size_t end = page.find("```", line_end);
    const std::string command = "tangram " + page.substr(at, line_end - at);
    EXPECT_EQ(Run(WordsOf(command)).out, page.substr(line_end + 1, end - line_end - 1)) << command;
    ++answers;
  }
  EXPECT_EQ(answers, 4u);
}

TEST_F(BinaryTest, WrongUseIsCodeTwoAndSaysWhy) {
  struct Case {
    std::vector<std::string> words;
    const char* error;
  };
  for (const Case& c :
       {Case{{"serve", "--cluster", "none.yaml"}, "cannot read none.yaml"},
        Case{{"serve", "--cluster", "pods.yaml", "--settle", "2"}, "settle \"2\" (from --settle)"},
        Case{{"serve", "--kubeconfig", "none"}, "none"},
        Case{{"submit", "--url", "http://127.0.0.1:1", "-f", "pods.yaml"}, "127.0.0.1:1"},
        Case{{"submit", "-f", "none.yaml"}, "cannot read none.yaml"},
        Case{{"top", "--url", "http://127.0.0.1:1"}, "127.0.0.1:1"},
        Case{{"frobnicate"}, "there are serve, submit, "}}) {
    const Ended ended = Run(c.words);
    EXPECT_EQ(ended.code, 2) << c.words[0];
    EXPECT_THAT(ended.err, HasSubstr(c.error));
    EXPECT_EQ(ended.out, "");
  }
}

TEST_F(BinaryTest, SecondServerOnTheSameFileIsRefused) {
  Serve();
  const Ended second = Run({"serve", "--cluster", "cluster.yaml", "--listen", "127.0.0.1:0"});
  EXPECT_EQ(second.code, 2);
  EXPECT_THAT(second.err, HasSubstr("cluster.yaml is in use by another process"));
}

TEST_F(BinaryTest, ConfigurationIsCheckedAndPrinted) {
  std::ofstream(folder_ / "tangram.yaml") << "cluster: cluster.yaml\nnode-policy: spread\n";
  EXPECT_EQ(Run({"serve", "--config", "tangram.yaml", "--check-config"}).code, 0);
  const Ended printed = Run({"serve", "--config", "tangram.yaml", "--print-config"});
  EXPECT_EQ(printed.code, 0);
  EXPECT_THAT(printed.out, HasSubstr("node-policy: \"spread\"  # tangram.yaml:2\n"));
  EXPECT_THAT(Run({"--version"}).out, StartsWith("tangram "));
}

}  // namespace
}  // namespace tangram::api::cli
