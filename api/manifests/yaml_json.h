// YAML and JSON documents as JSON values, as kubectl reads them.
#ifndef API_MANIFESTS_YAML_JSON_H_
#define API_MANIFESTS_YAML_JSON_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"

namespace tangram::api::manifests {

// Every document of `text` (documents.h), empty ones left out. All texts in them are UTF-8. Scalars
// of YAML are read as yaml_text.h says. InvalidArgument with `path` and line for what is no
// document.
absl::StatusOr<std::vector<nlohmann::json>> ParseDocuments(const std::string& text,
                                                           std::string_view path);

}  // namespace tangram::api::manifests

#endif  // API_MANIFESTS_YAML_JSON_H_
