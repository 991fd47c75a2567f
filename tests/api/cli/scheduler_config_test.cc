// What `tangram config kube-scheduler` prints, against what is shipped.
#include "api/cli/scheduler_config.h"

#include <fstream>
#include <iterator>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/build_paths.h"
#include "yaml-cpp/yaml.h"

namespace tangram::api::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Shipped(const std::string& name) {
  std::ifstream file(SourceDir() / "deploy/kube-scheduler" / name);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> ManagedNames(const std::string& text) {
  std::vector<std::string> names;
  for (const YAML::Node& entry : YAML::Load(text)["extenders"][0]["managedResources"]) {
    names.push_back(entry["name"].as<std::string>());
  }
  return names;
}

// A node that offers these, and a pod that asks for one that nobody offers.
Listed Example() {
  Listed cluster;
  scheduler::NodeObservation node;
  for (const char* resource : {"amd.com/gpu", "gpu.intel.com/i915", "nvidia.com/gpu",
                               "nvidia.com/gpu.shared", "nvidia.com/mig-1g.10gb"}) {
    model::Pool& pool = node.spec.pools.emplace_back();
    pool.resource = resource;
  }
  cluster.nodes = {node, node};
  model::Pod pod;
  pod.request.counted = {{"deviceclass.resource.kubernetes.io/gpu.nvidia.com", 1},
                         {"nvidia.com/mig-3g.40gb", 1},
                         {"amd.com/gpu", 1}};
  cluster.pods = {pod};
  return cluster;
}

TEST(SchedulerConfigTest, WithoutAClusterItIsTheShippedFileToTheByte) {
  EXPECT_EQ(SchedulerConfigWith(SchedulerLayout::kDefaultScheduler, {}),
            Shipped("default-scheduler.yaml"));
  EXPECT_EQ(SchedulerConfigWith(SchedulerLayout::kSecondScheduler, {}),
            Shipped("second-scheduler.yaml"));
}

TEST(SchedulerConfigTest, EveryNameOfTheClusterIsListedOnce) {
  const ManagedResources found = FindManagedResources(Example());
  EXPECT_THAT(found.names, ElementsAre("gpu.intel.com/i915", "nvidia.com/gpu.shared",
                                       "nvidia.com/mig-1g.10gb", "nvidia.com/mig-3g.40gb"));
  EXPECT_THAT(found.notes, IsEmpty());
  for (const SchedulerLayout layout :
       {SchedulerLayout::kDefaultScheduler, SchedulerLayout::kSecondScheduler}) {
    const std::string shipped(ShippedSchedulerConfig(layout));
    std::vector<std::string> expected = ManagedNames(shipped);
    expected.insert(expected.end(), found.names.begin(), found.names.end());
    const std::string text = SchedulerConfigWith(layout, found.names);
    EXPECT_EQ(ManagedNames(text), expected);
    EXPECT_EQ(text.substr(0, shipped.size()), shipped);
    const YAML::Node last =
        YAML::Load(text)["extenders"][0]["managedResources"][expected.size() - 1];
    EXPECT_FALSE(last["ignoredByScheduler"].as<bool>());
  }
}

TEST(SchedulerConfigTest, WhatDraGivesOutIsLeftOutAndSaid) {
  Listed cluster = Example();
  cluster.dra_resources = {"nvidia.com/mig-1g.10gb", "nvidia.com/gpu"};
  const ManagedResources found = FindManagedResources(cluster);
  EXPECT_THAT(found.names,
              ElementsAre("gpu.intel.com/i915", "nvidia.com/gpu.shared", "nvidia.com/mig-3g.40gb"));
  EXPECT_THAT(found.notes, ElementsAre(HasSubstr("pods that ask for it are refused (ManagedByDRA)"),
                                       HasSubstr("nvidia.com/mig-1g.10gb is left out")));
}

}  // namespace
}  // namespace tangram::api::cli
