// A geometry from what a card says of itself.
//
// Agents read profiles and placements from the driver and publish them with the card. That list
// wins over our own table of the product, which it may name and narrow (an agent may allow some
// profiles only), except where it contradicts what was measured on boards of that product.
#ifndef MODEL_MIG_ADVERTISED_H_
#define MODEL_MIG_ADVERTISED_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "model/mig/geometry.h"

namespace tangram::model::mig {

struct AdvertisedProfile {
  std::string name;
  std::vector<int64_t> starts;
  int64_t length = 0;
  std::optional<int64_t> max;  // none: what the known product has, else as many as placements
};

// `known` is the table of the same product, or null; it gives slices and missing maxima. Without
// it the card ends where its last placement does. InvalidArgument names card, profile and value for
// everything that Geometry::Create refuses, for names that are none, numbers outside the card or
// below zero, and, when `known` is measured, for a profile that product does not have (whatever the
// gigabytes), another length, a start it has not, or a greater maximum.
absl::StatusOr<Geometry> FromAdvertised(std::string card,
                                        std::span<const AdvertisedProfile> profiles,
                                        const Geometry* known);

}  // namespace tangram::model::mig

#endif  // MODEL_MIG_ADVERTISED_H_
