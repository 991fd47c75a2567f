// HAMi's device assignment text, as every HAMi since 2.4 wrote it.
#include "api/dialects/hami/assignment.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tangram::api::hami {
namespace {

using model::Allocation;
using model::AllocationSlot;
using model::CardShare;
using model::ContainerKind;
using model::ContainerRequest;
using model::CorePercent;
using model::Mebibytes;
using testing::HasSubstr;

CardShare Share(std::string uuid, int memory, int cores) {
  return {std::move(uuid), Mebibytes(memory), CorePercent(cores)};
}

// "i1 a0 a2": an init container that asks for one card, an app container for none, one for two.
std::vector<ContainerRequest> Containers(const std::string& text) {
  std::vector<ContainerRequest> containers;
  for (size_t i = 0; i + 1 < text.size(); i += 3) {
    ContainerRequest& container = containers.emplace_back();
    if (text[i] == 'i') container.kind = ContainerKind::kInit;
    if (text[i] == 's') container.kind = ContainerKind::kSidecar;
    container.count = text[i + 1] - '0';
  }
  return containers;
}

// The slots as "i:GPU-a a: a:GPU-b+GPU-c".
std::string Show(const Allocation& allocation) {
  std::string text;
  for (const AllocationSlot& slot : allocation.slots) {
    if (!text.empty()) text += ' ';
    text += slot.kind == ContainerKind::kInit  ? "i:"
            : slot.kind == ContainerKind::kApp ? "a:"
                                               : "s:";
    for (size_t i = 0; i < slot.shares.size(); ++i) {
      text += (i == 0 ? "" : "+") + slot.shares[i].uuid;
    }
  }
  return text;
}

TEST(AssignmentTest, EveryContainerHasASlot) {
  Allocation allocation;
  allocation.slots = {
      {ContainerKind::kInit, {}},
      {ContainerKind::kApp, {Share("GPU-a", 3000, 30), Share("GPU-b", 3000, 30)}},
      {ContainerKind::kApp, {}},
  };
  const std::string text = EncodeAssignment(allocation);
  EXPECT_EQ(text, ";GPU-a,NVIDIA,3000,30:GPU-b,NVIDIA,3000,30:;;");
  const auto decoded = DecodeAssignment(text, Containers("i0 a2 a0"));
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(*decoded, allocation);
}

TEST(AssignmentTest, AnEmptyAllocationHasEmptySlots) {
  EXPECT_EQ(EncodeAssignment(Allocation{}), "");
  EXPECT_EQ(EncodeAssignment(Allocation{{AllocationSlot{}, AllocationSlot{}}}), ";;");
}

struct LayoutCase {
  const char* what;
  std::string containers;
  std::string text;
  std::string slots;
};

class LayoutTest : public testing::TestWithParam<LayoutCase> {};

TEST_P(LayoutTest, SlotsFindTheirContainers) {
  std::string text = GetParam().text;
  // Single letters stand for whole entries.
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] < 'a' || text[at] > 'd') continue;
    const std::string entry = "GPU-" + std::string(1, text[at]) + ",NVIDIA,1000,10:";
    text.replace(at, 1, entry);
    at += entry.size() - 1;
  }
  const auto decoded = DecodeAssignment(text, Containers(GetParam().containers));
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(Show(*decoded), GetParam().slots) << GetParam().what;
}

INSTANTIATE_TEST_SUITE_P(
    Layouts, LayoutTest,
    testing::Values(
        LayoutCase{"one each", "i1 a1", "a;b;", "i:GPU-a a:GPU-b"},
        LayoutCase{"sidecars keep their slot", "i0 s1 a1", ";a;b;", "i: s:GPU-a a:GPU-b"},
        LayoutCase{"no final separator", "a1 a1", "a;b", "a:GPU-a a:GPU-b"},
        LayoutCase{"trailing slots missing", "a1 a0 a0", "a;", "a:GPU-a a: a:"},
        LayoutCase{"one empty slot too many", "a1", "a;;", "a:GPU-a"},
        LayoutCase{"2.10.0 lost the leading slot", "a0 a1", "a;", "a: a:GPU-a"},
        LayoutCase{"2.10.0 lost the init slot", "i0 a1", "a;", "i: a:GPU-a"},
        LayoutCase{"2.10.0 lost a middle slot", "a1 a0 a1", "a;b;", "a:GPU-a a: a:GPU-b"},
        LayoutCase{"2.10.0 lost all of them", "i0 a0 a2 a0 a1", "ab;c;",
                   "i: a: a:GPU-a+GPU-b a: a:GPU-c"},
        LayoutCase{"2.10.0, init asks too", "i2 a0 a1", "ab;c;", "i:GPU-a+GPU-b a: a:GPU-c"},
        LayoutCase{"an init container alone", "i1 a0", "a;", "i:GPU-a a:"},
        LayoutCase{"2.8 knew app containers only", "i1 a1", "a;", "i: a:GPU-a"},
        LayoutCase{"2.8, one app container without", "i1 i1 a0 a1", ";a;", "i: i: a: a:GPU-a"},
        LayoutCase{"in doubt app usage", "i1 i1 i1 a1", "a;b;", "a:GPU-a a:GPU-b i: a:"},
        LayoutCase{"in doubt, more slots than containers", "i1", "a;b;", "a:GPU-a a:GPU-b"},
        LayoutCase{"nobody asks", "i0 a0", "a;", "a:GPU-a a:"},
        LayoutCase{"one each, but init asks for nothing", "i0 a1", "a;b;", "a:GPU-a a:GPU-b"},
        LayoutCase{"fillers of 2.4 are no card", "a0 a1", ",,0,0:;a;", "a: a:GPU-a"},
        LayoutCase{"MIG suffix of 2.9", "a1", "GPU-x[1-0],NVIDIA,4864,14:;", "a:GPU-x"}));

TEST(AssignmentTest, BrokenTextsAreRefusedByName) {
  struct Case {
    std::string text;
    std::string message;
  };
  for (const auto& [text, message] : {
           Case{"GPU-a,NVIDIA,3000:;", "slot 0: a device must be UUID,vendor,memory,cores"},
           Case{";GPU-a,NVIDIA,3000,x:;", "slot 1: cores must be an integer from 0 to 2147483647"},
           Case{"GPU-a,NVIDIA,-1,30:;",
                "slot 0: memory must be an integer from 0 to 2147483647, is '-1'"},
           Case{"GPU-a,NVIDIA,2147483648,30:;", "is '2147483648'"},
           Case{"GPU-a,NVIDIA,,30:;", "slot 0: memory"},
           Case{"GPU-a,NVIDIA,1e3,30:;", "slot 0: memory"},
           Case{"GPU-a,NVIDIA,3000, 30:;", "slot 0: cores"},
       }) {
    const auto slots = DecodeSlots(text);
    ASSERT_FALSE(slots.ok()) << text;
    EXPECT_EQ(slots.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(slots.status().message()), HasSubstr(message)) << text;
  }
}

TEST(AssignmentTest, MoreFieldsThanFourAreAccepted) {
  const auto slots = DecodeSlots("GPU-a,NVIDIA,3000,30,more:;");
  ASSERT_TRUE(slots.ok()) << slots.status();
  EXPECT_EQ((*slots)[0][0], Share("GPU-a", 3000, 30));
}

}  // namespace
}  // namespace tangram::api::hami
