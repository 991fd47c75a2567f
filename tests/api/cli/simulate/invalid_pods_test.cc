// Pods that ask for what cannot be meant: every question about one ends with exit code 2 and names
// container, resource, value and what is allowed. Annotations that do nothing are warned of.
#include "gmock/gmock.h"
#include "tests/api/cli/simulate/questions.h"

namespace tangram::api::cli::simulate {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// A node of HAMi's, one of NVIDIA's own plugin with a resource under another name, one without.
std::string Cluster() {
  const json registered = json::array({{{"id", "GPU-x"},
                                        {"count", 5},
                                        {"devmem", 24000},
                                        {"devcore", 100},
                                        {"type", "NVIDIA L4"},
                                        {"mode", "hami-core"},
                                        {"health", true}}});
  const auto node = [](const std::string& name, json annotations, json allocatable) {
    allocatable["cpu"] = "8";
    allocatable["memory"] = "32Gi";
    return json{{"kind", "Node"},
                {"metadata", {{"name", name}, {"annotations", std::move(annotations)}}},
                {"status", {{"allocatable", std::move(allocatable)}}}};
  };
  return json{{"kind", "List"},
              {"items",
               {node("hami", {{"hami.io/node-nvidia-register", registered.dump()}},
                     {{"nvidia.com/gpu", "5"}}),
                node("renamed", json::object(), {{"nvidia.com/gpu-b", "4"}}),
                node("plain", json::object(), json::object())}}}
      .dump();
}

TEST_F(QuestionTest, WhatCannotBeMeantEndsEveryQuestionWithItsFieldAndValue) {
  const std::string cluster = File("c.json", Cluster());
  struct Case {
    const char *limits, *field, *value, *hint;
  };
  for (const Case& c :
       {Case{"{nvidia.com/gpu: 0.5, cpu: 1}", "[nvidia.com/gpu]", "\"0.5\"", "whole number"},
        Case{"{nvidia.com/gpu: 1, nvidia.com/gpumem: 6Gi}", "[nvidia.com/gpumem]", "\"6Gi\"",
             "6144"},
        Case{"{nvidia.com/gpumem: 3000, cpu: 1}", "nvidia.com/gpumem 3000", "without",
             "nvidia.com/gpu: 1"},
        Case{"{nvidia.com/gpu: 1, nvidia.com/gpumem-percentage: 12.5}",
             "[nvidia.com/gpumem-percentage]", "\"12.5\"", "from 1 to 100"},
        Case{"{amd.com/gpu: -1}", "[amd.com/gpu]", "\"-1\"", "from 0"},
        Case{"{nvidia.com/mig-1g.5gb: 1500m, cpu: 1}", "[nvidia.com/mig-1g.5gb]", "\"1500m\"",
             "whole number"},
        Case{"{nvidia.com/gpumemory: 3000, nvidia.com/gpu: 1}", "[nvidia.com/gpumemory]",
             "\"3000\"", "did you mean nvidia.com/gpumem?"},
        Case{"{NVIDIA.com/gpu: 1}", "[NVIDIA.com/gpu]", "\"1\"", "did you mean nvidia.com/gpu?"},
        Case{"{nvidia.com/GPU: 1, cpu: 1}", "[nvidia.com/GPU]", "\"1\"",
             "did you mean nvidia.com/gpu?"}}) {
    const std::string pod = File("p.yaml", PodYaml("p", c.limits));
    for (const std::vector<std::string>& question :
         {std::vector<std::string>{"fit", pod, "--cluster", cluster},
          {"explain", pod, "--cluster", cluster},
          {"plan", pod, "--cluster", cluster, "--add", "1x L4-24GB", "--until-fits", "2"},
          {"defrag", "--pod", pod, "--cluster", cluster},
          {"run", "--pods", pod, "--cluster", cluster}}) {
      const Answered answered = Ask(question);
      EXPECT_EQ(answered.code, 2) << question[0] << " " << c.limits << answered.out;
      EXPECT_THAT(answered.err, AllOf(HasSubstr("pod default/p"), HasSubstr("container \"c\""),
                                      HasSubstr(c.field), HasSubstr(c.value), HasSubstr(c.hint)))
          << question[0] << " " << c.limits;
    }
  }
}

TEST_F(QuestionTest, AResourceThatANodeOffersIsSpelledRight) {
  const std::string cluster = File("c.json", Cluster());
  const std::string pod = File("p.yaml", PodYaml("p", "{nvidia.com/gpu-b: 1, cpu: 2}"));
  const Answered offered = Ask({"fit", pod, "--cluster", cluster});
  EXPECT_EQ(offered.err, "");
  const std::string other = File("o.yaml", PodYaml("p", "{nvidia.com/gpu-c: 1, cpu: 2}"));
  EXPECT_EQ(Ask({"fit", other, "--cluster", cluster}).code, 2);
}

TEST_F(QuestionTest, AnnotationsThatDoNothingAreWarnedOfOnce) {
  const std::string cluster = File("c.json", Cluster());
  const std::string job = File("j.yaml", R"(kind: Job
metadata:
  name: train
  annotations: {nvidia.com/use-gputype: L4, team: x, hami.io/gpu-scheduler-policy: binpack}
spec:
  parallelism: 3
  template:
    metadata:
      annotations: {hami.io/gpu-scheduler-policy: binpak, nvidia.com/nouse-gputypes: T4}
    spec: {containers: [{name: c, resources: {limits: {nvidia.com/gpu: 1, nvidia.com/gpumem: 100}}}]}
)");
  const Answered answered = Ask({"fit", job, "--cluster", cluster});
  EXPECT_EQ(answered.code, 0);
  EXPECT_THAT(answered.err,
              AllOf(HasSubstr("Job train: annotation nvidia.com/use-gputype stands in its own"),
                    HasSubstr("did you mean nvidia.com/nouse-gputype?"),
                    HasSubstr("did you mean binpack?"), Not(HasSubstr("team"))));
  EXPECT_EQ(answered.err.find("binpak"), answered.err.rfind("binpak")) << "three pods, one warning";
}

TEST_F(QuestionTest, PlansForMigLeaveOutPodsThatCannotBeMeant) {
  json cluster = json::parse(Cluster());
  cluster["items"].push_back(
      {{"kind", "Pod"},
       {"metadata", {{"name", "half"}, {"namespace", "t"}, {"uid", "u"}}},
       {"spec",
        {{"containers",
          {{{"name", "c"}, {"resources", {{"limits", {{"nvidia.com/mig-1g.5gb", "500m"}}}}}}}}}}});
  const Answered answered = Ask({"plan-mig", "--cluster", File("c.json", cluster.dump())});
  EXPECT_NE(answered.code, 0);
  EXPECT_THAT(answered.err, AllOf(HasSubstr("pod t/half is left out"), HasSubstr("\"500m\"")));
}

}  // namespace
}  // namespace tangram::api::cli::simulate
