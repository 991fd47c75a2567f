// CPU and memory of nodes.
#include "api/dialects/core/host.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tangram::api::core {
namespace {

using model::HostResources;
using ::testing::HasSubstr;

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

}  // namespace
}  // namespace tangram::api::core
