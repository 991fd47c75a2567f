#include "api/cli/simulate/mig_mix.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "model/mig/profile_spelling.h"
#include "model/shown.h"
#include "model/string_map.h"
#include "scheduler/mig/simulation/draw_stream.h"

namespace tangram::api::cli::simulate {
namespace {

using scheduler::mig::FleetRequest;
using scheduler::mig::simulation::kMostRequests;

constexpr double kMostShare = 1e9;

// What a name asks for, in the profiles of the whole geometries.
struct Wanted {
  std::string name;
  FleetRequest profiles;
  double share = 0;

  // The first kind that serves it, its profile, the fewest kinds last.
  auto Order() const {
    size_t kind = 0;
    while (!profiles[kind].has_value()) ++kind;
    const auto served = std::count_if(profiles.begin(), profiles.end(),
                                      [](const auto& profile) { return profile.has_value(); });
    return std::tuple(kind, *profiles[kind], -served, name);
  }
};

bool IsPlain(const MigKind& kind, size_t profile) {
  return kind.geometry.profiles()[profile].name.extra == model::mig::Extra::kNone;
}

// "1g (1g.6gb of A30-24GB, 1g.10gb of A100-80GB)", for each short name there is.
std::string NamesOf(const MigCards& cards) {
  std::vector<std::string> order;
  std::vector<std::vector<std::string>> meanings;
  for (const MigKind& kind : cards.kinds) {
    for (size_t i = 0; i < kind.short_names.size(); ++i) {
      const auto found = std::find(order.begin(), order.end(), kind.short_names[i]);
      const auto place = static_cast<size_t>(found - order.begin());
      if (found == order.end()) {
        order.push_back(kind.short_names[i]);
        meanings.emplace_back();
      }
      meanings[place].push_back(
          absl::StrCat(kind.geometry.profiles()[i].name.text(), " of ", kind.name));
    }
  }
  std::vector<std::string> texts;
  for (size_t i = 0; i < order.size(); ++i) {
    texts.push_back(absl::StrCat(order[i], " (", absl::StrJoin(meanings[i], ", "), ")"));
  }
  return absl::StrJoin(texts, ", ");
}

absl::StatusOr<FleetRequest> FindProfiles(const MigCards& cards, std::string_view text) {
  const std::string name = model::mig::DriverSpelling(text);
  FleetRequest request(cards.kinds.size());
  bool any = false;
  for (size_t k = 0; k < cards.kinds.size(); ++k) {
    const MigKind& kind = cards.kinds[k];
    for (size_t i = 0; i < kind.short_names.size() && !request[k].has_value(); ++i) {
      if (name != kind.short_names[i] && name != kind.geometry.profiles()[i].name.text()) continue;
      request[k] = i;
      any = true;
    }
  }
  if (any) return request;
  if (cards.kinds.size() == 1) return cards.kinds[0].geometry.FindByText(name).status();
  return absl::InvalidArgumentError(
      absl::StrCat("profile ", model::Shown(name), " is of no card; allowed are ", NamesOf(cards)));
}

absl::Status ReadPart(const MigCards& cards, absl::string_view part, size_t place,
                      std::vector<Wanted>* all) {
  const auto wrong = [place](const auto&... what) {
    return absl::InvalidArgumentError(absl::StrCat("--mix: part ", place, ": ", what...));
  };
  const std::string shown = model::Shown({part.data(), part.size()});
  const std::vector<absl::string_view> halves = absl::StrSplit(part, ':');
  if (halves.size() != 2) return wrong(shown, " is not PROFILE:SHARE, for example 1g:0.5");
  const absl::string_view name = absl::StripAsciiWhitespace(halves[0]);
  auto profiles = FindProfiles(cards, {name.data(), name.size()});
  if (!profiles.ok()) return wrong(profiles.status().message());
  double share = 0;
  if (!absl::SimpleAtod(halves[1], &share) || !(share >= 0 && share <= kMostShare)) {
    return wrong(shown, ": the share must be a number from 0 to 1e9");
  }
  for (const Wanted& before : *all) {
    if (before.profiles == *profiles) return wrong(shown, ": the profile came before");
  }
  if (all->size() == kMostRequests) return wrong("no more than ", kMostRequests, " are allowed");
  all->push_back({std::string(name), *std::move(profiles), share});
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Wanted>> ReadParts(const MigCards& cards, std::string_view text) {
  std::vector<Wanted> all;
  size_t place = 0;
  for (const absl::string_view part : absl::StrSplit(model::ToAbsl(text), ',')) {
    const absl::Status read = ReadPart(cards, part, ++place, &all);
    if (!read.ok()) return read;
  }
  return all;
}

// Every plain short name alike.
std::vector<Wanted> AllAlike(const MigCards& cards) {
  std::vector<Wanted> all;
  for (size_t k = 0; k < cards.kinds.size(); ++k) {
    const MigKind& kind = cards.kinds[k];
    for (size_t i = 0; i < kind.short_names.size(); ++i) {
      if (!IsPlain(kind, i)) continue;
      auto found = std::find_if(all.begin(), all.end(), [&](const Wanted& wanted) {
        return wanted.name == kind.short_names[i];
      });
      if (found == all.end()) {
        found = all.insert(all.end(), {kind.short_names[i], FleetRequest(cards.kinds.size()), 0});
      }
      found->profiles[k] = i;
    }
  }
  for (Wanted& wanted : all) wanted.share = 1.0 / static_cast<double>(all.size());
  return all;
}

// Of one kind every profile that is left is a request, asked for or not.
void AddUnasked(const MigCards& cards, std::vector<Wanted>* all) {
  if (cards.kinds.size() > 1) return;
  const MigKind& kind = cards.kinds[0];
  for (size_t i = 0; i < kind.short_names.size(); ++i) {
    const auto is_this = [i](const Wanted& wanted) { return wanted.profiles[0] == i; };
    auto found = std::find_if(all->begin(), all->end(), is_this);
    if (found == all->end() && IsPlain(kind, i)) {
      found = all->insert(all->end(), {"", FleetRequest{i}, 0});
    }
    if (found != all->end()) found->name = kind.geometry.profiles()[i].name.text();
  }
}

// The kinds with their plain profiles and those that are wanted; `all` is told their new places.
absl::StatusOr<scheduler::mig::Fleet> FleetOf(const MigCards& cards, std::vector<Wanted>* all) {
  scheduler::mig::Fleet fleet;
  for (size_t k = 0; k < cards.kinds.size(); ++k) {
    const MigKind& kind = cards.kinds[k];
    std::set<size_t> kept;
    for (size_t i = 0; i < kind.short_names.size(); ++i) {
      if (IsPlain(kind, i)) kept.insert(i);
    }
    for (const Wanted& wanted : *all) {
      if (wanted.profiles[k].has_value()) kept.insert(*wanted.profiles[k]);
    }
    // Of a card that has none but extras, and none of those asked for, all stay.
    for (size_t i = 0; kept.empty() && i < kind.short_names.size(); ++i) kept.insert(i);
    const std::vector<size_t> places(kept.begin(), kept.end());
    auto states = model::mig::CardStates::Create(kind.geometry.Only(places));
    if (!states.ok()) return states.status();
    fleet.kinds.push_back({*std::move(states), kind.cards});
    for (Wanted& wanted : *all) {
      std::optional<size_t>& profile = wanted.profiles[k];
      if (profile.has_value()) {
        profile = std::lower_bound(places.begin(), places.end(), *profile) - places.begin();
      }
    }
  }
  for (const Wanted& wanted : *all) fleet.requests.push_back(wanted.profiles);
  return fleet;
}

}  // namespace

bool MigMix::was_whole() const { return std::abs(sum - 1) <= 1e-6; }

absl::StatusOr<MigMix> ReadMigMix(const MigCards& cards, std::string_view text) {
  auto all = text.empty() ? AllAlike(cards) : ReadParts(cards, text);
  if (!all.ok()) return all.status();
  AddUnasked(cards, &*all);
  std::sort(all->begin(), all->end(),
            [](const Wanted& a, const Wanted& b) { return a.Order() < b.Order(); });
  MigMix mix;
  for (const Wanted& wanted : *all) mix.sum += wanted.share;
  if (mix.sum <= 0) return absl::InvalidArgumentError("--mix: the shares sum to 0");
  auto fleet = FleetOf(cards, &*all);
  if (!fleet.ok()) return fleet.status();
  mix.fleet = std::make_shared<const scheduler::mig::Fleet>(*std::move(fleet));
  for (Wanted& wanted : *all) {
    mix.names.push_back(std::move(wanted.name));
    mix.shares.push_back(wanted.share / mix.sum);
  }
  return mix;
}

}  // namespace tangram::api::cli::simulate
