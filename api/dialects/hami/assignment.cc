// See assignment.h. Which layout a text has is decided in DecodeAssignment alone.
#include "api/dialects/hami/assignment.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "api/dialects/hami/json_reader.h"
#include "api/dialects/hami/keys.h"
#include "model/string_map.h"

namespace tangram::api::hami {
namespace {

using model::Allocation;
using model::AllocationSlot;
using model::CardShare;
using model::ContainerKind;
using model::ContainerRequest;
using model::ToAbsl;

using Slots = std::vector<std::vector<CardShare>>;

// Takes the text up to `separator` off the front; the separator is dropped.
std::string_view TakePiece(std::string_view& rest, char separator) {
  const size_t end = rest.find(separator);
  const std::string_view piece = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return piece;
}

absl::StatusOr<int32_t> ReadAmount(std::string_view text, std::string_view field, size_t slot) {
  int32_t amount = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
  if (error != std::errc() || end != text.data() + text.size() || amount < 0) {
    return absl::InvalidArgumentError(absl::StrCat("slot ", slot, ": ", ToAbsl(field),
                                                   " must be an integer from 0 to 2147483647, is '",
                                                   Shorten(text), "'"));
  }
  return amount;
}

// A device entry; nullopt for a filler.
absl::StatusOr<std::optional<CardShare>> ReadShare(std::string_view entry, size_t slot,
                                                   model::Vendor vendor) {
  if (std::count(entry.begin(), entry.end(), ',') < 3) {
    return absl::InvalidArgumentError(absl::StrCat(
        "slot ", slot, ": a device must be UUID,vendor,memory,cores, is '", Shorten(entry), "'"));
  }
  std::string_view uuid = TakePiece(entry, ',');
  const std::string_view word = TakePiece(entry, ',');
  const auto memory = ReadAmount(TakePiece(entry, ','), "memory", slot);
  if (!memory.ok()) return memory.status();
  const auto cores = ReadAmount(TakePiece(entry, ','), "cores", slot);
  if (!cores.ok()) return cores.status();
  uuid = uuid.substr(0, uuid.find('['));
  if (uuid.empty()) return std::nullopt;
  CardShare share{std::string(uuid), model::Mebibytes(*memory), model::CorePercent(*cores)};
  share.vendor = vendor;
  if (vendor != model::Vendor::kNvidia) share.product = std::string(word);
  return share;
}

// Whether taking slot i for container targets[i] agrees with what the containers ask for: cards for
// those that ask, none for the others. `skipped` containers need no slot.
bool Agrees(const Slots& slots, const std::vector<size_t>& targets,
            const std::vector<ContainerRequest>& containers, const std::vector<bool>& skipped) {
  std::vector<bool> served(containers.size(), false);
  for (size_t i = 0; i < slots.size(); ++i) {
    if (i >= targets.size()) {
      if (!slots[i].empty()) return false;
      continue;
    }
    if (!slots[i].empty()) served[targets[i]] = true;
  }
  for (size_t c = 0; c < containers.size(); ++c) {
    if (served[c] != (containers[c].count > 0) && !skipped[c]) return false;
    if (served[c] && containers[c].count == 0) return false;
  }
  return true;
}

Allocation EmptySlots(const std::vector<ContainerRequest>& containers) {
  Allocation allocation;
  allocation.slots.resize(containers.size());
  for (size_t i = 0; i < containers.size(); ++i) allocation.slots[i].kind = containers[i].kind;
  return allocation;
}

Allocation Place(Slots slots, const std::vector<size_t>& targets,
                 const std::vector<ContainerRequest>& containers) {
  Allocation allocation = EmptySlots(containers);
  for (size_t i = 0; i < slots.size() && i < targets.size(); ++i) {
    allocation.slots[targets[i]].shares = std::move(slots[i]);
  }
  return allocation;
}

// No layout explains the slots: they count as app usage, unless they stand on a container that
// asks.
Allocation PlaceInDoubt(Slots slots, const std::vector<ContainerRequest>& containers) {
  Allocation allocation = EmptySlots(containers);
  const bool one_each = slots.size() == containers.size();
  if (slots.size() > allocation.slots.size()) allocation.slots.resize(slots.size());
  for (size_t i = 0; i < slots.size(); ++i) {
    if (slots[i].empty()) continue;
    AllocationSlot& slot = allocation.slots[i];
    const bool asks = i < containers.size() && containers[i].count > 0;
    if (!(one_each && asks)) slot.kind = ContainerKind::kApp;
    slot.shares = std::move(slots[i]);
  }
  return allocation;
}

}  // namespace

std::string EncodeAssignment(const Allocation& allocation, model::Vendor vendor) {
  std::string text;
  for (const AllocationSlot& slot : allocation.slots) {
    for (const CardShare& share : slot.shares) {
      if (share.vendor != vendor) continue;
      const std::string_view word = vendor == model::Vendor::kNvidia ? kVendorWord : share.product;
      absl::StrAppend(&text, share.uuid, ",", ToAbsl(word), ",", share.memory.value(), ",",
                      share.cores.value(), ":");
    }
    text += ';';
  }
  return text;
}

bool HasSharesOf(const Allocation& allocation, model::Vendor vendor) {
  for (const AllocationSlot& slot : allocation.slots) {
    for (const CardShare& share : slot.shares) {
      if (share.vendor == vendor) return true;
    }
  }
  return false;
}

void AddShares(Allocation more, Allocation& allocation) {
  for (size_t i = 0; i < more.slots.size(); ++i) {
    if (i == allocation.slots.size()) allocation.slots.push_back({more.slots[i].kind, {}});
    if (more.slots[i].shares.empty()) continue;
    AllocationSlot& slot = allocation.slots[i];
    // In doubt what runs side by side, whose amounts add up.
    const model::ContainerKind kind = more.slots[i].kind;
    if (slot.shares.empty() || model::RunsWithApp(kind)) slot.kind = kind;
    for (CardShare& share : more.slots[i].shares) slot.shares.push_back(std::move(share));
  }
}

absl::StatusOr<Slots> DecodeSlots(std::string_view text, model::Vendor vendor) {
  Slots slots;
  while (!text.empty()) {
    std::string_view container = TakePiece(text, ';');
    std::vector<CardShare>& shares = slots.emplace_back();
    while (!container.empty()) {
      const std::string_view entry = TakePiece(container, ':');
      if (entry.find(',') == std::string_view::npos) continue;
      auto share = ReadShare(entry, slots.size() - 1, vendor);
      if (!share.ok()) return share.status();
      if (share->has_value()) shares.push_back(std::move(**share));
    }
  }
  return slots;
}

absl::StatusOr<Allocation> DecodeAssignment(std::string_view text,
                                            const std::vector<ContainerRequest>& pod_containers,
                                            model::Vendor vendor) {
  absl::StatusOr<Slots> slots = DecodeSlots(text, vendor);
  if (!slots.ok()) return slots.status();
  std::vector<ContainerRequest> containers = pod_containers;
  for (ContainerRequest& container : containers) {
    if (container.vendor != vendor) container.count = 0;
  }

  std::vector<size_t> all;
  std::vector<size_t> asking;
  std::vector<size_t> apps;
  std::vector<bool> none_skipped(containers.size(), false);
  std::vector<bool> init_skipped(containers.size(), false);
  for (size_t i = 0; i < containers.size(); ++i) {
    all.push_back(i);
    if (containers[i].count > 0) asking.push_back(i);
    if (containers[i].kind == ContainerKind::kApp) {
      apps.push_back(i);
    } else {
      init_skipped[i] = true;
    }
  }
  if (Agrees(*slots, all, containers, none_skipped)) return Place(*slots, all, containers);

  Slots filled;
  for (const std::vector<CardShare>& slot : *slots) {
    if (!slot.empty()) filled.push_back(slot);
  }
  if (Agrees(filled, asking, containers, none_skipped)) return Place(filled, asking, containers);

  if (slots->size() == apps.size() && Agrees(*slots, apps, containers, init_skipped)) {
    return Place(*slots, apps, containers);
  }
  return PlaceInDoubt(std::move(*slots), containers);
}

}  // namespace tangram::api::hami
