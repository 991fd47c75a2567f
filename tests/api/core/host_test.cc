// CPU and memory of nodes and pods by Kubernetes' rules.
#include "api/dialects/core/host.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tangram::api::core {
namespace {

using model::HostResources;
using ::testing::HasSubstr;

HostResources Pod(const std::string& spec) {
  const auto host = ReadPodHost(R"({"kind":"Pod","metadata":{"name":"p"},"spec":)" + spec + "}");
  EXPECT_TRUE(host.ok()) << host.status();
  return host.value_or(HostResources{-1, -1});
}

std::string Requests(const std::string& cpu, const std::string& memory) {
  return R"({"resources":{"requests":{"cpu":")" + cpu + R"(","memory":")" + memory + R"("}}})";
}

std::string Sidecar(const std::string& cpu, const std::string& memory) {
  return R"({"restartPolicy":"Always",)" + Requests(cpu, memory).substr(1);
}

TEST(NodeHostTest, AllocatableIsRoundedDownToMebibytes) {
  const auto host = ReadNodeHost(
      R"({"spec":{"unschedulable":true},
          "status":{"capacity":{"cpu":"8"},"allocatable":{"cpu":"7910m","memory":"2097151Ki"}}})");
  ASSERT_TRUE(host.ok()) << host.status();
  EXPECT_EQ(host->allocatable, (HostResources{7910, 2047}));
  EXPECT_TRUE(host->unschedulable);
}

TEST(NodeHostTest, ANodeThatNamesNeitherHasNoBound) {
  const auto host = ReadNodeHost(R"({"status":{"allocatable":{"nvidia.com/gpu":"8"}}})");
  ASSERT_TRUE(host.ok()) << host.status();
  EXPECT_FALSE(host->allocatable.has_value());
  EXPECT_FALSE(host->unschedulable);
}

TEST(NodeHostTest, WhatIsNoAmountIsNamedWithItsField) {
  const auto bad = ReadNodeHost(R"({"status":{"allocatable":{"cpu":"many"}}})");
  ASSERT_FALSE(bad.ok());
  EXPECT_THAT(std::string(bad.status().message()), HasSubstr("Node.status.allocatable.cpu"));
  EXPECT_THAT(std::string(bad.status().message()), HasSubstr("many"));
  EXPECT_THAT(std::string(bad.status().message()), HasSubstr("16Gi"));
  EXPECT_FALSE(ReadNodeHost(R"({"status":{"allocatable":{"memory":"-1"}}})").ok());
  EXPECT_FALSE(ReadNodeHost(R"({"status":)").ok());
}

TEST(PodHostTest, AppContainersAddUpAndRoundUp) {
  const std::string one = Requests("250m", "1");
  EXPECT_EQ(Pod(R"({"containers":[)" + one + "," + one + "]}"), (HostResources{500, 1}));
}

TEST(PodHostTest, TheLargestInitContainerCountsWhereItIsMore) {
  const std::string app = Requests("1", "1Gi");
  EXPECT_EQ(
      Pod(R"({"initContainers":[)" + Requests("3", "512Mi") + R"(],"containers":[)" + app + "]}"),
      (HostResources{3000, 1024}));
}

TEST(PodHostTest, ASidecarRunsBesideAppsAndBesideLaterInitContainersOnly) {
  // init 2, then sidecar 1, then init 2 beside it: peak 3; app 1 and sidecar: 2.
  const std::string init = Requests("2", "0");
  const std::string spec = R"({"initContainers":[)" + init + "," + Sidecar("1", "1Gi") + "," +
                           init + R"(],"containers":[)" + Requests("1", "1Gi") + "]}";
  EXPECT_EQ(Pod(spec), (HostResources{3000, 2048}));
  const std::string before = R"({"initContainers":[)" + init + "," + Sidecar("1", "1Gi") +
                             R"(],"containers":[)" + Requests("1", "1Gi") + "]}";
  EXPECT_EQ(Pod(before), (HostResources{2000, 2048}));
}

TEST(PodHostTest, OverheadComesOnTopAndLimitsStandInForRequests) {
  EXPECT_EQ(Pod(R"({"containers":[{"resources":{"limits":{"cpu":2,"memory":"1Gi"},
                    "requests":{"cpu":"1"}}}],"overhead":{"cpu":"100m","memory":"64Mi"}})"),
            (HostResources{1100, 1088}));
}

TEST(PodHostTest, WhatThePodAsksForAsAWholeReplacesTheSum) {
  EXPECT_EQ(Pod(R"({"resources":{"requests":{"cpu":"4"}},"containers":[)" + Requests("1", "1Gi") +
                R"(],"overhead":{"cpu":"1"}})"),
            (HostResources{5000, 1024}));
}

TEST(PodHostTest, AmountsBeyondAllMeasureStopAtTheMostThereIs) {
  const std::string huge = Requests("9E", "99999999999E");
  EXPECT_EQ(Pod(R"({"containers":[)" + huge + "," + huge + "]}"),
            (HostResources{model::kHostMost, model::kHostMost}));
}

TEST(PodHostTest, WhatIsNoAmountIsNamedWithItsField) {
  const auto bad =
      ReadPodHost(R"({"spec":{"containers":[{},{"resources":{"requests":{"memory":"1 GB"}}}]}})");
  ASSERT_FALSE(bad.ok());
  EXPECT_THAT(std::string(bad.status().message()),
              HasSubstr("Pod.spec.containers[1].resources.requests.memory"));
}

}  // namespace
}  // namespace tangram::api::core
