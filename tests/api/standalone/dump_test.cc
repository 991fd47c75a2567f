// What kubectl, an API server and jq write, whole and damaged: every object counts, once, or the
// file is refused.
#include <string>
#include <vector>

#include "api/standalone/cluster_file.h"
#include "api/standalone/identities.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tangram::api::standalone {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// A node of four cards that are given out by count, a pod that holds two of them, and a list.
std::string Node(const std::string& name, const std::string& kind = R"("kind":"Node",)") {
  return "{" + kind + R"("metadata":{"name":")" + name +
         R"(","labels":{"nvidia.com/gpu.product":"T4"}},"status":{"allocatable":{"cpu":"8",)"
         R"("nvidia.com/gpu":"4"}}})";
}

std::string Pod(const std::string& name, const std::string& uid,
                const std::string& kind = R"("kind":"Pod",)",
                const std::string& node = "worker-1") {
  return "{" + kind + R"("metadata":{"name":")" + name + R"(","namespace":"team","uid":")" + uid +
         R"("},"spec":{"nodeName":")" + node +
         R"(","containers":[{"name":"c","resources":{)"
         R"("limits":{"nvidia.com/gpu":"2"}}}]},"status":{"phase":"Running"}})";
}

std::string List(const std::string& kind, const std::string& items) {
  return R"({"kind":")" + kind + R"(","apiVersion":"v1","metadata":{},"items":[)" + items + "]}";
}

struct Counted {
  size_t nodes = 0;
  size_t pods = 0;
  friend bool operator==(const Counted&, const Counted&) = default;
};

Counted Count(const std::string& text) {
  const auto file = ParseClusterText(text, "dump");
  EXPECT_TRUE(file.ok()) << file.status() << "\n" << text;
  return file.ok() ? Counted{file->nodes.size(), file->pods.size()} : Counted{};
}

std::string Error(const std::string& text) {
  const auto file = ParseClusterText(text, "dump");
  EXPECT_FALSE(file.ok()) << text;
  return std::string(file.status().message());
}

TEST(DumpTest, TheSameObjectsCountInEveryWrapping) {
  const std::string nodes = Node("worker-1") + "," + Node("worker-2");
  const std::string pods = Pod("train", "u1");
  const std::string bare_nodes = Node("worker-1", "") + "," + Node("worker-2", "");
  const std::string bare_pods = Pod("train", "u1", "");
  for (const std::string& text : std::vector<std::string>{
           List("List", nodes + "," + pods),
           List("NodeList", bare_nodes) + "\n" + List("PodList", bare_pods),
           List("PodList", bare_pods) + List("NodeList", nodes),
           List("List", List("NodeList", bare_nodes) + "," + List("PodList", bare_pods)),
           "[" + nodes + "," + pods + "]",
           Node("worker-1") + "\n" + Node("worker-2") + "\n" + pods + "\n",
           List("List", nodes) + "\n---\n" + List("List", pods),
           "# of two calls\n---\n" + List("List", nodes) + "\n---\n{kind: List, items: [" + pods +
               "]}\n",
           "kind: NodeList\nitems:\n- " + Node("worker-1", "") + "\n- " + Node("worker-2", "") +
               "\n---\nitems:\n- " + bare_pods + "\nkind: PodList\n",
           "{\"items\":[" + nodes + "," + pods + "]}",
           List("NodeList", bare_nodes) + "\n" + List("EventList", "") + "\n" +
               List("PodList", bare_pods) +
               "\n==== START logs for container c of pod team/train ====\nhello\n"
               "==== END logs for container c of pod team/train ====\n"}) {
    EXPECT_EQ(Count(text), (Counted{2, 1})) << text;
  }
}

TEST(DumpTest, WhatIsPassedOverIsNamed) {
  const auto file = ParseClusterText(List("NodeList", Node("a", "")) + List("EventList", ""), "d");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_THAT(file->warnings, ElementsAre(HasSubstr("\"EventList\" is passed over")));
}

TEST(DumpTest, WhatStandsForNoClusterIsRefusedByKind) {
  EXPECT_THAT(Error(R"({"kind":"Table","rows":[]})"),
              HasSubstr("kind \"Table\" is what is printed"));
  EXPECT_THAT(Error(R"({"kind":"Status","message":"pods is forbidden"})"),
              AllOf(HasSubstr("\"Status\""), HasSubstr("pods is forbidden")));
  EXPECT_THAT(Error(List("PodList", Pod("a", "u", ""))),
              HasSubstr("dump has no nodes; it holds 1 of "
                        "kind \"Pod\""));
  EXPECT_THAT(Error(List("List", "")), HasSubstr("dump has no nodes; it holds nothing"));
  EXPECT_THAT(Error(List("Lisu", Node("a"))), HasSubstr("\"Lisu\" has items and is no list"));
  EXPECT_THAT(Error(R"({"kind":"NodeList"})"), HasSubstr("items: missing in a NodeList"));
  EXPECT_THAT(Error("[" + Node("a") + ",7]"), HasSubstr("items[1]: must be an object"));
  EXPECT_THAT(Error("[" + Node("a", "") + "]"), HasSubstr("items[0]: kind: missing"));
  EXPECT_THAT(Error("7"), HasSubstr("no object of Kubernetes"));
  std::string lists = Node("a");
  for (int i = 0; i < 12; ++i) lists = List("List", lists);
  EXPECT_THAT(Error(lists), HasSubstr("lists in one another"));
}

TEST(DumpTest, APodWithItemsInItsVolumesIsOnePod) {
  std::string pod = Pod("a", "u");
  pod.insert(pod.find("\"containers\""), R"("volumes":[{"configMap":{"items":[{"key":"k"}]}}],)");
  EXPECT_EQ(Count(Node("worker-1") + pod), (Counted{1, 1}));
}

TEST(DumpTest, ErrorsNameTheDocumentTheLineAndTheItem) {
  const std::string bad = R"({"kind":"Pod","metadata":{"name":7}})";
  EXPECT_THAT(Error(Node("a") + "\n\n{\"kind\":\"List\",\n\"items\":[\n" + Pod("p", "u") + ",\n" +
                    bad + "]}"),
              HasSubstr("dump:6: document 2: items[1]: Pod.metadata.name"));
  EXPECT_THAT(Error("items:\n- " + Node("a") + "\n- " + bad + "\nkind: List\n"),
              HasSubstr("dump:3: items[1]: Pod.metadata.name"));
}

// Block style as kubectl prints it, kinds and names sorted among the keys.
constexpr char kPrinted[] = R"(apiVersion: v1
items:
- apiVersion: v1
  kind: Node
  metadata:
    labels:
      nvidia.com/gpu.product: T4
    name: worker-1
    resourceVersion: "7"
  status:
    allocatable:
      cpu: "8"
      nvidia.com/gpu: "4"
    nodeInfo:
      kubeletVersion: v1.34.0
- apiVersion: v1
  kind: Pod
  metadata:
    name: train
    namespace: team
    resourceVersion: "9"
    uid: u1
  spec:
    containers:
    - name: c
      resources:
        limits:
          nvidia.com/gpu: "2"
    nodeName: worker-1
  status:
    phase: Running
kind: List
metadata:
  resourceVersion: ""
)";

// A cut text is refused, or answered as the whole one is.
void ExpectNoCutLosesAnything(const std::string& text) {
  const auto whole = ParseClusterText(text, "whole");
  ASSERT_TRUE(whole.ok()) << whole.status();
  size_t refused = 0;
  for (size_t size = 0; size < text.size(); ++size) {
    const auto cut = ParseClusterText(text.substr(0, size), "cut");
    if (!cut.ok()) {
      ++refused;
      EXPECT_THAT(std::string(cut.status().message()), HasSubstr("cut")) << size;
      continue;
    }
    ASSERT_EQ(cut->nodes.size(), whole->nodes.size()) << text.substr(0, size);
    ASSERT_EQ(cut->pods.size(), whole->pods.size()) << text.substr(0, size);
    for (size_t i = 0; i < cut->pods.size(); ++i) {
      EXPECT_EQ(cut->pods[i].request, whole->pods[i].request) << size;
      EXPECT_EQ(cut->pods[i].node, whole->pods[i].node) << size;
    }
    for (size_t i = 0; i < cut->nodes.size(); ++i) {
      EXPECT_EQ(cut->nodes[i].spec.name, whole->nodes[i].spec.name) << size;
      EXPECT_EQ(cut->nodes[i].host, whole->nodes[i].host) << size;
    }
  }
  EXPECT_GT(refused, text.size() / 2);
}

TEST(DumpTest, NoCutOfADumpLosesAnything) {
  ExpectNoCutLosesAnything(kPrinted);
  ExpectNoCutLosesAnything(List("List", Node("worker-1") + "," + Pod("train", "u1")) + "\n");
  ExpectNoCutLosesAnything("[" + Node("worker-1") + ",\n" + Pod("train", "u1") + "]\n");
}

TEST(DumpTest, NoCutOfANodeThatStandsAloneLosesAnything) {
  const std::string list = kPrinted;
  const size_t begin = list.find("- apiVersion");
  std::string node = list.substr(begin, list.find("- apiVersion", begin + 1) - begin);
  for (size_t at = 0; (at = node.find('\n', at)) != std::string::npos && at + 1 < node.size();) {
    node.erase(++at, 2);
  }
  ExpectNoCutLosesAnything(node.substr(2));
}

TEST(DumpTest, AListThatEndsWithoutItsKindIsCut) {
  const std::string text = kPrinted;
  EXPECT_THAT(Error(text.substr(0, text.find("- apiVersion: v1\n  kind: Pod"))),
              HasSubstr("dump:1: a list without a kind"));
  EXPECT_THAT(Error("kind: List\nitems:\n- kind: Node\n  metadata:\n    name: a\n"),
              HasSubstr("the file ends early: the last object, \"Node a\", has no status"));
}

TEST(DumpTest, FilesWrittenByHandMayEndWithoutALineEnd) {
  EXPECT_EQ(Count("kind: List\nitems:\n- kind: Node\n  metadata: {name: a}\n  status: {}"),
            (Counted{1, 0}));
  EXPECT_EQ(Count("nodes:\n- {name: a, gpus: 1x T4-16GB}"), (Counted{1, 0}));
}

TEST(DumpTest, NoChangedByteEndsTheProgramOrDropsAPodInSilence) {
  for (const std::string& text :
       {std::string(kPrinted), List("List", Node("worker-1") + ",\n" + Pod("train", "u1")) + "\n",
        Node("worker-1") + "\n" + Pod("train", "u1") + "\n"}) {
    for (size_t at = 0; at < text.size(); ++at) {
      for (const char byte :
           {'\0', '\n', '"', '\\', '{', '}', ']', ':', '-', '\x80', '\xe9', '\xff'}) {
        std::string changed = text;
        changed[at] = byte;
        const auto file = ParseClusterText(changed, "changed");
        if (!file.ok()) continue;
        EXPECT_EQ(file->nodes.size(), 1u) << at << " " << changed;
        // A pod whose kind was changed is passed over, and that is said.
        EXPECT_TRUE(file->pods.size() == 1 || !file->warnings.empty()) << at << " " << changed;
      }
    }
  }
}

TEST(DumpTest, BrokenBytesArePassedOverWhereTheyPlayNoPartAndNamedWhereTheyDo) {
  std::string text = kPrinted;
  text.replace(text.find("v1.34.0"), 7, "v\xe9.34.0");
  const auto file = ParseClusterText(text, "dump");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_THAT(file->warnings, ElementsAre(HasSubstr("dump:15: bytes that are no UTF-8")));
  text = kPrinted;
  text.replace(text.find("name: worker-1") + 6, 6, "w\xf6rker");
  EXPECT_THAT(Error(text), AllOf(HasSubstr("dump:3: items[0]: metadata.name"),
                                 HasSubstr("is no name of a node")));
  EXPECT_THAT(Error("nodes:\n- {name: \"gpu-\xf6\", gpus: 2x L4-24GB}\n"),
              HasSubstr("dump:2:10: nodes[0].name: "));
}

TEST(DumpTest, NodesOfAScenarioHaveDnsNames) {
  for (const std::string name : {"a", "gpu-1", "a.b-c.d", "0"})
    EXPECT_TRUE(IsNodeName(name)) << name;
  for (const std::string& name :
       {std::string(), std::string("A"), std::string("a_b"), std::string("-a"), std::string("a-"),
        std::string("a..b"), std::string("a.-b"), std::string("a b"), std::string("b\xc3\xa4r"),
        std::string(254, 'a')}) {
    EXPECT_FALSE(IsNodeName(name)) << name;
  }
  EXPECT_THAT(Error("nodes:\n- {name: ok, gpus: 2x L4-24GB}\n- {name: Gpu_1, gpus: 2x L4-24GB}\n"),
              HasSubstr("dump:3:10: nodes[1].name: \"Gpu_1\" is not allowed"));
}

TEST(DumpTest, ABareScenarioIsTheOnlyDocument) {
  EXPECT_THAT(Error("nodes:\n- {name: a, gpus: 1x T4-16GB}\n---\n" + Node("b")),
              HasSubstr("dump:4: a scenario must be the only document"));
}

std::vector<model::Pod> PodsOf(const std::string& text, std::vector<std::string>* warnings) {
  auto file = ParseClusterText(text, "dump");
  EXPECT_TRUE(file.ok()) << file.status();
  if (!file.ok()) return {};
  if (warnings != nullptr) *warnings = file->warnings;
  return file->pods;
}

TEST(IdentitiesTest, PodsWithoutUidsGetOnesThatStayTheSame) {
  const std::string text = Node("worker-1") + Pod("a", "") + Pod("b", "");
  std::vector<std::string> warnings;
  const auto pods = PodsOf(text, &warnings);
  ASSERT_THAT(pods, SizeIs(2));
  EXPECT_NE(pods[0].id.uid, pods[1].id.uid);
  EXPECT_THAT(pods[0].id.uid, testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]"
                                                    "{3}-[0-9a-f]{12}"));
  EXPECT_EQ(pods[1].id.uid, PodsOf(text, nullptr)[1].id.uid);
  EXPECT_THAT(warnings, IsEmpty());
}

TEST(IdentitiesTest, PodsThatShareAUidBothCountAndAreBothNamed) {
  std::vector<std::string> warnings;
  const std::string two = Pod("a", "same") + Pod("b", "same");
  const auto pods = PodsOf(Node("worker-1") + two + two, &warnings);
  ASSERT_THAT(pods, SizeIs(2));
  EXPECT_EQ(pods[0].id.uid, "same");
  EXPECT_NE(pods[1].id.uid, "same");
  EXPECT_THAT(warnings, ElementsAre(AllOf(HasSubstr("team/a"), HasSubstr("team/b"))));
}

TEST(IdentitiesTest, OnePodTwiceCountsOnceAndTheBoundOneBefore) {
  const std::string waiting = Pod("a", "u", R"("kind":"Pod",)", "");
  for (const std::string& text : {Pod("a", "u") + Pod("a", "u"), waiting + Pod("a", "u"),
                                  Pod("a", "u") + waiting, Pod("a", "") + Pod("a", "")}) {
    const auto pods = PodsOf(Node("worker-1") + text, nullptr);
    ASSERT_THAT(pods, SizeIs(1));
    EXPECT_EQ(pods[0].node, "worker-1");
  }
  std::string ended = Pod("a", "u");
  ended.replace(ended.find("Running"), 7, "Failed");
  EXPECT_THAT(PodsOf(Node("worker-1") + ended + Pod("a", "u"), nullptr), IsEmpty());
  EXPECT_THAT(PodsOf(Node("worker-1") + ended + Pod("a", "later"), nullptr), SizeIs(1));
}

TEST(IdentitiesTest, PodsOfTwoTimesAreRefusedByName) {
  EXPECT_THAT(Error(Node("worker-1") + Pod("a", "u1") + Pod("a", "u2")),
              AllOf(HasSubstr("pod team/a comes twice"), HasSubstr("\"u1\""), HasSubstr("\"u2\"")));
  EXPECT_THAT(
      Error(Node("worker-1") + Pod("a", "u") + Pod("a", "u", R"("kind":"Pod",)", "worker-2")),
      AllOf(HasSubstr("pod team/a comes twice"), HasSubstr("worker-2")));
}

TEST(IdentitiesTest, OfANodeTwiceTheNewerCountsOrTheNodeIsNamed) {
  const auto node = [](const std::string& version, const std::string& cards) {
    std::string text = Node("worker-1");
    text.replace(text.find("\"4\""), 3, "\"" + cards + "\"");
    text.insert(text.find("\"labels\""), R"("resourceVersion":")" + version + R"(",)");
    return text;
  };
  for (const std::string& text :
       {node("9", "2") + node("10", "3"), node("10", "3") + node("9", "2")}) {
    const auto file = ParseClusterText(text, "dump");
    ASSERT_TRUE(file.ok()) << file.status();
    ASSERT_THAT(file->nodes, SizeIs(1));
    EXPECT_EQ(file->nodes[0].spec.pools.at(0).count, 3);
    EXPECT_THAT(file->warnings, ElementsAre(HasSubstr("node worker-1 comes twice")));
  }
  EXPECT_THAT(Error(Node("worker-1") + Node("worker-1")), HasSubstr("node worker-1 comes twice"));
}

}  // namespace
}  // namespace tangram::api::standalone
