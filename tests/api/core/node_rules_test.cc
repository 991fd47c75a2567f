// kube-scheduler's rules about nodes, one by one.
#include "api/dialects/core/node_rules.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tangram::api::core {
namespace {

using scheduler::whatif::NodeBars;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

NodeFacts Node(const std::string& spec, const std::string& status = "") {
  const auto facts = ReadNodeFacts(absl::StrCat(
      R"({"metadata": {"name": "n1", "labels": {"pool": "a", "cards": "8", "zone": "west"}},
          "spec": {)",
      spec, R"(}, "status": {)", status, "}}"));
  EXPECT_TRUE(facts.ok()) << facts.status();
  return facts.ok() ? *facts : NodeFacts();
}

NodeBars On(const NodeFacts& node, const std::string& spec) {
  const auto rules = NodeRules::Read(absl::StrCat(R"({"kind": "Pod", "spec": {)", spec, "}}"));
  EXPECT_TRUE(rules.ok()) << rules.status();
  return rules.ok() ? rules->On(node) : NodeBars();
}

std::string Affinity(const std::string& terms) {
  return absl::StrCat(R"("affinity": {"nodeAffinity": {
      "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [)",
                      terms, "]}}}");
}
std::string Expression(const std::string& key, const std::string& op, const std::string& values) {
  return absl::StrCat(R"({"key": ")", key, R"(", "operator": ")", op, R"(", "values": [)", values,
                      "]}");
}
bool Wants(const std::string& key, const std::string& op, const std::string& values) {
  return !On(Node(""),
             Affinity(absl::StrCat(R"({"matchExpressions": [)", Expression(key, op, values), "]}")))
              .no_affinity;
}

TEST(NodeRulesTest, APodWithoutWishesGoesToAPlainNode) {
  EXPECT_FALSE(On(Node(""), "").any());
  EXPECT_FALSE(On(Node("", R"("conditions": [{"type": "Ready", "status": "True"}])"), "").any());
}

TEST(NodeRulesTest, TaintsBarUnlessTolerated) {
  const NodeFacts node =
      Node(R"("taints": [{"key": "gpu", "value": "yes", "effect": "NoSchedule"}])");
  const NodeBars bars = On(node, "");
  EXPECT_TRUE(bars.tainted);
  EXPECT_EQ(bars.note, "taint gpu=yes:NoSchedule");
  struct Case {
    const char* toleration;
    bool tolerated;
  };
  for (const Case& c : {
           Case{R"({"key": "gpu", "operator": "Exists"})", true},
           Case{R"({"key": "gpu", "value": "yes"})", true},
           Case{R"({"key": "gpu", "operator": "Equal", "value": "no"})", false},
           Case{R"({"operator": "Exists"})", true},
           Case{R"({"operator": "Exists", "effect": "NoExecute"})", false},
           Case{R"({"key": "gpu", "operator": "Exists", "effect": "NoSchedule"})", true},
           Case{R"({"key": "cpu", "operator": "Exists"})", false},
           Case{R"({"value": "yes"})", false},
       }) {
    const std::string spec = absl::StrCat(R"("tolerations": [)", c.toleration, "]");
    EXPECT_EQ(On(node, spec).tainted, !c.tolerated) << c.toleration;
  }
}

TEST(NodeRulesTest, OnlyTaintsThatKeepPodsOffCount) {
  EXPECT_FALSE(On(Node(R"("taints": [{"key": "a", "effect": "PreferNoSchedule"}])"), "").any());
  EXPECT_TRUE(On(Node(R"("taints": [{"key": "a", "effect": "NoExecute"}])"), "").tainted);
}

TEST(NodeRulesTest, CordonAndNotReadyAreSaidOnceAndMayBeTolerated) {
  const NodeFacts cordoned = Node(R"("unschedulable": true, "taints": [
      {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}])");
  EXPECT_TRUE(On(cordoned, "").cordoned);
  EXPECT_FALSE(On(cordoned, "").tainted);
  EXPECT_FALSE(On(cordoned, R"("tolerations": [{"operator": "Exists"}])").any());
  for (const char* status : {"False", "Unknown"}) {
    const NodeFacts lost = Node("", absl::StrCat(R"("conditions": [
        {"type": "MemoryPressure", "status": "False"}, {"type": "Ready", "status": ")",
                                                 status, "\"}]"));
    EXPECT_TRUE(On(lost, "").not_ready) << status;
    EXPECT_FALSE(On(lost, R"("tolerations": [{"key": "node.kubernetes.io/not-ready",
        "operator": "Exists"}])")
                     .any());
  }
}

TEST(NodeRulesTest, EveryLabelOfTheSelectorMustBeThere) {
  EXPECT_FALSE(On(Node(""), R"("nodeSelector": {"pool": "a", "zone": "west"})").any());
  const NodeBars bars = On(Node(""), R"("nodeSelector": {"pool": "a", "zone": "east"})");
  EXPECT_TRUE(bars.not_selected);
  EXPECT_EQ(bars.note, "wants label zone=east");
  EXPECT_TRUE(On(Node(""), R"("nodeSelector": {"disk": ""})").not_selected);
}

TEST(NodeRulesTest, OperatorsOfAffinityAreThoseOfKubernetes) {
  EXPECT_TRUE(Wants("pool", "In", R"("b", "a")"));
  EXPECT_FALSE(Wants("pool", "In", R"("b")"));
  EXPECT_FALSE(Wants("disk", "In", R"("a")"));
  EXPECT_TRUE(Wants("disk", "NotIn", R"("a")")) << "also where there is no such label";
  EXPECT_FALSE(Wants("pool", "NotIn", R"("a")"));
  EXPECT_TRUE(Wants("pool", "Exists", ""));
  EXPECT_FALSE(Wants("disk", "Exists", ""));
  EXPECT_TRUE(Wants("disk", "DoesNotExist", ""));
  EXPECT_FALSE(Wants("pool", "DoesNotExist", ""));
  EXPECT_TRUE(Wants("cards", "Gt", R"("7")"));
  EXPECT_FALSE(Wants("cards", "Gt", R"("8")"));
  EXPECT_TRUE(Wants("cards", "Lt", R"("10")")) << "by value, not as text";
  EXPECT_FALSE(Wants("pool", "Gt", R"("1")")) << "no number";
  EXPECT_FALSE(Wants("disk", "Lt", R"("1")"));
}

TEST(NodeRulesTest, OneTermMustHoldWithAllItsParts) {
  const std::string pool = Expression("pool", "In", R"("a")");
  const std::string disk = Expression("disk", "Exists", "");
  const auto holds = [](const std::string& terms) {
    return !On(Node(""), Affinity(terms)).no_affinity;
  };
  const auto term = [](const std::string& parts) {
    return absl::StrCat(R"({"matchExpressions": [)", parts, "]}");
  };
  EXPECT_FALSE(holds(term(pool + "," + disk)));
  EXPECT_TRUE(holds(term(disk) + "," + term(pool)));
  EXPECT_FALSE(holds("{}")) << "an empty term selects nothing";
  EXPECT_FALSE(holds(""));
  const auto named = [&](const char* op, const char* name) {
    return absl::StrCat(R"({"matchFields": [)",
                        Expression("metadata.name", op, absl::StrCat("\"", name, "\"")), "]}");
  };
  EXPECT_TRUE(holds(named("In", "n1")));
  EXPECT_FALSE(holds(named("In", "n2")));
  EXPECT_TRUE(holds(named("NotIn", "n2")));
}

TEST(NodeRulesTest, PreferencesBarNothing) {
  EXPECT_FALSE(On(Node(""), R"("affinity": {"nodeAffinity": {
      "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "preference": {
      "matchExpressions": [{"key": "x", "operator": "Exists"}]}}]}})")
                   .any());
}

TEST(NodeRulesTest, ResourcesOfOthersMustBeOffered) {
  const std::string spec = R"("containers": [
      {"resources": {"limits": {"rdma/hca": "1", "nvidia.com/gpu": "1", "cpu": "4"}}},
      {"resources": {"requests": {"rdma/hca": "2"}}}])";
  const NodeBars none = On(Node(""), spec);
  EXPECT_TRUE(none.not_offered);
  EXPECT_EQ(none.note, "offers 0 rdma/hca, wants 3");
  EXPECT_TRUE(On(Node("", R"("allocatable": {"rdma/hca": "2"})"), spec).not_offered);
  EXPECT_FALSE(On(Node("", R"("allocatable": {"rdma/hca": "1k"})"), spec).any());
  EXPECT_FALSE(On(Node(""), R"("containers": [{"resources": {"limits": {
      "nvidia.com/gpu": "1", "hugepages-2Mi": "1Gi", "ephemeral-storage": "1Gi"}}}])")
                   .any())
      << "what is counted elsewhere, or has no domain";
  EXPECT_FALSE(On(Node("", R"("allocatable": {"rdma/hca": "2"})"), R"(
      "containers": [{"resources": {"limits": {"rdma/hca": "1"}}}],
      "initContainers": [{"resources": {"limits": {"rdma/hca": "2"}}}])")
                   .any())
      << "init containers run before the others";
}

TEST(NodeRulesTest, WhereNodesTellNothingTheLabelsThatAreNeededAreNamed) {
  const auto rules = NodeRules::Read(
      absl::StrCat(R"({"spec": {"nodeSelector": {"a": "b"}, )", Affinity("{}"), "}}"));
  ASSERT_TRUE(rules.ok());
  EXPECT_THAT(rules->NeedsLabels(), ElementsAre("nodeSelector", "required node affinity"));
  EXPECT_FALSE(rules->OnUnknown().any());
  const auto wants =
      NodeRules::Read(R"({"spec": {"containers": [{"resources": {"limits": {"rdma/hca": 1}}}]}})");
  EXPECT_TRUE(wants->OnUnknown().not_offered);
}

TEST(NodeRulesTest, WhatCannotBeReadIsNamed) {
  const auto rules = NodeRules::Read(
      absl::StrCat(R"({"spec": {)",
                   Affinity(R"({"matchExpressions": [{"key": "a", "operator": "Is"}]})"), "}}"));
  EXPECT_THAT(std::string(rules.status().message()),
              HasSubstr("matchExpressions[0].operator: must be In, NotIn, Exists"));
  EXPECT_FALSE(ReadNodeFacts(R"({"spec": {"taints": 5}})").ok());
}

}  // namespace
}  // namespace tangram::api::core
