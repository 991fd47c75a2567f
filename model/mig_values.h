// MIG in the words of a card's agent: what a card may be cut into, and what was cut.
//
// Plain values, comparable, with nothing checked: an agent may say anything. What they come to is
// told by model/mig/card_table.h.
#ifndef MODEL_MIG_VALUES_H_
#define MODEL_MIG_VALUES_H_

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "model/units.h"

namespace tangram::model {

// Memory slices [start, start + size).
struct MigPlacement {
  int32_t start = 0;
  int32_t size = 0;
  friend auto operator<=>(const MigPlacement&, const MigPlacement&) = default;
};

// An element of `migProfiles` (HAMi v2.10).
struct MigProfile {
  std::string name;    // as the driver prints it, "1g.10gb"
  Mebibytes memory;    // what an instance has, a little below the name
  CorePercent cores;   // of the card's compute, rounded up
  int32_t slices = 0;  // of compute
  std::vector<MigPlacement> placements;
  friend auto operator<=>(const MigProfile&, const MigProfile&) = default;
};

// An instance of a profile on a card, made or reserved.
struct MigInstance {
  std::string profile;
  MigPlacement placement;
  friend auto operator<=>(const MigInstance&, const MigInstance&) = default;
};

}  // namespace tangram::model

#endif  // MODEL_MIG_VALUES_H_
