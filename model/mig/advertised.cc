#include "model/mig/advertised.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace tangram::model::mig {
namespace {

absl::Status Wrong(const std::string& card, const AdvertisedProfile& profile,
                   const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(card, ": profile ", profile.name, ": ", what));
}

// The profile that `known` has under this name but for the gigabytes: of a length that fits when it
// has several.
const Profile* Counterpart(const Geometry& known, const ProfileName& name, int32_t length) {
  const Profile* found = nullptr;
  for (const Profile& profile : known.profiles()) {
    if (profile.name.compute != name.compute || profile.name.extra != name.extra) continue;
    if (profile.length == length) return &profile;
    if (found == nullptr) found = &profile;
  }
  return found;
}

// What speaks against the measured product, or nothing.
std::string Contradiction(const Geometry& known, const Profile& profile) {
  const Profile* own = Counterpart(known, profile.name, profile.length);
  if (own == nullptr) {
    return absl::StrCat(known.product(), " has no profile of ", profile.name.compute,
                        " compute slices of this kind");
  }
  if (own->length != profile.length) {
    return absl::StrCat("length ", profile.length, " contradicts ", known.product(),
                        ", where it is ", own->length);
  }
  for (const int32_t start : profile.starts) {
    if (std::find(own->starts.begin(), own->starts.end(), start) == own->starts.end()) {
      return absl::StrCat("start ", start, " contradicts ", known.product(),
                          ", where it may not begin");
    }
  }
  if (profile.max > own->max) {
    return absl::StrCat("at most ", profile.max, " on a card contradicts ", known.product(),
                        ", where it is ", own->max);
  }
  return "";
}

absl::StatusOr<Profile> Read(const std::string& card, const AdvertisedProfile& advertised,
                             int32_t slices, const Geometry* known) {
  const auto name = ParseProfileName(advertised.name);
  if (!name.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(card, ": ", name.status().message()));
  }
  // Above any card, so that nothing overflows; Geometry::Create has the last word.
  const auto outside = [slices](int64_t value) { return value < 0 || value > slices; };
  if (outside(advertised.length)) {
    return Wrong(card, advertised,
                 absl::StrCat("length ", advertised.length, " is outside 1..", slices));
  }
  Profile profile{*name, {}, static_cast<int32_t>(advertised.length), 0};
  for (const int64_t start : advertised.starts) {
    if (outside(start)) {
      return Wrong(card, advertised,
                   absl::StrCat("start ", start, " is outside the card's 0..", slices - 1));
    }
    profile.starts.push_back(static_cast<int32_t>(start));
  }
  const auto placements = static_cast<int64_t>(profile.starts.size());
  const Profile* own = known == nullptr ? nullptr : Counterpart(*known, *name, profile.length);
  const int64_t max = advertised.max.value_or(
      own == nullptr ? placements : std::min<int64_t>(placements, own->max));
  if (max < 0 || max > placements) {
    return Wrong(card, advertised,
                 absl::StrCat("at most ", max, " on a card; must be 1..", placements,
                              ", the number of its placements"));
  }
  profile.max = static_cast<int32_t>(max);
  return profile;
}

int32_t SlicesOf(std::span<const AdvertisedProfile> profiles) {
  int64_t end = 1;
  for (const AdvertisedProfile& profile : profiles) {
    for (const int64_t start : profile.starts) {
      if (start < 0 || start > Geometry::kMostSlices) continue;
      end = std::max(end, start + std::clamp<int64_t>(profile.length, 0, Geometry::kMostSlices));
    }
  }
  return static_cast<int32_t>(std::min<int64_t>(end, Geometry::kMostSlices));
}

}  // namespace

absl::StatusOr<Geometry> FromAdvertised(std::string card,
                                        std::span<const AdvertisedProfile> profiles,
                                        const Geometry* known) {
  const int32_t slices = known == nullptr ? SlicesOf(profiles) : known->slices();
  std::vector<Profile> read;
  for (const AdvertisedProfile& advertised : profiles) {
    auto profile = Read(card, advertised, slices, known);
    if (!profile.ok()) return profile.status();
    if (known != nullptr && known->source() == Source::kMeasured) {
      const std::string contradiction = Contradiction(*known, *profile);
      if (!contradiction.empty()) return Wrong(card, advertised, contradiction);
    }
    read.push_back(*std::move(profile));
  }
  return Geometry::Create(std::move(card), slices, std::move(read), Source::kDevice);
}

}  // namespace tangram::model::mig
