// A hash map from string that is looked up by std::string_view without an allocation.
//
// Debian's abseil has a string_view of its own, so its transparent lookup does not accept
// std::string_view; this hash and equality do. Never iterate one of these to decide or to print.
#ifndef MODEL_STRING_MAP_H_
#define MODEL_STRING_MAP_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"

namespace tangram::model {

struct StringHash {
  using is_transparent = void;
  size_t operator()(std::string_view s) const {
    return absl::HashOf(absl::string_view(s.data(), s.size()));
  }
};

struct StringEqual {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const { return a == b; }
};

template <typename V>
using StringMap = absl::flat_hash_map<std::string, V, StringHash, StringEqual>;
using StringSet = absl::flat_hash_set<std::string, StringHash, StringEqual>;

// The two string views, one to the other.
inline absl::string_view ToAbsl(std::string_view s) { return {s.data(), s.size()}; }
inline std::string_view ToStd(absl::string_view s) { return {s.data(), s.size()}; }

}  // namespace tangram::model

#endif  // MODEL_STRING_MAP_H_
