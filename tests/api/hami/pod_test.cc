// Pod objects: requests by HAMi's rules, constraints, state, and what a bind left on them.
#include "api/dialects/hami/pod.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tangram::api::hami {
namespace {

using model::AllocationState;
using model::ContainerKind;
using model::ContainerRequest;
using model::CorePercent;
using model::Mebibytes;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

model::Pod Decode(const std::string& json) {
  auto pod = DecodePod(json);
  EXPECT_TRUE(pod.ok()) << pod.status();
  return pod.ok() ? *std::move(pod) : model::Pod{};
}

// A pod of one container with these resources.
std::string WithResources(const std::string& resources) {
  return R"({"metadata":{"name":"p","namespace":"ns","uid":"u"},"spec":{"containers":[{"name":"c","resources":)" +
         resources + "}]}}";
}

std::string WithAnnotations(const std::string& annotations) {
  return R"({"metadata":{"name":"p","namespace":"ns","uid":"u","annotations":)" + annotations +
         R"(},"spec":{"containers":[{"name":"c","resources":{"limits":{"nvidia.com/gpu":"1"}}}]}})";
}

struct RequestCase {
  std::string resources;
  int count = 0;
  int memory = 0;
  int percent = 100;
  int cores = 0;
  int kubelet = 0;
};

class RequestTest : public testing::TestWithParam<RequestCase> {};

TEST_P(RequestTest, FollowsTheRulesOfTheResourceNames) {
  const model::Pod pod = Decode(WithResources(GetParam().resources));
  ASSERT_THAT(pod.request.containers, SizeIs(1));
  const ContainerRequest expected{.count = GetParam().count,
                                  .memory = Mebibytes(GetParam().memory),
                                  .memory_percent = GetParam().percent,
                                  .cores = CorePercent(GetParam().cores)};
  const ContainerRequest& got = pod.request.containers[0];
  EXPECT_EQ(got.count, expected.count);
  EXPECT_EQ(pod.request.kubelet_gpus, GetParam().kubelet);
  if (expected.count > 0) {
    EXPECT_EQ(got, expected) << "memory " << got.memory.value() << " percent " << got.memory_percent
                             << " cores " << got.cores.value();
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rules, RequestTest,
    testing::Values(
        RequestCase{"{}"}, RequestCase{"null"}, RequestCase{R"({"limits":null})"},
        RequestCase{R"({"limits":{"cpu":"1"}})"},
        RequestCase{R"({"limits":{"nvidia.com/gpu":"0"}})"},
        RequestCase{R"({"limits":{"nvidia.com/gpu":"-1"}})"},
        RequestCase{R"({"limits":{"nvidia.com/gpu":"500m"}})"},
        RequestCase{R"({"limits":{"nvidia.com/gpumem":"3k"}})"},
        // No memory: the whole card.
        RequestCase{R"({"limits":{"nvidia.com/gpu":"1"}})", 1, 0, 100, 0, 1},
        RequestCase{R"({"limits":{"nvidia.com/gpu":2}})", 2, 0, 100, 0, 2},
        RequestCase{R"({"requests":{"nvidia.com/gpu":"2"}})", 2, 0, 100, 0, 2},
        // Limits first, name by name.
        RequestCase{
            R"({"limits":{"nvidia.com/gpu":"1"},"requests":{"nvidia.com/gpu":"3","nvidia.com/gpumem":"5"}})",
            1, 5, 100, 0, 1},
        RequestCase{R"({"limits":{"nvidia.com/gpu":"1.5"},"requests":{"nvidia.com/gpu":"3"}})"},
        // Memory in MiB; the API server writes 3000 as 3k.
        RequestCase{R"({"limits":{"nvidia.com/gpu":"1","nvidia.com/gpumem":"3k"}})", 1, 3000, 100,
                    0, 1},
        RequestCase{R"({"limits":{"nvidia.com/gpu":1,"nvidia.com/gpumem":3000}})", 1, 3000, 100, 0,
                    1},
        RequestCase{R"({"limits":{"nvidia.com/gpu":1,"nvidia.com/gpumem":3e3}})", 1, 3000, 100, 0,
                    1},
        RequestCase{R"({"limits":{"nvidia.com/gpu":"1","nvidia.com/gpumem":"2147483647"}})", 1,
                    2147483647, 100, 0, 1},
        // Memory that is no usable integer drops the request, not the kubelet's count.
        RequestCase{R"({"limits":{"nvidia.com/gpu":"1","nvidia.com/gpumem":"1.5"}})", 0, 0, 100, 0,
                    1},
        RequestCase{R"({"limits":{"nvidia.com/gpu":"1","nvidia.com/gpumem":"-1"}})", 0, 0, 100, 0,
                    1},
        RequestCase{R"({"limits":{"nvidia.com/gpu":"1","nvidia.com/gpumem":"2147483648"}})", 0, 0,
                    100, 0, 1},
        RequestCase{R"({"limits":{"nvidia.com/gpu":"1","nvidia.com/gpumem":"9E"}})", 0, 0, 100, 0,
                    1},
        RequestCase{R"({"limits":{"nvidia.com/gpu":"1","nvidia.com/gpumem":"99E"}})", 0, 0, 100, 0,
                    1},
        // Percent of memory.
        RequestCase{R"({"limits":{"nvidia.com/gpu":"1","nvidia.com/gpumem-percentage":"30"}})", 1,
                    0, 30, 0, 1},
        RequestCase{R"({"limits":{"nvidia.com/gpu":"1","nvidia.com/gpumem-percentage":"130"}})", 1,
                    0, 100, 0, 1},
        RequestCase{R"({"limits":{"nvidia.com/gpu":"1","nvidia.com/gpumem-percentage":"0"}})", 1, 0,
                    100, 0, 1},
        RequestCase{R"({"limits":{"nvidia.com/gpu":"1","nvidia.com/gpumem-percentage":"-3"}})", 1,
                    0, 100, 0, 1},
        RequestCase{R"({"limits":{"nvidia.com/gpu":"1","nvidia.com/gpumem-percentage":"1500m"}})",
                    1, 0, 100, 0, 1},
        RequestCase{
            R"({"limits":{"nvidia.com/gpu":"1","nvidia.com/gpumem":"0","nvidia.com/gpumem-percentage":"7"}})",
            1, 0, 7, 0, 1},
        RequestCase{R"({"limits":{"nvidia.com/gpu":"1","nvidia.com/gpucores":"30"}})", 1, 0, 100,
                    30, 1},
        RequestCase{R"({"limits":{"nvidia.com/gpu":"1","nvidia.com/gpucores":"300"}})", 1, 0, 100,
                    300, 1},
        RequestCase{R"({"limits":{"nvidia.com/gpu":"1","nvidia.com/gpucores":"-5"}})", 1, 0, 100, 0,
                    1},
        RequestCase{R"({"limits":{"nvidia.com/gpu":"1","nvidia.com/gpucores":"500m"}})", 1, 0, 100,
                    0, 1}));

TEST(PodTest, SlotsAreInitContainersThenAppContainersAndSidecarsKeepTheirs) {
  const model::Pod pod = Decode(
      R"({"metadata":{"name":"p"},"spec":{"containers":[
          {"name":"a","resources":{"limits":{"nvidia.com/gpu":"2"}}},{"name":"b"}],
        "initContainers":[{"name":"i","resources":{"limits":{"nvidia.com/gpu":"4"}}},
          {"name":"s","restartPolicy":"Always","resources":{"limits":{"nvidia.com/gpu":"1"}}}]}})");
  ASSERT_THAT(pod.request.containers, SizeIs(4));
  EXPECT_EQ(pod.request.containers[0].kind, ContainerKind::kInit);
  EXPECT_EQ(pod.request.containers[1].kind, ContainerKind::kSidecar);
  EXPECT_EQ(pod.request.containers[2].kind, ContainerKind::kApp);
  EXPECT_EQ(pod.request.containers[3].kind, ContainerKind::kApp);
  EXPECT_EQ(pod.request.containers[0].count, 4);
  EXPECT_EQ(pod.request.containers[3].count, 0);
  EXPECT_EQ(pod.request.kubelet_gpus, 4);
  EXPECT_EQ(pod.id.name_space, "default");
}

TEST(PodTest, IdentityPlaceAndPhaseAreRead) {
  const model::Pod pod = Decode(
      R"({"kind":"Pod","metadata":{"name":"p","namespace":"ns","uid":"u1","deletionTimestamp":"2026-01-01T00:00:00Z",
         "labels":{"app":"x","hami.io/vgpu-node":"n1"},
         "annotations":{"hami.io/vgpu-node":"n1","hami.io/bind-phase":"allocating",
                        "hami.io/vgpu-devices-allocated":"GPU-a,NVIDIA,3000,30:;"}},
        "spec":{"nodeName":"n1","schedulerName":"tangram-scheduler",
                "containers":[{"name":"c","resources":{"limits":{"nvidia.com/gpu":"1"}}}]},
        "status":{"phase":"Running"}})");
  EXPECT_EQ(pod.id, (model::PodId{"ns", "p", "u1"}));
  EXPECT_EQ(pod.node, "n1");
  EXPECT_TRUE(pod.terminating);
  EXPECT_FALSE(pod.terminal);
  EXPECT_EQ(pod.allocation_state, AllocationState::kReadable);
  ASSERT_THAT(pod.allocation.slots, SizeIs(1));
  EXPECT_THAT(pod.allocation.slots[0].shares,
              ElementsAre(model::CardShare{"GPU-a", Mebibytes(3000), CorePercent(30)}));
  EXPECT_EQ(pod.allocation_node, "n1");
  EXPECT_EQ(pod.node_label, "n1");
  EXPECT_EQ(pod.bind_phase, model::BindPhase::kAllocating);
  EXPECT_EQ(pod.scheduler_name, "tangram-scheduler");
}

TEST(PodTest, GatesHoldAPodUntilTheLastIsGone) {
  const auto gated = [](const std::string& gates) {
    return Decode(R"({"metadata":{"name":"p"},"spec":{"containers":[],"schedulingGates":)" + gates +
                  "}}")
        .gated;
  };
  EXPECT_TRUE(gated(R"([{"name":"example.com/quota"},{"name":"b"}])"));
  EXPECT_FALSE(gated("[]"));
  EXPECT_FALSE(gated("null"));
}

TEST(PodTest, ThousandsOfContainersKeepTheirNamesApart) {
  constexpr int kCount = 20000;
  std::string init, statuses, profiles;
  for (int i = 0; i < kCount; ++i) {
    const std::string name = "c" + std::to_string(i);
    init += (i > 0 ? "," : "") +
            (R"({"name":")" + name + R"(","resources":{"limits":{"nvidia.com/gpu":"1"}}})");
    statuses += (i > 0 ? "," : "") +
                (R"({"name":")" + name + R"(","state":{"terminated":{"exitCode":0}}})");
    // As many as the annotation may have.
    if (i >= kCount - 500) {
      profiles += (profiles.empty() ? "" : ",") + name + "=" + std::to_string(i) + "g";
    }
  }
  const model::Pod pod =
      Decode(R"({"metadata":{"name":"p","annotations":{"tangram.dev/mig-profile":")" + profiles +
             R"("}},"spec":{"initContainers":[)" + init + R"(],"containers":[{"name":"app"}]},)" +
             R"("status":{"initContainerStatuses":[)" + statuses + "]}}");
  ASSERT_THAT(pod.request.containers, SizeIs(kCount + 1));
  EXPECT_TRUE(pod.init_finished);
  EXPECT_EQ(pod.request.kubelet_gpus, 1);
  EXPECT_EQ(pod.request.containers[kCount - 1].mig_profile, std::to_string(kCount - 1) + "g");
}

TEST(PodTest, PhasesAndBindPhases) {
  using model::BindPhase;
  EXPECT_TRUE(Decode(R"({"metadata":{"name":"p"},"status":{"phase":"Succeeded"}})").terminal);
  EXPECT_TRUE(Decode(R"({"metadata":{"name":"p"},"status":{"phase":"Failed"}})").terminal);
  EXPECT_FALSE(Decode(R"({"metadata":{"name":"p"},"status":{"phase":"Pending"}})").terminal);
  EXPECT_FALSE(Decode(R"({"metadata":{"name":"p","deletionTimestamp":null}})").terminating);
  for (const auto& [text, phase] :
       {std::pair<std::string, BindPhase>("success", BindPhase::kSuccess),
        {"failed", BindPhase::kFailed},
        {"other", BindPhase::kNone}}) {
    EXPECT_EQ(Decode(WithAnnotations(R"({"hami.io/bind-phase":")" + text + R"("})")).bind_phase,
              phase);
  }
}

TEST(PodTest, ConstraintsAreTrimmedAndEmptyOnesAreNone) {
  const model::Pod pod = Decode(WithAnnotations(
      R"({"nvidia.com/use-gputype":" A100 ,h100,","nvidia.com/nouse-gputype":" ",
          "nvidia.com/use-gpuuuid":"GPU-A, GPU-b","nvidia.com/nouse-gpuuuid":",,",
          "nvidia.com/numa-bind":"T","nvidia.com/vgpu-mode":"hami-core",
          "hami.io/node-scheduler-policy":"spread","hami.io/gpu-scheduler-policy":"binpack,numa",
          "hami.io/device-scoring-weights":" slot = 2, memory=3 ,core=0"})"));
  const model::CardConstraints& constraints = pod.request.constraints;
  EXPECT_THAT(constraints.use_types, ElementsAre("a100", "h100"));
  EXPECT_THAT(constraints.avoid_types, IsEmpty());
  EXPECT_THAT(constraints.use_uuids, ElementsAre("GPU-A", "GPU-b"));
  EXPECT_THAT(constraints.avoid_uuids, IsEmpty());
  EXPECT_TRUE(constraints.numa_bind);
  EXPECT_EQ(constraints.modes, "hami-core");
  EXPECT_EQ(pod.request.node_policy, "spread");
  EXPECT_EQ(pod.request.card_policy, "binpack,numa");
  EXPECT_EQ(pod.request.weights, (model::PodRequest::Weights{.slots = 2, .cores = 0, .memory = 3}));
}

TEST(PodTest, NumaBindIsAGoBool) {
  for (const char* text : {"1", "t", "T", "TRUE", "true", "True"}) {
    EXPECT_TRUE(
        Decode(WithAnnotations(std::string(R"({"nvidia.com/numa-bind":")") + text + R"("})"))
            .request.constraints.numa_bind)
        << text;
  }
  for (const char* text : {"0", "f", "false", "yes", "tRUE", "", " true"}) {
    EXPECT_FALSE(
        Decode(WithAnnotations(std::string(R"({"nvidia.com/numa-bind":")") + text + R"("})"))
            .request.constraints.numa_bind)
        << text;
  }
}

TEST(PodTest, BadScoringWeightsAreARefusalAndNotAnUnreadablePod) {
  for (const char* text :
       {"", "slot=1", "slot=1,core=1", "slot=1,core=1,memory=1,memory=1", "slot=0,core=0,memory=0",
        "slot=-1,core=1,memory=1", "slot=1.5,core=1,memory=1", "slot=1,core=1,disk=1",
        "slot,core,memory", "slot=1,core=1,memory=1,"}) {
    const auto decoded = DecodePodAndRefusal(
        WithAnnotations(std::string(R"({"hami.io/device-scoring-weights":")") + text + R"("})"));
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_THAT(decoded->refusal, HasSubstr("annotation hami.io/device-scoring-weights: "));
    EXPECT_THAT(decoded->refusal, HasSubstr("must be like slot=1,core=1,memory=3"));
    EXPECT_EQ(decoded->pod.request.weights, model::PodRequest::Weights{});
  }
}

TEST(PodTest, AllocationsThatCannotBeReadAreUnreadable) {
  for (const char* text : {"GPU-a,NVIDIA,3000:;", "GPU-a,NVIDIA,x,1:;", "GPU-a,NVIDIA,-3,1:;", "",
                           ";", "garbage", ",,0,0:;"}) {
    const model::Pod pod = Decode(
        WithAnnotations(std::string(R"({"hami.io/vgpu-devices-allocated":")") + text + R"("})"));
    EXPECT_EQ(pod.allocation_state, AllocationState::kUnreadable) << text;
    EXPECT_THAT(pod.allocation.slots, IsEmpty());
  }
  EXPECT_EQ(Decode(WithAnnotations("{}")).allocation_state, AllocationState::kNone);
}

TEST(PodTest, InitIsFinishedWhenEveryInitContainerThatIsNoSidecarEndedWell) {
  const auto pod = [](const std::string& statuses) {
    return R"({"metadata":{"name":"p"},"spec":{"initContainers":[{"name":"i"},{"name":"s","restartPolicy":"Always"},
        {"name":"j"}]},"status":{"initContainerStatuses":)" +
           statuses + "}}";
  };
  const std::string done = R"("state":{"terminated":{"exitCode":0,"reason":"Completed"}})";
  const std::string ended_badly = R"("state":{"terminated":{"exitCode":1}})";
  const std::string running = R"("state":{"running":{"startedAt":"x"}})";
  EXPECT_TRUE(Decode(pod(R"([{"name":"i",)" + done + R"(},{"name":"s",)" + running +
                         R"(},{"name":"j",)" + done + "}]"))
                  .init_finished);
  EXPECT_FALSE(Decode(pod(R"([{"name":"i",)" + done + R"(},{"name":"j",)" + ended_badly + "}]"))
                   .init_finished);
  EXPECT_FALSE(
      Decode(pod(R"([{"name":"i",)" + done + R"(},{"name":"j",)" + running + "}]")).init_finished);
  EXPECT_FALSE(Decode(pod(R"([{"name":"i",)" + done + "}]")).init_finished);
  EXPECT_FALSE(Decode(pod("[]")).init_finished);
  EXPECT_FALSE(Decode(pod("null")).init_finished);
  EXPECT_FALSE(Decode(R"({"metadata":{"name":"p"}})").init_finished);
}

TEST(PodTest, WhatIsNoPodIsRefusedByName) {
  struct Case {
    std::string json;
    std::string message;
  };
  for (
      const auto& [json, message] : {
          Case{"", "Pod: malformed JSON"},
          Case{"null", "Pod: must be an object"},
          Case{"{}", "Pod.metadata: must be an object with a name"},
          Case{R"({"metadata":{"name":["p"]}})", "Pod.metadata.name: must be a string"},
          Case{R"({"metadata":{"name":"p"},"spec":{"containers":{}}})",
               "Pod.spec.containers: must be an array"},
          Case{R"({"metadata":{"name":"p"},"spec":{"containers":[7]}})",
               "Pod.spec.containers[0]: must be an object"},
          Case{WithResources(R"({"limits":{"nvidia.com/gpu":"abc"}})"),
               "Pod.spec.containers[0].resources.limits[nvidia.com/gpu]: must be a quantity such "
               "as 3000, "
               "\"3k\" or \"1.5\", is abc"},
          Case{WithResources(R"({"limits":{"nvidia.com/gpumem":true}})"),
               "Pod.spec.containers[0].resources.limits[nvidia.com/gpumem]: must be a quantity"},
          Case{
              R"({"metadata":{"name":"p"},"status":{"initContainerStatuses":[{"state":{"terminated":{"exitCode":"0"}}}]}})",
              "Pod.status.initContainerStatuses[0].state.terminated.exitCode: must be an integer"},
          Case{R"({"metadata":{"name":"p"}}{})", "something follows"},
      }) {
    const auto pod = DecodePod(json);
    ASSERT_FALSE(pod.ok()) << json;
    EXPECT_EQ(pod.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(pod.status().message()), HasSubstr(message));
  }
}

}  // namespace
}  // namespace tangram::api::hami
