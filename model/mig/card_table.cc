#include "model/mig/card_table.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "model/check.h"
#include "model/mig/advertised.h"
#include "model/mig/products.h"

namespace tangram::model::mig {
namespace {

absl::StatusOr<AdvertisedProfile> Read(const std::string& card, const MigProfile& profile) {
  const auto wrong = [&](const auto&... what) {
    return absl::InvalidArgumentError(
        absl::StrCat(card, ": profile ", profile.name, ": ", what...));
  };
  if (profile.memory < Mebibytes(0)) return wrong("memory ", profile.memory.value(), " is below 0");
  if (profile.cores < CorePercent(0)) return wrong("cores ", profile.cores.value(), " is below 0");
  if (profile.slices < 0) return wrong("slice count ", profile.slices, " is below 0");
  if (profile.placements.empty()) return wrong("has no placements");
  AdvertisedProfile advertised;
  advertised.name = profile.name;
  for (const MigPlacement& placement : profile.placements) {
    advertised.length = profile.placements.front().size;
    if (placement.size != advertised.length) {
      return wrong("placements of sizes ", advertised.length, " and ", placement.size,
                   "; all must have one size");
    }
    advertised.starts.push_back(placement.start);
  }
  return advertised;
}

absl::StatusOr<Geometry> GeometryOf(const std::string& card, std::string_view type,
                                    std::span<const MigProfile> profiles) {
  std::vector<AdvertisedProfile> read;
  for (const MigProfile& profile : profiles) {
    auto advertised = Read(card, profile);
    if (!advertised.ok()) return advertised.status();
    read.push_back(*std::move(advertised));
  }
  std::vector<ProfileName> names;
  for (const MigProfile& profile : profiles) {
    if (const auto name = ParseProfileName(profile.name); name.ok()) names.push_back(*name);
  }
  const std::optional<Geometry> known = ProductOfType(type, names);
  return FromAdvertised(card, read, known.has_value() ? &*known : nullptr);
}

}  // namespace

absl::Status CardTable::Check(const std::string& card, std::string_view type,
                              std::span<const MigProfile> profiles) {
  return GeometryOf(card, type, profiles).status();
}

absl::StatusOr<std::shared_ptr<const CardTable>> CardTable::Create(
    const std::string& card, std::string_view type, std::span<const MigProfile> profiles) {
  auto geometry = GeometryOf(card, type, profiles);
  if (!geometry.ok()) return geometry.status();
  auto states = CardStates::Create(*std::move(geometry));
  if (!states.ok()) return states.status();
  return std::shared_ptr<const CardTable>(new CardTable(*std::move(states), profiles));
}

CardTable::CardTable(CardStates states, std::span<const MigProfile> profiles)
    : states_(std::move(states)) {
  const Geometry& geometry = states_.geometry();
  booked_.resize(geometry.profiles().size());
  std::vector<std::pair<const MigProfile*, uint16_t>> order;
  for (const MigProfile& profile : profiles) {
    const auto name = ParseProfileName(profile.name);
    TANGRAM_CHECK(name.ok());
    const std::optional<size_t> index = geometry.Find(*name);
    TANGRAM_CHECK(index.has_value());
    booked_[*index] = {profile.name, profile.memory, profile.cores};
    order.emplace_back(&profile, static_cast<uint16_t>(*index));
  }
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    if (a.first->memory != b.first->memory) return a.first->memory < b.first->memory;
    return a.first->slices < b.first->slices;
  });
  for (const auto& [profile, index] : order) by_memory_.push_back(index);
  CountMost();
}

std::optional<size_t> CardTable::Find(std::string_view name) const {
  for (size_t i = 0; i < booked_.size(); ++i) {
    if (booked_[i].name == name) return i;
  }
  return std::nullopt;
}

size_t CardTable::FirstWith(Mebibytes memory) const {
  size_t rank = 0;
  while (rank < by_memory_.size() && booked_[by_memory_[rank]].memory < memory) ++rank;
  return rank;
}

std::optional<size_t> CardTable::PlacementOf(const MigInstance& instance) const {
  const std::optional<size_t> profile = Find(instance.profile);
  if (!profile.has_value()) return std::nullopt;
  if (states_.geometry().profiles()[*profile].length != instance.placement.size) {
    return std::nullopt;
  }
  for (size_t p = states_.first(*profile); p < states_.first(*profile + 1); ++p) {
    if (states_.placements()[p].start == instance.placement.start) return p;
  }
  return std::nullopt;
}

MigInstance CardTable::InstanceAt(size_t placement) const {
  const Placement& at = states_.placements()[placement];
  const int32_t size = states_.geometry().profiles()[at.profile].length;
  return {booked_[at.profile].name, {at.start, size}};
}

// An instance more takes more slices, so that what follows a state comes behind it.
void CardTable::CountMost() {
  const size_t profiles = booked_.size();
  const size_t count = states_.size();
  most_of_.assign(profiles * count, 0);
  most_from_.assign((profiles + 1) * count, 0);
  const auto grow = [this](StateId state, size_t profile, const uint8_t* most, uint8_t* best) {
    for (size_t p = states_.first(profile); p < states_.first(profile + 1); ++p) {
      const StateId after = states_.After(state, p);
      if (after == kNoState) continue;
      TANGRAM_CHECK(after > state);
      *best = std::max(*best, static_cast<uint8_t>(most[after] + 1));
    }
  };
  for (size_t i = count; i-- > 0;) {
    const auto state = static_cast<StateId>(i);
    for (size_t profile = 0; profile < profiles; ++profile) {
      uint8_t* const most = most_of_.data() + profile * count;
      grow(state, profile, most, &most[state]);
    }
    for (size_t rank = 0; rank < profiles; ++rank) {
      uint8_t* const most = most_from_.data() + rank * count;
      for (size_t at = rank; at < profiles; ++at) grow(state, by_memory_[at], most, &most[state]);
    }
  }
}

std::shared_ptr<const CardTable> TableOf(const Gpu& gpu) {
  if (gpu.mode != kMigMode || gpu.mig_outdated || gpu.mig_profiles.empty()) return nullptr;
  auto table = CardTable::Create(gpu.uuid, gpu.type, gpu.mig_profiles);
  return table.ok() ? *std::move(table) : nullptr;
}

}  // namespace tangram::model::mig
