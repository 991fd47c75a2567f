// What is remembered of pods, and how much of it.
#include "scheduler/pod_table.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "scheduler/memory_of.h"
#include "tests/support/scheduler_world.h"

namespace tangram::scheduler {
namespace {

using std::chrono::seconds;
using testing::MakePod;

model::Pod WithLists(const std::string& name, size_t words) {
  model::Pod pod = MakePod(name, 100);
  pod.request.constraints.use_types.assign(words, "a card type of some length, say");
  pod.request.other_constraints[model::Vendor::kAmd].avoid_uuids.assign(words, "0123456789abcdef");
  return pod;
}

TEST(PodTableTest, ABoundPodIsKeptWithoutItsRequest) {
  PodTable table;
  model::Pod pod = WithLists("p", 1000);
  table.Upsert(pod, "", 0);
  EXPECT_EQ(table.Find(pod.id.uid)->pod.request, pod.request);
  pod.node = "n";
  table.Upsert(pod, "", 0);
  const model::Pod& kept = table.Find(pod.id.uid)->pod;
  EXPECT_LT(MemoryOf(kept), 4096u);
  EXPECT_TRUE(kept.bound());
  EXPECT_EQ(kept.id, pod.id);
}

TEST(PodTableTest, CopiesOfFilteredPodsAreBoundedAndTheOldestGoFirst) {
  PodTable table;
  size_t told = 0;
  for (int i = 0; i < 2000; ++i) {
    const model::Pod pod = WithLists("p" + std::to_string(i), 500);
    told += MemoryOf(pod);
    table.RememberFiltered(pod, seconds(1));
    ASSERT_LE(table.filtered_bytes(), kFilterCopyBytes);
  }
  ASSERT_GT(told, kFilterCopyBytes);
  EXPECT_GT(table.filtered_bytes(), kFilterCopyBytes / 2);
  EXPECT_EQ(table.FindFiltered("uid-p0"), nullptr);
  EXPECT_NE(table.FindFiltered("uid-p1999"), nullptr);
  table.Expire(seconds(1) + kFilterCopyTtl);
  EXPECT_EQ(table.filtered_bytes(), 0u);
  EXPECT_EQ(table.FindFiltered("uid-p1999"), nullptr);
}

TEST(PodTableTest, ACopyThatIsRenewedStaysAndOnesLeftAloneDoNotLeaveEarly) {
  PodTable table;
  table.RememberFiltered(MakePod("once", 100), seconds(0));
  for (int i = 0; i < 10000; ++i) table.RememberFiltered(MakePod("again", 100), seconds(30));
  EXPECT_NE(table.FindFiltered("uid-once"), nullptr);
  table.Expire(kFilterCopyTtl);
  EXPECT_EQ(table.FindFiltered("uid-once"), nullptr);
  EXPECT_NE(table.FindFiltered("uid-again"), nullptr);
  table.Remove(MakePod("again", 100).id, seconds(60));
  EXPECT_EQ(table.filtered_bytes(), 0u);
}

TEST(MemoryOfTest, EveryListCounts) {
  const size_t none = MemoryOf(MakePod("p", 100).request);
  model::PodRequest request = MakePod("p", 100).request;
  request.constraints.use_types.assign(100, std::string(100, 'x'));
  EXPECT_GE(MemoryOf(request), none + 100 * 100);
  request.other_constraints[model::Vendor::kAmd].avoid_types.assign(100, std::string(100, 'x'));
  EXPECT_GE(MemoryOf(request), none + 2 * 100 * 100);
  request.counted.push_back({std::string(5000, 'r'), 1});
  EXPECT_GE(MemoryOf(request), none + 2 * 100 * 100 + 5000);
}

}  // namespace
}  // namespace tangram::scheduler
