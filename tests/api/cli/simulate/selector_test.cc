// The option --selector: questions about one group of nodes, and plans of MIG layouts for it.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "tests/api/cli/simulate/questions.h"

namespace tangram::api::cli::simulate {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

// A node of two A100 that the MIG manager cut into fourteen 1g.10gb.
json CutNode(const std::string& name, json labels) {
  labels.update({{"nvidia.com/gpu.product", "NVIDIA-A100-SXM4-80GB"},
                 {"nvidia.com/gpu.count", "2"},
                 {"nvidia.com/mig.strategy", "mixed"},
                 {"nvidia.com/mig-1g.10gb.count", "14"}});
  return {{"kind", "Node"},
          {"metadata", {{"name", name}, {"labels", labels}}},
          {"status", {{"allocatable", {{"nvidia.com/mig-1g.10gb", "14"}, {"cpu", "64"}}}}}};
}

json MigPod(const std::string& name, const std::string& profile, int count,
            const std::string& node) {
  json pod = {{"kind", "Pod"},
              {"metadata", {{"name", name}, {"namespace", "d"}, {"uid", name}}},
              {"spec",
               {{"containers",
                 {{{"name", "c"},
                   {"resources",
                    {{"limits", {{"nvidia.com/mig-" + profile, std::to_string(count)}}}}}}}}}}};
  if (!node.empty()) pod["spec"]["nodeName"] = node;
  return pod;
}

class SelectorTest : public QuestionTest {
 protected:
  // Group a has one node with ten instances in use, group b two without; two 3g.40gb are waited
  // for.
  std::string Cluster() {
    const json list = {{"kind", "List"},
                       {"items",
                        {CutNode("a-1", {{"pool", "a"}}), CutNode("b-1", {{"pool", "b"}}),
                         CutNode("b-2", {{"pool", "b"}, {"spot", "true"}}),
                         MigPod("runs", "1g.10gb", 10, "a-1"), MigPod("waits", "3g.40gb", 2, "")}}};
    return File("dump.json", list.dump());
  }
};

TEST_F(SelectorTest, APlanIsForTheNodesThatAreSelected) {
  const std::string file = Cluster();
  const Answered a = Ask({"plan-mig", "--cluster", file, "-l", "pool=a"});
  EXPECT_EQ(a.code, 0) << a.err;
  EXPECT_THAT(a.out, HasSubstr("# for a-1\n"));
  EXPECT_THAT(a.out, Not(HasSubstr("b-")));
  // Ten slices are in use and eight waited for; as the cards are cut now, the ten are served.
  EXPECT_THAT(a.out, HasSubstr("10 of 18 slices"));
  const Answered b = Ask({"plan-mig", "--cluster", file, "--selector", "pool in (b),!spot"});
  EXPECT_EQ(b.code, 0) << b.err;
  EXPECT_THAT(b.out, HasSubstr("# for b-1\n"));
  EXPECT_THAT(b.out, Not(HasSubstr("b-2")));
  EXPECT_THAT(b.out, HasSubstr("0 of 8 slices")) << "what runs on a-1 is not in use here";
}

TEST_F(SelectorTest, WithoutASelectorAllNodesArePlannedFor) {
  const Answered all = Ask({"plan-mig", "--cluster", Cluster()});
  EXPECT_EQ(all.code, 0) << all.err;
  EXPECT_THAT(all.out, HasSubstr("10 of 18 slices"));
}

TEST_F(SelectorTest, NoPlanIsMadeForPodsThatAreGatedOrBeingDeleted) {
  json gated = MigPod("gated", "7g.80gb", 1, "");
  gated["spec"]["schedulingGates"] = {{{"name", "example.com/admission"}}};
  json dying = MigPod("dying", "7g.80gb", 1, "");
  dying["metadata"]["deletionTimestamp"] = "2026-03-01T00:00:00Z";
  const auto plan = [this](const json& more) {
    json items = {CutNode("a-1", {{"pool", "a"}}), MigPod("waits", "3g.40gb", 1, "")};
    for (const json& pod : more) items.push_back(pod);
    const Answered answered = Ask(
        {"plan-mig", "--cluster", File("d.json", json{{"kind", "List"}, {"items", items}}.dump())});
    EXPECT_EQ(answered.code, 0) << answered.err;
    return answered.out;
  };
  const std::string without = plan(json::array());
  EXPECT_EQ(plan(json::array({gated, dying})), without);
  EXPECT_NE(plan(json::array({MigPod("waits-too", "7g.80gb", 1, "")})), without);
}

TEST_F(SelectorTest, OtherQuestionsAreAboutThoseNodesToo) {
  const std::string file = Cluster();
  const std::string pod = File("pod.json", MigPod("p", "1g.10gb", 1, "").dump());
  const Answered all = Ask({"fit", pod, "--cluster", file, "-o", "json"});
  EXPECT_EQ(all.Json().at("total"), 32);
  const Answered some = Ask({"fit", pod, "--cluster", file, "-l", "pool!=b", "-o", "json"});
  EXPECT_EQ(some.Json().at("total"), 4);
  EXPECT_EQ(some.err, "") << "pods of other nodes are no news";
  const Answered mig = Ask(
      {"mig", "--cluster", file, "-l", "pool=b", "--policy", "mfi", "--runs", "1", "-o", "json"});
  EXPECT_EQ(mig.Json().at("gpus"), 4);
}

TEST_F(SelectorTest, WhatSelectsNothingOrCannotBeReadIsSaid) {
  const std::string file = Cluster();
  const auto refusal = [](const std::vector<std::string>& words) {
    const Answered answered = Ask(words);
    EXPECT_EQ(answered.code, 2);
    return answered.err + answered.out;
  };
  EXPECT_THAT(refusal({"plan-mig", "--cluster", file, "-l", "pool=c"}),
              HasSubstr("--selector: none of the 3 nodes of " + file + " has such labels"));
  EXPECT_THAT(refusal({"plan-mig", "--cluster", file, "-l", "pool=="}), Not(HasSubstr("must be")));
  EXPECT_THAT(refusal({"plan-mig", "--cluster", file, "-l", "pool in b"}),
              HasSubstr("--selector: selector \"pool in b\": at \"b\": must be a list of values"));
  EXPECT_THAT(refusal({"plan-mig", "-l", "pool=a"}), HasSubstr("no cluster: give --cluster"));
  EXPECT_THAT(refusal({"mig", "--product", "A30-24GB", "-l", "pool=a"}), HasSubstr("excludes"));
  const std::string scenario = File("s.yaml", "nodes:\n- {name: a, gpus: 1x T4-16GB}\n");
  EXPECT_THAT(refusal({"plan-mig", "--cluster", scenario, "-l", "pool=a"}),
              HasSubstr("s.yaml does not tell the labels of its nodes"));
}

TEST_F(SelectorTest, APlanForNobodyEndsWithOne) {
  const json list = {{"kind", "List"}, {"items", {CutNode("a-1", {{"pool", "a"}})}}};
  const Answered answered = Ask({"plan-mig", "--cluster", File("d.json", list.dump())});
  EXPECT_EQ(answered.code, 1);
  EXPECT_THAT(answered.err, HasSubstr("no pod waits for an instance that a card could have"));
}

}  // namespace
}  // namespace tangram::api::cli::simulate
