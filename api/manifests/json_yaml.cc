#include "api/manifests/json_yaml.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "yaml-cpp/yaml.h"

namespace tangram::api::manifests {
namespace {

using nlohmann::json;

// Whether YAML of any version reads the bare word as a text.
bool PlainKey(const std::string& key) {
  static const char* const kOther[] = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"};
  if (key.empty() || !absl::ascii_isalpha(static_cast<unsigned char>(key.front()))) return false;
  const std::string lower = absl::AsciiStrToLower(key);
  if (std::any_of(std::begin(kOther), std::end(kOther),
                  [&lower](const char* word) { return lower == word; })) {
    return false;
  }
  return std::all_of(key.begin(), key.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_';
  });
}

void EmitText(YAML::Emitter& out, const std::string& text) { out << YAML::DoubleQuoted << text; }

void EmitValue(YAML::Emitter& out, const json& value) {
  if (value.is_object()) {
    if (value.empty()) out << YAML::Flow;
    out << YAML::BeginMap;
    for (const auto& [key, member] : value.items()) {
      out << YAML::Key;
      if (PlainKey(key)) {
        out << key;
      } else {
        EmitText(out, key);
      }
      out << YAML::Value;
      EmitValue(out, member);
    }
    out << YAML::EndMap;
  } else if (value.is_array()) {
    if (value.empty()) out << YAML::Flow;
    out << YAML::BeginSeq;
    for (const json& member : value) EmitValue(out, member);
    out << YAML::EndSeq;
  } else if (value.is_string()) {
    EmitText(out, value.get_ref<const std::string&>());
  } else if (value.is_null()) {
    out << YAML::Null;
  } else {
    out << value.dump();
  }
}

}  // namespace

std::string ToYaml(const json& value) {
  YAML::Emitter out;
  EmitValue(out, value);
  return absl::StrCat(out.c_str(), "\n");
}

}  // namespace tangram::api::manifests
