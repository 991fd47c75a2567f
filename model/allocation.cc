// The fold of an allocation into what each card must set aside.
#include "model/allocation.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string_view>
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
  size_t place;  // in slot order
  bool runs_with_app;
};

template <typename U>
U Saturated(int64_t value) {
  return U::Checked(std::min<int64_t>(value, U::kMax));
}

// What the entries of one card, in slot order, come to.
GpuUsage Fold(const Entry* begin, const Entry* end) {
  Sums running;  // sidecars, then app containers too
  Sums peak;     // of an init container beside the sidecars before it
  for (const Entry* entry = begin; entry != end; ++entry) {
    const int64_t memory = entry->share->memory.value();
    const int64_t cores = entry->share->cores.value();
    if (entry->runs_with_app) {
      running.memory += memory;
      running.cores += cores;
      ++running.entries;
    } else {
      peak.memory = std::max(peak.memory, running.memory + memory);
      peak.cores = std::max(peak.cores, running.cores + cores);
      peak.entries = std::max(peak.entries, running.entries + 1);
    }
  }
  GpuUsage usage;
  usage.slots = Saturated<Slots>(std::max(peak.entries, running.entries));
  usage.memory = Saturated<Mebibytes>(std::max(peak.memory, running.memory));
  usage.cores = Saturated<CorePercent>(std::max(peak.cores, running.cores));
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

// An instance of a pod, and which of its containers has used it so far.
struct Held {
  MigInstance instance;
  size_t slot;   // the last one
  bool running;  // by a container that never ends before the pod
};

void AddInstances(const Allocation& allocation, std::vector<CardDemand>* demand) {
  std::map<std::string_view, std::vector<Held>> by_card;
  for (size_t slot = 0; slot < allocation.slots.size(); ++slot) {
    const bool runs_with_app = RunsWithApp(allocation.slots[slot].kind);
    for (const CardShare& share : allocation.slots[slot].shares) {
      if (!share.instance.has_value() || share.uuid.empty()) continue;
      std::vector<Held>& held = by_card[share.uuid];
      // Whoever comes after an init container may use its instance.
      const auto free = std::find_if(held.begin(), held.end(), [&](const Held& one) {
        return !one.running && one.slot != slot && one.instance == *share.instance;
      });
      if (free == held.end()) {
        held.push_back({*share.instance, slot, runs_with_app});
      } else {
        *free = {*share.instance, slot, runs_with_app};
      }
    }
  }
  for (const auto& [uuid, held] : by_card) {
    CardDemand& part = PartOf(std::string(uuid), demand);
    for (const Held& one : held) part.instances.push_back(one.instance);
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
      if (!share.uuid.empty()) entries.push_back({&share, entries.size(), runs_with_app});
    }
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    const int order = a.share->uuid.compare(b.share->uuid);
    return order != 0 ? order < 0 : a.place < b.place;
  });
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
