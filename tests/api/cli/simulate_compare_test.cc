// The comparisons of the simulator as a user runs them: compare, merge, diff.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "api/cli/simulate/compare_report.h"
#include "api/cli/simulate/grid_run.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/api/cli/binary_fixture.h"

namespace tangram::api::cli {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class SimulateCompareTest : public BinaryFixture {
 protected:
  void SetUp() override {
    BinaryFixture::SetUp();
    if (IsSkipped()) return;
    std::string nodes = "sn,cpu_milli,memory_mib,gpu,model\n";
    for (int i = 0; i < 6; ++i) nodes += "n" + std::to_string(i) + ",64000,64000,4,T4\n";
    WriteText("nodes.csv", nodes);
    WriteText("small.csv", Pods({140, 330, 500, 810}));
    WriteText("large.csv", Pods({1000, 500, 1000, 260}));
  }

  static std::string Pods(const std::vector<int>& milli) {
    std::string pods = "name,cpu_milli,memory_mib,num_gpu,gpu_milli\n";
    for (size_t i = 0; i < 60; ++i) {
      const std::string name = "p" + std::to_string(i);
      pods += i % 10 == 9 ? name + ",8000,8000,4,1000\n"
                          : name + ",1000,1000,1," + std::to_string(milli[i % 4]) + "\n";
    }
    return pods;
  }

  // compare, on one list or on both.
  static std::vector<std::string> Compare(bool both, const std::vector<std::string>& words) {
    std::vector<std::string> all = {"simulate", "compare",   "--nodes",    "nodes.csv",
                                    "--pods",   "small.csv", "--policies", "fgd,best-fit,tangram"};
    if (both) all.insert(all.end(), {"--pods", "large.csv"});
    all.insert(all.end(), {"--inflate", "1.2"});
    all.insert(all.end(), words.begin(), words.end());
    return all;
  }

  Ended Merge(const std::vector<std::string>& words) {
    std::vector<std::string> all = {"simulate", "merge"};
    all.insert(all.end(), words.begin(), words.end());
    return Run(all);
  }
};

TEST_F(SimulateCompareTest, EveryRunIsTheRunThatRunMakes) {
  const json report = json::parse(Run(Compare(false, {"--seeds", "3,8", "-o", "json"})).out);
  ASSERT_EQ(report.at("runs").size(), 6u);
  for (const json& run : report.at("runs")) {
    const Ended alone = Run({"simulate", "run", "--nodes", "nodes.csv", "--pods", "small.csv",
                             "--inflate", "1.2", "--policy", run.at("policy").get<std::string>(),
                             "--seed", run.at("seed").dump(), "-o", "json"});
    const json expected = json::parse(alone.out);
    EXPECT_EQ(run.at("list"), "small");
    EXPECT_EQ(run.at("allocated_percent_at_100"), expected.at("allocated_percent").at("100"));
    for (const char* key : {"failed_pods", "placed_pods", "served_percent_by_class", "cards_free",
                            "served_percent_by_class_at_100", "placements_sha256"}) {
      EXPECT_EQ(run.at(key), expected.at(key)) << key;
    }
  }
}

TEST_F(SimulateCompareTest, MeansAndDifferencesAreThoseOfTheRuns) {
  const json report = json::parse(Run(Compare(false, {"--seeds", "1-4", "-o", "json"})).out);
  std::map<std::string, double> mean;
  for (const json& run : report.at("runs")) {
    mean[run.at("policy")] += run.at("failed_pods").get<double>() / 4;
  }
  const json& measure = report.at("comparisons").at(0).at("measures").at("failed_pods");
  const std::string best = measure.at("best");
  for (const auto& [policy, value] : mean) {
    const json& standing = measure.at("policies").at(policy);
    EXPECT_NEAR(standing.at("mean").get<double>(), value, 1e-9);
    EXPECT_GE(value, mean.at(best)) << "fewer failed pods are better";
    EXPECT_NEAR(standing.at("difference_to_best").get<double>(), value - mean.at(best), 1e-9);
    EXPECT_EQ(standing.at("verdict") == "best", policy == best);
  }
}

TEST_F(SimulateCompareTest, ThreadsChangeNothing) {
  const Ended one = Run(Compare(true, {"--seeds", "1-3", "-o", "json", "--threads", "1"}));
  const Ended many = Run(Compare(true, {"--seeds", "1-3", "-o", "json", "--threads", "5"}));
  EXPECT_EQ(one.code, 0) << one.err;
  EXPECT_EQ(one.out, many.out);
  EXPECT_THAT(many.err, HasSubstr("18 runs in "));
}

TEST_F(SimulateCompareTest, SeveralListsAreComparedOneByOneAndTogether) {
  const json report = json::parse(Run(Compare(true, {"--seeds", "1-3", "-o", "json"})).out);
  const json& comparisons = report.at("comparisons");
  ASSERT_EQ(comparisons.size(), 3u);
  EXPECT_EQ(comparisons[0].at("list"), "small");
  EXPECT_EQ(comparisons[0].at("samples"), 3);
  EXPECT_EQ(comparisons[1].at("list"), "large");
  EXPECT_EQ(comparisons[2].at("list"), nullptr);
  EXPECT_EQ(comparisons[2].at("samples"), 2) << "a list counts once";
}

TEST_F(SimulateCompareTest, EveryFormSaysWhoIsBestAndWhatIsNoise) {
  const std::string table = Run(Compare(false, {"--seeds", "1-3"})).out;
  EXPECT_THAT(table, StartsWith("small: 3 seeds, 6 nodes, 24 GPUs\n\n"));
  EXPECT_THAT(table, HasSubstr("allocated@100 %  difference  "));
  EXPECT_THAT(table, HasSubstr("* best mean; ~ noise: the 95 % interval"));
  EXPECT_THAT(Run(Compare(false, {"-o", "md"})).out, HasSubstr("| policy | allocated@100 % |"));
  EXPECT_THAT(
      Run(Compare(false, {"-o", "csv"})).out,
      StartsWith("list,measure,policy,samples,mean,standard_deviation,difference_to_best,"
                 "interval_low,interval_high,verdict\nsmall,allocated_percent_at_100,fgd,10,"));
  EXPECT_THAT(Run(Compare(false, {"-o", "yaml", "--seeds", "1"})).out, HasSubstr("verdict: \""));
  const std::string page = Run(Compare(true, {"-o", "html", "--seeds", "1-3"})).out;
  EXPECT_THAT(page, HasSubstr("All 2 lists, each counting once"));
  EXPECT_THAT(page, HasSubstr("class=\"span\""));
}

TEST_F(SimulateCompareTest, OneSeedOrOnePolicyDecidesNothing) {
  EXPECT_THAT(Run(Compare(false, {"--seeds", "1"})).out,
              HasSubstr("one seed cannot say whether that is more than noise."));
  const Ended alone = Run({"simulate", "compare", "--nodes", "nodes.csv", "--pods", "small.csv",
                           "--policies", "fgd", "--seeds", "1-2"});
  EXPECT_THAT(alone.out, HasSubstr("fgd was run alone."));
}

TEST_F(SimulateCompareTest, ShardsMergeToTheWhole) {
  for (const char* shard : {"0/3", "1/3", "2/3"}) {
    const Ended ended = Run(Compare(true, {"--seeds", "1-3", "--shard", shard, "--out", "."}));
    ASSERT_EQ(ended.code, 0) << ended.err;
  }
  const std::string whole = Run(Compare(true, {"--seeds", "1-3", "-o", "json"})).out;
  const std::vector<std::string> files = {"shard-2-of-3.json", "shard-0-of-3.json",
                                          "shard-1-of-3.json"};
  EXPECT_EQ(Merge({files[0], files[1], files[2], "-o", "json"}).out, whole);
  EXPECT_EQ(Merge({".", "-o", "json"}).out, whole) << "a folder stands for its JSON files";
}

TEST_F(SimulateCompareTest, ShardsThatDoNotBelongTogetherAreNamed) {
  const auto shard = [&](const char* seeds, const char* part, const char* file) {
    const Ended ended = Run(Compare(false, {"--seeds", seeds, "--shard", part, "--out", file}));
    ASSERT_EQ(ended.code, 0) << ended.err;
  };
  shard("1-2", "0/2", "a.json");
  shard("1-2", "1/2", "b.json");
  shard("1-3", "1/2", "other-seeds.json");
  shard("1-2", "1/3", "other-count.json");
  WriteText("small.csv", Pods({140, 330, 500, 800}));
  shard("1-2", "1/2", "other-pods.json");
  WriteText("none.json", "{}");
  std::string torn = ReadText(folder_ / "b.json");
  WriteText("torn.json", torn.substr(0, torn.size() / 2));
  json less = json::parse(torn);
  less["cells"].erase(0);
  WriteText("less.json", less.dump());
  struct Case {
    std::vector<std::string> files;
    const char* error;
  };
  for (const Case& c :
       {Case{{"b.json"}, "of 2 shards (from 0) are missing: 0"},
        Case{{"a.json", "b.json", "a.json"}, "a.json: is shard 0 of 2, and so is a.json"},
        Case{{"a.json", "other-seeds.json"},
             "other-seeds.json: is of another comparison than a.json: seeds is [1,2,3] and not "
             "[1,2]"},
        Case{{"a.json", "other-count.json"}, "the number of shards is 3 and not 2"},
        Case{{"a.json", "other-pods.json"}, "than a.json: lists[0] is {"},
        Case{{"a.json", "none.json"}, "none.json: is no JSON object with a schema"},
        Case{{"a.json", "torn.json"}, "torn.json: is no JSON object"},
        Case{{"a.json", "less.json"}, "the grid has 6 cells, and the shards have 5"},
        Case{{"a.json", "gone.json"}, "cannot read gone.json"}}) {
    const Ended ended = Merge(c.files);
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.err, HasSubstr(c.error));
    EXPECT_EQ(ended.out, "");
  }
}

TEST_F(SimulateCompareTest, WrongWordsAreCodeTwoAndSayWhatIsAllowed) {
  struct Case {
    std::vector<std::string> words;
    const char* error;
  };
  for (const Case& c :
       {Case{{"--seeds", "5-2"}, "--seeds: \"5-2\": must be whole numbers and ranges"},
        Case{{"--seeds", "1,x"}, "must be whole numbers"},
        Case{{"--seeds", "1-3,2"}, "seed 2 must not come twice"},
        Case{{"--seeds", "0-10000"}, "must make at most 10000 seeds"},
        Case{{"--policies", "fgd,fgd"}, "--policies"},
        Case{{"--shard", "3/3"}, "--shard 3/3: must be"},
        Case{{"--shard", "0/2", "-o", "csv"}, "--output"}, Case{{"--threads", "0"}, "--threads"},
        Case{{"--pods", "small.csv"}, "both lists are named small"}}) {
    const Ended ended = Run(Compare(false, c.words));
    EXPECT_EQ(ended.code, 2) << c.error;
    EXPECT_THAT(ended.err, HasSubstr(c.error));
  }
  const Ended unknown = Run({"simulate", "compare", "--nodes", "nodes.csv", "--pods", "small.csv",
                             "--policies", "fgd,worst-fit"});
  EXPECT_THAT(unknown.err, HasSubstr("\"worst-fit\" is none; there are all, best-fit, dotprod, "));
  const Ended orders = Run({"simulate", "compare", "--nodes", "nodes.csv", "--pods", "small.csv",
                            "--pods", "large.csv", "--arrivals", "x"});
  EXPECT_THAT(orders.err, HasSubstr("must be once for each of the 2 --pods"));
}

TEST_F(SimulateCompareTest, WhatIsStoppedHasTheSeedsThatEveryPolicyWasRunWith) {
  using simulate::GridOptions;
  GridOptions options{.input = {},
                      .pods = {(folder_ / "small.csv").string()},
                      .arrivals = {},
                      .policies = {"fgd", "best-fit"},
                      .seeds = {1, 2, 3}};
  options.input.nodes = (folder_ / "nodes.csv").string();
  auto input = simulate::ReadGrid(options);
  ASSERT_TRUE(input.ok()) << input.status();
  // Three runs and a half; each is asked about once before every arrival and once more.
  int asked = 0;
  auto results = simulate::RunGrid(
      *input, {}, 1,
      {.progress = [](uint64_t) {}, .stopped = [&asked] { return ++asked > 3 * 61 + 30; }});
  ASSERT_TRUE(results.ok()) << results.status();
  EXPECT_EQ(std::count_if(results->begin(), results->end(),
                          [](const auto& cell) { return cell.has_value(); }),
            3);
  EXPECT_LT(asked, 3 * 61 + 40) << "the other cells are not begun";
  const auto comparison = simulate::Compare(input->grid, *std::move(results));
  ASSERT_TRUE(comparison.ok()) << comparison.status();
  const json report = json::parse(simulate::CompareText(*comparison, simulate::Form::kJson));
  EXPECT_EQ(report.at("partial"), true);
  EXPECT_EQ(report.at("comparisons").at(0).at("samples"), 1);
}

TEST_F(SimulateCompareTest, CtrlCBeforeAnythingIsDoneLeavesNothing) {
  const Ended ended = RunInterrupted(Compare(false, {"--seeds", "1-3", "-o", "json"}));
  EXPECT_EQ(ended.code, 130);
  EXPECT_THAT(ended.err, HasSubstr("interrupted. No seed was run with every policy."));
  EXPECT_EQ(ended.out, "");
  const Ended shard =
      RunInterrupted(Compare(false, {"--seeds", "1-3", "--shard", "0/2", "--out", "shard.json"}));
  EXPECT_EQ(shard.code, 130);
  EXPECT_THAT(shard.err, HasSubstr("The shard is not written."));
  EXPECT_EQ(ReadText(folder_ / "shard.json"), "");
}

TEST_F(SimulateCompareTest, ExplicitOrdersOfArrivalAreComparedSeedBySeed) {
  std::string order;
  for (const char* seed : {"4", "5"}) {
    order += std::string("seed ") + seed + " pods 60 nodes 6\n";
    for (int i = 0; i < 60; ++i) order += std::to_string((i * 7 + *seed) % 60) + " ";
    order += "\n0 1 2 3 4 5\n";
  }
  WriteText("order.txt", order);
  const Ended ended = Run({"simulate", "compare", "--nodes", "nodes.csv", "--pods", "small.csv",
                           "--arrivals", "order.txt", "--seeds", "4,5", "-o", "json"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  const json runs = json::parse(ended.out).at("runs");
  EXPECT_EQ(runs.at(0).at("placed_pods").get<int>() + runs.at(0).at("failed_pods").get<int>(), 60);
}

TEST_F(SimulateCompareTest, DiffIsZeroForTheSameAndOneForOthers) {
  const auto run = [&](const char* seed, const char* file) {
    Run({"simulate", "run", "--nodes", "nodes.csv", "--pods", "small.csv", "--inflate", "1.2",
         "--seed", seed, "-o", "json", "--out", file});
  };
  run("1", "a.json");
  run("1", "b.json");
  run("2", "c.json");
  const Ended same = Run({"simulate", "diff", "a.json", "b.json"});
  EXPECT_EQ(same.code, 0) << "times differ, and do not count: " << same.out;
  EXPECT_EQ(same.out, "The reports say the same.\n");
  const Ended other = Run({"simulate", "diff", "a.json", "c.json"});
  EXPECT_EQ(other.code, 1);
  EXPECT_THAT(other.out, HasSubstr("placements_sha256"));
  EXPECT_THAT(other.out, HasSubstr("seed                "));
  const json changes = json::parse(Run({"simulate", "diff", "a.json", "c.json", "-o", "json"}).out);
  EXPECT_EQ(changes.at("same"), false);
  bool seen = false;
  for (const json& change : changes.at("changes")) {
    if (change.at("path") != "seed") continue;
    seen = true;
    EXPECT_EQ(change.at("difference"), 1);
  }
  EXPECT_TRUE(seen);
}

TEST_F(SimulateCompareTest, DiffPutsListsAndRunsSideBySideByName) {
  Run(Compare(true, {"--seeds", "1-3", "-o", "json", "--out", "two.json"}));
  Run(Compare(false, {"--seeds", "1-3", "-o", "json", "--out", "one.json"}));
  const Ended ended = Run({"simulate", "diff", "two.json", "one.json"});
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.out, HasSubstr("comparisons[large]"));
  EXPECT_THAT(ended.out, HasSubstr("comparisons[all]"));
  EXPECT_THAT(ended.out, Not(HasSubstr("comparisons[small]"))) << "it is the same in both";
  Run({"simulate", "run", "--nodes", "nodes.csv", "--pods", "small.csv", "-o", "json", "--out",
       "run.json"});
  EXPECT_EQ(Run({"simulate", "diff", "one.json", "run.json"}).code, 2);
  WriteText("none.json", "[]");
  const Ended none = Run({"simulate", "diff", "one.json", "none.json"});
  EXPECT_EQ(none.code, 2);
  EXPECT_THAT(none.err, HasSubstr("must be tangram.dev/simulation-run/v1 or"));
}

}  // namespace
}  // namespace tangram::api::cli
