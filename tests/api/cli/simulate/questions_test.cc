// fit, plan, explain and defrag from the command line: answers, exit codes, and bad inputs.
#include "tests/api/cli/simulate/questions.h"

#include <algorithm>
#include <array>

#include "gmock/gmock.h"
#include "tests/api/kubernetes/fake_server.h"
#include "tests/api/manifests/packed.h"

namespace tangram::api::cli::simulate {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kScenario[] =
    "nodes:\n- {name: big, gpus: 2x A100-SXM4-80GB, cpu: 8, memory: 64Gi}\n"
    "- {name: small, gpus: 1x T4-16GB}\n";

// A node with CPU and memory and one card; `register` is the text of its annotation.
json NodeObject(const std::string& name, const std::string& registered) {
  return {
      {"kind", "Node"},
      {"metadata",
       {{"name", name}, {"annotations", {{"hami.io/node-nvidia-register", registered}}}}},
      {"status", {{"allocatable", {{"cpu", "4"}, {"memory", "8Gi"}, {"nvidia.com/gpu", "10"}}}}}};
}

std::string Registered(const std::string& id) {
  return R"([{"id":")" + id +
         R"(","count":10,"devmem":10000,"devcore":100,"type":"NVIDIA T4","mode":"hami-core","health":true}])";
}

json PodObject(const std::string& name, const std::string& node, const std::string& allocated,
               const std::string& cpu) {
  return {{"kind", "Pod"},
          {"metadata",
           {{"name", name},
            {"namespace", "team"},
            {"uid", "uid-" + name},
            {"annotations", {{"hami.io/vgpu-devices-allocated", allocated}}}}},
          {"spec",
           {{"nodeName", node},
            {"containers",
             json::array({{{"name", "c"},
                           {"resources",
                            {{"limits", {{"nvidia.com/gpu", "1"}, {"nvidia.com/gpumem", "4000"}}},
                             {"requests", {{"cpu", cpu}}}}}}})}}},
          {"status", {{"phase", "Running"}}}};
}

// A pod without cards.
json PlainPod(const std::string& name, const std::string& node, const std::string& cpu) {
  return {{"kind", "Pod"},
          {"metadata", {{"name", name}, {"namespace", "team"}, {"uid", "uid-" + name}}},
          {"spec",
           {{"nodeName", node},
            {"containers", json::array({{{"resources", {{"requests", {{"cpu", cpu}}}}}}})}}}};
}

// Two nodes of one card each, 4,000 of 10,000 MiB in use; 1 core of the first is left, 2.5 of the
// second.
std::string Dump() {
  const json items = json::array(
      {NodeObject("a", Registered("GPU-a")), NodeObject("b", Registered("GPU-b")),
       PodObject("one", "a", "GPU-a,NVIDIA,4000,10:;", "3"),
       PodObject("two", "b", "GPU-b,NVIDIA,4000,10:;", "500m"), PlainPod("plain", "b", "1")});
  return json{{"kind", "List"}, {"items", items}}.dump(1);
}

TEST_F(QuestionTest, FitCountsPerNodeAndSaysWhyNotMore) {
  const std::string cluster = File("c.yaml", kScenario);
  const std::string pod =
      File("p.yaml", PodYaml("p", "{nvidia.com/gpu: 1, nvidia.com/gpumem: 16000, cpu: 1}"));
  const Answered table = Ask({"fit", pod, "--cluster", cluster});
  EXPECT_EQ(table.code, 0);
  EXPECT_THAT(table.out, AllOf(HasSubstr("9 more fit, on 2 of 2 nodes"),
                               HasSubstr("InsufficientCpu: has 0 milli-CPU, wants 1,000"),
                               HasSubstr("card 0 has 384 MiB, wants 16,000 MiB")));
  const json answer = Ask({"fit", pod, "--cluster", cluster, "-o", "json"}).Json();
  EXPECT_EQ(answer["schema"], "tangram.dev/simulation-fit/v1");
  EXPECT_EQ(answer["total"], 9);
  EXPECT_EQ(answer["nodes"][0]["more"], 8);
  EXPECT_EQ(answer["nodes"][0]["reasons"], json::array({"InsufficientCpu"}));
  EXPECT_EQ(answer["nodes"][1]["nearest_card"]["have"], 384);
  EXPECT_EQ(Ask({"fit", pod, "--cluster", cluster, "--at-least", "10"}).code, 1);
}

TEST_F(QuestionTest, ADumpIsReadInEveryFormAndCountsWhatRuns) {
  const std::string pod =
      File("p.yaml", PodYaml("p", "{nvidia.com/gpu: 1, nvidia.com/gpumem: 2000, cpu: 1}"));
  for (const std::string& cluster :
       {File("d.json", Dump()), File("d.json.gz", manifests::Packed(Dump())),
        File("d.yaml", "# of kubectl\n" + json::parse(Dump()).dump(2))}) {
    const json answer = Ask({"fit", pod, "--cluster", cluster, "-o", "json"}).Json();
    EXPECT_EQ(answer["nodes"][0]["more"], 1) << "one core is left";
    EXPECT_EQ(answer["nodes"][1]["more"], 2) << "a pod without cards takes the third";
  }
}

TEST_F(QuestionTest, ABrokenAnnotationCostsItsNodeOnly) {
  json dump = json::parse(Dump());
  dump["items"][0]["metadata"]["annotations"]["hami.io/node-nvidia-register"] = R"([{"id":7}])";
  const std::string pod =
      File("p.yaml", PodYaml("p", "{nvidia.com/gpu: 1, nvidia.com/gpumem: 2000}"));
  const Answered answered =
      Ask({"fit", pod, "--cluster", File("d.json", dump.dump()), "-o", "json"});
  EXPECT_EQ(answered.code, 0);
  EXPECT_THAT(answered.err, AllOf(HasSubstr("node a"), HasSubstr("cards[0].id")));
  EXPECT_EQ(answered.Json()["nodes"][0]["more"], 0);
  EXPECT_EQ(answered.Json()["nodes"][1]["more"], 3);
}

TEST_F(QuestionTest, TheJournalOfAScenarioCounts) {
  const std::string cluster = File("c.yaml", "nodes:\n- {name: n, gpus: 1x T4-16GB}\n");
  const std::string pod =
      File("p.yaml", PodYaml("p", "{nvidia.com/gpu: 1, nvidia.com/gpumem: 8000}"));
  EXPECT_EQ(Ask({"fit", pod, "--cluster", cluster, "-o", "json"}).Json()["total"], 2);
  File("c.yaml.journal", "not a journal\n");
  const Answered broken = Ask({"fit", pod, "--cluster", cluster});
  EXPECT_EQ(broken.code, 2);
  EXPECT_THAT(broken.err, HasSubstr("c.yaml.journal"));
}

TEST_F(QuestionTest, AWorkloadIsOnePodAndSeveralPodsNeedAName) {
  const std::string cluster = File("c.yaml", kScenario);
  const std::string deployment = File("d.yaml", R"(kind: Deployment
metadata: {name: web, namespace: team}
spec:
  replicas: 3
  template:
    spec: {containers: [{name: c, resources: {limits: {nvidia.com/gpu: 1}}}]}
)");
  const json one = Ask({"fit", deployment, "--cluster", cluster, "-o", "json"}).Json();
  EXPECT_EQ(one["pod"]["name"], "team/web-0");
  EXPECT_EQ(one["total"], 3);
  const std::string two = File("two.yaml", PodYaml("a", "{nvidia.com/gpu: 1}") + "---\n" +
                                               PodYaml("b", "{nvidia.com/gpu: 2}"));
  const Answered unnamed = Ask({"fit", two, "--cluster", cluster});
  EXPECT_EQ(unnamed.code, 2);
  EXPECT_THAT(unnamed.err, AllOf(HasSubstr("--name"), HasSubstr("default/b")));
  EXPECT_EQ(Ask({"fit", two, "--cluster", cluster, "--name", "b", "-o", "json"}).Json()["total"],
            1);
  EXPECT_EQ(Ask({"fit", two, "--cluster", cluster, "--name", "c"}).code, 2);
}

TEST_F(QuestionTest, PlanComparesWhatToAdd) {
  const std::string cluster = File("c.yaml", kScenario);
  const std::string pod =
      File("p.yaml", PodYaml("p", "{nvidia.com/gpu: 1, nvidia.com/gpumem: 40000}"));
  const std::vector<std::string> words = {
      "plan",         pod,     "--cluster",    cluster, "--until-fits", "20", "--add",
      "8x H100-80GB", "--add", "4x L40S-48GB", "--add", "8x T4-16GB",   "-o", "json"};
  const json answer = Ask(words).Json();
  EXPECT_EQ(answer["fit_now"], 4);
  EXPECT_EQ(answer["alternatives"][0]["fit_on_each"], 16);
  EXPECT_EQ(answer["alternatives"][0]["nodes"], 1);
  EXPECT_EQ(answer["alternatives"][0]["fit_then"], 20);
  EXPECT_EQ(answer["alternatives"][0]["fewest_cards"], true);
  EXPECT_EQ(answer["alternatives"][1]["nodes"], 4);
  EXPECT_TRUE(answer["alternatives"][2]["nodes"].is_null());
  const Answered never =
      Ask({"plan", pod, "--cluster", cluster, "--until-fits", "20", "--add", "8x T4-16GB"});
  EXPECT_EQ(never.code, 1);
  EXPECT_THAT(never.out, AllOf(HasSubstr("never"), HasSubstr("has 16,384 MiB, wants 40,000 MiB")));
  const Answered bad =
      Ask({"plan", pod, "--cluster", cluster, "--until-fits", "1", "--add", "8 H100"});
  EXPECT_EQ(bad.code, 2);
  EXPECT_THAT(bad.err, AllOf(HasSubstr("--add \"8 H100\""), HasSubstr("8x A100-SXM4-80GB")));
}

TEST_F(QuestionTest, ExplainNamesTheSmallestChanges) {
  const std::string cluster = File("d.json", Dump());
  const std::string pod =
      File("p.yaml",
           PodYaml("p", "{nvidia.com/gpu: 1, nvidia.com/gpumem: 7000, nvidia.com/gpucores: 95}"));
  const Answered table = Ask({"explain", pod, "--cluster", cluster});
  EXPECT_EQ(table.code, 1);
  EXPECT_THAT(table.out, AllOf(HasSubstr("fits on 0 of 2 nodes"), HasSubstr("6,000/10,000"),
                               HasSubstr("ask 1,000 MiB and 5% cores less a card"),
                               HasSubstr("team/one leaves (4,000 MiB and 10% cores on card 0)")));
  const json answer =
      Ask({"explain", pod, "--cluster", cluster, "--node", "b", "-o", "json"}).Json();
  ASSERT_EQ(answer["nodes"].size(), 1u);
  EXPECT_EQ(answer["nodes"][0]["name"], "b");
  EXPECT_EQ(answer["nodes"][0]["nearest_card"]["want"], 7000);
  EXPECT_EQ(answer["smallest_changes"].back()["pod"], "team/two");
  const Answered bad = Ask({"explain", pod, "--cluster", cluster, "--node", "c"});
  EXPECT_EQ(bad.code, 2);
  EXPECT_THAT(bad.err, HasSubstr("\"c\""));
  const std::string small =
      File("s.yaml", PodYaml("s", "{nvidia.com/gpu: 1, nvidia.com/gpumem: 1}"));
  EXPECT_EQ(Ask({"explain", small, "--cluster", cluster}).code, 0);
}

TEST_F(QuestionTest, ExplainSaysWhichAnnotationOfThePodIsInTheWay) {
  json cards = json::parse(Registered("GPU-a"));
  cards.push_back(cards[0]);
  cards[1]["id"] = "GPU-b";
  cards[1]["numa"] = 1;
  const std::string cluster = File("c.json", NodeObject("n", cards.dump()).dump());
  for (const auto& [annotation, value, kind] : std::vector<std::array<std::string, 3>>{
           {"nvidia.com/use-gputype", "H100", "without-types"},
           {"nvidia.com/use-gpuuuid", "GPU-c", "without-uuids"},
           {"nvidia.com/numa-bind", "\"true\"", "without-numa-bind"}}) {
    const std::string pod =
        File("p.yaml", "kind: Pod\nmetadata: {name: p, annotations: {" + annotation + ": " + value +
                           "}}\nspec: {containers: [{name: c, resources: {limits: " +
                           "{nvidia.com/gpu: 2, nvidia.com/gpumem: 100}}}]}\n");
    const Answered table = Ask({"explain", pod, "--cluster", cluster});
    EXPECT_EQ(table.code, 1);
    EXPECT_THAT(table.out, HasSubstr("do without " + annotation));
    const json changes =
        Ask({"explain", pod, "--cluster", cluster, "-o", "json"}).Json()["smallest_changes"];
    EXPECT_TRUE(std::any_of(changes.begin(), changes.end(), [&kind](const json& change) {
      return change["kind"] == kind;
    })) << changes;
  }
}

TEST_F(QuestionTest, ExplainTellsWhatANodeOffersByCount) {
  const std::string cluster = File("mig.yaml", R"(
kind: Node
metadata:
  name: mig-1
  labels: {nvidia.com/gpu.product: NVIDIA-A100-SXM4-80GB, nvidia.com/gpu.count: "2",
           nvidia.com/mig.strategy: mixed, nvidia.com/mig-1g.10gb.count: "14"}
status: {allocatable: {cpu: "64", memory: 512Gi, nvidia.com/mig-1g.10gb: "14"}}
)");
  const std::string pod =
      File("p.yaml", PodYaml("p", "{nvidia.com/mig-1g.10gb: 15, nvidia.com/mig-3g.40gb: 1}"));
  const Answered table = Ask({"explain", pod, "--cluster", cluster});
  EXPECT_EQ(table.code, 1);
  EXPECT_THAT(table.out, HasSubstr("NODE   RESOURCE                FREE  WANTED  FOR THIS POD\n"
                                   "mig-1  nvidia.com/mig-1g.10gb    14      15  too few\n"
                                   "mig-1  nvidia.com/mig-3g.40gb     -       1  not offered\n"));
  const json answer = Ask({"explain", pod, "--cluster", cluster, "-o", "json"}).Json();
  EXPECT_EQ(
      answer["nodes"][0]["pools"],
      json::array(
          {{{"resource", "nvidia.com/mig-1g.10gb"}, {"offered", true}, {"have", 14}, {"want", 15}},
           {{"resource", "nvidia.com/mig-3g.40gb"},
            {"offered", false},
            {"have", 0},
            {"want", 1}}}));
  const std::string small = File("s.yaml", PodYaml("s", "{nvidia.com/mig-1g.10gb: 14}"));
  EXPECT_THAT(Ask({"explain", small, "--cluster", cluster}).out, HasSubstr("14      14  enough\n"));
}

TEST_F(QuestionTest, ComputeOfAmdsCardsIsToldInUnits) {
  const auto card = [](const char* id) {
    return std::string(R"({"id":")") + id +
           R"(","count":10,"devmem":10000,"devcore":304,"type":"AMD Instinct MI300X","health":true})";
  };
  json node = NodeObject("amd", "[]");
  node["metadata"]["annotations"] = {{"hami.io/node-amd-register", "[" + card("one") + "]"}};
  node["status"]["capacity"] = {{"amd.com/gpu", "10"}};
  json pod = PodObject("slice", "amd", "", "1");
  pod["metadata"]["annotations"] = {{"hami.io/amd-devices-allocated", "one,AMD,8000,76:;"}};
  pod["spec"]["containers"][0]["resources"]["limits"] = {
      {"amd.com/gpu", "1"}, {"amd.com/gpumem", "8000"}, {"amd.com/gpucores", "25"}};
  const std::string cluster =
      File("amd.json", json{{"kind", "List"}, {"items", json::array({node, pod})}}.dump());
  const std::string wanted =
      File("w.yaml", PodYaml("w", "{amd.com/gpu: 1, amd.com/gpumem: 1000, amd.com/gpucores: 80}"));
  const Answered table = Ask({"explain", wanted, "--cluster", cluster});
  EXPECT_THAT(table.out, HasSubstr("has 75% cores, wants 80% cores")) << "as it is asked for";
  EXPECT_THAT(table.out, HasSubstr("team/slice leaves (8,000 MiB and 76 compute units on card 0)"));
  const json answer = Ask({"explain", wanted, "--cluster", cluster, "-o", "json"}).Json();
  EXPECT_EQ(answer["nodes"][0]["cards"][0]["free"]["compute_units"], 228);
}

TEST_F(QuestionTest, DefragListsMovesAndMovesNothing) {
  const std::string cluster = File("d.json", Dump());
  const json answer =
      Ask({"defrag", "--cluster", cluster, "--max-moves", "3", "-o", "json"}).Json();
  ASSERT_EQ(answer["moves"].size(), 1u);
  EXPECT_EQ(answer["moves"][0]["pod"], "team/two") << "b has too little CPU for one";
  EXPECT_EQ(answer["moves"][0]["to"]["node"], "a");
  EXPECT_EQ(answer["before"]["cards_free"], 0);
  EXPECT_EQ(answer["after"]["cards_free"], 1);
  EXPECT_EQ(answer["after"]["nodes_free"], 1);
  const std::string pod =
      File("p.yaml", PodYaml("p", "{nvidia.com/gpu: 1, nvidia.com/gpucores: 100}"));
  const Answered room = Ask({"defrag", "--cluster", cluster, "--pod", pod});
  EXPECT_EQ(room.code, 0);
  EXPECT_THAT(room.out, HasSubstr("default/p fits on b after 1 move (a bound; nothing is moved)"));
  const std::string two = File("two.yaml", PodYaml("t", "{nvidia.com/gpu: 2}"));
  EXPECT_EQ(Ask({"defrag", "--cluster", cluster, "--pod", two}).code, 1);
}

TEST_F(QuestionTest, WrongInputsAreNamedWithFileAndField) {
  const std::string pod = File("p.yaml", PodYaml("p", "{nvidia.com/gpu: 1}"));
  const std::string cluster = File("c.yaml", kScenario);
  const auto error = [](const Answered& answered) {
    EXPECT_EQ(answered.code, 2);
    EXPECT_EQ(answered.out, "");
    return answered.err;
  };
  EXPECT_THAT(error(Ask({"fit", pod})), HasSubstr("--cluster FILE or --kubeconfig FILE"));
  EXPECT_THAT(error(Ask({"fit", pod, "--cluster", "/nowhere"})), HasSubstr("/nowhere"));
  EXPECT_THAT(error(Ask({"fit", pod, "--cluster", File("e.yaml", "")})), HasSubstr("e.yaml"));
  EXPECT_THAT(error(Ask({"fit", pod, "--cluster", File("n.json", R"({"items":[]})")})),
              HasSubstr("has no nodes"));
  EXPECT_THAT(
      error(Ask({"fit", pod, "--cluster", File("k.yaml", "nodes:\n- {name: x, gpus: 9}\n")})),
      AllOf(HasSubstr("k.yaml:2:"), HasSubstr("gpus: \"9\"")));
  EXPECT_THAT(error(Ask({"fit", File("s.yaml", "kind: Service\n"), "--cluster", cluster})),
              AllOf(HasSubstr("s.yaml, document 1"), HasSubstr("Deployment")));
  const std::string huge = File(
      "h.yaml", "kind: Job\nmetadata: {name: j}\nspec: {parallelism: 1e9, template: {spec: {}}}\n");
  EXPECT_THAT(error(Ask({"fit", huge, "--cluster", cluster})), HasSubstr("spec.parallelism"));
  EXPECT_THAT(error(Ask({"fit", File("b.yaml", PodYaml("b", "{cpu: lots, nvidia.com/gpu: 1}")),
                         "--cluster", cluster})),
              AllOf(HasSubstr("b.yaml"), HasSubstr("resources.limits.cpu"), HasSubstr("lots")));
  EXPECT_THAT(error(Ask({"fit", File("z.yaml", PodYaml("z", "{}")), "--cluster", cluster})),
              HasSubstr("asks for no card"));
  EXPECT_THAT(error(Ask({"fit", pod, "--cluster", cluster, "--card-policy", "luck"})),
              AllOf(HasSubstr("luck"), HasSubstr("binpack")));
}

TEST_F(QuestionTest, ARunTakesWhatTheClusterHasLeft) {
  const std::string cluster = File("d.json", Dump());
  const std::string pods = File("p.yaml", R"(kind: ReplicaSet
metadata: {name: web}
spec:
  replicas: 9
  template:
    spec: {containers: [{name: c, resources: {limits: {nvidia.com/gpu: 1, nvidia.com/gpumem: 2000},
                                              requests: {cpu: 100m}}}]}
)");
  for (const char* policy :
       {"best-fit", "dotprod", "gpu-packing", "gpu-clustering", "fgd", "tangram"}) {
    const json run =
        Ask({"run", "--cluster", cluster, "--pods", pods, "--policy", policy, "-o", "json"}).Json();
    EXPECT_EQ(run["gpu_milli"], 1200) << policy;
    EXPECT_EQ(run["placed_pods"], 6) << policy;
    EXPECT_EQ(run["failed_by_reason"]["InsufficientGpu"], 3) << policy;
  }
  const std::string table = File("p.csv",
                                 "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec\n"
                                 "x,2000,10,1,500,\ny,100,10,1,500,NVIDIA T4\nz,1,1,1,100,A100\n");
  const json run = Ask({"run", "--cluster", cluster, "--pods", table, "-o", "json"}).Json();
  EXPECT_EQ(run["placed_pods"], 2);
  EXPECT_EQ(run["failed_by_reason"]["CardTypeMismatch"], 1);
  const Answered bad = Ask({"run", "--pods", pods});
  EXPECT_EQ(bad.code, 2);
  EXPECT_THAT(bad.err, HasSubstr("--cluster"));
}

TEST_F(QuestionTest, ALiveClusterIsListedOncePageByPage) {
  const json dump = json::parse(Dump());
  json nodes = json::array({dump["items"][0], dump["items"][1]});
  json pods = json::array({dump["items"][2], dump["items"][3], dump["items"][4]});
  for (json* list : {&nodes, &pods}) {
    for (json& item : *list) item.erase("kind");
  }
  kubernetes::testing::FakeServer server([&](const auto& request, auto& peer) {
    const bool second = request.Contains("continue=more");
    json page = {{"kind", "List"}, {"metadata", {{"resourceVersion", "7"}}}};
    if (request.Contains("/api/v1/nodes?")) {
      page["items"] = json::array({nodes[second ? 1 : 0]});
      if (!second) page["metadata"]["continue"] = "more";
    } else if (request.Contains("/api/v1/pods?")) {
      page["items"] = pods;
    } else {
      return peer.Answer(404, "{}");
    }
    return peer.Answer(200, page.dump());
  });
  const std::string url = "http://127.0.0.1:" + std::to_string(server.port());
  const std::string config = File(
      "config",
      "apiVersion: v1\nkind: Config\ncurrent-context: x\n"
      "clusters: [{name: c, cluster: {server: '" +
          url +
          "'}}]\n"
          "contexts: [{name: x, context: {cluster: c, user: u}}]\nusers: [{name: u, user: {}}]\n");
  const std::string pod =
      File("p.yaml", PodYaml("p", "{nvidia.com/gpu: 1, nvidia.com/gpumem: 2000, cpu: 1}"));
  const Answered live = Ask({"fit", pod, "--kubeconfig", config, "-o", "json"});
  EXPECT_EQ(live.code, 0) << live.err;
  EXPECT_EQ(live.Json()["nodes"],
            Ask({"fit", pod, "--cluster", File("d.json", Dump()), "-o", "json"}).Json()["nodes"]);
  ASSERT_EQ(server.requests().size(), 4u) << "nodes, pods, and what DRA gives out";
  for (const auto& request : server.requests()) EXPECT_EQ(request.method, "GET");
  server.Stop();
  EXPECT_EQ(Ask({"fit", pod, "--kubeconfig", config}).code, 2);
}

TEST_F(QuestionTest, EveryCommandHelpsItself) {
  for (const char* command : {"fit", "plan", "explain", "defrag"}) {
    const Answered help = Ask({command, "--help"});
    EXPECT_EQ(help.code, 0);
    EXPECT_THAT(help.out,
                AllOf(HasSubstr("Examples:"), HasSubstr("Exit codes:"), HasSubstr("--kubeconfig")));
  }
}

}  // namespace
}  // namespace tangram::api::cli::simulate
