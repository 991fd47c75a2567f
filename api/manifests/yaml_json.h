// YAML documents as JSON values, as kubectl reads them.
#ifndef API_MANIFESTS_YAML_JSON_H_
#define API_MANIFESTS_YAML_JSON_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"

namespace tangram::api::manifests {

// Every document of `text` (YAML, or one JSON value), empty ones left out. A quoted scalar is a
// string; a plain one is null, a bool, a number or a string by the YAML 1.2 core schema (`no` and
// `010` stay texts that kubectl would read otherwise; quote them). InvalidArgument with `path` and
// line for broken YAML, a key that is no text or comes twice, merge keys (<<), and for aliases that
// unfold into far more values than the text has.
absl::StatusOr<std::vector<nlohmann::json>> ParseDocuments(const std::string& text,
                                                           std::string_view path);

}  // namespace tangram::api::manifests

#endif  // API_MANIFESTS_YAML_JSON_H_
