#include "model/mig/card_states.h"

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "model/check.h"

namespace tangram::model::mig {
namespace {

// Something that a card has so much of and that instances use up: the maximum of a profile, the
// media engines that are not shared out, those that are.
struct Bound {
  int32_t most = 0;
  std::vector<int32_t> uses;  // by profile
};

// A card as a point: slices taken, and what is used of every bound.
struct Key {
  SliceMask mask = 0;
  std::vector<int32_t> used;
  friend auto operator<=>(const Key&, const Key&) = default;
};

std::vector<Bound> BoundsOf(const Geometry& geometry) {
  const auto profiles = geometry.profiles();
  std::vector<Bound> bounds;
  const auto uses_of = [&profiles](auto uses) {
    std::vector<int32_t> all;
    for (const Profile& profile : profiles) all.push_back(uses(profile));
    return all;
  };
  const auto is = [](Extra extra) {
    return [extra](const Profile& profile) { return profile.name.extra == extra ? 1 : 0; };
  };
  const auto count = [&profiles](auto has) {
    return std::count_if(profiles.begin(), profiles.end(), has);
  };
  for (size_t i = 0; i < profiles.size(); ++i) {
    // Placements of a profile never overlap, so that all of them can be on a card at once.
    if (profiles[i].max == static_cast<int32_t>(profiles[i].starts.size())) continue;
    std::vector<int32_t> uses(profiles.size(), 0);
    uses[i] = 1;
    bounds.push_back({profiles[i].max, std::move(uses)});
  }
  // A single profile with the engine is bounded by its maximum.
  if (count(is(Extra::kMedia)) > 1) bounds.push_back({1, uses_of(is(Extra::kMedia))});
  if (count(is(Extra::kAllMedia)) > 0) {
    const int32_t all = geometry.slices();
    bounds.push_back({all, uses_of([all](const Profile& profile) {
                        if (profile.name.extra == Extra::kNoMedia) return 0;
                        return profile.name.extra == Extra::kAllMedia ? all : 1;
                      })});
  }
  return bounds;
}

// The card with one instance more; false when a bound is in the way.
bool Use(const std::vector<Bound>& bounds, size_t profile, std::vector<int32_t>* used) {
  for (size_t b = 0; b < bounds.size(); ++b) {
    (*used)[b] += bounds[b].uses[profile];
    if ((*used)[b] > bounds[b].most) return false;
  }
  return true;
}

}  // namespace

CardStates::CardStates(Geometry geometry) : geometry_(std::move(geometry)) {
  for (size_t i = 0; i < geometry_.profiles().size(); ++i) {
    const Profile& profile = geometry_.profiles()[i];
    first_.push_back(placements_.size());
    for (const int32_t start : profile.starts) {
      const auto bits = static_cast<uint32_t>((1u << profile.length) - 1);
      placements_.push_back({i, start, static_cast<SliceMask>(bits << start)});
    }
  }
  first_.push_back(placements_.size());
}

absl::StatusOr<CardStates> CardStates::Create(Geometry geometry) {
  CardStates states(std::move(geometry));
  const std::vector<Bound> bounds = BoundsOf(states.geometry_);
  const auto with = [&](const Key& key, const Placement& placement, Key* next) {
    if ((key.mask & placement.mask) != 0) return false;
    *next = key;
    next->mask = static_cast<SliceMask>(key.mask | placement.mask);
    return Use(bounds, placement.profile, &next->used);
  };
  std::map<Key, StateId> ids;
  const Key empty{0, std::vector<int32_t>(bounds.size(), 0)};
  ids.emplace(empty, kNoState);
  std::vector<Key> open = {empty};
  Key next;
  while (!open.empty()) {
    const Key key = std::move(open.back());
    open.pop_back();
    for (const Placement& placement : states.placements_) {
      if (!with(key, placement, &next) || !ids.emplace(next, kNoState).second) continue;
      if (ids.size() > kMostStates) {
        return absl::InvalidArgumentError(absl::StrCat(
            states.geometry_.product(), ": a card has more than ", kMostStates, " states"));
      }
      open.push_back(next);
    }
  }
  for (auto& [key, id] : ids) {
    id = static_cast<StateId>(states.masks_.size());
    states.masks_.push_back(key.mask);
    states.free_slices_.push_back(states.geometry_.slices() - std::popcount(key.mask));
  }
  const size_t placements = states.placements_.size();
  const size_t profiles = states.geometry_.profiles().size();
  states.after_.assign(ids.size() * placements, kNoState);
  states.without_.assign(ids.size() * placements, kNoState);
  states.open_.assign(ids.size() * profiles, 0);
  for (const auto& [key, id] : ids) {
    for (size_t p = 0; p < placements; ++p) {
      if (!with(key, states.placements_[p], &next)) continue;
      const StateId after = ids.at(next);
      states.after_[id * placements + p] = after;
      states.without_[after * placements + p] = id;
      ++states.open_[id * profiles + states.placements_[p].profile];
    }
  }
  return states;
}

absl::StatusOr<StateId> CardStates::StateOf(std::span<const Instance> instances) const {
  StateId state = kEmpty;
  for (const Instance& instance : instances) {
    const auto at = absl::StrCat(geometry_.product(), ": instance ", &instance - instances.data());
    if (instance.profile >= geometry_.profiles().size()) {
      return absl::InvalidArgumentError(absl::StrCat(at, ": no profile ", instance.profile));
    }
    const Profile& profile = geometry_.profiles()[instance.profile];
    const std::string what = absl::StrCat(at, " (", profile.name.text(), " at ", instance.start);
    const auto start = std::find(profile.starts.begin(), profile.starts.end(), instance.start);
    if (start == profile.starts.end()) {
      return absl::InvalidArgumentError(absl::StrCat(what, ") may not begin there"));
    }
    const size_t placement =
        first_[instance.profile] + static_cast<size_t>(start - profile.starts.begin());
    if ((masks_[state] & placements_[placement].mask) != 0) {
      return absl::InvalidArgumentError(absl::StrCat(what, ") takes slices that are taken"));
    }
    state = After(state, placement);
    if (state == kNoState) {
      return absl::InvalidArgumentError(
          absl::StrCat(what, ") is one too many, or wants media engines that are taken"));
    }
  }
  return state;
}

}  // namespace tangram::model::mig
