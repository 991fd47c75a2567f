// The MIG geometries of NVIDIA's boards, as far as they are known.
//
// Whole list, each marked with how it is known (Geometry::source): measured for A100, H100 with 80
// and 94 GB and A30; inferred for the others, whose memory fractions and maxima equal those. What a
// card says of itself wins (advertised.h). Integrated boards (Thor), whose instances have no memory
// of their own, are not here: there is nothing to place. Pure functions, callable from any thread.
#ifndef MODEL_MIG_PRODUCTS_H_
#define MODEL_MIG_PRODUCTS_H_

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "model/mig/geometry.h"
#include "model/mig/profile_name.h"
#include "model/units.h"

namespace tangram::model::mig {

// All products, by family and then by age.
std::vector<std::string_view> ProductNames();

// Letter case does not matter. NotFound lists the names there are.
absl::StatusOr<Geometry> FindProduct(std::string_view name);

// The product behind a type as agents and drivers word it ("NVIDIA A100-SXM4-80GB",
// "NVIDIA H100 NVL"). Where the words do not tell which of several boards of that name it is, the
// one whose profiles come nearest to those that the card is cut into, or else whose memory comes
// nearest to the card's. Nothing when it is none of ours, or nothing tells which.
std::optional<Geometry> ProductOfType(std::string_view type,
                                      std::span<const ProfileName> cut_into = {},
                                      Mebibytes memory = {});

}  // namespace tangram::model::mig

#endif  // MODEL_MIG_PRODUCTS_H_
