// Reservations of MIG instances: the text HAMi's plugin reads, and every text that is none.
#include "api/dialects/hami/mig_allocations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "api/dialects/hami/binding.h"
#include "api/dialects/hami/node.h"
#include "api/dialects/hami/pod.h"

namespace tangram::api::hami {
namespace {

using model::CardShare;
using model::CorePercent;
using model::Mebibytes;
using model::MigInstance;
using ::testing::HasSubstr;

CardShare Instance(const std::string& uuid, int32_t start) {
  return {uuid, Mebibytes(9728), CorePercent(15), MigInstance{"1g.10gb", {start, 1}}};
}

model::Allocation TwoContainers() {
  model::Allocation allocation;
  allocation.slots.resize(3);
  allocation.slots[1].shares = {Instance("GPU-a", 6), Instance("GPU-a", 5)};
  allocation.slots[2].shares = {Instance("GPU-b", 0)};
  return allocation;
}

constexpr const char* kText =
    R"([{"containerIndex":1,"deviceIndex":0,"gpuUUID":"GPU-a","profile":"1g.10gb",)"
    R"("placement":{"start":6,"size":1}},)"
    R"({"containerIndex":1,"deviceIndex":1,"gpuUUID":"GPU-a","profile":"1g.10gb",)"
    R"("placement":{"start":5,"size":1}},)"
    R"({"containerIndex":2,"deviceIndex":0,"gpuUUID":"GPU-b","profile":"1g.10gb",)"
    R"("placement":{"start":0,"size":1}}])";

TEST(MigAllocationsTest, TheTextIsThatOfHami) {
  EXPECT_EQ(EncodeMigAllocations(TwoContainers()), kText);
  model::Allocation shares = TwoContainers();
  for (auto& slot : shares.slots) {
    for (CardShare& share : slot.shares) share.instance.reset();
  }
  EXPECT_EQ(EncodeMigAllocations(shares), "");
}

TEST(MigAllocationsTest, WhatWasWrittenIsReadAgain) {
  const auto reservations = DecodeMigAllocations(kText);
  ASSERT_TRUE(reservations.ok()) << reservations.status();
  model::Allocation allocation = TwoContainers();
  for (auto& slot : allocation.slots) {
    for (CardShare& share : slot.shares) share.instance.reset();
  }
  Reserve(*reservations, &allocation);
  EXPECT_EQ(allocation, TwoContainers());
}

TEST(MigAllocationsTest, WhatThePluginAddsIsAccepted) {
  const auto reservations = DecodeMigAllocations(
      R"([{"containerIndex":0,"deviceIndex":0,"gpuUUID":"GPU-a","profile":"1g.10gb",)"
      R"("placement":{"start":0,"size":1},"migUUID":"MIG-1","gpuInstanceID":9,)"
      R"("computeInstanceID":0}])");
  ASSERT_TRUE(reservations.ok()) << reservations.status();
  EXPECT_EQ((*reservations)[0].instance, (MigInstance{"1g.10gb", {0, 1}}));
}

TEST(MigAllocationsTest, ReservationsAreConsumedInOrderAndTheRestIsSpare) {
  model::Allocation allocation;
  allocation.slots.resize(1);
  allocation.slots[0].shares = {{"GPU-a", Mebibytes(1), CorePercent(1)},
                                {"GPU-b", Mebibytes(1), CorePercent(1)}};
  const MigInstance first{"1g.10gb", {6, 1}};
  const MigInstance second{"1g.10gb", {5, 1}};
  Reserve({{0, 0, "GPU-a", first}, {0, 1, "GPU-a", second}, {0, 2, "GPU-gone", first}},
          &allocation);
  EXPECT_EQ(allocation.slots[0].shares[0].instance, first);
  EXPECT_FALSE(allocation.slots[0].shares[1].instance.has_value());
  EXPECT_EQ(allocation.spare_instances,
            (std::vector<model::SpareInstance>{{"GPU-a", second}, {"GPU-gone", first}}));
}

// One element with a part of it replaced.
std::string Refusal(const std::string& part, const std::string& by) {
  std::string text =
      R"([{"containerIndex":0,"deviceIndex":1,"gpuUUID":"GPU-a","profile":"1g.10gb",)"
      R"("placement":{"start":6,"size":1}}])";
  const size_t at = text.find(part);
  EXPECT_NE(at, std::string::npos);
  text.replace(at, part.size(), by);
  const auto read = DecodeMigAllocations(text);
  return read.ok() ? "" : std::string(read.status().message());
}

TEST(MigAllocationsTest, WrongTextsAreToldByElementAndField) {
  EXPECT_THAT(Refusal(R"("containerIndex":0)", R"("containerIndex":-1)"),
              HasSubstr("reservations[0].containerIndex: must be an integer from 0"));
  EXPECT_THAT(Refusal(R"("deviceIndex":1)", R"("deviceIndex":-2)"), HasSubstr("deviceIndex"));
  EXPECT_THAT(Refusal("GPU-a", ""), HasSubstr("reservations[0].gpuUUID: must be"));
  EXPECT_THAT(Refusal("1g.10gb", ""), HasSubstr("reservations[0].profile: must be"));
  EXPECT_THAT(Refusal(R"("size":1)", R"("size":0)"), HasSubstr("placement.size"));
  EXPECT_THAT(Refusal(R"("start":6)", R"("start":-6)"), HasSubstr("placement.start"));
  EXPECT_THAT(Refusal(R"(,"placement":{"start":6,"size":1})", ""), HasSubstr("placement"));
  EXPECT_THAT(Refusal("}}", R"(},"migUUID":"MIG-1"})"), HasSubstr("migUUID, gpuInstanceID"));
  EXPECT_THAT(Refusal("}}]", R"(}},{"containerIndex":0,"deviceIndex":1,"gpuUUID":"GPU-b",)"
                             R"("profile":"1g.10gb","placement":{"start":0,"size":1}}])"),
              HasSubstr("container 0 and device 1 again"));
  EXPECT_THAT(Refusal("[{", "{"), HasSubstr("reservations"));
  EXPECT_FALSE(DecodeMigAllocations("").ok());
  EXPECT_FALSE(DecodeMigAllocations("[").ok());
}

TEST(MigAllocationsTest, ABindingCarriesThem) {
  scheduler::BindingWrite write;
  write.node = "n";
  write.allocation = TwoContainers();
  std::string found;
  for (const auto& [key, value] : MakeBindingMetadata(write).annotations) {
    if (key == "hami.io/vgpu-mig-allocations") found = value;
  }
  EXPECT_EQ(found, kText);
}

std::string PodJson(const std::string& annotations) {
  return R"({"metadata":{"name":"p","uid":"u","annotations":{)" + annotations +
         R"(}},"spec":{"initContainers":[{"name":"setup"}],"containers":[)"
         R"({"name":"main","resources":{"limits":{"nvidia.com/gpu":2}}},)"
         R"({"name":"side","resources":{"limits":{"nvidia.com/gpu":1}}}]}})";
}

std::string Escaped(std::string text) {
  for (size_t at = 0; (at = text.find('"', at)) != std::string::npos; at += 2)
    text.insert(at, "\\");
  return text;
}

TEST(MigPodTest, AnAllocationIsReadWithItsInstances) {
  const std::string devices =
      R"("hami.io/vgpu-devices-allocated":)"
      R"(";GPU-a,NVIDIA,9728,15:GPU-a,NVIDIA,9728,15:;GPU-b,NVIDIA,9728,15:;")";
  const auto pod =
      DecodePod(PodJson(devices + R"(,"hami.io/vgpu-mig-allocations":")" + Escaped(kText) + "\""));
  ASSERT_TRUE(pod.ok()) << pod.status();
  EXPECT_EQ(pod->allocation_state, model::AllocationState::kReadable);
  model::Allocation expected = TwoContainers();
  expected.slots[0].kind = model::ContainerKind::kInit;
  EXPECT_EQ(pod->allocation, expected);

  const auto broken = DecodePod(PodJson(devices + R"(,"hami.io/vgpu-mig-allocations":"[{}]")"));
  ASSERT_TRUE(broken.ok());
  EXPECT_EQ(broken->allocation_state, model::AllocationState::kUnreadable);
}

TEST(MigPodTest, ProfilesAreNamedForAllContainersOrForEach) {
  const auto profiles = [](const std::string& text) {
    const auto pod = DecodePodAndRefusal(PodJson(R"("tangram.dev/mig-profile":")" + text + "\""));
    EXPECT_TRUE(pod.ok()) << pod.status();
    if (!pod->refusal.empty()) return pod->refusal;
    std::string all;
    for (const auto& container : pod->pod.request.containers) all += container.mig_profile + ";";
    return all;
  };
  EXPECT_EQ(profiles("1g.10gb"), "1g.10gb;1g.10gb;1g.10gb;");
  EXPECT_EQ(profiles("main=1g.10gb, side=2g.20gb"), ";1g.10gb;2g.20gb;");
  EXPECT_EQ(profiles(""), ";;;");
  EXPECT_THAT(profiles("other=1g.10gb"), HasSubstr("is other"));
  EXPECT_THAT(profiles("main=1g.10gb,main=2g.20gb"), HasSubstr("one profile for a container"));
  EXPECT_THAT(profiles("main="), HasSubstr("container=profile"));
  EXPECT_THAT(profiles("1g.10gb,2g.20gb"), HasSubstr("container=profile for each"));
}

std::string NodeJson(const std::string& card) {
  return R"({"metadata":{"name":"n","annotations":{"hami.io/node-nvidia-register":")" +
         Escaped(R"([{"id":"GPU-a","count":7,"devmem":81920,"devcore":100,)"
                 R"("type":"NVIDIA A100-SXM4-80GB","health":true,)" +
                 card + "}]") +
         "\"}}}";
}

TEST(MigNodeTest, ACardSaysWhatItCanBeCutInto) {
  const auto node = DecodeNode(
      NodeJson(R"("mode":"mig","migProfiles":[{"name":"2g.20gb","memoryMB":19968,"core":29,)"
               R"("sliceCount":2,"placements":[{"start":0,"size":2},{"start":2,"size":2}]}])"));
  ASSERT_TRUE(node.ok());
  EXPECT_EQ(node->problem, "");
  ASSERT_EQ(node->spec.gpus.size(), 1u);
  EXPECT_EQ(node->spec.gpus[0].mig_profiles,
            (std::vector<model::MigProfile>{
                {"2g.20gb", Mebibytes(19968), CorePercent(29), 2, {{0, 2}, {2, 2}}}}));
}

std::string Problem(const std::string& card) {
  const auto node = DecodeNode(NodeJson(card));
  EXPECT_TRUE(node.ok());
  EXPECT_EQ(node->spec.gpus.size(), 1u) << "the card stays, and takes nothing";
  EXPECT_TRUE(node->spec.gpus[0].mig_profiles.empty());
  return node->problem;
}

std::string Profile(const std::string& amounts, const std::string& placements) {
  return R"("mode":"mig","migProfiles":[{"name":"2g.20gb",)" + amounts + R"(,"placements":[)" +
         placements + "]}]";
}

TEST(MigNodeTest, WhatMakesNoSenseIsAProblemOfThatCard) {
  const std::string good = R"("memoryMB":19968,"core":29,"sliceCount":2)";
  EXPECT_THAT(Problem(Profile(good, R"({"start":1,"size":2})")),
              HasSubstr("card GPU-a: profile 2g.20gb: start 1 contradicts A100-80GB"));
  EXPECT_THAT(Problem(Profile(good, R"({"start":0,"size":2},{"start":1,"size":2})")),
              HasSubstr("profile 2g.20gb"));
  EXPECT_THAT(Problem(Profile(good, R"({"start":-2,"size":2})")),
              HasSubstr("start -2 is outside the card's 0..7"));
  EXPECT_THAT(Problem(Profile(R"("memoryMB":-1,"core":29,"sliceCount":2)", R"({"size":2})")),
              HasSubstr("memory -1 is below 0"));
  EXPECT_THAT(Problem(Profile(R"("memoryMB":1,"core":29,"sliceCount":-2)", R"({"size":2})")),
              HasSubstr("slice count -2 is below 0"));
  EXPECT_EQ(Problem(R"("mode":"mig")"), "card GPU-a: is in mig mode and has no migProfiles");
  EXPECT_EQ(Problem(R"("mode":"mig","migtemplate":[[{"Name":"1g.10gb","Count":7}]])"),
            "card GPU-a: cut by fixed geometries (migtemplate); upgrade HAMi's device plugin to "
            "2.10");
}

}  // namespace
}  // namespace tangram::api::hami
