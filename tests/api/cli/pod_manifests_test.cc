// Manifests as an API server would hand them to kube-scheduler.
#include "api/cli/pod_manifests.h"

#include <string>
#include <vector>

#include "api/manifests/yaml_json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tangram::api::cli {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

std::string FixedUid() { return "11111111-2222-4333-8444-555555555555"; }

TEST(YamlJsonTest, ScalarsKeepTheirKind) {
  struct Case {
    const char* yaml;
    json want;
  };
  for (const Case& c : {Case{"3000", 3000},
                        Case{"\"3000\"", "3000"},
                        Case{"'3k'", "3k"},
                        Case{"3k", "3k"},
                        Case{"500m", "500m"},
                        Case{"1.5", 1.5},
                        Case{"1e3", 1000.0},
                        Case{"-5", -5},
                        Case{"+5", 5},
                        Case{"true", true},
                        Case{"False", false},
                        Case{"\"true\"", "true"},
                        Case{"null", nullptr},
                        Case{"~", nullptr},
                        Case{"\"\"", ""},
                        Case{"no", "no"},
                        Case{"010", "010"},
                        Case{"0", 0},
                        Case{"0.5", 0.5},
                        Case{"1.2.3", "1.2.3"},
                        Case{"12-34", "12-34"},
                        Case{".inf", ".inf"},
                        Case{"2026-01-02", "2026-01-02"},
                        Case{"18446744073709551615", 18446744073709551615u},
                        Case{"99999999999999999999999", 1e23}}) {
    const auto documents = manifests::ParseDocuments("a: " + std::string(c.yaml) + "\n", "f");
    ASSERT_TRUE(documents.ok()) << c.yaml << documents.status();
    ASSERT_EQ(documents->size(), 1u) << c.yaml;
    const json& got = (*documents)[0].at("a");
    EXPECT_EQ(got, c.want) << c.yaml;
    EXPECT_EQ(got.is_string(), c.want.is_string()) << c.yaml;
  }
}

TEST(YamlJsonTest, BlockTextsAndNestingSurvive) {
  const auto documents = manifests::ParseDocuments("a:\n- {b: [1, x]}\n- |\n  one\n  two\n", "f");
  ASSERT_TRUE(documents.ok());
  EXPECT_EQ((*documents)[0], json::parse(R"({"a":[{"b":[1,"x"]},"one\ntwo\n"]})"));
}

TEST(YamlJsonTest, BadDocumentsAreRefusedWithLine) {
  std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c <= 'h'; ++c) {
    const std::string before = std::string("*") + static_cast<char>(c - 1);
    bomb += std::string(1, c) + ": &" + c + " [" + before;
    for (int i = 0; i < 9; ++i) bomb += ", " + before;
    bomb += "]\n";
  }
  struct Case {
    std::string text;
    const char* error;
  };
  for (const Case& c : {Case{"a: 1\na: 2\n", "f:2: key \"a\" again"},
                        Case{"a: [x\n", "f:2: did not find expected ',' or ']'"},
                        Case{"[a]: b\n", "f:1: a key must be a text"},
                        Case{"b: &b {x: 1}\na:\n  <<: *b\n", "merge keys"},
                        Case{bomb, "aliases unfold into too many values"}}) {
    const auto documents = manifests::ParseDocuments(c.text, "f");
    ASSERT_FALSE(documents.ok()) << c.error;
    EXPECT_THAT(std::string(documents.status().message()), HasSubstr(c.error));
  }
}

constexpr char kPod[] = R"(
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  initContainers:
  - name: i
    resources: {requests: {nvidia.com/gpu: "1"}}
  containers:
  - name: c
    resources:
      limits: {nvidia.com/gpu: 1, nvidia.com/gpumem: 3000, cpu: 1.5, memory: 2Gi}
      requests: {cpu: 500m}
  - name: d
)";

TEST(PodManifestsTest, WhatAnApiServerAddsIsAdded) {
  const auto pods = ParsePodManifests(kPod, "f", FixedUid);
  ASSERT_TRUE(pods.ok()) << pods.status();
  ASSERT_EQ(pods->size(), 1u);
  const PodManifest& pod = pods->front();
  EXPECT_EQ(pod.name_space, "default");
  EXPECT_EQ(pod.name, "a");
  EXPECT_EQ(pod.uid, FixedUid());
  EXPECT_EQ(pod.object.at("metadata"), json::parse(R"({"name":"a","namespace":"default",
      "uid":"11111111-2222-4333-8444-555555555555"})"));
  EXPECT_EQ(pod.object.at("spec").at("containers").at(0).at("resources"),
            json::parse(R"({"limits":{"nvidia.com/gpu":"1","nvidia.com/gpumem":"3000",
                "cpu":"1.5","memory":"2Gi"},
                "requests":{"nvidia.com/gpu":"1","nvidia.com/gpumem":"3000","cpu":"500m",
                "memory":"2Gi"}})"));
  EXPECT_EQ(pod.object.at("status").at("phase"), "Pending");
}

TEST(PodManifestsTest, WhatThePodSaysIsKept) {
  const auto pods = ParsePodManifests(
      R"({"kind":"Pod","metadata":{"name":"a","namespace":"n","uid":"u"},"spec":{},
          "status":{"phase":"Pending","reason":"x"}})",
      "f", FixedUid);
  ASSERT_TRUE(pods.ok()) << pods.status();
  EXPECT_EQ(pods->front().name_space, "n");
  EXPECT_EQ(pods->front().uid, "u");
  EXPECT_EQ(pods->front().object.at("status").at("reason"), "x");
}

TEST(PodManifestsTest, DocumentsAndListsAreRead) {
  const auto pods = ParsePodManifests(
      "kind: Pod\nmetadata: {name: a}\nspec: {}\n---\n---\n# nothing\n---\n"
      "kind: List\nitems:\n- {kind: Pod, metadata: {name: b}, spec: {}}\n---\n"
      "kind: PodList\nitems:\n- {metadata: {name: c}, spec: {}}\n---\n"
      "kind: Pod\nmetadata: {generateName: d-}\nspec: {}\n",
      "f", FixedUid);
  ASSERT_TRUE(pods.ok()) << pods.status();
  std::vector<std::string> names;
  for (const PodManifest& pod : *pods) names.push_back(pod.name);
  EXPECT_EQ(names, (std::vector<std::string>{"a", "b", "c", "d-11111"}));
}

TEST(PodManifestsTest, OtherThingsAreRefusedByName) {
  struct Case {
    const char* text;
    const char* error;
  };
  for (const Case& c :
       {Case{"kind: Deployment\nmetadata: {name: a}\n",
             "f, document 1: kind \"Deployment\"; allowed: Pod, PodList, List"},
        Case{"a: b\n", "kind \"\""}, Case{"- x\n", "must be an object of kind Pod"},
        Case{"kind: Pod\nspec: {}\n", "has no metadata"},
        Case{"kind: Pod\nmetadata: {name: a}\n", "has no spec"},
        Case{"kind: Pod\nmetadata: {name: 5}\nspec: {}\n", "metadata.name must be a text"},
        Case{"kind: List\nitems:\n- {kind: Service}\n",
             "f, document 1, item 0: kind \"Service\""}}) {
    const auto pods = ParsePodManifests(c.text, "f", FixedUid);
    ASSERT_FALSE(pods.ok()) << c.text;
    EXPECT_THAT(std::string(pods.status().message()), HasSubstr(c.error));
  }
}

TEST(PodManifestsTest, DamagedManifestsAreRefusedOrReadAndNeverEndTheProgram) {
  const std::string text =
      std::string(kPod) +
      "---\nkind: CronJob\nmetadata: {name: c}\n"
      "spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: c}]}}}}}"
      "\n---\n{\"kind\": \"PodList\", \"items\": [{\"metadata\": "
      "{\"name\": \"p\"}, \"spec\": {}}]}\n";
  ASSERT_TRUE(ParseWorkloadManifests(text, "f", FixedUid).ok());
  size_t refused = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    if (!ParseWorkloadManifests(text.substr(0, at), "f", FixedUid).ok()) ++refused;
    for (const char byte : {'\0', '\n', '"', '[', '}', ':', '\xe9'}) {
      std::string changed = text;
      changed[at] = byte;
      const auto pods = ParseWorkloadManifests(changed, "f", FixedUid);
      if (!pods.ok()) ++refused;
      // Whatever is read can be written.
      for (const PodManifest& pod : pods.ok() ? *pods : std::vector<PodManifest>()) {
        EXPECT_FALSE(pod.object.dump().empty());
      }
    }
  }
  EXPECT_GT(refused, text.size());
  EXPECT_FALSE(
      ParseWorkloadManifests("kind: CronJob\nmetadata: {name: c}\nspec: [1]\n", "f", FixedUid)
          .ok());
  EXPECT_FALSE(ParsePodManifests("kind: List\nitems: 7\n", "f", FixedUid).ok());
}

TEST(PodManifestsTest, UuidsAreRandomAndWellFormed) {
  const std::string one = RandomUuid();
  EXPECT_THAT(one, MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-"
                                "[0-9a-f]{12}"));
  EXPECT_NE(one, RandomUuid());
}

}  // namespace
}  // namespace tangram::api::cli
