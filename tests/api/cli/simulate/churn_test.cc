// The command `tangram simulate churn` on a small trace: what it prints, and what it refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "api/cli/exit_code.h"
#include "api/cli/simulate/paired.h"
#include "api/cli/simulate/seed_list.h"
#include "api/cli/simulate/subcommands.h"
#include "nlohmann/json.hpp"
#include "tests/support/temp_dir.h"

namespace tangram::api::cli::simulate {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Ended {
  int code = -1;
  std::string out, err;
};

class ChurnCommandTest : public ::testing::Test {
 protected:
  void SetUp() override {
    nodes_ = folder_.Write("nodes.csv",
                           "sn,cpu_milli,memory_mib,gpu,model\n"
                           "n0,64000,262144,8,T4\nn1,64000,262144,8,T4\n");
    pods_ = folder_.Write("pods.csv",
                          "name,cpu_milli,memory_mib,num_gpu,gpu_milli\n"
                          "p0,4000,8192,1,460\np1,8000,16384,1,1000\np2,8000,512,0,0\n"
                          "p3,16000,65536,8,1000\n");
  }

  Ended Run(std::vector<std::string> words) const {
    CLI::App simulate;
    const Subcommand churn = DefineChurn(simulate);
    words.insert(words.begin(), {"churn", "--nodes", nodes_, "--pods", pods_});
    std::reverse(words.begin(), words.end());
    simulate.parse(words);
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    Ended ended{.code = churn.run(), .out = {}, .err = {}};
    ended.out = ::testing::internal::GetCapturedStdout();
    ended.err = ::testing::internal::GetCapturedStderr();
    return ended;
  }

  const tangram::testing::TempDir folder_;
  std::string nodes_, pods_;
};

TEST_F(ChurnCommandTest, PoliciesMeetTheSameArrivals) {
  const Ended ended = Run({"--policy", "fgd,best-fit", "--policy", "tangram", "--seeds", "3-5",
                           "--measure", "5", "-o", "json"});
  ASSERT_EQ(ended.code, kExitOk) << ended.err;
  const json report = json::parse(ended.out);
  EXPECT_EQ(report["schema"], "tangram.dev/simulation-churn/v1");
  EXPECT_EQ(report["seeds"], json({3, 4, 5}));
  ASSERT_EQ(report["runs"].size(), 9u);
  ASSERT_EQ(report["means"].size(), 3u);
  ASSERT_EQ(report["differences"].size(), 2u);
  const auto runs_of = [&report](const std::string& policy) {
    std::vector<json> runs;
    for (const json& run : report["runs"]) {
      if (run["policy"] == policy) runs.push_back(run);
    }
    return runs;
  };
  const std::vector<json> fgd = runs_of("fgd"), ours = runs_of("tangram");
  ASSERT_EQ(fgd.size(), 3u);
  double difference = 0;
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(fgd[i]["seed"], ours[i]["seed"]);
    EXPECT_EQ(fgd[i]["arrivals"], ours[i]["arrivals"]);
    for (const auto& [name, counts] : fgd[i]["by_class"].items()) {
      EXPECT_EQ(counts["arrived_pods"], ours[i]["by_class"][name]["arrived_pods"]) << name;
    }
    difference += ours[i]["allocated_percent"].get<double>();
    difference -= fgd[i]["allocated_percent"].get<double>();
  }
  const json& paired = report["differences"][1];
  EXPECT_EQ(paired["policy"], "tangram");
  EXPECT_EQ(paired["base"], "fgd");
  EXPECT_NEAR(paired["allocated_percent"]["mean"].get<double>(), difference / 3, 1e-9);
  EXPECT_LE(paired["allocated_percent"]["low"], paired["allocated_percent"]["mean"]);
}

TEST_F(ChurnCommandTest, TheSameSeedGivesTheSameDigest) {
  const auto digest = [this](const std::string& seed, const std::string& workload) {
    const Ended ended = Run({"--seed", seed, "--workload", workload, "--policy", "tangram",
                             "--measure", "20", "-o", "json"});
    return json::parse(ended.out)["runs"][0]["placements_sha256"].get<std::string>();
  };
  EXPECT_EQ(digest("1", "known"), digest("1", "known"));
  EXPECT_EQ(digest("1", "learned"), digest("1", "learned"));
  EXPECT_NE(digest("1", "known"), digest("2", "known"));
}

TEST_F(ChurnCommandTest, TheTableComparesWithTheFirstPolicy) {
  const Ended ended = Run({"--policy", "fgd,tangram", "--seeds", "1,2", "--load", "0.8"});
  EXPECT_THAT(ended.out, HasSubstr("load 0.80 on 2 nodes, 16 GPUs; exponential lifetimes"));
  EXPECT_THAT(ended.out, HasSubstr("Against fgd, seed by seed"));
  EXPECT_THAT(ended.out, HasSubstr("8-GPU pods rejected"));
  EXPECT_THAT(Run({"--seed", "1"}).out, Not(HasSubstr("Against")));
}

TEST_F(ChurnCommandTest, SaysWhatItCannotDo) {
  EXPECT_EQ(Run({"--policy", "fdg"}).code, kExitUsage);
  EXPECT_THAT(Run({"--policy", "fdg"}).err, HasSubstr("\"fdg\" is not known; allowed are"));
  EXPECT_THAT(Run({"--lifetimes", "trace"}).err, HasSubstr("pod p0 has no lifetime in the trace"));
  EXPECT_THAT(Run({"--seeds", "5-1"}).err, HasSubstr("--seeds: \"5-1\": must be whole numbers"));
  EXPECT_THROW(Run({"--seed", "1", "--seeds", "2-3"}), CLI::ArgumentMismatch);
  EXPECT_THROW(Run({"--load", "0"}), CLI::ValidationError);
}

TEST(SeedListTest, ReadsNumbersAndRanges) {
  EXPECT_THAT(*ParseSeeds("7"), ElementsAre(7));
  EXPECT_THAT(*ParseSeeds("9,1-3"), ElementsAre(9, 1, 2, 3));
  const auto message = [](const char* text) {
    return std::string(ParseSeeds(text).status().message());
  };
  for (const char* wrong : {"", "x", "1-", "-1", "1,,2", "3-2", "1-2-3"}) {
    EXPECT_THAT(message(wrong), HasSubstr("must be whole numbers and ranges")) << wrong;
  }
  EXPECT_EQ(message("1-3,2"), "--seeds: \"2\": seed 2 must not come twice");
  EXPECT_EQ(message("0-18446744073709551615"),
            "--seeds: \"0-18446744073709551615\": must make at most 10000 seeds in all");
}

TEST(PairedTest, GivesTheIntervalOfStudent) {
  const std::vector<double> base = {10, 20, 30, 40};
  const std::vector<double> values = {11, 22, 33, 44};
  const PairedDifference paired = Paired(values, base);
  EXPECT_DOUBLE_EQ(paired.mean, 2.5);
  // 1, 2, 3, 4: deviation sqrt(5/3); t of 3 degrees at 97.5 % is 3.182446.
  EXPECT_NEAR(paired.standard_error, 0.6454972, 1e-6);
  EXPECT_NEAR(paired.high - paired.mean, 3.182446 * 0.6454972, 1e-5);
  EXPECT_DOUBLE_EQ(paired.mean - paired.low, paired.high - paired.mean);
}

}  // namespace
}  // namespace tangram::api::cli::simulate
