// Node objects: what is read, and what a broken annotation leads to.
#include "api/dialects/hami/node.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tangram::api::hami {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// A node whose annotations and allocatable are the given JSON objects.
std::string NodeJson(const std::string& annotations, const std::string& allocatable) {
  return R"({"kind":"Node","apiVersion":"v1","metadata":{"name":"n1","uid":"u","resourceVersion":"7",)"
         R"("managedFields":[{"f:metadata":{"f:name":{}}}],"annotations":)" +
         annotations + R"(},"spec":{"taints":null},"status":{"capacity":{"nvidia.com/gpu":"9"},)" +
         R"("images":[{"names":["a"],"sizeBytes":1}],"allocatable":)" + allocatable + "}}";
}

constexpr char kCards[] =
    R"("hami.io/node-nvidia-register":"[{\"id\":\"GPU-b\",\"type\":\"NVIDIA A10\",\"count\":4},)"
    R"({\"id\":\"GPU-a\",\"type\":\"NVIDIA A10\",\"count\":4}]")";

TEST(NodeTest, AnObjectIsReadWhole) {
  const auto node = DecodeNode(NodeJson(
      std::string("{") + kCards +
          R"(,"hami.io/device-cordon":" GPU-b , GPU-x","hami.io/mutex.lock":"2026-06-14T15:05:03Z,ns,p"})",
      R"({"cpu":"1","nvidia.com/gpu":"8"})"));
  ASSERT_TRUE(node.ok()) << node.status();
  EXPECT_EQ(node->spec.name, "n1");
  EXPECT_EQ(node->resource_version, "7");
  EXPECT_EQ(node->lock, "2026-06-14T15:05:03Z,ns,p");
  EXPECT_TRUE(node->has_agent);
  EXPECT_EQ(node->problem, "");
  EXPECT_EQ(node->spec.allocatable_gpus, 8);
  ASSERT_THAT(node->spec.gpus, SizeIs(2));
  EXPECT_EQ(node->spec.gpus[0].uuid, "GPU-a");
  EXPECT_FALSE(node->spec.gpus[0].cordoned);
  EXPECT_TRUE(node->spec.gpus[1].cordoned);
}

TEST(NodeTest, ANodeWithoutAgentHasNoCards) {
  const auto node = DecodeNode(R"({"metadata":{"name":"cpu-1"},"status":{}})");
  ASSERT_TRUE(node.ok()) << node.status();
  EXPECT_FALSE(node->has_agent);
  EXPECT_EQ(node->spec.allocatable_gpus, std::nullopt);
  EXPECT_THAT(node->spec.gpus, IsEmpty());
  EXPECT_EQ(node->problem, "");
}

TEST(NodeTest, NullsReadAsAbsent) {
  const auto node = DecodeNode(
      R"({"metadata":{"name":"n","annotations":null,"resourceVersion":null},"status":null})");
  ASSERT_TRUE(node.ok()) << node.status();
  EXPECT_EQ(node->spec.name, "n");
}

TEST(NodeTest, ABrokenAnnotationIsAProblemAndLeavesNoCards) {
  for (const std::string& value :
       {std::string(R"("[{\"id\":\"GPU-a\",\"type\":\"NVIDIA\"},{\"id\":")"), std::string(R"("")"),
        std::string(R"("[{\"id\":\"GPU-a\",\"type\":\"NVIDIA\",\"devmem\":-1}]")")}) {
    const auto node =
        DecodeNode(NodeJson(R"({"hami.io/node-nvidia-register":)" + value + "}", "{}"));
    ASSERT_TRUE(node.ok()) << node.status();
    EXPECT_TRUE(node->has_agent);
    EXPECT_THAT(node->spec.gpus, IsEmpty());
    EXPECT_THAT(node->problem, HasSubstr("annotation hami.io/node-nvidia-register: cards"));
  }
}

TEST(NodeTest, AnAllocatableThatIsNoCountIsAProblem) {
  for (const std::string value : {"-1", "x", "9223372036854775808"}) {
    const auto node = DecodeNode(
        NodeJson(std::string("{") + kCards + "}", R"({"nvidia.com/gpu":")" + value + R"("})"));
    ASSERT_TRUE(node.ok()) << node.status();
    EXPECT_THAT(
        node->problem,
        HasSubstr("status.allocatable[nvidia.com/gpu]: must be an integer >= 0, is " + value));
    EXPECT_THAT(node->spec.gpus, IsEmpty());
  }
}

TEST(NodeTest, AllocatableMayBeANumberOrInAnyCanonicalForm) {
  for (const auto& [text, value] :
       {std::pair<std::string, int64_t>("3", 3), {"\"1k\"", 1000}, {"\"2e1\"", 20}, {"\"0\"", 0}}) {
    const auto node = DecodeNode(NodeJson("{}", R"({"nvidia.com/gpu":)" + text + "}"));
    ASSERT_TRUE(node.ok()) << node.status();
    EXPECT_EQ(node->spec.allocatable_gpus, value) << text;
  }
}

TEST(NodeTest, WhatIsNoNodeIsRefusedByName) {
  struct Case {
    std::string json;
    std::string message;
  };
  for (const auto& [json, message] : {
           Case{"", "Node: malformed JSON"},
           Case{"[]", "Node: must be an object"},
           Case{"{}", "Node.metadata: must be an object with a name"},
           Case{R"({"metadata":{"name":5}})", "Node.metadata.name: must be a string"},
           Case{R"({"metadata":{"name":"n","annotations":[]}})",
                "Node.metadata.annotations: must be an object"},
           Case{R"({"metadata":{"name":"n","annotations":{"hami.io/node-nvidia-register":{}}}})",
                "Node.metadata.annotations[hami.io/node-nvidia-register]: must be a string"},
           Case{R"({"metadata":{"name":"n"},"status":{"allocatable":{"nvidia.com/gpu":true}}})",
                "Node.status.allocatable[nvidia.com/gpu]: must be a quantity"},
           Case{R"({"metadata":{"name":"n"}}{})", "something follows"},
       }) {
    const auto node = DecodeNode(json);
    ASSERT_FALSE(node.ok()) << json;
    EXPECT_EQ(node.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(node.status().message()), HasSubstr(message));
  }
}

}  // namespace
}  // namespace tangram::api::hami
