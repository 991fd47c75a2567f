#include "model/mig/geometry.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/check.h"
#include "model/mig/profile_spelling.h"
#include "model/shown.h"
#include "model/string_map.h"

namespace tangram::model::mig {
namespace {

bool Before(const Profile& left, const Profile& right) {
  if (left.name.compute != right.name.compute) return left.name.compute > right.name.compute;
  if (left.name.gigabytes != right.name.gigabytes) {
    return left.name.gigabytes > right.name.gigabytes;
  }
  return left.name.extra < right.name.extra;
}

absl::Status CheckProfile(const std::string& product, int32_t slices, const Profile& profile) {
  const auto wrong = [&](const auto&... what) {
    return absl::InvalidArgumentError(
        absl::StrCat(product, ": profile ", profile.name.text(), ": ", what...));
  };
  if (profile.length < 1 || profile.length > slices) {
    return wrong("length ", profile.length, " is outside 1..", slices);
  }
  if (profile.max < 1) return wrong("at most ", profile.max, " on a card; must be at least 1");
  if (profile.starts.empty()) return wrong("has no placements");
  for (size_t i = 0; i < profile.starts.size(); ++i) {
    const int32_t start = profile.starts[i];
    if (start < 0 || start + profile.length > slices) {
      return wrong("placement ", start, ":", profile.length, " is outside the card's 0..",
                   slices - 1);
    }
    if (i > 0 && profile.starts[i - 1] + profile.length > start) {
      return wrong("placements ", profile.starts[i - 1], ":", profile.length, " and ", start, ":",
                   profile.length, " overlap");
    }
  }
  if (profile.max > static_cast<int32_t>(profile.starts.size())) {
    return wrong("at most ", profile.max, " on a card, which has ", profile.starts.size(),
                 " placements for it");
  }
  return absl::OkStatus();
}

}  // namespace

std::string_view SourceName(Source source) {
  switch (source) {
    case Source::kMeasured:
      return "measured";
    case Source::kInferred:
      return "inferred";
    case Source::kDevice:
      return "device";
  }
  return "";
}

absl::StatusOr<Geometry> Geometry::Create(std::string product, int32_t slices,
                                          std::vector<Profile> profiles, Source source) {
  if (slices < 1 || slices > kMostSlices) {
    return absl::InvalidArgumentError(
        absl::StrCat(product, ": ", slices, " slices; must be 1..", kMostSlices));
  }
  if (profiles.empty() || profiles.size() > kMostProfiles) {
    return absl::InvalidArgumentError(
        absl::StrCat(product, ": ", profiles.size(), " profiles; must be 1..", kMostProfiles));
  }
  std::sort(profiles.begin(), profiles.end(), Before);
  for (size_t i = 0; i < profiles.size(); ++i) {
    Profile& profile = profiles[i];
    std::sort(profile.starts.begin(), profile.starts.end());
    const absl::Status checked = CheckProfile(product, slices, profile);
    if (!checked.ok()) return checked;
    if (i > 0 && profiles[i - 1].name == profile.name) {
      return absl::InvalidArgumentError(
          absl::StrCat(product, ": profile ", profile.name.text(), " comes twice"));
    }
  }
  Geometry geometry;
  geometry.product_ = std::move(product);
  geometry.slices_ = slices;
  geometry.source_ = source;
  geometry.profiles_ = std::move(profiles);
  return geometry;
}

std::optional<size_t> Geometry::Find(const ProfileName& name) const {
  for (size_t i = 0; i < profiles_.size(); ++i) {
    if (profiles_[i].name == name) return i;
  }
  return std::nullopt;
}

std::optional<size_t> Geometry::FindNearest(const ProfileName& name) const {
  if (const auto exact = Find(name); exact.has_value()) return exact;
  std::optional<size_t> nearest;
  const auto distance = [&](size_t i) {
    return std::abs(profiles_[i].name.gigabytes - name.gigabytes);
  };
  for (size_t i = 0; i < profiles_.size(); ++i) {
    const ProfileName& own = profiles_[i].name;
    if (own.compute != name.compute || own.extra != name.extra) continue;
    if (distance(i) * 4 > own.gigabytes) continue;
    if (!nearest.has_value() || distance(i) < distance(*nearest)) nearest = i;
  }
  return nearest;
}

std::string Geometry::ShortName(size_t profile) const {
  TANGRAM_CHECK(profile < profiles_.size());
  const Profile& own = profiles_[profile];
  const bool is_double =
      std::any_of(profiles_.begin(), profiles_.end(), [&own](const Profile& other) {
        return other.name.compute == own.name.compute && other.length < own.length;
      });
  return absl::StrCat(own.name.compute, "g", is_double ? "d" : "",
                      ToAbsl(ExtraText(own.name.extra)));
}

absl::StatusOr<size_t> Geometry::FindByText(std::string_view text) const {
  const std::string wanted = DriverSpelling(text);
  std::vector<std::string> names;
  for (size_t i = 0; i < profiles_.size(); ++i) {
    const std::string full = profiles_[i].name.text();
    const std::string brief = ShortName(i);
    if (wanted == full || wanted == brief) return i;
    names.push_back(absl::StrCat(brief, " (", full, ")"));
  }
  return absl::InvalidArgumentError(absl::StrCat("profile ", Shown(text), " is not known for ",
                                                 product_, "; allowed are ",
                                                 absl::StrJoin(names, ", ")));
}

Geometry Geometry::Only(std::span<const size_t> profiles) const {
  TANGRAM_CHECK(!profiles.empty());
  Geometry geometry = *this;
  geometry.profiles_.clear();
  for (size_t i = 0; i < profiles_.size(); ++i) {
    if (std::find(profiles.begin(), profiles.end(), i) == profiles.end()) continue;
    geometry.profiles_.push_back(profiles_[i]);
  }
  TANGRAM_CHECK(geometry.profiles_.size() == profiles.size());
  return geometry;
}

std::vector<size_t> Geometry::PlainProfiles() const {
  std::vector<size_t> plain;
  for (size_t i = 0; i < profiles_.size(); ++i) {
    if (profiles_[i].name.extra == Extra::kNone) plain.push_back(i);
  }
  return plain;
}

}  // namespace tangram::model::mig
