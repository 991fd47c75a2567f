// Which MIG instances a card can be cut into: its profiles and where each may begin.
//
// Positions count memory slices (on some boards a finer grid) from 0. A set of instances is legal
// when each begins where its profile may, none overlap, and the maxima hold: those of the profiles,
// at most one "+me" on a card, and beside "+me.all" only "-me". The limit of compute slices follows
// from these on every board there is. A Geometry is immutable and was checked when it was made;
// safe to read from any thread.
#ifndef MODEL_MIG_GEOMETRY_H_
#define MODEL_MIG_GEOMETRY_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "model/mig/profile_name.h"

namespace tangram::model::mig {

struct Profile {
  ProfileName name;
  std::vector<int32_t> starts;  // ascending
  int32_t length = 0;           // positions that an instance takes
  int32_t max = 0;              // instances of it on one card
  friend bool operator==(const Profile&, const Profile&) = default;
};

// How the placements are known.
enum class Source : uint8_t {
  kMeasured,  // read from boards of this product, or from the vendor's guide
  kInferred,  // from fractions and maxima that equal those of a measured product
  kDevice,    // said by the card itself
};
// "measured", "inferred", "device".
std::string_view SourceName(Source source);

class Geometry {
 public:
  static constexpr int32_t kMostSlices = 16;
  static constexpr size_t kMostProfiles = 32;

  // InvalidArgument names product, profile and value: no profiles or too many, a name that comes
  // twice, a length or maximum below 1, a start outside the card or twice, placements of one
  // profile that overlap, a maximum that the placements cannot reach.
  static absl::StatusOr<Geometry> Create(std::string product, int32_t slices,
                                         std::vector<Profile> profiles, Source source);

  const std::string& product() const { return product_; }
  int32_t slices() const { return slices_; }
  Source source() const { return source_; }
  // Largest first, the double-memory profile before its plain one, extras behind the name that they
  // extend.
  std::span<const Profile> profiles() const { return profiles_; }
  std::optional<size_t> Find(const ProfileName& name) const;
  // The same, or else the profile of as many compute slices and the same extra whose gigabytes come
  // nearest, if they differ by a quarter at most: drivers round the memory of an instance in
  // different ways (1g.11gb, 1g.12gb).
  std::optional<size_t> FindNearest(const ProfileName& name) const;

  // "7g", "1g", "1gd" for the profile with twice the length of another of equal compute slices,
  // "1g+me": what people call a profile whatever the board. Unique within a geometry that has at
  // most two lengths for a number of compute slices.
  std::string ShortName(size_t profile) const;
  // By full or short name. InvalidArgument lists the names there are.
  absl::StatusOr<size_t> FindByText(std::string_view text) const;

  // The same card, on which only these profiles are made: indexes into profiles(), at least one.
  Geometry Only(std::span<const size_t> profiles) const;
  // Indexes of the profiles without extras.
  std::vector<size_t> PlainProfiles() const;

 private:
  Geometry() = default;

  std::string product_;
  int32_t slices_ = 0;
  Source source_ = Source::kMeasured;
  std::vector<Profile> profiles_;
};

}  // namespace tangram::model::mig

#endif  // MODEL_MIG_GEOMETRY_H_
