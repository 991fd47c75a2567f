// What a Binding carries.
#include "api/dialects/hami/binding.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tangram::api::hami {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

scheduler::BindingWrite Write(std::string node) {
  scheduler::BindingWrite write;
  write.pod = {"ns", "p", "u"};
  write.node = std::move(node);
  write.unix_seconds = 1795338018;
  write.allocation.slots.resize(2);
  write.allocation.slots[1].shares = {{"GPU-a", model::Mebibytes(3000), model::CorePercent(30)}};
  return write;
}

TEST(BindingTest, AllAnnotationsAndTheLabelTravelInOneWrite) {
  const BindingMetadata metadata = MakeBindingMetadata(Write("node-1"));
  EXPECT_THAT(
      metadata.annotations,
      ElementsAre(Pair("hami.io/bind-phase", "allocating"), Pair("hami.io/bind-time", "1795338018"),
                  Pair("hami.io/vgpu-devices-allocated", ";GPU-a,NVIDIA,3000,30:;"),
                  Pair("hami.io/vgpu-devices-to-allocate", ";GPU-a,NVIDIA,3000,30:;"),
                  Pair("hami.io/vgpu-node", "node-1"), Pair("hami.io/vgpu-time", "1795338018")));
  EXPECT_THAT(metadata.labels, ElementsAre(Pair("hami.io/vgpu-node", "node-1")));
}

TEST(BindingTest, ANodeNameTooLongForALabelIsOnlyAnnotated) {
  EXPECT_EQ(MakeBindingMetadata(Write(std::string(63, 'n'))).labels.size(), 1u);
  const BindingMetadata metadata = MakeBindingMetadata(Write(std::string(64, 'n')));
  EXPECT_THAT(metadata.labels, IsEmpty());
  EXPECT_EQ(metadata.annotations.size(), 6u);
}

TEST(BindingTest, APodWithoutCardsIsBoundPlainly) {
  scheduler::BindingWrite write = Write("node-1");
  write.allocation.slots[1].shares.clear();
  const BindingMetadata metadata = MakeBindingMetadata(write);
  EXPECT_THAT(metadata.annotations, IsEmpty());
  EXPECT_THAT(metadata.labels, IsEmpty());
}

}  // namespace
}  // namespace tangram::api::hami
