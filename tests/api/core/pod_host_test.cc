// CPU and memory of a pod as kube-scheduler counts them.
#include <string>

#include "api/dialects/hami/pod.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tangram::api::core {
namespace {

using model::HostResources;
using ::testing::HasSubstr;

HostResources HostOf(const std::string& spec, const std::string& status = "{}") {
  const auto pod = hami::DecodePod(R"({"kind":"Pod","metadata":{"name":"p"},"spec":)" + spec +
                                   R"(,"status":)" + status + "}");
  EXPECT_TRUE(pod.ok()) << pod.status();
  return pod.ok() ? pod->host : HostResources{-1, -1};
}

std::string Requests(const std::string& cpu, const std::string& memory) {
  return R"({"resources":{"requests":{"cpu":")" + cpu + R"(","memory":")" + memory + R"("}}})";
}

std::string Sidecar(const std::string& cpu, const std::string& memory) {
  return R"({"restartPolicy":"Always",)" + Requests(cpu, memory).substr(1);
}

TEST(PodHostTest, AppContainersAddUpAndRoundUp) {
  const std::string one = Requests("250m", "1");
  EXPECT_EQ(HostOf(R"({"containers":[)" + one + "," + one + "]}"), (HostResources{500, 1}));
}

TEST(PodHostTest, TheLargestInitContainerCountsWhereItIsMore) {
  const std::string app = Requests("1", "1Gi");
  EXPECT_EQ(HostOf(R"({"initContainers":[)" + Requests("3", "512Mi") + R"(],"containers":[)" + app +
                   "]}"),
            (HostResources{3000, 1024}));
}

TEST(PodHostTest, ASidecarRunsBesideAppsAndBesideLaterInitContainersOnly) {
  // init 2, then sidecar 1, then init 2 beside it: peak 3; app 1 and sidecar: 2.
  const std::string init = Requests("2", "0");
  const std::string spec = R"({"initContainers":[)" + init + "," + Sidecar("1", "1Gi") + "," +
                           init + R"(],"containers":[)" + Requests("1", "1Gi") + "]}";
  EXPECT_EQ(HostOf(spec), (HostResources{3000, 2048}));
  const std::string before = R"({"initContainers":[)" + init + "," + Sidecar("1", "1Gi") +
                             R"(],"containers":[)" + Requests("1", "1Gi") + "]}";
  EXPECT_EQ(HostOf(before), (HostResources{2000, 2048}));
}

TEST(PodHostTest, OverheadComesOnTopAndLimitsStandInForRequests) {
  EXPECT_EQ(HostOf(R"({"containers":[{"resources":{"limits":{"cpu":2,"memory":"1Gi"},
                    "requests":{"cpu":"1"}}}],"overhead":{"cpu":"100m","memory":"64Mi"}})"),
            (HostResources{1100, 1088}));
}

TEST(PodHostTest, WhatThePodAsksForAsAWholeReplacesTheSum) {
  EXPECT_EQ(HostOf(R"({"resources":{"requests":{"cpu":"4"}},"containers":[)" +
                   Requests("1", "1Gi") + R"(],"overhead":{"cpu":"1"}})"),
            (HostResources{5000, 1024}));
}

TEST(PodHostTest, AmountsBeyondAllMeasureStopAtTheMostThereIs) {
  const std::string huge = Requests("9E", "99999999999E");
  EXPECT_EQ(HostOf(R"({"containers":[)" + huge + "," + huge + "]}"),
            (HostResources{model::kHostMost, model::kHostMost}));
}

TEST(PodHostTest, ALimitOfTheWholeCountsWhereNoContainerAsks) {
  const std::string limit = R"({"resources":{"limits":{"cpu":"8","memory":"4Gi"}},"containers":[)";
  EXPECT_EQ(HostOf(limit + "{}]}"), (HostResources{8000, 4096}));
  EXPECT_EQ(HostOf(limit + R"({"resources":{"requests":{"cpu":"2"}}}]})"),
            (HostResources{2000, 4096}));
}

// What the kubelet says of a container: what was granted, and what runs.
std::string Held(const std::string& name, const std::string& allocated, const std::string& actual) {
  return R"({"name":")" + name + R"(","allocatedResources":{"cpu":")" + allocated +
         R"("},"resources":{"requests":{"cpu":")" + actual + R"("}}})";
}

std::string Named(const std::string& name, const std::string& cpu, bool sidecar = false) {
  return R"({"name":")" + name + R"(",)" + (sidecar ? R"("restartPolicy":"Always",)" : "") +
         R"("resources":{"requests":{"cpu":")" + cpu + R"(","memory":"1Gi"}}})";
}

TEST(PodHostTest, WhileItIsResizedTheLargestOfSpecGrantedAndActualCounts) {
  const std::string spec = R"({"containers":[)" + Named("a", "2") + "," + Named("b", "1") + "]}";
  const auto cpu = [&spec](const std::string& allocated, const std::string& actual) {
    return HostOf(spec, R"({"containerStatuses":[)" + Held("a", allocated, actual) + "]}")
        .cpu_milli;
  };
  EXPECT_EQ(cpu("1", "1"), 3000);  // grows, not yet granted
  EXPECT_EQ(cpu("5", "2"), 6000);  // granted, not yet done
  EXPECT_EQ(cpu("2", "7"), 8000);  // shrinks
}

TEST(PodHostTest, AStatusWithoutResourcesSaysNothing) {
  const std::string spec = R"({"containers":[)" + Named("a", "2") + "]}";
  EXPECT_EQ(
      HostOf(spec, R"({"containerStatuses":[{"name":"a","allocatedResources":{"cpu":"9"}}]})"),
      (HostResources{2000, 1024}));
  EXPECT_EQ(HostOf(spec, R"({"containerStatuses":[{"name":"a","resources":null},{"name":"z"}]})"),
            (HostResources{2000, 1024}));
  EXPECT_EQ(HostOf(spec, R"({"containerStatuses":[{"name":"a","resources":{}}]})"),
            (HostResources{2000, 1024}));
}

TEST(PodHostTest, AnInfeasibleResizeLeavesWhatIsHeld) {
  const std::string spec = R"({"containers":[)" + Named("a", "90") + "]}";
  const std::string held = R"("containerStatuses":[)" + Held("a", "2", "3") + "]";
  const std::string condition = R"("conditions":[{"type":"Ready"},{"type":"PodResizePending",)";
  EXPECT_EQ(HostOf(spec, "{" + condition + R"("reason":"Infeasible"}],)" + held + "}"),
            (HostResources{3000, 0}));
  EXPECT_EQ(HostOf(spec, "{" + condition + R"("reason":"Deferred"}],)" + held + "}"),
            (HostResources{90000, 1024}));
  // As Kubernetes said it before 1.33.
  EXPECT_EQ(HostOf(spec, R"({"resize":"Infeasible",)" + held + "}"), (HostResources{3000, 0}));
}

TEST(PodHostTest, SidecarsAreResizedAndInitContainersAreNot) {
  const std::string spec = R"({"initContainers":[)" + Named("init", "4") + "," +
                           Named("side", "1", true) + "," + Named("late", "2") +
                           R"(],"containers":[)" + Named("app", "1") + "]}";
  const auto cpu = [&spec](const std::string& name) {
    return HostOf(spec, R"({"initContainerStatuses":[)" + Held(name, "6", "6") + "]}").cpu_milli;
  };
  EXPECT_EQ(cpu("init"), 4000);
  EXPECT_EQ(cpu("late"), 4000);
  EXPECT_EQ(cpu("side"), 8000);  // beside `late`
}

TEST(PodHostTest, TheWholePodIsResizedByItsOwnStatus) {
  const std::string spec =
      R"({"resources":{"requests":{"cpu":"4","memory":"1Gi"}},"containers":[)" + Named("a", "1") +
      R"(],"overhead":{"cpu":"1"}})";
  const std::string held =
      R"("resources":{"requests":{"cpu":"6"}},"allocatedResources":{"memory":"3Gi"})";
  EXPECT_EQ(HostOf(spec, "{" + held + "}"), (HostResources{7000, 3072}));
  EXPECT_EQ(HostOf(spec, R"({"resize":"Infeasible",)" + held + "}"), (HostResources{7000, 3072}));
  EXPECT_EQ(HostOf(spec, R"({"resize":"Infeasible","resources":{}})"), (HostResources{1000, 0}));
}

TEST(PodHostTest, WhatIsNoAmountIsNamedWithItsField) {
  const auto fails = [](const std::string& rest) {
    const auto pod = hami::DecodePod(R"({"metadata":{"name":"p"},)" + rest + "}");
    return std::string(pod.status().message());
  };
  EXPECT_THAT(fails(R"("spec":{"containers":[{},{"resources":{"requests":{"memory":"1 GB"}}}]})"),
              HasSubstr("Pod.spec.containers[1].resources.requests.memory"));
  EXPECT_THAT(fails(R"("spec":{"overhead":{"cpu":"-1"}})"), HasSubstr("Pod.spec.overhead.cpu"));
  EXPECT_THAT(fails(R"("status":{"containerStatuses":[{"allocatedResources":{"cpu":"x"}}]})"),
              HasSubstr("Pod.status.containerStatuses[0].allocatedResources.cpu"));
}

}  // namespace
}  // namespace tangram::api::core
