// What a placement comes to, and why there is none: allocation, amounts per card, explanation.
#include <algorithm>
#include <utility>

#include "model/check.h"
#include "scheduler/fit.h"
#include "scheduler/mig_fit.h"
#include "scheduler/node_fit.h"

namespace tangram::scheduler {
namespace {

using model::Card;

CardTake& TakeOf(uint16_t card, CardTakes* takes) {
  auto it = std::find_if(takes->begin(), takes->end(),
                         [card](const CardTake& take) { return take.card == card; });
  if (it == takes->end()) it = takes->insert(takes->end(), CardTake{card, {}});
  return *it;
}

// What the container books there, as an instance or as a share.
model::GpuUsage TakenOn(const model::Node& node, uint16_t card, const ContainerWant& want,
                        uint16_t instance) {
  if (instance == kNoInstance) return Taken(node.cards()[card], want);
  return TakenByInstance(*node.mig_table(card), instance);
}

// What there is and what is wanted, in the unit of the check that failed.
void FillAmounts(const Card& card, const ContainerWant& want, uint32_t fail, CardVerdict* verdict) {
  const model::GpuUsage& used = card.used;
  switch (fail) {
    case kFailsSlots:
      verdict->have = int64_t{card.slots.value()} - used.slots.value();
      verdict->want = 1;
      break;
    case kFailsMemory:
      verdict->have = int64_t{card.memory.value()} - used.memory.value();
      verdict->want = want.MemoryOn(card.memory.value());
      break;
    case kFailsCores:
    case kFailsExclusive:
      verdict->have = int64_t{card.cores.value()} - used.cores.value();
      verdict->want = want.cores;
      if (want.cores_by_share) verdict->have = verdict->have * 100 / card.cores.value();
      break;
    case kFailsOvercommitted: {
      // The amount that is most plainly wrong: memory, else cores, else slots.
      const int64_t memory = int64_t{card.memory.value()} - used.memory.value();
      const int64_t cores = int64_t{card.cores.value()} - used.cores.value();
      const int64_t slots = int64_t{card.slots.value()} - used.slots.value();
      verdict->have = memory < 0 ? memory : cores < 0 ? cores : slots;
      break;
    }
    default:
      break;
  }
}

}  // namespace

bool JoinsAlone(const model::Node& node, const Placement& placement) {
  return std::any_of(placement.cards.begin(), placement.cards.end(),
                     [&](uint16_t card) { return node.cards()[card].used.alone > 0; });
}

std::span<const uint16_t> CardsOf(const CompiledRequest& request, const Placement& placement,
                                  size_t i) {
  const ContainerWant& want = request.wants()[i];
  const auto offset = static_cast<size_t>(want.offset);
  const auto count = static_cast<size_t>(want.count);
  TANGRAM_CHECK(offset + count <= placement.cards.size());
  return std::span<const uint16_t>(placement.cards).subspan(offset, count);
}

std::span<const uint16_t> InstancesOf(const CompiledRequest& request, const Placement& placement,
                                      size_t i) {
  if (placement.instances.empty()) return {};
  const ContainerWant& want = request.wants()[i];
  return std::span<const uint16_t>(placement.instances)
      .subspan(static_cast<size_t>(want.offset), static_cast<size_t>(want.count));
}

namespace {

// Whether a container before the `i`-th instance of the placement has the same one.
bool UsedBefore(const Placement& placement, size_t i) {
  for (size_t before = 0; before < i; ++before) {
    if (placement.cards[before] == placement.cards[i] &&
        placement.instances[before] == placement.instances[i]) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::optional<int64_t> MigScore(const CompiledRequest& request, const model::Node& node,
                                const Placement& placement) {
  if (placement.instances.empty()) return std::nullopt;
  // Scores of MIG policies lie within 2^62; those of node policies above -2^61.
  constexpr int64_t kBelow = -(int64_t{1} << 62);
  constexpr int64_t kParts = 16;
  absl::InlinedVector<std::pair<uint16_t, int32_t>, 8> states;
  int64_t sum = 0;
  for (size_t i = 0; i < placement.cards.size(); ++i) {
    const uint16_t instance = placement.instances[i];
    if (instance == kNoInstance) continue;
    const uint16_t card = placement.cards[i];
    const model::mig::CardTable& table = *node.mig_table(card);
    auto at = std::find_if(states.begin(), states.end(),
                           [card](const auto& entry) { return entry.first == card; });
    if (at == states.end()) {
      at = states.insert(states.end(), {card, node.cards()[card].used.mig_state});
    }
    if (UsedBefore(placement, i)) continue;  // in turn with another container
    const auto state = static_cast<model::mig::StateId>(at->second);
    sum += request.mig_policy().Score(table, state, instance) / kParts /
           static_cast<int64_t>(placement.cards.size());
    at->second = StateAfter(table, at->second, instance);
  }
  return kBelow + sum;
}

CardTakes TakenBy(const CompiledRequest& request, const model::Node& node,
                  const Placement& placement) {
  if (node.counts_only()) return {};
  CardTakes takes;  // sums of what runs side by side
  CardTakes peaks;  // of an init container beside the sidecars before it
  for (size_t i = 0; i < request.wants().size(); ++i) {
    const ContainerWant& want = request.wants()[i];
    const std::span<const uint16_t> cards = CardsOf(request, placement, i);
    const std::span<const uint16_t> instances = InstancesOf(request, placement, i);
    for (size_t at = 0; at < cards.size(); ++at) {
      const uint16_t card = cards[at];
      const uint16_t instance = instances.empty() ? kNoInstance : instances[at];
      const model::GpuUsage taken = TakenOn(node, card, want, instance);
      CardTake& take = TakeOf(card, &takes);
      const auto& made = take.placements;
      if (instance != kNoInstance && std::find(made.begin(), made.end(), instance) == made.end()) {
        take.placements.push_back(instance);
      }
      model::GpuUsage& usage = take.usage;
      if (want.init) {
        model::GpuUsage& peak = TakeOf(card, &peaks).usage;
        peak.slots = std::max(peak.slots, usage.slots + taken.slots);
        peak.memory = std::max(peak.memory, usage.memory + taken.memory);
        peak.cores = std::max(peak.cores, usage.cores + taken.cores);
      } else {
        usage.slots += taken.slots;
        usage.memory += taken.memory;
        usage.cores += taken.cores;
      }
    }
  }
  for (const CardTake& peak : peaks) {
    model::GpuUsage& usage = TakeOf(peak.card, &takes).usage;
    usage.slots = std::max(usage.slots, peak.usage.slots);
    usage.memory = std::max(usage.memory, peak.usage.memory);
    usage.cores = std::max(usage.cores, peak.usage.cores);
  }
  for (CardTake& take : takes) take.usage.alone = request.wants_alone() ? 1 : 0;
  std::sort(takes.begin(), takes.end(),
            [](const CardTake& a, const CardTake& b) { return a.card < b.card; });
  return takes;
}

model::Allocation MakeAllocation(const CompiledRequest& request, const model::Node& node,
                                 const Placement& placement) {
  model::Allocation allocation;
  if (node.counts_only()) return allocation;
  allocation.alone = request.wants_alone();
  for (const model::ContainerRequest& container : request.request().containers) {
    model::AllocationSlot slot;
    slot.kind = container.kind;
    allocation.slots.push_back(std::move(slot));
  }
  for (size_t i = 0; i < request.wants().size(); ++i) {
    const ContainerWant& want = request.wants()[i];
    const std::span<const uint16_t> cards = CardsOf(request, placement, i);
    const std::span<const uint16_t> instances = InstancesOf(request, placement, i);
    for (size_t at = 0; at < cards.size(); ++at) {
      const uint16_t card = cards[at];
      const uint16_t instance = instances.empty() ? kNoInstance : instances[at];
      const model::GpuUsage taken = TakenOn(node, card, want, instance);
      model::CardShare share;
      share.uuid = node.spec().gpus[card].uuid;
      share.memory = taken.memory;
      share.cores = taken.cores;
      share.vendor = node.spec().gpus[card].vendor;
      if (share.vendor != model::Vendor::kNvidia) share.product = node.spec().gpus[card].type;
      if (instance != kNoInstance) share.instance = node.mig_table(card)->InstanceAt(instance);
      allocation.slots[want.slot].shares.push_back(std::move(share));
    }
  }
  return allocation;
}

std::vector<CardVerdict> ExplainCards(const CompiledRequest& request, const model::Node& node) {
  std::vector<CardVerdict> verdicts;
  if (request.wants().empty() || !node.known() || node.counts_only()) return verdicts;
  if (node.cards().size() > model::kMostCards) return verdicts;
  CardUsage usage(request.request().weights);
  const NodeFit fit(request, node, &usage);
  CardBooks books;
  const ContainerWant& want = request.wants()[fit.FirstRefused(&books)];
  for (size_t i = 0; i < books.size(); ++i) {
    const uint32_t fails = fit.Fails(books, i, want);
    CardVerdict verdict;
    verdict.card = i;
    verdict.fits = fails == 0;
    if (!verdict.fits) {
      verdict.reason = FirstReason(fails);
      FillAmounts(books[i], want, fails, &verdict);
    }
    verdicts.push_back(verdict);
  }
  return verdicts;
}

}  // namespace tangram::scheduler
