#include "scheduler/reason.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

#include "model/check.h"
#include "model/gpu.h"

namespace tangram::scheduler {
namespace {

using model::ContainerRequest;
using model::PodRequest;

constexpr std::array<std::string_view, kReasonCount> kWords = {
    "NodeUnknown",
    "UnaccountedPod",
    "NodeInsufficientDevice",
    "NodeAllocatableExhausted",
    "SearchLimit",
    "ManagedByDRA",
    "MigConfigPending",
    "MigConfigFailed",
    "MigInvalid",
    "DriverGone",
    "ResourceNotOffered",
    "NodeSharesNoSlices",
    "PoolExhausted",
    "CardNotHealth",
    "CardCordoned",
    "CardTypeMismatch",
    "NumaNotFit",
    "CardUuidMismatch",
    "CardMigOutdated",
    "CardMigProfileUnknown",
    "CardOvercommitted",
    "CardTimeSlicingExhausted",
    "CardInsufficientMemory",
    "CardInsufficientCore",
    "ExclusiveDeviceAllocateConflict",
    "CardComputeUnitsExhausted",
    "CardMigTopologyInfeasible",
    "AllocatedCardsInsufficientRequest",
    "NodeTooManyCards",
    "NoCardsRegistered",
    "MpsOneReplica",
    "InvalidRequest",
};

// How many bytes the UTF-8 sequence at the beginning of `text` has; 0 where there is none, or one
// that is too long, a surrogate, or beyond Unicode.
size_t SequenceLength(std::string_view text, uint32_t* letter) {
  const auto byte = [text](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  const size_t length = first < 0x80                    ? 1
                        : first >= 0xc2 && first < 0xe0 ? 2
                        : first >= 0xe0 && first < 0xf0 ? 3
                        : first >= 0xf0 && first < 0xf5 ? 4
                                                        : 0;
  if (length == 0 || length > text.size()) return 0;
  *letter = length == 1 ? first : first & (0x7fu >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0u) != 0x80u) return 0;
    *letter = *letter << 6 | (byte(i) & 0x3fu);
  }
  const bool too_long = (length == 3 && *letter < 0x800) || (length == 4 && *letter < 0x10000);
  const bool surrogate = *letter >= 0xd800 && *letter < 0xe000;
  return too_long || surrogate || *letter > 0x10ffff ? 0 : length;
}

// Letters that show themselves: no controls, and none that turn or break the line.
bool IsShown(uint32_t letter) {
  const bool control = letter < 0x20 || (letter >= 0x7f && letter < 0xa0);
  const bool turns = letter == 0x61c || letter == 0x200e || letter == 0x200f ||
                     (letter >= 0x2028 && letter <= 0x202e) ||
                     (letter >= 0x2066 && letter <= 0x2069) || letter == 0xfeff;
  return !control && !turns && letter != '%';
}

// Keeps what a pod says fit for a text that passes through formatters, terminals and
// JSON: letters as they came, the rest as question marks.
std::string Printable(std::string_view text, size_t longest = 64) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    uint32_t letter = 0;
    const size_t length = SequenceLength(text.substr(at), &letter);
    if (out.size() + std::max<size_t>(length, 1) > longest) return out + "...";
    if (length > 0 && IsShown(letter)) {
      out.append(text.substr(at, length));
    } else {
      out.push_back('?');
    }
    at += std::max<size_t>(length, 1);
  }
  return out;
}

std::string OnCards(int32_t count) {
  return count == 1 ? " on 1 card" : " on each of " + std::to_string(count) + " cards";
}

// Lists the different wants of the containers in slot order, e.g. "3000 MiB on 1 card; 50 percent
// of a card's memory on each of 2 cards". `amount` gives "" for a container to be passed over.
template <typename Amount>
std::string PerContainer(const PodRequest& request, Amount amount) {
  constexpr size_t kMost = 3;
  std::vector<std::string> parts;
  for (const ContainerRequest& container : request.containers) {
    if (container.count <= 0) continue;
    std::string part = amount(container);
    if (part.empty()) continue;
    part += OnCards(container.count);
    if (std::find(parts.begin(), parts.end(), part) == parts.end()) parts.push_back(part);
    if (parts.size() > kMost) break;
  }
  std::string out;
  for (size_t i = 0; i < std::min(parts.size(), kMost); ++i) {
    if (i > 0) out += "; ";
    out += parts[i];
  }
  if (parts.size() > kMost) out += "; and more";
  return out;
}

std::string WantedMemory(const PodRequest& request) {
  return PerContainer(request, [](const ContainerRequest& container) -> std::string {
    if (!container.mig_profile.empty()) return "";
    if (container.memory.value() > 0) return std::to_string(container.memory.value()) + " MiB";
    return std::to_string(container.memory_percent) + " percent of a card's memory";
  });
}

std::string WantedProfiles(const PodRequest& request) {
  return PerContainer(request, [](const ContainerRequest& container) -> std::string {
    if (container.mig_profile.empty()) return "";
    return "an instance of " + Printable(container.mig_profile);
  });
}

std::string WantedCores(const PodRequest& request) {
  return PerContainer(request, [](const ContainerRequest& container) -> std::string {
    if (container.cores.value() <= 0 || !container.mig_profile.empty()) return "";
    return std::to_string(std::min(container.cores.value(), 100)) + " percent of a card's cores";
  });
}

// The most cards that one container wants, by vendor: "2 cards", "2 cards and 1 AMD card".
std::string LargestCounts(const PodRequest& request) {
  std::string out;
  for (const model::Vendor vendor : model::kVendors) {
    int32_t largest = 0;
    for (const ContainerRequest& container : request.containers) {
      if (container.vendor == vendor) largest = std::max(largest, container.count);
    }
    if (largest == 0) continue;
    if (!out.empty()) out += " and ";
    out += std::to_string(largest) + " ";
    if (vendor != model::Vendor::kNvidia) out.append(model::VendorName(vendor)) += " ";
    out += largest == 1 ? "card" : "cards";
  }
  return out;
}

// What is asked for by count, e.g. "1 nvidia.com/gpu; 2 nvidia.com/mig-1g.10gb".
std::string WantedCounts(const PodRequest& request) {
  constexpr size_t kMost = 4;
  model::ResourceCounts asked = request.counted;
  if (request.asks_cards()) {
    model::AddCount(model::kGpuResource, model::GpusByCount(request), &asked);
  }
  std::string out;
  for (size_t i = 0; i < std::min(asked.size(), kMost); ++i) {
    if (i > 0) out += "; ";
    out += std::to_string(asked[i].count) + " " + Printable(asked[i].resource);
  }
  if (asked.size() > kMost) out += "; and more";
  return out;
}

std::string AnyOf(const std::vector<std::string>& words) {
  constexpr size_t kMost = 4;
  std::string out;
  for (size_t i = 0; i < std::min(words.size(), kMost); ++i) {
    if (i > 0) out += " or ";
    out += Printable(words[i]);
  }
  if (words.size() > kMost) out += " or others";
  return out;
}

std::string WantedType(const PodRequest& request) {
  std::string out;
  const auto add = [&out](std::string_view label, const std::string& text) {
    if (text.empty()) return;
    if (!out.empty()) out += ", ";
    out.append(label);
    out += text;
  };
  for (const model::Vendor vendor : model::kVendors) {
    const model::CardConstraints* constraints = request.ConstraintsOn(vendor);
    if (constraints == nullptr) continue;
    add("type ", AnyOf(constraints->use_types));
    add("not type ", AnyOf(constraints->avoid_types));
    add("mode ", Printable(constraints->modes));
  }
  return out;
}

// The devices of which a container asks for more than one, e.g. "2 nvidia.com/gpu.shared".
std::string MostAtOnce(const PodRequest& request) {
  model::ResourceCounts most = request.counted_at_once;
  for (const ContainerRequest& container : request.containers) {
    if (container.vendor != model::Vendor::kNvidia) continue;
    const int64_t beyond = container.count - model::CountOf(most, model::kGpuResource);
    model::AddCount(model::kGpuResource, std::max<int64_t>(beyond, 0), &most);
  }
  std::string out;
  for (const model::ResourceCount& asked : most) {
    if (asked.count < 2) continue;
    if (!out.empty()) out += "; ";
    out += std::to_string(asked.count) + " " + Printable(asked.resource);
  }
  return out;
}

// What was wanted, where that explains the refusal; "" otherwise.
std::string Wanted(Reason reason, const PodRequest& request) {
  switch (reason) {
    case Reason::kNodeInsufficientDevice:
    case Reason::kAllocatedCardsInsufficientRequest:
      return LargestCounts(request) + " for one container";
    case Reason::kNodeTooManyCards:
      return "a node with at most " + std::to_string(model::kMostCards) + " cards";
    case Reason::kNodeAllocatableExhausted:
      return std::to_string(request.kubelet_gpus) + " of the node's allocatable count";
    case Reason::kManagedByDra:
    case Reason::kResourceNotOffered:
    case Reason::kPoolExhausted:
      return WantedCounts(request);
    case Reason::kMpsOneReplica:
      return MostAtOnce(request) + " in one container, where MPS gives 1";
    case Reason::kNodeSharesNoSlices:
      return "a part of a card, which takes a HAMi agent on the node";
    case Reason::kCardTypeMismatch:
      return WantedType(request);
    case Reason::kNumaNotFit:
      return LargestCounts(request) + " of one NUMA node";
    case Reason::kCardUuidMismatch:
      return "cards named by the pod";
    case Reason::kCardMigOutdated:
      return "HAMi's device plugin 2.10 on the node: upgrade it";
    case Reason::kCardMigProfileUnknown:
      return WantedProfiles(request);
    case Reason::kCardInsufficientMemory:
      return WantedMemory(request);
    case Reason::kCardInsufficientCore:
      return WantedCores(request);
    case Reason::kExclusiveDeviceAllocateConflict:
      return "a card that nobody uses";
    case Reason::kCardTimeSlicingExhausted:
      return "a free slot of a card";
    case Reason::kNodeUnknown:
    case Reason::kNoCardsRegistered:
    case Reason::kUnaccountedPod:
    case Reason::kSearchLimit:
    case Reason::kMigConfigPending:
    case Reason::kMigConfigFailed:
    case Reason::kMigInvalid:
    case Reason::kDriverGone:
    case Reason::kCardNotHealth:
    case Reason::kCardCordoned:
    case Reason::kCardOvercommitted:
    case Reason::kCardComputeUnitsExhausted:
    case Reason::kCardMigTopologyInfeasible:
    case Reason::kInvalidRequest:
      return "";
  }
  return "";
}

// The part of a set that is told. What depends on the inventory stands; of what depends on usage
// only the weightiest is told, because cards fill up one after another while a pod waits, and each
// code that joined or left the text would be a new condition on the pod. That cards of one NUMA
// node are wanted is told besides: else a node with many free cards seems to lack memory.
ReasonSet Told(ReasonSet reasons) {
  constexpr Reason kOfUsage[] = {
      Reason::kCardInsufficientMemory,
      Reason::kCardInsufficientCore,
      Reason::kExclusiveDeviceAllocateConflict,
      Reason::kCardComputeUnitsExhausted,
      Reason::kCardTimeSlicingExhausted,
      Reason::kCardMigTopologyInfeasible,
      Reason::kCardOvercommitted,
      Reason::kNumaNotFit,
      Reason::kAllocatedCardsInsufficientRequest,
      Reason::kPoolExhausted,
  };
  ReasonSet told;
  for (int i = 0; i < kReasonCount; ++i) {
    const Reason reason = static_cast<Reason>(i);
    const bool of_usage =
        std::find(std::begin(kOfUsage), std::end(kOfUsage), reason) != std::end(kOfUsage);
    if (reasons.Has(reason) && !of_usage) told.Add(reason);
  }
  for (const Reason reason : kOfUsage) {
    if (!reasons.Has(reason)) continue;
    told.Add(reason);
    break;
  }
  if (reasons.Has(Reason::kNumaNotFit)) told.Add(Reason::kNumaNotFit);
  return told;
}

}  // namespace

std::string_view ReasonWord(Reason reason) {
  const size_t index = static_cast<size_t>(reason);
  TANGRAM_CHECK(index < kWords.size());
  return kWords[index];
}

std::string FaultText(const PodRequest& request) {
  constexpr size_t kMost = 4;
  constexpr size_t kLongest = 512;
  std::vector<std::string_view> texts;
  for (const bool everywhere : {true, false}) {
    if (!texts.empty()) break;
    for (const model::RequestFault& fault : request.faults) {
      if (fault.unless_offered.empty() == everywhere) texts.push_back(fault.text);
    }
  }
  std::string out;
  for (size_t i = 0; i < std::min(texts.size(), kMost); ++i) {
    if (i > 0) out += "; ";
    out += Printable(texts[i], kLongest);
  }
  if (texts.size() > kMost) out += "; and more";
  return out;
}

std::string ReasonText(ReasonSet reasons, const PodRequest& request) {
  const ReasonSet told = Told(reasons);
  std::string out;
  for (int i = 0; i < kReasonCount; ++i) {
    const Reason reason = static_cast<Reason>(i);
    if (!told.Has(reason)) continue;
    if (!out.empty()) out += ", ";
    out.append(ReasonWord(reason));
    const std::string wanted = Wanted(reason, request);
    if (!wanted.empty()) out += " (wants " + wanted + ")";
    if (reason == Reason::kNoCardsRegistered) out += " (no cards registered that can be used)";
    if (reason == Reason::kInvalidRequest) out += " (" + FaultText(request) + ")";
  }
  return out;
}

}  // namespace tangram::scheduler
