// Small clusters and requests for the tests of fit and placement, written as the test reads.
#ifndef TESTS_SCHEDULER_FIT_WORLD_H_
#define TESTS_SCHEDULER_FIT_WORLD_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/cluster.h"
#include "model/event.h"
#include "scheduler/fit.h"

namespace tangram::scheduler {

// A card as a test describes it, with what is already in use on it.
struct TestCard {
  int32_t slots = 10;
  int32_t memory = 10000;
  int32_t cores = 100;
  int32_t numa = 0;
  bool healthy = true;
  bool cordoned = false;
  std::string type = "NVIDIA A100-SXM4-80GB";
  std::string mode = "hami-core";
  model::Vendor vendor = model::Vendor::kNvidia;
  int32_t used_slots = 0;
  int32_t used_memory = 0;
  int32_t used_cores = 0;
};

inline model::ContainerRequest Container(int32_t count, int32_t memory, int32_t cores = 0,
                                         model::ContainerKind kind = model::ContainerKind::kApp) {
  model::ContainerRequest container;
  container.kind = kind;
  container.count = count;
  container.memory = model::Mebibytes(memory);
  container.cores = model::CorePercent(cores);
  return container;
}

inline model::ContainerRequest ByPercent(int32_t count, int32_t percent, int32_t cores = 0) {
  model::ContainerRequest container = Container(count, 0, cores);
  container.memory_percent = percent;
  return container;
}

inline model::PodRequest Pod(std::vector<model::ContainerRequest> containers) {
  model::PodRequest request;
  request.containers = std::move(containers);
  request.kubelet_gpus = model::KubeletGpuCount(request.containers);
  return request;
}

// Card i of every node is named so that card order is index order.
inline std::string CardUuid(size_t i) {
  char text[32];
  std::snprintf(text, sizeof text, "GPU-%03zu", i);
  return text;
}

// A cluster that is described node by node.
class FitWorld {
 public:
  explicit FitWorld(model::HostBuckets buckets = {}) : cluster_(buckets) {}

  FitWorld& Add(const std::string& name, const std::vector<TestCard>& cards,
                std::optional<int64_t> allocatable = std::nullopt,
                std::optional<model::HostResources> host = std::nullopt) {
    model::NodeSpec spec;
    spec.host = host;
    spec.name = name;
    spec.allocatable_gpus = allocatable;
    for (size_t i = 0; i < cards.size(); ++i) {
      model::Gpu gpu;
      gpu.uuid = CardUuid(i);
      gpu.index = static_cast<int32_t>(i);
      gpu.slots = model::Slots(cards[i].slots);
      gpu.memory = model::Mebibytes(cards[i].memory);
      gpu.cores = model::CorePercent(cards[i].cores);
      gpu.type = cards[i].type;
      gpu.mode = cards[i].mode;
      gpu.vendor = cards[i].vendor;
      gpu.numa = cards[i].numa;
      gpu.healthy = cards[i].healthy;
      gpu.cordoned = cards[i].cordoned;
      spec.gpus.push_back(gpu);
    }
    Apply(model::NodeUpserted{spec});
    for (size_t i = 0; i < cards.size(); ++i) Use(name, i, cards[i]);
    return *this;
  }

  // Books what the test card says is in use, over several pods where slots say so.
  void Use(const std::string& node, size_t index, const TestCard& card) {
    const int32_t shares = card.used_slots;
    for (int32_t s = 0; s < shares; ++s) {
      model::AllocationSlot slot;
      model::CardShare share;
      share.uuid = CardUuid(index);
      // The first share takes the amounts.
      share.memory = model::Mebibytes(s == 0 ? card.used_memory : 0);
      share.cores = model::CorePercent(s == 0 ? card.used_cores : 0);
      slot.shares.push_back(share);
      model::Allocation allocation;
      allocation.slots.push_back(slot);
      Apply(model::PodBooked{"used-" + std::to_string(++pods_), node, allocation, false, 1});
    }
  }

  void Apply(const model::Event& event) {
    const auto change = cluster_.Apply(event);
    ASSERT_TRUE(change.ok()) << change.status();
  }

  const model::Snapshot& snapshot() { return cluster_.snapshot(); }
  const model::Node& node(const std::string& name) { return *cluster_.FindNode(name); }
  model::Cluster& cluster() { return cluster_; }

 private:
  model::Cluster cluster_;
  int pods_ = 0;
};

// The answer for one node, with its placement slot by slot.
struct Tried {
  FitAnswer answer;
  std::vector<std::vector<int>> cards;  // per gpu slot; empty when it does not fit
};

inline Tried Try(FitWorld& world, const model::PodRequest& request, const std::string& node = "n",
                 const std::string& default_policy = "spread") {
  const CompiledRequest compiled(request, world.snapshot(), CardPolicy::Parse(default_policy));
  Placement placement;
  Tried tried;
  tried.answer = Fit(compiled, world.node(node), &placement);
  // With and without a placement asked for, the answer is the same.
  const FitAnswer bare = Fit(compiled, world.node(node), nullptr);
  EXPECT_EQ(bare.fits, tried.answer.fits);
  EXPECT_EQ(bare.resolvable, tried.answer.resolvable);
  EXPECT_EQ(bare.reasons, tried.answer.reasons);
  if (!tried.answer.fits) return tried;
  for (size_t i = 0; i < compiled.wants().size(); ++i) {
    const auto cards = CardsOf(compiled, placement, i);
    tried.cards.emplace_back(cards.begin(), cards.end());
  }
  return tried;
}

// The words of a set, joined by a space.
inline std::string Words(ReasonSet reasons) {
  std::string words;
  for (int i = 0; i < kReasonCount; ++i) {
    if (!reasons.Has(static_cast<Reason>(i))) continue;
    if (!words.empty()) words += " ";
    words.append(ReasonWord(static_cast<Reason>(i)));
  }
  return words;
}

}  // namespace tangram::scheduler

#endif  // TESTS_SCHEDULER_FIT_WORLD_H_
