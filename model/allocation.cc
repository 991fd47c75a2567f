// The fold of an allocation into what each card must set aside.
#include "model/allocation.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace tangram::model {
namespace {

// Amounts of one pod on one card, wide enough for any sum of int32.
struct Sums {
  int64_t memory = 0;
  int64_t cores = 0;
  int64_t entries = 0;
};

struct Entry {
  const CardShare* share;
  bool runs_with_app;
};

template <typename U>
U Saturated(int64_t value) {
  return U::Checked(std::min<int64_t>(value, U::kMax));
}

// What the entries of one card come to.
GpuUsage Fold(const Entry* begin, const Entry* end) {
  Sums init;
  Sums app;
  for (const Entry* entry = begin; entry != end; ++entry) {
    const int64_t memory = entry->share->memory.value();
    const int64_t cores = entry->share->cores.value();
    if (entry->runs_with_app) {
      app.memory += memory;
      app.cores += cores;
      ++app.entries;
    } else {
      init.memory = std::max(init.memory, memory);
      init.cores = std::max(init.cores, cores);
      init.entries = 1;
    }
  }
  GpuUsage usage;
  usage.slots = Saturated<Slots>(std::max(init.entries, app.entries));
  usage.memory = Saturated<Mebibytes>(std::max(init.memory, app.memory));
  usage.cores = Saturated<CorePercent>(std::max(init.cores, app.cores));
  return usage;
}

// The part of that card, made when there is none.
CardDemand& PartOf(const std::string& uuid, std::vector<CardDemand>* demand) {
  const auto place = std::lower_bound(
      demand->begin(), demand->end(), uuid,
      [](const CardDemand& part, const std::string& text) { return part.uuid < text; });
  if (place != demand->end() && place->uuid == uuid) return *place;
  return *demand->insert(place, CardDemand{uuid, GpuUsage()});
}

void AddInstances(const Allocation& allocation, std::vector<CardDemand>* demand) {
  for (const AllocationSlot& slot : allocation.slots) {
    for (const CardShare& share : slot.shares) {
      if (!share.instance.has_value() || share.uuid.empty()) continue;
      PartOf(share.uuid, demand).instances.push_back(*share.instance);
    }
  }
  for (const SpareInstance& spare : allocation.spare_instances) {
    if (spare.uuid.empty()) continue;
    CardDemand& part = PartOf(spare.uuid, demand);
    part.instances.push_back(spare.instance);
    part.spare = true;
  }
  for (CardDemand& part : *demand) std::sort(part.instances.begin(), part.instances.end());
}

}  // namespace

bool Allocation::empty() const {
  return std::all_of(slots.begin(), slots.end(),
                     [](const AllocationSlot& slot) { return slot.shares.empty(); });
}

std::vector<CardDemand> FoldDemand(const Allocation& allocation, bool init_finished) {
  size_t shares = 0;
  for (const AllocationSlot& slot : allocation.slots) shares += slot.shares.size();
  std::vector<Entry> entries;
  entries.reserve(shares);
  bool cut = !allocation.spare_instances.empty();
  for (const AllocationSlot& slot : allocation.slots) {
    const bool runs_with_app = RunsWithApp(slot.kind);
    for (const CardShare& share : slot.shares) {
      cut = cut || share.instance.has_value();
      if (init_finished && !runs_with_app) continue;
      if (!share.uuid.empty()) entries.push_back({&share, runs_with_app});
    }
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.share->uuid < b.share->uuid; });
  std::vector<CardDemand> demand;
  const Entry* const end = entries.data() + entries.size();
  for (const Entry* begin = entries.data(); begin != end;) {
    const Entry* next = begin;
    while (next != end && next->share->uuid == begin->share->uuid) ++next;
    CardDemand part{begin->share->uuid, Fold(begin, next)};
    part.uncut = std::any_of(begin, next,
                             [](const Entry& entry) { return !entry.share->instance.has_value(); });
    demand.push_back(std::move(part));
    begin = next;
  }
  if (cut) AddInstances(allocation, &demand);
  for (CardDemand& part : demand) part.usage.alone = allocation.alone ? 1 : 0;
  return demand;
}

}  // namespace tangram::model
