// YAML as JSON text, written while it is read: no tree of it is kept.
#ifndef API_MANIFESTS_YAML_TEXT_H_
#define API_MANIFESTS_YAML_TEXT_H_

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace tangram::api::manifests {

// One YAML document as JSON without blanks.
struct YamlDocument {
  std::string json;
  size_t line = 0;  // at which its value begins
  // The lines at which the items begin where it is a mapping with a list of `items`.
  std::vector<size_t> item_lines;
  // Whether its end can be told: brackets close it, or it is a list whose `kind` comes after its
  // `items`, as kubectl prints it. Block style as such may end anywhere.
  bool closed = false;
  bool item_closed = false;  // whether brackets close the last of the items
};

struct YamlPlace {
  std::string_view path;               // for messages
  size_t lines_before = 0;             // of the file, before the text
  std::function<void(size_t)> on_way;  // is told now and then how many bytes are read; may be empty
};

// Every document of `text`, which must be UTF-8, in order; an empty one is "null". A quoted scalar
// is a string; a plain one is null, a bool, a number or a string by the YAML 1.2 core schema (`no`
// and `010` stay texts that kubectl would read otherwise; quote them). InvalidArgument with path
// and line for broken YAML, control characters, a key that is no text or comes twice, merge keys
// (<<), more than kNestingMax values in one another, and for aliases that unfold into far more than
// the text has.
absl::StatusOr<std::vector<YamlDocument>> YamlToJson(std::string_view text, const YamlPlace& place);

}  // namespace tangram::api::manifests

#endif  // API_MANIFESTS_YAML_TEXT_H_
