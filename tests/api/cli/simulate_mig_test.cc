// The commands `simulate mig` and `simulate plan-mig`: their input, and the binary as a user runs
// it.
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "api/cli/simulate/mig_demand.h"
#include "api/cli/simulate/mig_mix.h"
#include "api/manifests/yaml_json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/support/build_paths.h"

namespace tangram::api::cli::simulate {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(MigMixTest, SharesAreReadByShortAndFullNameAndScaled) {
  const auto mix = ReadMigMix(*CardsOfProduct("A30-24GB", 1), "1g.6gb:6, 4g : 3,2g+me:3");
  ASSERT_TRUE(mix.ok()) << mix.status();
  EXPECT_THAT(mix->names, ElementsAre("4g.24gb", "2g.12gb", "2g.12gb+me", "1g.6gb"));
  std::vector<std::string> kept;
  for (const auto& profile : mix->fleet->kinds[0].states.geometry().profiles()) {
    kept.push_back(profile.name.text());
  }
  EXPECT_EQ(kept, mix->names);
  EXPECT_THAT(mix->shares, ElementsAre(0.25, 0, 0.25, 0.5));
  EXPECT_FALSE(mix->was_whole());
  EXPECT_TRUE(ReadMigMix(*CardsOfProduct("A30-24GB", 1), "1g:0.7,2g:0.3")->was_whole());
}

TEST(MigMixTest, NoMixIsEveryPlainProfileAlike) {
  const auto mix = ReadMigMix(*CardsOfProduct("RTX-PRO-6000", 1), "");
  EXPECT_THAT(mix->shares, ElementsAre(1.0 / 3, 1.0 / 3, 1.0 / 3));
  EXPECT_TRUE(mix->was_whole());
}

TEST(MigMixTest, WrongPartsAreNamed) {
  const auto refusal = [](const char* text) {
    const auto mix = ReadMigMix(*CardsOfProduct("A30-24GB", 1), text);
    return mix.ok() ? "" : std::string(mix.status().message());
  };
  EXPECT_EQ(refusal("1g"), "--mix: part 1: \"1g\" is not PROFILE:SHARE, for example 1g:0.5");
  EXPECT_EQ(refusal("1g:1,"), "--mix: part 2: \"\" is not PROFILE:SHARE, for example 1g:0.5");
  EXPECT_THAT(refusal("1g:1,7g:2"),
              HasSubstr("--mix: part 2: profile \"7g\" is not known for A30"));
  for (const char* share : {"-1", "x", "", "nan", "inf", "1e10"}) {
    EXPECT_EQ(refusal((std::string("1g:") + share).c_str()),
              std::string("--mix: part 1: \"1g:") + share +
                  "\": the share must be a number from 0 to 1e9");
  }
  EXPECT_EQ(refusal("1g:1,1g.6gb:1"), "--mix: part 2: \"1g.6gb:1\": the profile came before");
  EXPECT_EQ(refusal("1g:0,2g:0"), "--mix: the shares sum to 0");
}

TEST(MigDemandTest, TheFileIsRead) {
  const auto demand = ReadMigDemand(R"(
product: A30-24GB
cards: 3
demand: {2g.12gb: 3, 1g: 2}
present:
- {devices: [2], mig-devices: {4g.24gb: 1}}
- {devices: [0], mig-enabled: false}
)",
                                    "f.yaml");
  ASSERT_TRUE(demand.ok()) << demand.status();
  EXPECT_EQ(demand->cards, 3u);
  EXPECT_THAT(demand->demand, ElementsAre(0, 3, 0, 2, 0));
  EXPECT_THAT(demand->present[2], ElementsAre(1, 0, 0, 0, 0));
  EXPECT_THAT(demand->present[0], ElementsAre(0, 0, 0, 0, 0));
}

TEST(MigDemandTest, ProfilesMayBeSpelledAsResourcesSpellThem) {
  const auto demand = ReadMigDemand(
      "product: A100-40GB\ncards: 1\n"
      "demand: {1g.5gb.me: 1, 1g.5gb+me: 2, nvidia.com/mig-1g.5gb.me: 4, mig-1g.5gb: 8}\n",
      "f.yaml");
  ASSERT_TRUE(demand.ok()) << demand.status();
  const auto& product = demand->states.geometry();
  EXPECT_EQ(demand->demand.at(*product.FindByText("1g.5gb+me")), 7u);
  EXPECT_EQ(demand->demand.at(*product.FindByText("1g.5gb")), 8u);
}

TEST(MigDemandTest, WrongFilesAreRefusedByField) {
  const auto refusal = [](const std::string& text) {
    const auto demand = ReadMigDemand(text, "f.yaml");
    return demand.ok() ? "" : std::string(demand.status().message());
  };
  const std::string good = "product: A30-24GB\ncards: 2\ndemand: {1g: 2}\n";
  EXPECT_EQ(refusal(good), "");
  EXPECT_EQ(refusal(""), "f.yaml: file: 0 documents; must be one");
  EXPECT_EQ(refusal("[]"), "f.yaml: file: must be fields and values");
  EXPECT_EQ(refusal("cards: 2\n"), "f.yaml: product: is missing");
  EXPECT_EQ(refusal(good + "gpus: 2\n"),
            "f.yaml: file: \"gpus\" is not known; allowed are product, cards, demand, present");
  EXPECT_THAT(refusal("{product: V100, cards: 1, demand: {1g: 1}}"),
              HasSubstr("f.yaml: product: product \"V100\" is not known; allowed are A100-40GB"));
  EXPECT_EQ(refusal("{product: A30-24GB, cards: 0, demand: {1g: 1}}"),
            "f.yaml: cards: 0; must be a whole number from 1 to 10000");
  EXPECT_EQ(refusal("{product: A30-24GB, cards: 18446744073709551615, demand: {1g: 1}}"),
            "f.yaml: cards: 18446744073709551615; must be a whole number from 1 to 10000");
  EXPECT_EQ(refusal("{product: A30-24GB, cards: 1, demand: {1g: -1}}"),
            "f.yaml: demand.1g: -1; must be a whole number from 0 to 1000000");
  EXPECT_THAT(refusal("{product: A30-24GB, cards: 1, demand: {9g: 1}}"),
              HasSubstr("f.yaml: demand: profile \"9g\" is not known for A30-24GB; allowed are"));
  EXPECT_EQ(refusal("{product: A30-24GB, cards: 1, demand: {1g: 0}}"),
            "f.yaml: demand: nothing is wanted");
  EXPECT_EQ(refusal(good + "present: [{devices: [2]}]\n"),
            "f.yaml: present[0].devices: 2; must be a whole number from 0 to 1");
  EXPECT_EQ(refusal(good + "present: [{devices: all}, {devices: [1]}]\n"),
            "f.yaml: present[1].devices: 1 came before");
  EXPECT_EQ(refusal(good + "present: [{devices: all, mig-devices: {1g: 5}}]\n"),
            "f.yaml: present[0].mig-devices: do not fit on one card");
  EXPECT_EQ(refusal(good + "present: [{devices: all, mig-devices: {1g: 257}}]\n"),
            "f.yaml: present[0].mig-devices: do not fit on one card");
}

struct Ended {
  int code = -1;
  std::string out;  // and err
};

class MigBinaryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    binary_ = BinaryDir() / "tangram";
    if (const char* given = std::getenv("TANGRAM_BINARY"); given != nullptr) binary_ = given;
    if (!fs::exists(binary_)) GTEST_SKIP() << binary_ << " is not built; TANGRAM_BINARY names one";
  }

  Ended Run(const std::string& words, const std::string& redirect = "2>&1") {
    const std::string command = binary_.string() + " simulate " + words + " " + redirect;
    Ended ended;
    FILE* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) return ended;
    char buffer[4096];
    while (const size_t bytes = std::fread(buffer, 1, sizeof buffer, pipe)) {
      ended.out.append(buffer, bytes);
    }
    const int status = ::pclose(pipe);
    ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return ended;
  }

  json RunJson(const std::string& words) {
    return json::parse(Run("mig -o json " + words, "2>/dev/null").out);
  }

  fs::path binary_;
};

TEST_F(MigBinaryTest, RunsAreOneForEverySeedFromTheFirstOn) {
  const std::string words = "--mix 7g:0.1,3g:0.3,1g:0.6 --gpus 20 --policy mfi ";
  const json all = RunJson(words + "--runs 3 --seed 5");
  EXPECT_EQ(all.at("schema"), "tangram.dev/simulation-mig/v1");
  ASSERT_EQ(all.at("accepted_percent_runs").size(), 3u);
  double sum = 0;
  for (size_t run = 0; run < 3; ++run) {
    const json one = RunJson(words + "--runs 1 --seed " + std::to_string(5 + run));
    EXPECT_EQ(one.at("accepted_percent"), all.at("accepted_percent_runs").at(run));
    sum += one.at("accepted_percent").get<double>();
  }
  EXPECT_NEAR(all.at("accepted_percent").get<double>(), sum / 3, 1e-9);
}

TEST_F(MigBinaryTest, EveryPolicyMeetsTheSameRequests) {
  // With room for all, everything is accepted and the slices in use are those asked for.
  for (const char* policy : {"first-fit", "best-fit", "mfi", "fgd-mig"}) {
    const json report = RunJson(std::string("--load 0.1 --gpus 50 --runs 2 --policy ") + policy);
    EXPECT_EQ(report.at("accepted_percent"), 100.0);
    EXPECT_EQ(report.at("policy"), policy);
    EXPECT_EQ(report.at("utilisation_percent"),
              RunJson("--load 0.1 --gpus 50 --runs 2 --policy best-fit").at("utilisation_percent"));
  }
}

TEST_F(MigBinaryTest, SeveralPoliciesMixesAndLoadsAreComparedEachByItself) {
  const std::string words =
      "--mix 7g:0.2,3g:0.3,1g:0.5 --mix 3g:0.5,1g:0.5 --load 0.9,1.2 --gpus 20 --runs 4 ";
  const json all = RunJson(words + "--policy mfi,first-fit");
  EXPECT_EQ(all.at("schema"), "tangram.dev/simulation-mig-compare/v1");
  EXPECT_THAT(all.at("policies"), ElementsAre("mfi", "first-fit"));
  ASSERT_EQ(all.at("scenes").size(), 4u);
  const json& last = all.at("scenes").at(3);
  EXPECT_EQ(last.at("load"), 1.2);
  EXPECT_EQ(last.at("mix").at("7g.80gb"), 0.0);
  const json alone = RunJson("--mix 3g:0.5,1g:0.5 --load 1.2 --gpus 20 --runs 4 --policy mfi");
  EXPECT_EQ(last.at("accepted_percent_runs").at("mfi"), alone.at("accepted_percent_runs"));
  EXPECT_EQ(last.at("measures").at("accepted_percent").at("policies").at("mfi").at("mean"),
            alone.at("accepted_percent"));
  EXPECT_EQ(RunJson(words + "--policy mfi,first-fit --threads 1"), all)
      << "threads change nothing but the time";
}

TEST_F(MigBinaryTest, EveryFormCarriesTheMeans) {
  const std::string words = "mig --mix 7g:0.2,3g:0.3,1g:0.5 --gpus 20 --runs 4 ";
  for (const std::string policies : {"mfi", "mfi,first-fit"}) {
    const double mean = policies == "mfi"
                            ? RunJson(words.substr(4) + "--policy mfi").at("accepted_percent")
                            : RunJson(words.substr(4) + "--policy mfi,first-fit")
                                  .at("scenes")
                                  .at(0)
                                  .at("measures")
                                  .at("accepted_percent")
                                  .at("policies")
                                  .at("mfi")
                                  .at("mean");
    char text[16];
    std::snprintf(text, sizeof text, "%.2f", mean);
    for (const char* form : {"table", "md", "html"}) {
      EXPECT_THAT(Run(words + "--policy " + policies + " -o " + form).out, HasSubstr(text)) << form;
    }
    EXPECT_THAT(Run(words + "--policy " + policies + " -o yaml").out,
                HasSubstr("accepted_percent"));
    // The comparison has all digits.
    EXPECT_THAT(Run(words + "--policy " + policies + " -o csv").out,
                HasSubstr(policies == "mfi" ? text : json(mean).dump()));
  }
  const Ended twice = Run(words + "--policy mfi,mfi");
  EXPECT_EQ(twice.code, 2);
  EXPECT_THAT(twice.out, HasSubstr("--policy: a policy comes twice"));
}

TEST_F(MigBinaryTest, TunedIsTheSameTwiceAndSaysHowLongItTook) {
  const std::string words =
      "--product A30-24GB --mix 4g:0.2,2g:0.3,1g:0.5 --gpus 4 --runs 4 --generations 2";
  const json first = RunJson(words);
  EXPECT_EQ(first.at("policy"), "tangram");
  EXPECT_EQ(first.at("accepted_percent_runs"), RunJson(words).at("accepted_percent_runs"));
  EXPECT_GT(first.at("tuning_seconds").get<double>(), 0);
}

TEST_F(MigBinaryTest, WhatIsKnownOfTheMixChangesTheDecisionsAndNotTheRequests) {
  const std::string words =
      "--mix 7g:0.05,4g:0.1,3g:0.1,2g:0.2,1gd:0.25,1g:0.3 --runs 3 --policy fgd-mig --workload ";
  const json known = RunJson(words + "known"), learned = RunJson(words + "learned");
  const json unknown = RunJson(words + "none");
  EXPECT_EQ(learned.at("workload"), "learned");
  EXPECT_EQ(learned.at("mix"), known.at("mix"));
  EXPECT_NE(learned.at("accepted_percent_runs"), known.at("accepted_percent_runs"));
  EXPECT_NE(unknown.at("accepted_percent_runs"), learned.at("accepted_percent_runs"));
  EXPECT_NEAR(learned.at("accepted_percent").get<double>(),
              known.at("accepted_percent").get<double>(), 0.5);
}

TEST_F(MigBinaryTest, ALearnedRunIsAFunctionOfItsSeed) {
  const std::string words =
      "--product A30-24GB --mix 4g:0.2,2g:0.3,1g:0.5 --gpus 20 --generations 2 --workload learned ";
  const json both = RunJson(words + "--runs 2 --seed 7");
  for (size_t run = 0; run < 2; ++run) {
    const json one = RunJson(words + "--runs 1 --seed " + std::to_string(7 + run));
    EXPECT_EQ(one.at("accepted_percent"), both.at("accepted_percent_runs").at(run))
        << "what one run learned is nothing to the next";
  }
}

TEST_F(MigBinaryTest, WrongUseIsCodeTwoAndSaysWhy) {
  struct Case {
    const char* words;
    const char* error;
  };
  for (const Case& c : {Case{"mig --mix 9g:1", "--mix: part 1: profile \"9g\" is not known"},
                        Case{"mig --mix 1g:0", "--mix: the shares sum to 0"},
                        Case{"mig --product V100", "product \"V100\" is not known"},
                        Case{"mig --policy fgd", "policy: \"fgd\" is not known; allowed are first"},
                        Case{"mig --gpus 0", "--gpus"}, Case{"mig --load 0", "--load"},
                        Case{"mig --runs 0", "--runs"}, Case{"mig --workload maybe", "--workload"},
                        Case{"mig --policy fgd --workload learned", "policy: \"fgd\" is not known"},
                        Case{"plan-mig --demand /none", "cannot read /none"},
                        Case{"plan-mig", "nothing to plan for: give --demand FILE, --cluster"},
                        Case{"plan-mig --demand - -l a=b", "--demand excludes --selector"}}) {
    const Ended ended = Run(c.words);
    EXPECT_EQ(ended.code, 2) << c.words;
    EXPECT_THAT(ended.out, HasSubstr(c.error));
  }
}

TEST_F(MigBinaryTest, SharesThatDoNotSumToOneAreScaledAndSaidSo) {
  const Ended ended = Run("mig --mix 1g:3,2g:1 --policy mfi --runs 1");
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.out, HasSubstr("--mix: the shares sum to 4; scaled to 1\n"));
  EXPECT_THAT(ended.out, HasSubstr("1g.10gb    75.00  "));
}

TEST_F(MigBinaryTest, APlanIsAConfigurationOfMigParted) {
  const std::string file = (fs::path(::testing::TempDir()) / "tangram-demand.yaml").string();
  std::ofstream(file) << "product: A100-80GB\ncards: 3\ndemand: {3g.40gb: 2, 1g.10gb: 14}\n"
                      << "present: [{devices: all, mig-devices: {1g.10gb: 7}}]\n";
  const Ended ended = Run("plan-mig --demand " + file);
  fs::remove(file);
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.out, HasSubstr("# serves 22 of 22 slices (100.0 %)"));
  EXPECT_THAT(ended.out, HasSubstr("# now    14 of 22 slices"));
  EXPECT_THAT(ended.out, HasSubstr("# changes 1 of 3 cards\n"));
  const auto documents = manifests::ParseDocuments(ended.out, "out");
  ASSERT_TRUE(documents.ok()) << documents.status();
  EXPECT_EQ(documents->at(0), json::parse(R"({"version": "v1", "mig-configs": {"tangram": [
      {"devices": [0, 1], "mig-enabled": true, "mig-devices": {"1g.10gb": 7}},
      {"devices": [2], "mig-enabled": true, "mig-devices": {"3g.40gb": 2}}]}})"));
}

}  // namespace
}  // namespace tangram::api::cli::simulate
