// JSON values as YAML documents, the way back from yaml_json.h; and as JSON texts.
#ifndef API_MANIFESTS_JSON_YAML_H_
#define API_MANIFESTS_JSON_YAML_H_

#include <string>
#include <vector>

#include "nlohmann/json.hpp"

namespace tangram::api::manifests {

// The members of an object in the order in which people read them: by name, but keys that are all
// whole numbers by their value (2 before 10). Pointers into `object`.
std::vector<nlohmann::json::const_iterator> MembersInOrder(const nlohmann::json& object);

// One YAML document in block style, a line end at the end. Numbers have the digits that JSON gives
// them, texts are in double quotes, and so are keys that would be read as anything but text.
// ParseDocuments gives the value back.
std::string ToYaml(const nlohmann::json& value);

// Indented JSON, a line end at the end. What is no UTF-8 in texts (names of files need not be) is
// replaced.
std::string ToJson(const nlohmann::json& value);

}  // namespace tangram::api::manifests

#endif  // API_MANIFESTS_JSON_YAML_H_
