// The live scheduler on cards that are cut on demand: who is woken when room is made.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/support/model_builders.h"
#include "tests/support/scheduler_world.h"

namespace tangram::scheduler {
namespace {

using testing::SchedulerWorld;

model::Pod Asking(const std::string& name, const std::string& profile) {
  model::Pod pod = testing::MakePod(name, 0);
  pod.request.containers[0].mig_profile = profile;
  return pod;
}

// One card, all of it taken by the pod `holder`.
class MigSchedulerTest : public ::testing::Test {
 protected:
  MigSchedulerTest() : world_({Node()}) {
    world_.scheduler->OnPod(holder_);
    EXPECT_EQ(world_.Filter(holder_, {"n"}).size(), 1u);
    world_.Bind(holder_, "n");
    const auto binding = world_.api.Take("bind");
    binding.write_done({WriteOutcome::kDone, "", ""});
    world_.scheduler->OnPod(testing::Bound(holder_, binding.binding));
  }
  static NodeObservation Node() {
    NodeObservation node;
    node.spec.name = "n";
    node.spec.gpus = {testing::MakeMigGpu("a")};
    node.resource_version = "1";
    node.has_agent = false;  // no lock
    return node;
  }
  // A filter refuses the pod, and then the holder leaves.
  void WaitForRoom(const model::Pod& pod) {
    world_.scheduler->OnPod(pod);
    EXPECT_TRUE(world_.Filter(pod, {"n"}).empty());
    world_.scheduler->OnPodDeleted(holder_.id);
    world_.Pass(std::chrono::seconds(1));
  }

  const model::Pod holder_ = Asking("holder", "7g.80gb");
  SchedulerWorld world_;
};

TEST_F(MigSchedulerTest, WhoWaitsForAnInstanceIsTriedAgainWhenTheCardIsFree) {
  WaitForRoom(Asking("waits", "3g.40gb"));
  EXPECT_EQ(world_.api.Count("wake"), 1u);
}

TEST_F(MigSchedulerTest, AProfileThatNoCardCanHaveIsNeverRetriedInVain) {
  WaitForRoom(Asking("waits", "9g.99gb"));
  EXPECT_EQ(world_.api.Count("wake"), 0u);
}

}  // namespace
}  // namespace tangram::scheduler
