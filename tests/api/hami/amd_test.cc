// AMD's cards under HAMi: what its plugin registers, what pods ask for, what a bind writes.
//
// The register has the shape that HAMi v2.10's AMD device plugin writes for a node of eight MI300X,
// cut to two cards.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "api/dialects/hami/assignment.h"
#include "api/dialects/hami/binding.h"
#include "api/dialects/hami/node.h"
#include "api/dialects/hami/pod.h"

namespace tangram::api::hami {
namespace {

using model::AllocationState;
using model::Vendor;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

constexpr char kCardA[] = "3cff74a1-0000-1000-8027-1b3f3a3c1f11";
constexpr char kCardB[] = "8bff74a1-0000-1000-80c1-6a1ed52e9c70";

std::string Register() {
  return std::string(R"([{"id":")") + kCardA +
         R"(","count":10,"devmem":196592,"devcore":304,"type":"AMD Instinct MI300X",)"
         R"("health":true,"custominfo":{"pciBDF":"0000:05:00.0"}},{"id":")" +
         kCardB +
         R"(","index":1,"count":10,"devmem":196592,"devcore":304,"type":"AMD Instinct MI300X",)"
         R"("numa":1,"health":true,"custominfo":{"pciBDF":"0000:26:00.0"}}])";
}

std::string Quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

scheduler::NodeObservation Node(const std::string& annotations, const std::string& capacity) {
  auto node = DecodeNode(R"({"metadata":{"name":"amd-1","annotations":{)" + annotations +
                         R"(}},"status":{"capacity":{)" + capacity + "}}}");
  EXPECT_TRUE(node.ok()) << node.status();
  return node.ok() ? *node : scheduler::NodeObservation();
}

std::string AmdAnnotation(const std::string& text) {
  return "\"hami.io/node-amd-register\":" + Quoted(text);
}

std::string PodJson(const std::string& containers, const std::string& annotations = "") {
  return R"({"metadata":{"name":"p","uid":"u","annotations":{)" + annotations +
         R"(}},"spec":{"containers":[)" + containers + "]}}";
}

std::string Limits(const std::string& limits) {
  return R"({"name":"c","resources":{"limits":{)" + limits + "}}}";
}

model::Pod Pod(const std::string& json) {
  auto pod = DecodePod(json);
  EXPECT_TRUE(pod.ok()) << pod.status();
  return pod.ok() ? *pod : model::Pod();
}

TEST(AmdNodeTest, RegisterIsReadWithComputeUnits) {
  const auto node = Node(AmdAnnotation(Register()), R"("amd.com/gpu":"20")");
  EXPECT_EQ(node.problem, "");
  EXPECT_TRUE(node.has_agent);
  ASSERT_EQ(node.spec.gpus.size(), 2u);
  const model::Gpu& card = node.spec.gpus[1];
  EXPECT_EQ(card.uuid, kCardB);
  EXPECT_EQ(card.vendor, Vendor::kAmd);
  EXPECT_EQ(card.index, 1);
  EXPECT_EQ(card.slots.value(), 10);
  EXPECT_EQ(card.memory.value(), 196592);
  EXPECT_EQ(card.cores.value(), 304);
  EXPECT_EQ(card.type, "AMD Instinct MI300X");
  EXPECT_EQ(card.numa, 1);
  EXPECT_TRUE(card.healthy);
}

TEST(AmdNodeTest, CardsWithoutCapacityAreUnhealthy) {
  for (const char* capacity : {"", R"("amd.com/gpu":"0")", R"("nvidia.com/gpu":"8")"}) {
    const auto node = Node(AmdAnnotation(Register()), capacity);
    ASSERT_EQ(node.spec.gpus.size(), 2u) << capacity;
    EXPECT_FALSE(node.spec.gpus[0].healthy) << capacity;
  }
}

TEST(AmdNodeTest, BothRegistersStandOnOneNode) {
  const std::string nvidia =
      R"([{"id":"GPU-a","count":10,"devmem":81920,"devcore":100,"type":"NVIDIA H100","health":true}])";
  const auto node =
      Node("\"hami.io/node-nvidia-register\":" + Quoted(nvidia) + "," + AmdAnnotation(Register()) +
               R"(,"hami.io/device-cordon":")" + kCardA + "\"",
           R"("amd.com/gpu":"20")");
  ASSERT_EQ(node.spec.gpus.size(), 3u);
  EXPECT_EQ(node.spec.gpus[0].uuid, kCardA);
  EXPECT_TRUE(node.spec.gpus[0].cordoned);
  EXPECT_EQ(node.spec.gpus[2].uuid, "GPU-a");
  EXPECT_EQ(node.spec.gpus[2].vendor, Vendor::kNvidia);
}

TEST(AmdNodeTest, WhatIsNoSoundRegisterIsSaid) {
  const std::string start = R"([{"id":"a","count":10,"type":"AMD x","devmem":1,"devcore":)";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {start + "-304}]", "cards[0].devcore: must be"},
      {start + "304", "malformed JSON"},
      {start + R"("many"}])", "cards[0].devcore"},
      {R"([{"id":"a","type":"AMD a"},{"id":"a","type":"AMD a"}])", "comes twice"},
      {R"([{"id":"a","type":"AMD, Inc.;"}])", "type of a: must be without"},
      {R"([{"type":"AMD x"}])", "cards[0].id"},
      {"a,10,1,1,AMD,0,true:", "cards"},
      {R"({"id":"a"})", "cards: must be an array"},
  };
  for (const auto& [text, problem] : cases) {
    const auto node = Node(AmdAnnotation(text), R"("amd.com/gpu":"20")");
    EXPECT_THAT(node.problem, HasSubstr("annotation hami.io/node-amd-register: ")) << text;
    EXPECT_THAT(node.problem, HasSubstr(problem)) << text;
    EXPECT_TRUE(node.spec.gpus.empty()) << text;
  }
}

TEST(AmdNodeTest, OneIdInTwoRegistersIsAProblem) {
  const auto node =
      Node(R"("hami.io/node-nvidia-register":"[{\"id\":\"x\",\"type\":\"NVIDIA\"}]",)" +
               AmdAnnotation(R"([{"id":"x","type":"AMD"}])"),
           R"("amd.com/gpu":"20")");
  EXPECT_THAT(node.problem, HasSubstr("id x comes in two registers"));
}

TEST(AmdNodeTest, CardsThatHamiWouldNotConsiderAreLeftOut) {
  const std::string text = R"([{"id":"a","type":"amd-gpu"},{"id":"b","type":"Radeon"}])";
  const auto node = Node(AmdAnnotation(text), R"("amd.com/gpu":"20")");
  ASSERT_EQ(node.spec.gpus.size(), 1u);
  EXPECT_EQ(node.spec.gpus[0].uuid, "a");
}

struct RequestCase {
  const char* limits;
  int32_t count, memory, cores;
};

TEST(AmdPodTest, LimitsBecomeARequest) {
  const std::vector<RequestCase> cases = {
      {R"("amd.com/gpu":"2","amd.com/gpumem":"4096","amd.com/gpucores":"30")", 2, 4096, 30},
      {R"("amd.com/gpu":1)", 1, 0, 100},
      {R"("amd.com/gpu":"1","amd.com/gpumem":"0")", 1, 0, 100},
      {R"("amd.com/gpu":"1","amd.com/gpucores":"0")", 1, 0, 1},
      {R"("amd.com/gpu":"1","amd.com/gpucores":"-5")", 1, 0, 1},
      {R"("amd.com/gpu":"1","amd.com/gpucores":"250")", 1, 0, 100},
      {R"("amd.com/gpu":"1","amd.com/gpucores":"500m")", 1, 0, 100},
      {R"("amd.com/gpu":"1","amd.com/gpumem":"4k")", 1, 4000, 100},
      {R"("amd.com/gpu":"1","amd.com/gpumem":"1.5")", 0, 0, 0},
      {R"("amd.com/gpu":"1","amd.com/gpumem":"-1")", 0, 0, 0},
      {R"("amd.com/gpu":"1","amd.com/gpumem":"3G")", 0, 0, 0},
      {R"("amd.com/gpu":"0")", 0, 0, 0},
      {R"("amd.com/gpu":"-1")", 0, 0, 0},
      {R"("amd.com/gpumem":"4096")", 0, 0, 0},
  };
  for (const RequestCase& c : cases) {
    SCOPED_TRACE(c.limits);
    const model::Pod pod = Pod(PodJson(Limits(c.limits)));
    ASSERT_EQ(pod.request.containers.size(), 1u);
    const model::ContainerRequest& container = pod.request.containers[0];
    EXPECT_EQ(container.count, c.count);
    EXPECT_EQ(pod.request.kubelet_gpus, 0) << "of nvidia.com/gpu";
    if (c.count == 0) continue;
    EXPECT_EQ(model::CountOf(pod.request.counted, "amd.com/gpu"), c.count);
    EXPECT_EQ(container.vendor, Vendor::kAmd);
    EXPECT_EQ(container.memory.value(), c.memory);
    EXPECT_EQ(container.memory_percent, 100);
    EXPECT_EQ(container.cores.value(), c.cores);
  }
}

TEST(AmdPodTest, CardsAreCountedAsTheKubeletDoes) {
  const model::Pod pod = Pod(PodJson(Limits(R"("amd.com/gpu":"2","amd.com/gpumem":"1.5")") + "," +
                                     Limits(R"("amd.com/gpu":"2")")));
  EXPECT_EQ(pod.request.counted, (model::ResourceCounts{{"amd.com/gpu", 4}}))
      << "a request that HAMi drops is counted by the kubelet";
}

TEST(AmdPodTest, IntelsDevicesAreCounted) {
  const model::Pod pod = Pod(PodJson(
      Limits(R"("gpu.intel.com/i915":"2","gpu.intel.com/i915_monitoring":"1","amd.com/gpu":"1")")));
  EXPECT_EQ(pod.request.counted,
            (model::ResourceCounts{{"amd.com/gpu", 1}, {"gpu.intel.com/i915", 2}}));
}

TEST(AmdPodTest, RequestsAreReadWhereThereAreNoLimits) {
  const model::Pod pod =
      Pod(PodJson(R"({"name":"c","resources":{"requests":{"amd.com/gpu":"3"}}})"));
  ASSERT_EQ(pod.request.containers.size(), 1u);
  EXPECT_EQ(pod.request.containers[0].count, 3);
  EXPECT_EQ(pod.request.containers[0].vendor, model::Vendor::kAmd);
}

TEST(AmdPodTest, WhatIsNoQuantityIsAnError) {
  const auto pod = DecodePod(PodJson(Limits(R"("amd.com/gpu":"one")")));
  ASSERT_FALSE(pod.ok());
  EXPECT_THAT(std::string(pod.status().message()),
              HasSubstr("Pod.spec.containers[0].resources.limits[amd.com/gpu]: must be"));
}

TEST(AmdPodTest, ConstraintsAreItsOwn) {
  const model::Pod pod =
      Pod(PodJson(Limits(R"("amd.com/gpu":"1")"),
                  R"("amd.com/use-gputype":"MI300, MI250",)"
                  R"("amd.com/nouse-gpu-uuid":"a,b","amd.com/use-gpu-uuid":"")"));
  EXPECT_EQ(pod.request.constraints, model::CardConstraints());
  const model::CardConstraints* own = pod.request.ConstraintsOn(Vendor::kAmd);
  ASSERT_NE(own, nullptr);
  EXPECT_THAT(own->use_types, ElementsAre("mi300", "mi250"));
  EXPECT_THAT(own->avoid_uuids, ElementsAre("a", "b"));
  EXPECT_TRUE(own->use_uuids.empty());
}

TEST(AmdPodTest, OneContainerMayNotAskForCardsOfTwoVendors) {
  const auto decoded =
      DecodePodAndRefusal(PodJson(Limits(R"("amd.com/gpu":"1","nvidia.com/gpu":"2")")));
  ASSERT_TRUE(decoded.ok());
  EXPECT_THAT(decoded->refusal, HasSubstr("container c: asks for cards of two vendors"));
  EXPECT_EQ(decoded->pod.request.kubelet_gpus, 2);
  const auto apart = DecodePodAndRefusal(
      PodJson(Limits(R"("amd.com/gpu":"1")") + "," + Limits(R"("nvidia.com/gpu":"2")")));
  ASSERT_TRUE(apart.ok());
  EXPECT_EQ(apart->refusal, "");
  EXPECT_EQ(apart->pod.request.containers[0].vendor, Vendor::kAmd);
  EXPECT_EQ(apart->pod.request.containers[1].vendor, Vendor::kNvidia);
}

model::CardShare AmdShare(int32_t memory, int32_t units) {
  model::CardShare share{kCardA, model::Mebibytes(memory), model::CorePercent(units)};
  share.vendor = Vendor::kAmd;
  share.product = "AMD Instinct MI300X";
  return share;
}

TEST(AmdBindingTest, EachVendorHasItsPairOfTextsWithASlotForEveryContainer) {
  scheduler::BindingWrite write;
  write.node = "amd-1";
  write.unix_seconds = 7;
  model::AllocationSlot nvidia;
  nvidia.shares = {{"GPU-a", model::Mebibytes(3000), model::CorePercent(30)}};
  model::AllocationSlot amd;
  amd.shares = {AmdShare(4096, 152)};
  write.allocation.slots = {amd, {}, nvidia};
  const std::string amd_text = std::string(kCardA) + ",AMD Instinct MI300X,4096,152:;;;";
  EXPECT_THAT(MakeBindingMetadata(write).annotations,
              ElementsAre(Pair("hami.io/amd-devices-allocated", amd_text),
                          Pair("hami.io/amd-devices-to-allocate", amd_text),
                          Pair("hami.io/bind-phase", "allocating"), Pair("hami.io/bind-time", "7"),
                          Pair("hami.io/vgpu-devices-allocated", ";;GPU-a,NVIDIA,3000,30:;"),
                          Pair("hami.io/vgpu-devices-to-allocate", ";;GPU-a,NVIDIA,3000,30:;"),
                          Pair("hami.io/vgpu-node", "amd-1"), Pair("hami.io/vgpu-time", "7")));
  write.allocation.slots = {amd};
  EXPECT_EQ(MakeBindingMetadata(write).annotations.size(), 6u) << "none for a vendor not used";
}

TEST(AmdBindingTest, WhatWasBoundIsReadBack) {
  const std::string containers =
      Limits(R"("amd.com/gpu":"1")") + "," + Limits("") + "," + Limits(R"("nvidia.com/gpu":"1")");
  const std::string amd = std::string(R"("hami.io/amd-devices-allocated":")") + kCardA +
                          R"(,AMD Instinct MI300X,4096,152:;;;")";
  const std::string nvidia = R"("hami.io/vgpu-devices-allocated":";;GPU-a,NVIDIA,3000,30:;")";
  const model::Pod pod = Pod(PodJson(containers, amd + "," + nvidia));
  EXPECT_EQ(pod.allocation_state, AllocationState::kReadable);
  ASSERT_EQ(pod.allocation.slots.size(), 3u);
  EXPECT_THAT(pod.allocation.slots[0].shares, ElementsAre(AmdShare(4096, 152)));
  EXPECT_TRUE(pod.allocation.slots[1].shares.empty());
  EXPECT_EQ(pod.allocation.slots[2].shares.at(0).uuid, "GPU-a");
  EXPECT_EQ(pod.allocation.slots[2].shares.at(0).vendor, Vendor::kNvidia);
  EXPECT_EQ(Pod(PodJson(containers, nvidia)).allocation_state, AllocationState::kUnreadable)
      << "the AMD card is missing";
  EXPECT_EQ(Pod(PodJson(containers, nvidia + R"(,"hami.io/amd-devices-allocated":"a,b,-1,2:;")"))
                .allocation_state,
            AllocationState::kUnreadable);
  EXPECT_EQ(Pod(PodJson(containers)).allocation_state, AllocationState::kNone);
}

// HAMi itself gives one container cards of two vendors.
TEST(AmdBindingTest, SharesOfTwoVendorsInOneContainerAreBothCounted) {
  const model::Pod pod =
      Pod(PodJson(Limits(R"("amd.com/gpu":"1","nvidia.com/gpu":"1")"),
                  R"("hami.io/amd-devices-allocated":"a,amd-gpu,4096,152:;",)"
                  R"("hami.io/vgpu-devices-allocated":"GPU-a,NVIDIA,3000,30:;")"));
  EXPECT_EQ(pod.allocation_state, AllocationState::kReadable);
  ASSERT_EQ(pod.allocation.slots.size(), 1u);
  EXPECT_EQ(pod.allocation.slots[0].kind, model::ContainerKind::kApp);
  EXPECT_EQ(pod.allocation.slots[0].shares.size(), 2u);
}

}  // namespace
}  // namespace tangram::api::hami
