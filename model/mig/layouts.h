// Everything that fits on one card, enumerated.
//
// A layout is a set of placements that fit together; a multiset is how many instances of each
// profile, wherever they are. For planning and for checking the tables; not for hot paths.
#ifndef MODEL_MIG_LAYOUTS_H_
#define MODEL_MIG_LAYOUTS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/mig/card_states.h"

namespace tangram::model::mig {

// By profile of the geometry.
using Multiset = std::vector<uint8_t>;

struct Layouts {
  size_t layouts = 0;          // the empty one included
  size_t masks = 0;            // distinct sets of occupied slices
  size_t maximal_layouts = 0;  // to which nothing can be added
  // In lexicographic order.
  std::vector<Multiset> multisets;
  // Those of the maximal layouts. Others of the same card may still be part of a larger one.
  std::vector<Multiset> maximal_multisets;
};

// Time and memory grow with the number of layouts: thousands on every board there is.
Layouts EnumerateLayouts(const CardStates& states);

// The placements of one layout with these counts, by start: of all such layouts the first in the
// order of placements(). Empty when the counts do not fit on a card, or are all zero.
std::vector<Instance> Arrange(const CardStates& states, const Multiset& counts);

}  // namespace tangram::model::mig

#endif  // MODEL_MIG_LAYOUTS_H_
