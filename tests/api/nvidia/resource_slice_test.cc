// ResourceSlices of NVIDIA's DRA driver: which cards they name, and where labels say otherwise.
#include "api/dialects/nvidia/resource_slice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/pool_builders.h"

namespace tangram::api::nvidia {
namespace {

using model::Pool;
using model::PoolKind;
using tangram::testing::MakePool;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// As the driver writes a card.
std::string Gpu(const std::string& uuid, const std::string& memory = "80Gi") {
  return absl::StrCat(R"({"name": "gpu-0", "attributes": {"type": {"string": "gpu"},
      "uuid": {"string": ")",
                      uuid, R"("}, "productName": {"string": "NVIDIA A100-SXM4-80GB"},
      "driverVersion": {"version": "580.65.6"}, "addressingMode": {"string": "HMM"}},
      "capacity": {"memory": {"value": ")",
                      memory, R"("}}})");
}

// As it writes an instance.
std::string Mig(const std::string& uuid, const std::string& parent) {
  return absl::StrCat(R"({"name": "gpu-0-mig-19-0-1", "attributes": {"type": {"string": "mig"},
      "uuid": {"string": ")",
                      uuid, R"("}, "parentUUID": {"string": ")", parent, R"("},
      "profile": {"string": "1g.10gb"}, "productName": {"string": "NVIDIA A100-SXM4-80GB"}},
      "capacity": {"memory": {"value": "9728Mi"}, "memorySlice0": {"value": "1"}}})");
}

std::string Slice(const std::string& devices, const std::string& driver = "gpu.nvidia.com",
                  const std::string& place = R"("nodeName": "n")") {
  return absl::StrCat(R"({"apiVersion": "resource.k8s.io/v1", "kind": "ResourceSlice",
      "metadata": {"name": "n-gpu.nvidia.com-x7k2p"}, "spec": {"driver": ")",
                      driver, R"(", )", place,
                      R"(, "pool": {"name": "n", "generation": 3, "resourceSliceCount": 2},
      "devices": [)",
                      devices, "]}}");
}

ResourceSlice Read(const std::string& json) {
  auto slice = ReadResourceSlice(json);
  EXPECT_TRUE(slice.ok()) << slice.status();
  return slice.ok() ? *slice : ResourceSlice();
}

TEST(ResourceSliceTest, NamesTheCardsOfANode) {
  const ResourceSlice slice = Read(Slice(absl::StrCat(Gpu("GPU-b"), ",", Gpu("GPU-a"))));
  EXPECT_EQ(slice.name, "n-gpu.nvidia.com-x7k2p");
  EXPECT_EQ(slice.node, "n");
  EXPECT_EQ(slice.pool, "n");
  EXPECT_EQ(slice.generation, 3);
  EXPECT_EQ(slice.pool_slices, 2);
  EXPECT_THAT(slice.cards, ElementsAre(KnownCard{"GPU-a", "NVIDIA A100-SXM4-80GB", 81920},
                                       KnownCard{"GPU-b", "NVIDIA A100-SXM4-80GB", 81920}));
}

TEST(ResourceSliceTest, InstancesTellOfTheCardTheyWereCutFrom) {
  const ResourceSlice slice =
      Read(Slice(absl::StrCat(Mig("MIG-1", "GPU-a"), ",", Mig("MIG-2", "GPU-a"))));
  EXPECT_THAT(slice.cards, ElementsAre(KnownCard{"GPU-a", "NVIDIA A100-SXM4-80GB", 0}));
}

TEST(ResourceSliceTest, PassThroughAndOtherDriversAndSharedPoolsTellNothing) {
  const std::string vfio =
      R"({"name": "gpu-vfio-0", "attributes": {"type": {"string": "vfio"},
          "uuid": {"string": "GPU-a"}}})";
  EXPECT_THAT(Read(Slice(vfio)).cards, IsEmpty());
  const ResourceSlice other = Read(Slice(Gpu("GPU-a"), "compute-domain.nvidia.com"));
  EXPECT_EQ(other.name, "n-gpu.nvidia.com-x7k2p");
  EXPECT_EQ(other.node, "");
  EXPECT_EQ(other.pool, "");
  EXPECT_THAT(other.cards, IsEmpty());
  const ResourceSlice shared = Read(Slice(Gpu("GPU-a"), "gpu.nvidia.com", R"("allNodes": true)"));
  EXPECT_THAT(shared.cards, IsEmpty());
  EXPECT_EQ(shared.pool, "n") << "it is one of the slices of its pool";
}

TEST(ResourceSliceTest, WhatIsMissingIsNotInvented) {
  const std::string nameless = R"({"name": "gpu-0", "attributes": {"type": {"string": "gpu"}}})";
  const std::string typeless = R"({"name": "gpu-1", "attributes": {"uuid": {"string": "GPU-b"}}})";
  const std::string bare = R"({"name": "gpu-2", "attributes": {"type": {"string": "gpu"},
      "uuid": {"string": "GPU-c"}}, "capacity": null})";
  const ResourceSlice slice = Read(Slice(absl::StrCat(nameless, ",", typeless, ",", bare)));
  EXPECT_THAT(slice.cards, ElementsAre(KnownCard{"GPU-c", "", 0}));
  const ResourceSlice empty = Read(R"({"metadata": {"name": "x"}, "spec": {
      "driver": "gpu.nvidia.com", "nodeName": "n", "pool": {"name": "n"}, "devices": null}})");
  EXPECT_THAT(empty.cards, IsEmpty());
  EXPECT_EQ(empty.pool_slices, 1);
}

TEST(ResourceSliceTest, WhatCannotBeReadIsNamed) {
  const auto why = [](const std::string& json) {
    return std::string(ReadResourceSlice(json).status().message());
  };
  EXPECT_THAT(why("{"), HasSubstr("ResourceSlice"));
  EXPECT_THAT(why(R"({"metadata": {}, "spec": {}})"), HasSubstr("with a name"));
  EXPECT_THAT(why(Slice(Gpu("GPU-a", "much"))), HasSubstr("devices[0]"));
  EXPECT_THAT(why(Slice(Gpu("GPU-a", "-80Gi"))), HasSubstr("a quantity of bytes such as"));
  EXPECT_THAT(why(R"({"metadata": {"name": "x"}, "spec": {"pool": {"resourceSliceCount": 0}}})"),
              HasSubstr("resourceSliceCount"));
  EXPECT_THAT(why(Slice(R"({"attributes": {"uuid": {"string": 7}}})")), HasSubstr("uuid"));
}

TEST(ResourceSliceTest, ANameIsReadWhateverElseIsBroken) {
  const auto name = ReadSliceName(R"({"spec": [], "metadata": {"name": "x"}})");
  ASSERT_TRUE(name.ok()) << name.status();
  EXPECT_EQ(*name, "x");
  EXPECT_FALSE(ReadSliceName("[]").ok());
  EXPECT_FALSE(ReadSliceName(R"({"metadata": {}})").ok());
}

std::vector<KnownCard> Cards(size_t count, const std::string& product = "NVIDIA A100-SXM4-80GB",
                             int64_t memory = 81920) {
  std::vector<KnownCard> cards;
  for (size_t i = 0; i < count; ++i) cards.push_back({absl::StrCat("GPU-", i), product, memory});
  return cards;
}

TEST(DisagreementsTest, WhatAgreesIsSilent) {
  const std::vector<Pool> whole = {MakePool("nvidia.com/gpu", 4)};
  EXPECT_THAT(Disagreements(Cards(4), whole), IsEmpty());
  const std::vector<Pool> turns = {
      MakePool("nvidia.com/gpu.shared", 16, PoolKind::kTimeSlicedReplica, 4)};
  EXPECT_THAT(Disagreements(Cards(4), turns), IsEmpty());
  EXPECT_THAT(Disagreements(Cards(4, "NVIDIA A100-SXM4-80GB", 81559), whole), IsEmpty())
      << "less than a percent is rounding";
  EXPECT_THAT(Disagreements({}, whole), IsEmpty()) << "nobody tells";
  const std::vector<Pool> other = {MakePool("gpu.intel.com/xe", 4)};
  EXPECT_THAT(Disagreements(Cards(2, "other"), other), IsEmpty());
}

TEST(DisagreementsTest, HowManyCardsAnInstanceIsOfIsNotTold) {
  const std::vector<Pool> pools = {MakePool("nvidia.com/gpu", 0),
                                   MakePool("nvidia.com/mig-1g.10gb", 14, PoolKind::kMigInstance)};
  EXPECT_THAT(Disagreements(Cards(2), pools), IsEmpty());
}

TEST(DisagreementsTest, SayWhatIsBelieved) {
  const std::vector<Pool> pools = {MakePool("nvidia.com/gpu", 4)};
  EXPECT_THAT(Disagreements(Cards(5), pools),
              ElementsAre("status.allocatable counts the devices of 4 cards, ResourceSlices tell 5 "
                          "cards: allocatable is believed"));
  EXPECT_THAT(Disagreements(Cards(4, "Tesla T4", 15360), pools),
              ElementsAre(HasSubstr("81920 MiB a card for nvidia.com/gpu, ResourceSlices 15360: "
                                    "labels are believed"),
                          HasSubstr("\"NVIDIA-A100-SXM4-80GB\" for nvidia.com/gpu, ResourceSlices "
                                    "\"Tesla T4\": labels are believed")));
}

}  // namespace
}  // namespace tangram::api::nvidia
