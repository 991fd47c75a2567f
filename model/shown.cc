// Quoting and shortening of text from outside.
#include "model/shown.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "model/string_map.h"

namespace tangram::model {

std::string Shown(std::string_view text) {
  constexpr size_t kLongest = 64;
  constexpr size_t kKept = 61;
  if (text.size() <= kLongest) {
    return absl::StrCat("\"", absl::CHexEscape(ToAbsl(text)), "\"");
  }
  return absl::StrCat("\"", absl::CHexEscape(ToAbsl(text.substr(0, kKept))), "...\"");
}

}  // namespace tangram::model
