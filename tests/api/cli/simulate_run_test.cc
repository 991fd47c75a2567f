// A simulated run as a user makes it: its forms, files, assertions and Ctrl-C.
#include <filesystem>
#include <string>
#include <vector>

#include "api/manifests/yaml_json.h"
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

class SimulateRunTest : public BinaryFixture {
 protected:
  void SetUp() override {
    BinaryFixture::SetUp();
    if (IsSkipped()) return;
    WriteText("nodes.csv",
              "sn,cpu_milli,memory_mib,gpu,model\n"
              "a,8000,8000,2,T4\nb,8000,8000,2,T4\n<c>,8000,8000,0,\n");
    WriteText("pods.csv",
              "name,cpu_milli,memory_mib,num_gpu,gpu_milli\n"
              "p0,100,100,2,1000\np1,100,100,1,600\np2,100,100,1,300\np3,100,100,1,600\n"
              "p4,100,100,1,1000\np5,9000,100,0,0\np6,100,100,0,0\n");
    WriteText("order.txt", "seed 7 pods 7 nodes 3\n0 1 2 3 4 5 6\n0 1 2\n");
  }

  Ended Simulate(std::vector<std::string> words) {
    std::vector<std::string> all = {"simulate", "run",      "--nodes",    "nodes.csv",
                                    "--pods",   "pods.csv", "--arrivals", "order.txt",
                                    "--seed",   "7",        "--policy",   "best-fit"};
    all.insert(all.end(), words.begin(), words.end());
    return Run(all);
  }
};

TEST_F(SimulateRunTest, JsonSaysWhoWasPlacedAndWhoWasNotAndWhy) {
  const Ended ended = Simulate({"-o", "json"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  const json report = json::parse(ended.out);
  EXPECT_EQ(report.at("schema"), "tangram.dev/simulation-run/v1");
  EXPECT_EQ(report.at("seed"), 7);
  EXPECT_EQ(report.at("partial"), false);
  EXPECT_EQ(report.at("arrivals"), 7);
  EXPECT_EQ(report.at("placed_pods"), 5);
  // Cards: 1000, 1000 | 900, 600: the whole card comes too late, and no node has nine CPUs.
  EXPECT_EQ(report.at("failed_by_class_and_reason").at("1"), json({{"InsufficientGpu", 1}}));
  EXPECT_EQ(report.at("failed_by_class_and_reason").at("cpu"), json({{"InsufficientCpu", 1}}));
  EXPECT_EQ(report.at("failed_by_class_and_reason").at("8"), json::object());
  EXPECT_EQ(report.at("pods_by_class").at("share"), json({{"failed", 0}, {"placed", 3}}));
  EXPECT_EQ(report.at("cards_free"), 0);
  EXPECT_EQ(report.at("cards_touched"), 4);
  EXPECT_DOUBLE_EQ(report.at("allocated_percent").at("112").get<double>(), 87.5);
}

TEST_F(SimulateRunTest, YamlSaysTheSameAsJson) {
  const Ended ended = Simulate({"-o", "yaml"});
  const auto documents = manifests::ParseDocuments(ended.out, "out.yaml");
  ASSERT_TRUE(documents.ok()) << documents.status();
  json yaml = documents->at(0);
  json expected = json::parse(Simulate({"-o", "json"}).out);
  for (const char* key : {"elapsed_seconds", "decisions_per_second", "peak_rss_bytes"}) {
    yaml.erase(key);
    expected.erase(key);
  }
  EXPECT_EQ(yaml, expected);
}

TEST_F(SimulateRunTest, TablesAreForTerminalsSpreadsheetsAndMarkdown) {
  EXPECT_THAT(Simulate({}).out, HasSubstr("best-fit on 3 nodes, 4 GPUs, seed 7: 5 pods placed, 2"));
  const std::string csv = Simulate({"-o", "csv"}).out;
  EXPECT_THAT(csv, StartsWith("arrived_percent,allocated_percent,fragmentation_ratio_percent,"
                              "fragmentation_amount_percent\n0,"));
  EXPECT_THAT(csv, HasSubstr("\n112,87.5,"));
  const std::string markdown = Simulate({"-o", "md"}).out;
  EXPECT_THAT(markdown, StartsWith("# best-fit on 3 nodes with 4 GPUs, seed 7: 5 pods placed, 2"));
  EXPECT_THAT(markdown, HasSubstr("| class | InsufficientGpu | InsufficientCpu |\n|---|---:|---:|\n"
                                  "| cpu | 0 | 1 |\n| 1 | 1 | 0 |\n"));
}

TEST_F(SimulateRunTest, HtmlIsOneFileThatFetchesNothing) {
  const Ended ended = Simulate({"-o", "html", "--out", "run.html"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(ended.out, "");
  const std::string page = ReadText(folder_ / "run.html");
  EXPECT_THAT(page, StartsWith("<!doctype html>"));
  EXPECT_THAT(page, HasSubstr("<h1>best-fit on 3 nodes</h1>"));
  EXPECT_THAT(page, HasSubstr("<title>b: 900 600</title>"));
  EXPECT_THAT(page, HasSubstr("2 nodes, 4 cards, 87.5"));
  for (const char* fetched : {"http:", "https:", "url(", "<script", "@import", "src="}) {
    EXPECT_THAT(page, Not(HasSubstr(fetched)));
  }
}

TEST_F(SimulateRunTest, EventsAreALineForEveryDecision) {
  ASSERT_EQ(Simulate({"--events", "events.jsonl"}).code, 0);
  std::vector<json> events;
  std::istringstream lines(ReadText(folder_ / "events.jsonl"));
  for (std::string line; std::getline(lines, line);) events.push_back(json::parse(line));
  ASSERT_EQ(events.size(), 7u);
  EXPECT_EQ(events[0].at("node"), "a");
  EXPECT_EQ(events[0].at("cards"), json({0, 1}));
  EXPECT_TRUE(events[0].at("score").is_number_integer());
  EXPECT_EQ(events[4].at("node"), nullptr);
  EXPECT_EQ(events[4].at("pod"), "p4");
  EXPECT_EQ(events[4].at("reason"), "InsufficientGpu");
  EXPECT_LT(events[4].at("have"), events[4].at("want"));
  EXPECT_EQ(events[6].at("arrival"), 6);
}

TEST_F(SimulateRunTest, AnAssertionThatDoesNotHoldIsCodeOneWithItsValue) {
  EXPECT_EQ(Simulate({"--assert", "allocated@100>=87", "--assert", "failed_pods == 2"}).code, 0);
  const Ended ended = Simulate({"--assert", "allocated@last>=88", "--assert", "served@cpu!=50",
                                "--assert", "cards_free<1", "--assert", "allocated@200>0"});
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.out, HasSubstr("best-fit on 3 nodes")) << "the report is printed all the same";
  EXPECT_EQ(ended.err,
            "tangram simulate: allocated@last>=88 does not hold: it is 87.5000\n"
            "tangram simulate: served@cpu!=50 does not hold: it is 50\n"
            "tangram simulate: allocated@200>0 does not hold: the run ended when 112 % of the GPU "
            "had arrived\n");
}

TEST_F(SimulateRunTest, WordsThatMakeNoAssertionAreCodeTwoAndSayWhatIsAllowed) {
  struct Case {
    const char* words;
    const char* error;
  };
  for (const Case& c :
       {Case{"allocated@100", "must be MEASURE, one of >= <= == != > <, and a number"},
        Case{"allocated>=1", "allocated must be followed by @ and the percent of GPU arrived"},
        Case{"allocated@-1>=1", "a whole number or \"last\""},
        Case{"served@7>=1", "a class: cpu, share, 1, 2-4 or 8"},
        Case{"failed_pods@8>=1", "failed_pods takes no @"},
        Case{"failed_pods>=many", "\"many\" must be a number"},
        Case{"failed_pods>=nan", "\"nan\" must be a number"},
        Case{"waste<1", "the measure must be one of allocated@X, fragmentation_ratio@X"}}) {
    const Ended ended = Simulate({"--assert", c.words});
    EXPECT_EQ(ended.code, 2) << c.words;
    EXPECT_THAT(ended.err, HasSubstr(c.error));
    EXPECT_THAT(ended.err, HasSubstr(c.words));
    EXPECT_EQ(ended.out, "");
  }
}

TEST_F(SimulateRunTest, AFileThatCannotBeWrittenIsCodeTwoBeforeTheRun) {
  for (const char* option : {"--out", "--events"}) {
    const Ended ended = Simulate({option, "none/run.json"});
    EXPECT_EQ(ended.code, 2);
    EXPECT_EQ(ended.out, "");
    EXPECT_THAT(ended.err, HasSubstr("cannot write none/run.json: No such file or directory"));
  }
  EXPECT_THAT(Simulate({"--out", "."}).err, HasSubstr("cannot write .: Is a directory"));
}

TEST_F(SimulateRunTest, ALinkIsWrittenThroughAndAFileIsReplaced) {
  std::filesystem::create_symlink("target.txt", folder_ / "link");
  WriteText("target.txt", "old");
  WriteText("plain.txt", "old");
  for (const char* file : {"link", "plain.txt"}) EXPECT_EQ(Simulate({"--out", file}).code, 0);
  EXPECT_TRUE(std::filesystem::is_symlink(folder_ / "link"));
  EXPECT_THAT(ReadText(folder_ / "target.txt"), StartsWith("best-fit on 3 nodes"));
  EXPECT_THAT(ReadText(folder_ / "plain.txt"), StartsWith("best-fit on 3 nodes"));
}

TEST_F(SimulateRunTest, CtrlCReportsWhatArrivedUntilThen) {
  const Ended ended = RunInterrupted({"simulate", "run", "--nodes", "nodes.csv", "--pods",
                                      "pods.csv", "-o", "json", "--assert", "failed_pods<0"});
  EXPECT_EQ(ended.code, 130);
  const json report = json::parse(ended.out);
  EXPECT_EQ(report.at("partial"), true);
  EXPECT_EQ(report.at("placed_pods").get<int>() + report.at("failed_pods").get<int>(), 0);
  EXPECT_THAT(ended.err, StartsWith("tangram simulate: interrupted. Stopped after 0 of "));
  EXPECT_THAT(ended.err, HasSubstr("No assertion was checked."));
}

}  // namespace
}  // namespace tangram::api::cli
