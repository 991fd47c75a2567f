// JSON values as YAML documents, the way back from yaml_json.h.
#ifndef API_MANIFESTS_JSON_YAML_H_
#define API_MANIFESTS_JSON_YAML_H_

#include <string>

#include "nlohmann/json.hpp"

namespace tangram::api::manifests {

// One YAML document in block style, a line end at the end. Numbers have the digits that JSON gives
// them, texts are in double quotes, and so are keys that would be read as anything but text.
// ParseDocuments gives the value back.
std::string ToYaml(const nlohmann::json& value);

}  // namespace tangram::api::manifests

#endif  // API_MANIFESTS_JSON_YAML_H_
